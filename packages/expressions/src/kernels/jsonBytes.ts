/**
 * Reads JSON from its bytes, without making objects: validates a text, and finds the value at a path.
 * The same grammar as scalar/json.ts.
 */
import { textOfBytes } from '@belay/columns'
import { MAX_JSON_DEPTH, wellFormed, type JsonStep } from '../scalar/json.ts'

const [TAB, LF, CR, SPACE, QUOTE, COMMA, COLON, BACKSLASH] = [9, 10, 13, 32, 34, 44, 58, 92]
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125]
const LITERALS = ['true', 'false', 'null'].map((word) => new TextEncoder().encode(word))

function skipSpace(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  while (at < to && (bytes[at] === SPACE || bytes[at] === LF || bytes[at] === TAB || bytes[at] === CR)) at += 1
  return at
}

/** The end of the string that begins at `from`, −1 if there is none. */
function stringEnd(bytes: Uint8Array, from: number, to: number): number {
  if (bytes[from] !== QUOTE || from >= to) return -1
  for (let at = from + 1; at < to; at += 1) {
    const byte = bytes[at]
    if (byte === QUOTE) return at + 1
    if (byte < 32) return -1
    if (byte !== BACKSLASH) continue
    at += 1
    const escape = at < to ? bytes[at] : 0
    if (escape === 117) {
      for (let k = 1; k <= 4; k += 1) if (at + k >= to || !isHex(bytes[at + k])) return -1
      at += 4
    } else if (!isEscape(escape)) return -1
  }
  return -1
}

function isHex(byte: number): boolean {
  return isDigit(byte) || (byte >= 65 && byte <= 70) || (byte >= 97 && byte <= 102)
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57
}

/** One of `"\/bfnrt`. */
function isEscape(byte: number): boolean {
  return byte === QUOTE || byte === BACKSLASH || byte === 47 || byte === 98 || byte === 102 || byte === 110 || byte === 114 || byte === 116
}

function numberEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  if (at < to && bytes[at] === 45) at += 1
  if (at >= to || !isDigit(bytes[at])) return -1
  if (bytes[at] === 48) at += 1
  else while (at < to && isDigit(bytes[at])) at += 1
  if (at < to && bytes[at] === 46) {
    at += 1
    if (at >= to || !isDigit(bytes[at])) return -1
    while (at < to && isDigit(bytes[at])) at += 1
  }
  if (at < to && (bytes[at] === 101 || bytes[at] === 69)) {
    at += 1
    if (at < to && (bytes[at] === 43 || bytes[at] === 45)) at += 1
    if (at >= to || !isDigit(bytes[at])) return -1
    while (at < to && isDigit(bytes[at])) at += 1
  }
  return at
}

function scalarEnd(bytes: Uint8Array, from: number, to: number): number {
  const byte = from < to ? bytes[from] : 0
  if (byte === QUOTE) return stringEnd(bytes, from, to)
  for (const word of LITERALS) {
    if (byte !== word[0]) continue
    if (from + word.length > to) return -1
    for (let k = 1; k < word.length; k += 1) if (bytes[from + k] !== word[k]) return -1
    return from + word.length
  }
  return numberEnd(bytes, from, to)
}

/** Past the name and colon of a member, −1 if there are none. */
function memberValue(bytes: Uint8Array, from: number, to: number): number {
  const end = stringEnd(bytes, from, to)
  if (end < 0) return -1
  const colon = skipSpace(bytes, end, to)
  return colon < to && bytes[colon] === COLON ? colon + 1 : -1
}

/** Whether each open bracket is an object's; kept between calls. */
const isObject = new Uint8Array(MAX_JSON_DEPTH + 2)

