/** Every function of the language. */
import { ARRAY } from './array.ts'
import { CONDITIONAL } from './conditional.ts'
import type { FunctionEntry } from './entry.ts'
import { HASH } from './hash.ts'
import { JSON_FUNCTIONS } from './json.ts'
import { NUMBER } from './number.ts'
import { REGEX } from './regex.ts'
import { TEXT } from './text.ts'
import { TIME } from './time.ts'

export const FUNCTIONS: readonly FunctionEntry[] = [
  ...CONDITIONAL,
  ...NUMBER,
  ...TEXT,
  ...REGEX,
  ...TIME,
  ...JSON_FUNCTIONS,
  ...ARRAY,
  ...HASH,
]

const BY_NAME = new Map(FUNCTIONS.flatMap((entry) => [entry.name, ...entry.aliases].map((name) => [name, entry] as const)))

/** Names that a call may have, for suggestions. */
export const FUNCTION_NAMES: readonly string[] = [...BY_NAME.keys()]

export function findFunction(name: string): FunctionEntry | undefined {
  return BY_NAME.get(name.toUpperCase())
}
