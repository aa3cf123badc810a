/**
 * Reads one JSON object straight from bytes into columns, without an object or strings in between.
 *
 * It takes what ordinary files hold and gives up on the rest (`false`): then the line is read again
 * with JSON.parse, which also says what is wrong with it. Whatever it takes, it takes as JSON.parse
 * would. Invariant: nothing is appended before the whole line has been understood.
 */
import {
  isDecimal,
  parseDecimal,
  parseInt64,
  precisionOf,
  pushValue,
  scaleOf,
  type BatchBuilder,
  type Exact,
  type Value,
} from '@belay/columns'
import { plainInteger, TimestampReader } from '../reading/storedText.ts'
import type { DeclaredColumn } from '../typing/columns.ts'

const QUOTE = 34
const COMMA = 44
const COLON = 58
const BACKSLASH = 92
const OPEN_LIST = 91
const CLOSE_LIST = 93
const SMALL_U = 117
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/** What a field holds until the line is complete. */
const ABSENT = 0
const NULL = 1
const NUMBER_VALUE = 2
const EXACT_VALUE = 3
const TEXT = 4
const UNESCAPED = 5
/** As UNESCAPED, with characters beyond ASCII. */
const UNESCAPED_WIDE = 6
const PLAIN = 7

const encoder = new TextEncoder()

export class LineScanner {
  readonly #columns: readonly DeclaredColumn[]
  readonly #names: readonly Uint8Array[]
  readonly #state: Uint8Array
  readonly #numbers: Float64Array
  readonly #exact: (Exact | undefined)[]
  readonly #plain: Value[]
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  readonly #timestamps = new TimestampReader()
  /** Texts with escapes, taken out of them. */
  #scratch = new Uint8Array(4096)
  #scratchUsed = 0
  #at = 0

  constructor(columns: readonly DeclaredColumn[]) {
    this.#columns = columns
    this.#names = columns.map(({ name }) => encoder.encode(name))
    this.#state = new Uint8Array(columns.length)
    this.#numbers = new Float64Array(columns.length)
    this.#exact = columns.map(() => undefined)
    this.#plain = columns.map(() => null)
    this.#starts = new Int32Array(columns.length)
    this.#ends = new Int32Array(columns.length)
  }

