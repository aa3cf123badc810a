/**
 * Reads one JSON object straight from bytes into columns, without an object or strings in between.
 *
 * It takes what ordinary files hold and gives up on the rest (−1): then the line is read again
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
  viewOf,
  type BatchBuilder,
  type Exact,
  type Value,
} from '@belay/columns'
import { TimestampReader } from '../reading/storedText.ts'
import type { DeclaredColumn } from '../typing/columns.ts'
import { pushEscaped } from './escapedText.ts'
import {
  BACKSLASH,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  escapedTextEnd,
  NULL_WORD,
  numberEnd,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  skipBlanks,
  textStop,
  TRUE_WORD,
  valueEnd,
} from './jsonBytes.ts'
import { KnownMembers } from './knownMembers.ts'

const LINE_FEED = 10

/** What a column takes, by the way its values are read. */
const KIND = { other: 0, string: 1, json: 2, int64: 3, float64: 4, timestamp: 5 } as const

/** What a field holds until the line is complete. */
const ABSENT = 0
const NULL = 1
const NUMBER_VALUE = 2
const EXACT_VALUE = 3
const TEXT = 4
const ESCAPED_TEXT = 5
const PLAIN = 6

/** Whole numbers of so many digits are exact in 32 bits, and in a float64. */
const SMALL_DIGITS = 9
const EXACT_DIGITS = 15
/** A whole number that is exact, divided by one of these, is rounded once: as the text itself would be. */
const POWERS = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, i) => 10 ** i)

const encoder = new TextEncoder()

export class LineScanner {
  readonly #columns: readonly DeclaredColumn[]
  readonly #names: readonly Uint8Array[]
  readonly #kinds: Uint8Array
  readonly #state: Uint8Array
  readonly #numbers: Float64Array
  readonly #exact: (Exact | undefined)[]
  readonly #plain: Value[]
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  readonly #members = new KnownMembers()
  readonly #timestamps = new TimestampReader()
  /** Columns that have a value, which is not NULL. */
  #filled = 0
  #at = 0

  constructor(columns: readonly DeclaredColumn[]) {
    this.#columns = columns
    this.#names = columns.map(({ name }) => encoder.encode(name))
    this.#kinds = Uint8Array.from(columns, ({ type }) => (Object.hasOwn(KIND, type) ? KIND[type as keyof typeof KIND] : KIND.other))
    this.#state = new Uint8Array(columns.length)
    this.#numbers = new Float64Array(columns.length)
    this.#exact = columns.map(() => undefined)
    this.#plain = columns.map(() => null)
    this.#starts = new Int32Array(columns.length)
    this.#ends = new Int32Array(columns.length)
  }

  /**
   * Appends the object at `from`, which is UTF-8, and says where it ends: at `to` if that is where the line ends
   * (`whole`), at a line feed before it if not. −1 = not understood, and nothing appended.
   */
  read(bytes: Uint8Array, from: number, to: number, whole: boolean, builder: BatchBuilder): number {
    const view = viewOf(bytes)
    const end = this.#object(bytes, view, from, to)
    if (end < 0 || (whole ? end !== to : end >= to || bytes[end] !== LINE_FEED) || !this.#complete()) {
      this.#filled = 0
      this.#state.fill(ABSENT)
      return -1
    }
    this.#append(bytes, view, builder)
    return end
  }

