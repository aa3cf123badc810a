/** Reading an expression's text for colours and completion. Types and problems come from the checker; this never decides what is right. */
import type { LogicalType, Schema } from '@belay/columns'
import { FUNCTIONS, type FunctionEntry, type Signature } from '@belay/expressions'
import { said, t } from '../../language/t.ts'

type TokenLook = 'column' | 'function' | 'keyword' | 'number' | 'string' | 'plain'

export interface LookToken {
  readonly text: string
  readonly from: number
  readonly look: TokenLook
}

const KEYWORDS: ReadonlySet<string> = new Set(
  'AND OR NOT IS NULL TRUE FALSE CASE WHEN THEN ELSE END BETWEEN IN LIKE ESCAPE CAST TRY_CAST AS TIMESTAMP INTERVAL DATE ARRAY'.split(' '),
)
const OFFERED_KEYWORDS = ['AND', 'OR', 'NOT', 'IS NULL', 'IS NOT NULL', 'BETWEEN', 'IN (', 'LIKE', 'CASE WHEN', 'CAST(', 'TRUE', 'FALSE']
const PART = /'(?:[^']|'')*'?|"(?:[^"]|"")*"?|`(?:[^`]|``)*`?|--[^\n]*|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|[\p{L}_][\p{L}\p{N}_$]*|\s+|./gsu
const WORD_AT_END = /[\p{L}_][\p{L}\p{N}_$]*$/u

/** The text in pieces that join to it again, each with the colour it takes. */
export function lookOf(text: string, schema: Schema): readonly LookToken[] {
  const columns = new Set(schema.map((field) => field.name))
  const tokens: LookToken[] = []
  for (const match of text.matchAll(PART))
    tokens.push({ text: match[0], from: match.index, look: look(match[0], text, match.index, columns) })
  return tokens
}

function look(part: string, text: string, from: number, columns: ReadonlySet<string>): TokenLook {
  const first = part[0]
  if (first === "'") return 'string'
  if (first === '"' || first === '`') return 'column'
  if (/^\d/.test(part)) return 'number'
  if (!/^[\p{L}_]/u.test(part)) return 'plain'
  if (KEYWORDS.has(part.toUpperCase())) return 'keyword'
  if (/^\s*\(/.test(text.slice(from + part.length))) return 'function'
  return columns.has(part) ? 'column' : 'plain'
}

export interface Completion {
  readonly label: string
  readonly insert: string
  /** Where the caret goes, from the start of what is inserted. */
  readonly caret: number
  readonly detail: string
  readonly kind: { readonly column: LogicalType } | 'function' | 'keyword'
}

export interface Completions {
  /** What the chosen one replaces. */
  readonly from: number
  readonly to: number
  readonly items: readonly Completion[]
}

/** What can stand where the caret is. `asked`: also where no word has been begun. */
export function completionsAt(text: string, caret: number, schema: Schema, asked: boolean): Completions | null {
  const before = text.slice(0, caret)
  // Inside a text literal there is nothing to complete.
  if (((before.match(/'/g) ?? []).length & 1) === 1) return null
  const word = WORD_AT_END.exec(before)?.[0] ?? ''
  if (word === '' && !asked) return null
  const after = /^[\p{L}\p{N}_$]*/u.exec(text.slice(caret))?.[0] ?? ''
  const lower = word.toLowerCase()
  const ranked = [...columns(schema), ...functions(), ...keywords()]
    .map((item) => ({ item, rank: rankOf(item.label.toLowerCase(), lower) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank)
    .map(({ item }) => item)
  const items = ranked.slice(0, asked && word === '' ? 60 : 12)
  if (items.length === 0) return null
  // A word that is whole already needs no list over what stands below the field.
  if (!asked && items.some(({ label, kind }) => kind !== 'function' && label.toLowerCase() === (word + after).toLowerCase())) return null
  return { from: caret - word.length, to: caret + after.length, items }
}

function rankOf(label: string, word: string): number {
  if (label.startsWith(word)) return 2
  return label.includes(word) ? 1 : 0
}

function columns(schema: Schema): Completion[] {
  return schema.map(({ name, type, nullable }) => {
    const insert = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !KEYWORDS.has(name.toUpperCase()) ? name : `"${name.replaceAll('"', '""')}"`
    return {
      label: name,
      insert,
      caret: insert.length,
      detail: nullable ? t('{type}, may be NULL', { type }) : type,
      kind: { column: type },
    }
  })
}

function functions(): Completion[] {
  return FUNCTIONS.map((entry) => {
    const empty = entry.signatures.every((signature) => signature.parameters.length === 0)
    return {
      label: entry.name,
      insert: `${entry.name}()`,
      caret: entry.name.length + (empty ? 2 : 1),
      detail: said(entry.doc),
      kind: 'function',
    }
  })
}

function keywords(): Completion[] {
  return OFFERED_KEYWORDS.map((label) => ({ label, insert: label, caret: label.length, detail: '', kind: 'keyword' }))
}

const PATTERN_WORDS: Readonly<Record<string, string>> = { T: t('any'), O: t('any with an order'), 'array<T>': t('array') }

/** `LENGTH(string) → int64`, for the line under the field. */
export function signatureText(entry: FunctionEntry): string {
  const word = (pattern: string): string => PATTERN_WORDS[pattern] ?? pattern
  const one = (signature: Signature): string => {
    const parameters = signature.parameters.map(word).join(', ')
    const returns = typeof signature.returns === 'string' ? word(signature.returns) : t('by its arguments')
    return `${entry.name}(${parameters}${signature.variadic === true ? ', …' : ''}) → ${returns}`
  }
  return [...new Set(entry.signatures.map(one))].slice(0, 3).join('\n')
}

/** The function whose arguments the caret is in. */
export function functionAt(text: string, caret: number): FunctionEntry | null {
  let depth = 0
  for (let at = caret - 1; at >= 0; at -= 1) {
    if (text[at] === ')') depth += 1
    else if (text[at] === '(') {
      if (depth > 0) depth -= 1
      else {
        const name = WORD_AT_END.exec(text.slice(0, at))?.[0].toUpperCase()
        const entry = FUNCTIONS.find((candidate) => candidate.name === name)
        if (entry !== undefined) return entry
      }
    }
  }
  return null
}