  /** Appends the object in `[from, to)`, which is UTF-8; false = not understood, and nothing appended. */
  read(bytes: Buffer, from: number, to: number, ascii: boolean, builder: BatchBuilder): boolean {
    this.#scratchUsed = 0
    this.#state.fill(ABSENT)
    if (!this.#object(bytes, from, to)) return false
    for (let i = 0; i < this.#columns.length; i += 1) if (this.#state[i] <= NULL && !this.#columns[i].nullable) return false
    this.#append(bytes, ascii, builder)
    return true
  }

  #object(bytes: Buffer, from: number, to: number): boolean {
    let at = skipBlanks(bytes, from, to)
    if (bytes[at] !== OPEN_OBJECT || at >= to) return false
    at = skipBlanks(bytes, at + 1, to)
    let expected = 0
    while (at < to && bytes[at] === QUOTE) {
      const nameFrom = at + 1
      const nameTo = bytes.indexOf(QUOTE, nameFrom)
      if (nameTo < 0 || nameTo >= to) return false
      const column = this.#columnOf(bytes, nameFrom, nameTo, expected)
      if (column === -2) return false
      at = skipBlanks(bytes, nameTo + 1, to)
      if (bytes[at] !== COLON || at >= to) return false
      this.#at = skipBlanks(bytes, at + 1, to)
      if (column < 0 ? !this.#skip(bytes, to) : !this.#value(bytes, to, column)) return false
      expected = column + 1
      at = skipBlanks(bytes, this.#at, to)
      if (bytes[at] !== COMMA || at >= to) break
      at = skipBlanks(bytes, at + 1, to)
      if (bytes[at] !== QUOTE) return false
    }
    return at < to && bytes[at] === CLOSE_OBJECT && skipBlanks(bytes, at + 1, to) === to
  }

  /** −1 = nobody asked for it; −2 = give up: an escape in the name, or a name that comes twice. */
  #columnOf(bytes: Buffer, from: number, to: number, expected: number): number {
    const names = this.#names
    for (let k = 0; k < names.length; k += 1) {
      const column = expected + k < names.length ? expected + k : expected + k - names.length
      const name = names[column]
      if (name.length !== to - from) continue
      let i = 0
      while (i < name.length && name[i] === bytes[from + i]) i += 1
      if (i === name.length) return this.#state[column] === ABSENT ? column : -2
    }
    for (let i = from; i < to; i += 1) if (bytes[i] === BACKSLASH || bytes[i] < 32) return -2
    return -1
  }

  /** Steps over a value nobody asked for. */
  #skip(bytes: Buffer, to: number): boolean {
    const first = bytes[this.#at]
    if (first === QUOTE) return this.#text(bytes, to, -1)
    if (first === OPEN_OBJECT || first === OPEN_LIST) return this.#nested(bytes, to) !== undefined
    const end = scalarEnd(bytes, this.#at, to)
    const from = this.#at
    this.#at = end
    if (!Number.isNaN(plainInteger(bytes, from, end)) && !leadingZero(bytes, from, end)) return true
    const text = bytes.toString('latin1', from, end)
    return text === 'null' || text === 'true' || text === 'false' || NUMBER.test(text)
  }

  #value(bytes: Buffer, to: number, column: number): boolean {
    const { type } = this.#columns[column]
    const from = this.#at
    const first = bytes[from]
    if (first === QUOTE) {
      if (!this.#text(bytes, to, column)) return false
      if (type === 'string') return true
      if (type === 'timestamp' && this.#state[column] === TEXT) {
        const ms = this.#timestamps.read(bytes, from + 1, this.#at - 1)
        if (Number.isNaN(ms)) return false
        this.#numbers[column] = ms
        this.#state[column] = NUMBER_VALUE
        return true
      }
      return type === 'json' && this.#textAsJson(from, this.#at, column)
    }
    if (first === OPEN_OBJECT || first === OPEN_LIST) {
      const value = this.#nested(bytes, to)
      return value !== undefined && type === 'json' && this.#textAsJson(from, this.#at, column)
    }
    const end = scalarEnd(bytes, from, to)
    this.#at = end
    if (end - from === 4 && bytes[from] === 110 && bytes[from + 1] === 117 && bytes[from + 2] === 108 && bytes[from + 3] === 108) {
      this.#state[column] = NULL
      return true
    }
    if (type === 'int64' || type === 'timestamp' || type === 'float64') {
      const value = plainInteger(bytes, from, end)
      // JSON has −0 but no leading zeros.
      if (!Number.isNaN(value) && !leadingZero(bytes, from, end) && !(value === 0 && first === 45)) {
        this.#numbers[column] = value
        this.#state[column] = NUMBER_VALUE
        return true
      }
    }
    return this.#scalar(bytes.toString('latin1', from, end), from, end, column)
  }

  /** Anything but null, texts and short whole numbers. */
  #scalar(text: string, from: number, to: number, column: number): boolean {
    const { type } = this.#columns[column]
    if (text === 'true' || text === 'false') {
      if (type === 'json') return this.#textAsJson(from, to, column)
      if (type !== 'bool') return false
      this.#plain[column] = text === 'true'
      this.#state[column] = PLAIN
      return true
    }
    if (!NUMBER.test(text)) return false
    if (type === 'json') return this.#textAsJson(from, to, column)
    if (type === 'float64') {
      this.#numbers[column] = Number(text)
      this.#state[column] = NUMBER_VALUE
      return true
    }
    const exact = type === 'int64' ? parseInt64(text) : isDecimal(type) ? parseDecimal(text, precisionOf(type), scaleOf(type)) : undefined
    if (exact === undefined) return false
    this.#exact[column] = exact
    this.#state[column] = EXACT_VALUE
    return true
  }

  #textAsJson(from: number, to: number, column: number): boolean {
    this.#starts[column] = from
    this.#ends[column] = to
    this.#state[column] = TEXT
    return true
  }

  /** A text at `#at`; column −1 = only step over it. */
  #text(bytes: Buffer, to: number, column: number): boolean {
    const from = this.#at + 1
    let at = from
    for (; at < to; at += 1) {
      const byte = bytes[at]
      if (byte === QUOTE) {
        this.#at = at + 1
        if (column >= 0) {
          this.#starts[column] = from
          this.#ends[column] = at
          this.#state[column] = TEXT
        }
        return true
      }
      if (byte === BACKSLASH) return this.#escapedText(bytes, from, at, to, column)
      if (byte < 32) return false
    }
    return false
  }