/** The end of the value that begins at `from` (after space), −1 if there is none that is whole. */
function valueEnd(bytes: Uint8Array, from: number, to: number, depthAbove: number): number {
  let depth = 0
  let at = skipSpace(bytes, from, to)
  for (;;) {
    const byte = at < to ? bytes[at] : 0
    if (depth + depthAbove > MAX_JSON_DEPTH) return -1
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      at = skipSpace(bytes, at + 1, to)
      if (at < to && bytes[at] === (byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY)) at += 1
      else {
        isObject[depth] = byte === OPEN_OBJECT ? 1 : 0
        depth += 1
        if (byte === OPEN_OBJECT) at = memberValue(bytes, at, to)
        if (at < 0) return -1
        at = skipSpace(bytes, at, to)
        continue
      }
    } else at = scalarEnd(bytes, at, to)
    if (at < 0) return -1
    // A value has ended: close brackets, or go on after a comma.
    for (;;) {
      if (depth === 0) return at
      at = skipSpace(bytes, at, to)
      const inObject = isObject[depth - 1] === 1
      const next = at < to ? bytes[at] : 0
      if (next === (inObject ? CLOSE_OBJECT : CLOSE_ARRAY)) {
        depth -= 1
        at += 1
        continue
      }
      if (next !== COMMA) return -1
      at = skipSpace(bytes, at + 1, to)
      if (inObject) at = memberValue(bytes, at, to)
      if (at < 0) return -1
      at = skipSpace(bytes, at, to)
      break
    }
  }
}

export function isJsonBytes(bytes: Uint8Array, from: number, to: number): boolean {
  const end = valueEnd(bytes, from, to, 0)
  return end >= 0 && skipSpace(bytes, end, to) === to
}

export interface BytePath {
  readonly steps: readonly JsonStep[]
  /** UTF-8 of each name; empty for positions. */
  readonly names: readonly Uint8Array[]
}

export function bytePath(steps: readonly JsonStep[]): BytePath {
  return { steps, names: steps.map((step) => new TextEncoder().encode(typeof step === 'string' ? step : '')) }
}

/** Finds values in JSON that is known to be valid. */
export class JsonFinder {
  /** Where the value found last lies. */
  from = 0
  to = 0

  find(bytes: Uint8Array, from: number, to: number, path: BytePath): boolean {
    let at = skipSpace(bytes, from, to)
    for (let k = 0; k < path.steps.length; k += 1) {
      const step = path.steps[k]
      at = typeof step === 'number' ? this.#item(bytes, at, to, step) : this.#member(bytes, at, to, step, path.names[k])
      if (at < 0) return false
    }
    this.from = at
    this.to = valueEnd(bytes, at, to, 0)
    return true
  }

  #item(bytes: Uint8Array, from: number, to: number, index: number): number {
    if (bytes[from] !== OPEN_ARRAY) return -1
    let at = skipSpace(bytes, from + 1, to)
    if (bytes[at] === CLOSE_ARRAY) return -1
    for (let left = index; left > 0; left -= 1) {
      at = skipSpace(bytes, valueEnd(bytes, at, to, 0), to)
      if (bytes[at] !== COMMA) return -1
      at = skipSpace(bytes, at + 1, to)
    }
    return at
  }

  /** Of two members with one name the last counts. */
  #member(bytes: Uint8Array, from: number, to: number, name: string, wanted: Uint8Array): number {
    if (bytes[from] !== OPEN_OBJECT) return -1
    let found = -1
    let at = skipSpace(bytes, from + 1, to)
    while (bytes[at] === QUOTE) {
      const end = stringEnd(bytes, at, to)
      const value = skipSpace(bytes, memberValue(bytes, at, to), to)
      if (isName(bytes, at + 1, end - 1, name, wanted)) found = value
      at = skipSpace(bytes, valueEnd(bytes, value, to, 0), to)
      if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1, to)
    }
    return found
  }
}

function isName(bytes: Uint8Array, from: number, to: number, name: string, wanted: Uint8Array): boolean {
  let k = from
  while (k < to && bytes[k] !== BACKSLASH && bytes[k] === wanted[k - from]) k += 1
  if (k === to) return to - from === wanted.length
  // An escape may stand for any character, so such a name is read.
  return hasEscape(bytes, k, to) && unescaped(bytes, from, to) === name
}

/** The text of a string without its quotes. */
export function unescaped(bytes: Uint8Array, from: number, to: number): string {
  return wellFormed(JSON.parse(`"${textOfBytes(bytes, from, to)}"`) as string)
}

export function hasEscape(bytes: Uint8Array, from: number, to: number): boolean {
  for (let k = from; k < to; k += 1) if (bytes[k] === BACKSLASH) return true
  return false
}