  #complete(): boolean {
    const columns = this.#columns
    if (this.#filled === columns.length) return true
    for (let i = 0; i < columns.length; i += 1) if (this.#state[i] <= NULL && !columns[i].nullable) return false
    return true
  }

  /** Where the blanks behind the object end. */
  #object(bytes: Uint8Array, view: DataView, from: number, to: number): number {
    let at = skipBlanks(bytes, from, to)
    if (at >= to || bytes[at] !== OPEN_OBJECT) return -1
    at += 1
    const members = this.#members
    for (let expected = 0; at < to;) {
      const length = members.lengthAt(expected, view, at, to)
      let column = -1
      if (length > 0) {
        column = members.columnOf(expected)
        at += length
        expected += 1
      } else {
        const known = members.find(view, at, to)
        if (known >= 0) {
          column = members.columnOf(known)
          at += members.lengthAt(known, view, at, to)
          expected = known + 1
        } else {
          // {} has no first member.
          const name = skipBlanks(bytes, at, to)
          if (expected === 0 && name < to && bytes[name] === CLOSE_OBJECT) return skipBlanks(bytes, name + 1, to)
          column = this.#name(bytes, view, name, to)
          if (column === -2) return -1
          members.learn(expected, bytes, at, this.#at, column)
          at = this.#at
          expected += 1
        }
      }
      if (at < to && bytes[at] <= 32) at = skipBlanks(bytes, at, to)
      if (column < 0) {
        const stop = at < to && bytes[at] === QUOTE ? textStop(view, at + 1, to) : to
        at = stop < to && bytes[stop] === QUOTE ? stop + 1 : valueEnd(bytes, view, at, to)
        if (at < 0) return -1
      } else {
        // JSON.parse takes the last of those with the same name.
        if (this.#state[column] !== ABSENT || !this.#value(bytes, view, at, to, column)) return -1
        at = this.#at
      }
      if (at < to && bytes[at] <= 32) at = skipBlanks(bytes, at, to)
      if (at >= to) return -1
      const byte = bytes[at]
      at += 1
      if (byte === CLOSE_OBJECT) return at < to && bytes[at] === LINE_FEED ? at : skipBlanks(bytes, at, to)
      if (byte !== COMMA) return -1
    }
    return -1
  }

  /** Column of the name at `at`, and steps to its value; −1 = nobody asked for it, −2 = give up: an escape, or no name. */
  #name(bytes: Uint8Array, view: DataView, at: number, to: number): number {
    if (at >= to || bytes[at] !== QUOTE) return -2
    const from = at + 1
    const end = textStop(view, from, to)
    if (end >= to || bytes[end] !== QUOTE) return -2
    const colon = skipBlanks(bytes, end + 1, to)
    if (colon >= to || bytes[colon] !== COLON) return -2
    this.#at = skipBlanks(bytes, colon + 1, to)
    return this.#names.findIndex((name) => name.length === end - from && name.every((byte, i) => byte === bytes[from + i]))
  }

  #value(bytes: Uint8Array, view: DataView, from: number, to: number, column: number): boolean {
    if (from >= to) return false
    const kind = this.#kinds[column]
    const first = bytes[from]
    if (first === QUOTE) return this.#text(bytes, view, from, to, column, kind)
    if (first === 110 && from + 4 <= to && view.getInt32(from, true) === NULL_WORD) {
      this.#at = from + 4
      this.#state[column] = NULL
      return true
    }
    if (kind >= KIND.int64 && this.#smallNumber(bytes, from, to, column, kind)) return true
    return this.#anyValue(bytes, view, from, to, column, kind)
  }

  #text(bytes: Uint8Array, view: DataView, from: number, to: number, column: number, kind: number): boolean {
    let end = textStop(view, from + 1, to)
    if (end >= to) return false
    const escaped = bytes[end] === BACKSLASH
    if (escaped) {
      // As json it would have to keep its escapes, and as a time it is written oddly.
      if (kind !== KIND.string) return false
      end = escapedTextEnd(bytes, view, end, to)
      if (end < 0) return false
    } else if (bytes[end] !== QUOTE) return false
    this.#at = end + 1
    switch (kind) {
      case KIND.string:
        return this.#keep(column, from + 1, end, escaped ? ESCAPED_TEXT : TEXT)
      case KIND.json:
        return this.#keep(column, from, end + 1, TEXT)
      case KIND.timestamp: {
        const ms = this.#timestamps.read(bytes, from + 1, end)
        return !Number.isNaN(ms) && this.#number(column, ms)
      }
      default:
        return false
    }
  }