  #escapedText(bytes: Buffer, from: number, escape: number, to: number, column: number): boolean {
    if (this.#scratchUsed + (to - from) > this.#scratch.length) {
      const grown = new Uint8Array((this.#scratchUsed + (to - from)) * 2)
      grown.set(this.#scratch.subarray(0, this.#scratchUsed))
      this.#scratch = grown
    }
    const scratch = this.#scratch
    const start = this.#scratchUsed
    let put = start
    for (let i = from; i < escape; i += 1) scratch[put++] = bytes[i]
    let wide = false
    for (let at = escape; at < to; at += 1) {
      const byte = bytes[at]
      if (byte === QUOTE) {
        this.#at = at + 1
        this.#scratchUsed = put
        if (column >= 0) {
          this.#starts[column] = start
          this.#ends[column] = put
          this.#state[column] = wide ? UNESCAPED_WIDE : UNESCAPED
        }
        // As json it would have to keep its escapes, and as a time it is written oddly.
        return column < 0 || this.#columns[column].type === 'string'
      }
      if (byte < 32) return false
      if (byte !== BACKSLASH) {
        scratch[put++] = byte
        continue
      }
      at += 1
      const plain = unescaped(bytes[at])
      if (plain >= 0) {
        scratch[put++] = plain
        continue
      }
      if (bytes[at] !== SMALL_U || at + 4 >= to) return false
      let code = hexOf(bytes, at + 1)
      if (code < 0) return false
      at += 4
      if (code >= 0xd800 && code < 0xe000) {
        const low = bytes[at + 1] === BACKSLASH && bytes[at + 2] === SMALL_U && at + 6 < to ? hexOf(bytes, at + 3) : -1
        if (code < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
          at += 6
        } else code = 0xfffd
      }
      if (code >= 128) wide = true
      put = putUtf8(scratch, put, code)
    }
    return false
  }

  /** An object or list at `#at`, checked by JSON.parse; undefined = it is none. */
  #nested(bytes: Buffer, to: number): object | undefined {
    let depth = 0
    let text = false
    for (let at = this.#at; at < to; at += 1) {
      const byte = bytes[at]
      if (text) {
        if (byte === BACKSLASH) at += 1
        else if (byte === QUOTE) text = false
      } else if (byte === QUOTE) text = true
      else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1
      else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        depth -= 1
        if (depth > 0) continue
        try {
          const value = JSON.parse(bytes.toString('utf8', this.#at, at + 1)) as object
          this.#at = at + 1
          return value
        } catch {
          return undefined
        }
      }
    }
    return undefined
  }

  #append(bytes: Buffer, ascii: boolean, builder: BatchBuilder): void {
    const { columns } = builder
    for (let i = 0; i < columns.length; i += 1) {
      const column = columns[i]
      switch (this.#state[i]) {
        case NUMBER_VALUE:
          if (column.storage === 'number') column.push(this.#numbers[i])
          break
        case EXACT_VALUE:
          if (column.storage === 'number') column.pushExact(this.#exact[i] ?? 0)
          break
        case TEXT:
          if (column.storage === 'bytes') column.pushBytes(bytes, this.#starts[i], this.#ends[i], ascii)
          break
        case UNESCAPED:
        case UNESCAPED_WIDE:
          if (column.storage === 'bytes')
            column.pushBytes(this.#scratch, this.#starts[i], this.#ends[i], ascii && this.#state[i] === UNESCAPED)
          break
        case PLAIN:
          pushValue(column, this.#plain[i])
          break
        default:
          column.pushNull()
      }
    }
    builder.endRow()
  }
}

function skipBlanks(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  while (at < to && (bytes[at] === 32 || bytes[at] === 9 || bytes[at] === 13)) at += 1
  return at
}

function scalarEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  while (at < to && bytes[at] !== COMMA && bytes[at] !== CLOSE_OBJECT && bytes[at] > 32) at += 1
  return at
}

function leadingZero(bytes: Uint8Array, from: number, to: number): boolean {
  const first = bytes[from] === 45 ? from + 1 : from
  return bytes[first] === 48 && to - first > 1
}

/** Four hex digits; −1 = something else. */
function hexOf(bytes: Uint8Array, from: number): number {
  let value = 0
  for (let i = from; i < from + 4; i += 1) {
    const byte = bytes[i]
    const digit = byte >= 48 && byte <= 57 ? byte - 48 : (byte | 32) >= 97 && (byte | 32) <= 102 ? (byte | 32) - 87 : -1
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}

/** At most four bytes where the escape had six, or twelve; returns where the next one goes. */
function putUtf8(bytes: Uint8Array, at: number, code: number): number {
  if (code < 0x80) {
    bytes[at] = code
    return at + 1
  }
  if (code < 0x800) {
    bytes[at] = 0xc0 | (code >> 6)
    bytes[at + 1] = 0x80 | (code & 63)
    return at + 2
  }
  if (code < 0x10000) {
    bytes[at] = 0xe0 | (code >> 12)
    bytes[at + 1] = 0x80 | ((code >> 6) & 63)
    bytes[at + 2] = 0x80 | (code & 63)
    return at + 3
  }
  bytes[at] = 0xf0 | (code >> 18)
  bytes[at + 1] = 0x80 | ((code >> 12) & 63)
  bytes[at + 2] = 0x80 | ((code >> 6) & 63)
  bytes[at + 3] = 0x80 | (code & 63)
  return at + 4
}

/** The byte an escape stands for; −1 = \u, or no escape. */
function unescaped(byte: number): number {
  switch (byte) {
    case QUOTE:
    case BACKSLASH:
    case 47:
      return byte
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
