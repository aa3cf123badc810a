/**
 * JSON as text: parsed plainly, keeping the text of every part, so that numbers come out as they were
 * written. Kernels read the same grammar from bytes (kernels/jsonBytes.ts).
 */
import { RowFailure } from './failure.ts'

export type JsonNode = { readonly text: string } & (
  | { readonly kind: 'object'; readonly members: ReadonlyMap<string, JsonNode> }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number' | 'bool' | 'null' }
)

/** Levels of nesting that JSON may have. */
export const MAX_JSON_DEPTH = 1000

const ESCAPE = /["\\/bfnrt]|u[0-9a-fA-F]{4}/y
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

export function isJson(text: string): boolean {
  return parseJson(text) !== undefined
}

/** Throws RowFailure BAD_JSON. */
export function jsonOf(text: string): JsonNode {
  const node = parseJson(text)
  if (node === undefined) throw badJson()
  return node
}

export function badJson(): RowFailure {
  return new RowFailure('BAD_JSON', 'The text is not JSON. Check the source, or filter these rows with IS_JSON.')
}

/** Of two members with one name the last counts, as in JavaScript. */
function parseJson(text: string): JsonNode | undefined {
  const reader = new Reader(text)
  const node = reader.value(0)
  return node !== undefined && reader.skipSpace() === text.length ? node : undefined
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  skipSpace(): number {
    while (this.#at < this.#text.length && ' \t\n\r'.includes(this.#text[this.#at])) this.#at += 1
    return this.#at
  }

  /** A string with its quotes. A loop, because a pattern's memory would grow with the text. */
  #string(): string | undefined {
    const text = this.#text
    if (text[this.#at] !== '"') return undefined
    for (let at = this.#at + 1; at < text.length; at += 1) {
      if (text[at] === '"') {
        const string = text.slice(this.#at, at + 1)
        this.#at = at + 1
        return string
      }
      if (text[at] < ' ') return undefined
      if (text[at] !== '\\') continue
      ESCAPE.lastIndex = at + 1
      if (!ESCAPE.test(text)) return undefined
      at = ESCAPE.lastIndex - 1
    }
    return undefined
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)?.[0]
    if (match !== undefined) this.#at += match.length
    return match
  }

  #accept(symbol: string): boolean {
    this.skipSpace()
    if (this.#text[this.#at] !== symbol) return false
    this.#at += 1
    return true
  }

  value(depth: number): JsonNode | undefined {
    const from = this.skipSpace()
    if (depth > MAX_JSON_DEPTH) return undefined
    if (this.#accept('{')) return this.#object(from, depth)
    if (this.#accept('[')) return this.#array(from, depth)
    const string = this.#string()
    if (string !== undefined) return { kind: 'string', text: string, value: wellFormed(JSON.parse(string) as string) }
    const scalar = this.#match(SCALAR)
    if (scalar === undefined) return undefined
    return { kind: scalar === 'null' ? 'null' : scalar === 'true' || scalar === 'false' ? 'bool' : 'number', text: scalar }
  }

  #object(from: number, depth: number): JsonNode | undefined {
    const members = new Map<string, JsonNode>()
    if (!this.#accept('}')) {
      do {
        this.skipSpace()
        const name = this.#string()
        if (name === undefined || !this.#accept(':')) return undefined
        const value = this.value(depth + 1)
        if (value === undefined) return undefined
        members.set(wellFormed(JSON.parse(name) as string), value)
      } while (this.#accept(','))
      if (!this.#accept('}')) return undefined
    }
    return { kind: 'object', text: this.#text.slice(from, this.#at), members }
  }

  #array(from: number, depth: number): JsonNode | undefined {
    const items: JsonNode[] = []
    if (!this.#accept(']')) {
      do {
        const item = this.value(depth + 1)
        if (item === undefined) return undefined
        items.push(item)
      } while (this.#accept(','))
      if (!this.#accept(']')) return undefined
    }
    return { kind: 'array', text: this.#text.slice(from, this.#at), items }
  }
}

/** A lone surrogate becomes U+FFFD, as in every string of a batch (engine-spec H21). */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd')
}

/** A member's name or an item's position. */
export type JsonStep = string | number

const STEP = /\.([\p{L}_$][\p{L}\p{N}_$-]*)|\[(\d{1,9})\]|(?:\.|\[)(?:"([^"]*)"|'([^']*)')(\]?)/uy
const parsedPaths = new Map<string, readonly JsonStep[]>()

/** Steps of `$.a.b[0]["c d"]`. Throws RowFailure BAD_PATH. */
export function jsonPath(path: string): readonly JsonStep[] {
  const known = parsedPaths.get(path)
  if (known !== undefined) return known
  const text = path.trim().replace(/^lax +/, '')
  const steps: JsonStep[] = []
  let at = 1
  while (at < text.length) {
    STEP.lastIndex = at
    const match = STEP.exec(text)
    // A quoted name closes with ] exactly if it began with [.
    if (match === null || (match[5] !== undefined && (match[5] === ']') !== (text[at] === '['))) break
    steps.push(match[2] === undefined ? (match[1] ?? match[3] ?? match[4]) : Number(match[2]))
    at = STEP.lastIndex
  }
  if (text[0] !== '$' || at < text.length) throw new RowFailure('BAD_PATH', `'${path}' is not a JSON path. Write it as '$.a.b[0]'.`)
  if (parsedPaths.size > 100) parsedPaths.clear()
  parsedPaths.set(path, steps)
  return steps
}

export function jsonAt(node: JsonNode, steps: readonly JsonStep[]): JsonNode | undefined {
  let current: JsonNode | undefined = node
  for (const step of steps) {
    if (typeof step === 'number') current = current.kind === 'array' ? current.items[step] : undefined
    else current = current.kind === 'object' ? current.members.get(step) : undefined
    if (current === undefined) return undefined
  }
  return current
}

/** The text of a scalar, without quotes; null for JSON's null, objects and arrays. */
export function jsonScalar(node: JsonNode | undefined): string | null {
  if (node === undefined) return null
  switch (node.kind) {
    case 'string':
      return node.value
    case 'number':
    case 'bool':
      return node.text
    case 'null':
    case 'object':
    case 'array':
      return null
  }
}
