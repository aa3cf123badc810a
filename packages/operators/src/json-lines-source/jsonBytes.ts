/**
 * Where values of JSON end in UTF-8 bytes, without an object or a string made of them. What is given an
 * end here is what JSON.parse takes; −1 = it would not, or the value is not whole before `to`.
 *
 * Blanks do not include the line feed: a value ends before the line does.
 */

export const QUOTE = 34
export const COMMA = 44
export const COLON = 58
export const BACKSLASH = 92
export const OPEN_LIST = 91
const CLOSE_LIST = 93
const SMALL_U = 117
export const OPEN_OBJECT = 123
export const CLOSE_OBJECT = 125

/** Values in values; deeper ones are left to JSON.parse, which needs no stack of ours. */
const MOST_DEPTH = 64

/** `true`, `null` and `alse` as four bytes, lowest first. */
export const TRUE_WORD = 0x65757274
export const NULL_WORD = 0x6c6c756e
const ALSE_WORD = 0x65736c61

export function skipBlanks(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  while (at < to && (bytes[at] === 32 || bytes[at] === 9 || bytes[at] === 13)) at += 1
  return at
}

/**
 * First byte from `from` on that a text cannot simply hold: a quote, a backslash, or one below a blank; `to` if there
 * is none. Four bytes at a time: `(x − 0x01…) & ~x` has the high bit of a byte of x that is zero, and above
 * the lowest such byte perhaps of others, so only the lowest is believed.
 */
export function textStop(view: DataView, from: number, to: number): number {
  let at = from
  for (const last = to - 4; at <= last; at += 4) {
    const word = view.getInt32(at, true)
    const quote = word ^ 0x22222222
    const backslash = word ^ 0x5c5c5c5c
    const stops = (((quote - 0x01010101) & ~quote) | ((backslash - 0x01010101) & ~backslash) | ((word - 0x20202020) & ~word)) & 0x80808080
    if (stops !== 0) return at + ((31 - Math.clz32(stops & -stops)) >> 3)
  }
  for (; at < to; at += 1) {
    const byte = view.getUint8(at)
    if (byte === QUOTE || byte === BACKSLASH || byte < 32) return at
  }
  return to
}

/** The closing quote of a text whose first escape is at `escape`. */
export function escapedTextEnd(bytes: Uint8Array, view: DataView, escape: number, to: number): number {
  let at = escape
  while (at < to && bytes[at] === BACKSLASH) {
    const next = escapeEnd(bytes, at, to)
    if (next < 0) return -1
    at = textStop(view, next, to)
  }
  return at < to && bytes[at] === QUOTE ? at : -1
}

/** Behind the escape whose backslash is at `at`. */
function escapeEnd(bytes: Uint8Array, at: number, to: number): number {
  if (at + 1 >= to) return -1
  if (unescaped(bytes[at + 1]) >= 0) return at + 2
  return bytes[at + 1] === SMALL_U && at + 6 <= to && hexOf(bytes, at + 2) >= 0 ? at + 6 : -1
}

/** Behind the closing quote of the text whose opening one is at `from`. */
function textEnd(bytes: Uint8Array, view: DataView, from: number, to: number): number {
  const stop = textStop(view, from + 1, to)
  if (stop < to && bytes[stop] === QUOTE) return stop + 1
  const end = escapedTextEnd(bytes, view, stop, to)
  return end < 0 ? -1 : end + 1
}

/** Behind the value at `from`. */
export function valueEnd(bytes: Uint8Array, view: DataView, from: number, to: number, depth = 0): number {
  if (from >= to) return -1
  switch (bytes[from]) {
    case QUOTE:
      return textEnd(bytes, view, from, to)
    case OPEN_OBJECT:
    case OPEN_LIST:
      return depth === MOST_DEPTH ? -1 : nestedEnd(bytes, view, from, to, depth + 1)
    default: {
      const end = wordEnd(bytes, view, from, to)
      return end < 0 ? numberEnd(bytes, from, to) : end
    }
  }
}

/** Behind true, false or null. */
function wordEnd(bytes: Uint8Array, view: DataView, from: number, to: number): number {
  if (from + 4 > to) return -1
  const word = view.getInt32(from, true)
  if (word === TRUE_WORD || word === NULL_WORD) return from + 4
  return bytes[from] === 102 && from + 5 <= to && view.getInt32(from + 1, true) === ALSE_WORD ? from + 5 : -1
}

/** Behind the object or list that opens at `from`. */
function nestedEnd(bytes: Uint8Array, view: DataView, from: number, to: number, depth: number): number {
  const named = bytes[from] === OPEN_OBJECT
  const close = named ? CLOSE_OBJECT : CLOSE_LIST
  let at = skipBlanks(bytes, from + 1, to)
  if (at < to && bytes[at] === close) return at + 1
  while (at < to) {
    if (named) {
      if (bytes[at] !== QUOTE) return -1
      at = textEnd(bytes, view, at, to)
      if (at < 0) return -1
      at = skipBlanks(bytes, at, to)
      if (at >= to || bytes[at] !== COLON) return -1
      at = skipBlanks(bytes, at + 1, to)
    }
    at = valueEnd(bytes, view, at, to, depth)
    if (at < 0) return -1
    at = skipBlanks(bytes, at, to)
    if (at >= to) return -1
    if (bytes[at] === close) return at + 1
    if (bytes[at] !== COMMA) return -1
    at = skipBlanks(bytes, at + 1, to)
  }
  return -1
}

/** Behind the number at `from`. */
export function numberEnd(bytes: Uint8Array, from: number, to: number): number {
  const whole = from < to && bytes[from] === 45 ? from + 1 : from
  let at = digitsEnd(bytes, whole, to)
  if (at === whole || (bytes[whole] === 48 && at > whole + 1)) return -1
  if (at < to && bytes[at] === 46) {
    const fraction = at + 1
    at = digitsEnd(bytes, fraction, to)
    if (at === fraction) return -1
  }
  if (at < to && (bytes[at] | 32) === 101) {
    let exponent = at + 1
    if (exponent < to && (bytes[exponent] === 43 || bytes[exponent] === 45)) exponent += 1
    at = digitsEnd(bytes, exponent, to)
    if (at === exponent) return -1
  }
  return at
}

function digitsEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  while (at < to && bytes[at] >= 48 && bytes[at] <= 57) at += 1
  return at
}

/** Four hex digits; −1 = something else. */
export function hexOf(bytes: Uint8Array, from: number): number {
  let value = 0
  for (let i = from; i < from + 4; i += 1) {
    const byte = bytes[i]
    const digit = byte >= 48 && byte <= 57 ? byte - 48 : (byte | 32) >= 97 && (byte | 32) <= 102 ? (byte | 32) - 87 : -1
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}

/** The byte that an escape of one letter stands for; −1 = \u, or no escape. */
export function unescaped(letter: number): number {
  switch (letter) {
    case QUOTE:
    case BACKSLASH:
    case 47:
      return letter
    case 98:
      return 8
    case 102:
      return 12
    case 110:
      return 10
    case 114:
      return 13
    case 116:
      return 9
    default:
      return -1
  }
}