  #keep(column: number, from: number, to: number, state: number): boolean {
    this.#starts[column] = from
    this.#ends[column] = to
    this.#state[column] = state
    this.#filled += 1
    return true
  }

  #number(column: number, value: number): boolean {
    this.#numbers[column] = value
    this.#state[column] = NUMBER_VALUE
    this.#filled += 1
    return true
  }

  /** At most 15 digits, for a float64 with a point among them; false = something else, and nothing has happened. */
  #smallNumber(bytes: Uint8Array, from: number, to: number, column: number, kind: number): boolean {
    const negative = bytes[from] === 45
    const start = negative ? from + 1 : from
    let at = start
    let small = 0
    for (const last = Math.min(to, start + SMALL_DIGITS); at < last; at += 1) {
      const digit = bytes[at] - 48
      if (digit < 0 || digit > 9) break
      small = (small * 10 + digit) | 0
    }
    if (at === start || (bytes[start] === 48 && at > start + 1)) return false
    let value = small
    const behindMost = Math.min(to, start + EXACT_DIGITS + 1)
    if (at === start + SMALL_DIGITS) {
      for (; at < behindMost; at += 1) {
        const digit = bytes[at] - 48
        if (digit < 0 || digit > 9) break
        value = value * 10 + digit
      }
    }
    if (at < to && bytes[at] === 46 && kind === KIND.float64) {
      const point = at
      for (at += 1; at < behindMost; at += 1) {
        const digit = bytes[at] - 48
        if (digit < 0 || digit > 9) break
        value = value * 10 + digit
      }
      if (at === point + 1) return false
      value /= POWERS[at - point - 1]
    }
    // One byte more than 15 digits and their point was looked at: it may be a digit.
    if (at >= behindMost || bytes[at] === 46 || (bytes[at] | 32) === 101) return false
    // JSON has −0, which a whole number has not.
    if (negative && value === 0 && kind !== KIND.float64) return false
    this.#at = at
    return this.#number(column, negative ? -value : value)
  }

  /** What is no text, no NULL and no small number. */
  #anyValue(bytes: Uint8Array, view: DataView, from: number, to: number, column: number, kind: number): boolean {
    const end = kind === KIND.json || bytes[from] > 57 ? valueEnd(bytes, view, from, to) : numberEnd(bytes, from, to)
    if (end < 0) return false
    this.#at = end
    if (kind === KIND.json) return this.#keep(column, from, end, TEXT)
    const { type } = this.#columns[column]
    if (bytes[from] > 57) {
      if (type !== 'bool' || bytes[from] === OPEN_OBJECT || bytes[from] === OPEN_LIST) return false
      this.#plain[column] = view.getInt32(from, true) === TRUE_WORD
      this.#state[column] = PLAIN
      this.#filled += 1
      return true
    }
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from).toString('latin1')
    if (type === 'float64') return this.#number(column, Number(text))
    const exact = type === 'int64' ? parseInt64(text) : isDecimal(type) ? parseDecimal(text, precisionOf(type), scaleOf(type)) : undefined
    if (exact === undefined) return false
    this.#exact[column] = exact
    this.#state[column] = EXACT_VALUE
    this.#filled += 1
    return true
  }

  /** Hands the line over and forgets it. */
  #append(bytes: Uint8Array, view: DataView, builder: BatchBuilder): void {
    const { columns } = builder
    const states = this.#state
    for (let i = 0; i < columns.length; i += 1) {
      const column = columns[i]
      const state = states[i]
      states[i] = ABSENT
      switch (state) {
        case NUMBER_VALUE:
          if (column.storage === 'number') column.push(this.#numbers[i])
          break
        case EXACT_VALUE:
          if (column.storage === 'number') column.pushExact(this.#exact[i] ?? 0)
          break
        case TEXT:
          if (column.storage === 'bytes') column.pushText(bytes, this.#starts[i], this.#ends[i])
          break
        case ESCAPED_TEXT:
          if (column.storage === 'bytes') pushEscaped(column, bytes, view, this.#starts[i], this.#ends[i])
          break
        case PLAIN:
          pushValue(column, this.#plain[i])
          break
        default:
          column.pushNull()
      }
    }
    this.#filled = 0
    builder.endRow()
  }
}
