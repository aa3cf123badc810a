/** LIKE patterns as tokens over UTF-8 bytes; one byte is one token. */
import { RowFailure } from './failure.ts'

const ANY_CHARACTER = -1
export const ANY_TEXT = -2

const encoder = new TextEncoder()

/** Bytes, ANY_CHARACTER (`_`) and ANY_TEXT (`%`). Throws RowFailure BAD_PATTERN if the escape ends the pattern. */
export function likeTokens(pattern: string, escape: string | null): number[] {
  const tokens: number[] = []
  const characters = Array.from(pattern)
  for (let i = 0; i < characters.length; i += 1) {
    let character = characters[i]
    if (escape !== null && character === escape) {
      i += 1
      if (i === characters.length) throw new RowFailure('BAD_PATTERN', 'The LIKE pattern ends with its escape character. Write it twice.')
      character = characters[i]
    } else if (character === '%') {
      if (tokens[tokens.length - 1] !== ANY_TEXT) tokens.push(ANY_TEXT)
      continue
    } else if (character === '_') {
      tokens.push(ANY_CHARACTER)
      continue
    }
    tokens.push(...encoder.encode(character))
  }
  return tokens
}

/** True if bytes `[from, to)` match; the last `%` is the only point to go back to, so it is O(n·m). */
export function matchesTokens(tokens: readonly number[], bytes: Uint8Array, from: number, to: number): boolean {
  let at = from
  let token = 0
  let backToken = -1
  let backAt = 0
  while (at < to) {
    const wanted = token < tokens.length ? tokens[token] : ANY_TEXT - 1
    if (wanted === ANY_TEXT) {
      backToken = ++token
      backAt = at
    } else if (wanted === ANY_CHARACTER) {
      at = nextCharacter(bytes, at, to)
      token += 1
    } else if (wanted === bytes[at]) {
      at += 1
      token += 1
    } else if (backToken >= 0) {
      backAt = nextCharacter(bytes, backAt, to)
      at = backAt
      token = backToken
    } else return false
  }
  while (token < tokens.length && tokens[token] === ANY_TEXT) token += 1
  return token === tokens.length
}

function nextCharacter(bytes: Uint8Array, at: number, to: number): number {
  let next = at + 1
  while (next < to && (bytes[next] & 0xc0) === 0x80) next += 1
  return next
}

/** Tells whether bytes `[from, to)` match a constant pattern; made once, called for every row. */
export function likeMatcher(tokens: readonly number[]): (bytes: Uint8Array, from: number, to: number) => boolean {
  const parts: number[][] = [[]]
  for (const token of tokens) {
    if (token === ANY_TEXT) parts.push([])
    else parts[parts.length - 1].push(token)
  }
  const [start, ...rest] = parts
  const last = rest.pop()
  // Without a % everything stands in its place; a _ before the end would have to be counted from behind.
  if (last === undefined || last.includes(ANY_CHARACTER)) return (bytes, from, to) => matchesTokens(tokens, bytes, from, to)
  const end = Uint8Array.from(last)
  const head = Int16Array.from(start)
  const middle = rest.filter((part) => part.length > 0).map((part) => Int16Array.from(part))
  return (bytes, from, to) => {
    const stop = to - end.length
    if (stop < from) return false
    for (let k = 0; k < end.length; k += 1) if (bytes[stop + k] !== end[k]) return false
    let at = endOfMatch(head, bytes, from, stop)
    for (let k = 0; k < middle.length && at >= 0; k += 1) at = findTokens(middle[k], bytes, at, stop)
    return at >= 0
  }
}

/** Where a match of tokens without % that begins at `from` ends; −1 if there is none. */
function endOfMatch(tokens: Int16Array, bytes: Uint8Array, from: number, to: number): number {
  let at = from
  for (let k = 0; k < tokens.length; k += 1) {
    if (at >= to) return -1
    const token = tokens[k]
    if (token === ANY_CHARACTER) at = nextCharacter(bytes, at, to)
    else if (bytes[at] === token) at += 1
    else return -1
  }
  return at
}

/** Where the first match of tokens without % that begins at `from` or later ends; −1 if there is none. */
function findTokens(tokens: Int16Array, bytes: Uint8Array, from: number, to: number): number {
  const first = tokens[0]
  for (let at = from; at < to; at += 1) {
    if (first >= 0) while (at < to && bytes[at] !== first) at += 1
    // A character may begin at every byte but a continuation byte.
    else while (at < to && (bytes[at] & 0xc0) === 0x80) at += 1
    const end = endOfMatch(tokens, bytes, at, to)
    if (end >= 0) return end
  }
  return -1
}

/** Where a part, not empty, first begins in `[from, to)`; −1 if it does not. */
export function findBytes(bytes: Uint8Array, from: number, to: number, part: Uint8Array): number {
  const last = to - part.length
  const first = part[0]
  for (let at = from; at <= last; at += 1) {
    if (bytes[at] !== first) continue
    let k = 1
    while (k < part.length && bytes[at + k] === part[k]) k += 1
    if (k === part.length) return at
  }
  return -1
}
