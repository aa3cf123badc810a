/** Numbers, times and days from the bytes of a text file, as columns store them. */
import {
  daysOfCivil,
  isDecimal,
  monthLength,
  parseDate,
  parseDecimal,
  parseInt64,
  precisionOf,
  scaleOf,
  type Exact,
  type NumberType,
} from '@belay/columns'
import { parseTimestamp } from '@belay/expressions'

const FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const DAY_MS = 86_400_000

/** The stored form of a text; undefined = not a value of the type. */
export function storedOfText(text: string, type: NumberType): Exact | undefined {
  if (isDecimal(type)) return parseDecimal(text, precisionOf(type), scaleOf(type))
  switch (type) {
    case 'int64':
      return parseInt64(text)
    case 'float64':
      if (FLOAT.test(text)) return Number(text)
      return text === 'NaN' ? Number.NaN : text === 'Infinity' ? Infinity : text === '-Infinity' ? -Infinity : undefined
    case 'timestamp':
      return parseTimestamp(text)
    case 'date':
      return parseDate(text)
    case 'interval': {
      const ms = parseInt64(text)
      return typeof ms === 'number' ? ms : undefined
    }
  }
}

/** At most 15 digits, with a minus or without; NaN = something else. */
export function plainInteger(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  const negative = bytes[at] === 45
  if (negative) at += 1
  if (to <= at || to - at > 15) return Number.NaN
  let value = 0
  for (; at < to; at += 1) {
    const digit = bytes[at] - 48
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return negative ? -value : value
}

/** `2026-01-01T00:00` and `2026-01-01T00:00:00.000Z`. */
const MINUTE_LENGTH = 16
const FULL_LENGTH = 24

/**
 * `2026-01-01T00:00:00.000Z` and the same with a blank for the T, without the fraction or without
 * the Z: the usual forms, read without making a string. NaN = something else, which may still be a time.
 */
export class TimestampReader {
  /** The last day seen, as its ten bytes in three numbers; files are mostly in time order. */
  #year = -1
  #month = -1
  #day = -1
  #dayMs = 0
  /** The last minute seen, as its sixteen bytes. */
  readonly #minute = new Uint8Array(MINUTE_LENGTH)
  #minuteMs = 0

  read(bytes: Uint8Array, from: number, to: number): number {
    if (
      to - from === FULL_LENGTH &&
      bytes[to - 1] === 90 &&
      bytes[from + 16] === 58 &&
      bytes[from + 19] === 46 &&
      this.#isMinute(bytes, from)
    ) {
      const second = digits(bytes, from + 17, 2)
      const ms = digits(bytes, from + 20, 3)
      return second < 0 || second > 59 || ms < 0 ? Number.NaN : this.#minuteMs + second * 1000 + ms
    }
    const ms = this.#readWhole(bytes, from, to)
    if (!Number.isNaN(ms)) {
      for (let i = 0; i < MINUTE_LENGTH; i += 1) this.#minute[i] = bytes[from + i]
      this.#minuteMs = Math.floor(ms / 60_000) * 60_000
    }
    return ms
  }

  /** What changes most often is last. */
  #isMinute(bytes: Uint8Array, from: number): boolean {
    const minute = this.#minute
    for (let i = MINUTE_LENGTH - 1; i >= 0; i -= 1) if (bytes[from + i] !== minute[i]) return false
    return true
  }

  #readWhole(bytes: Uint8Array, from: number, to: number): number {
    const length = to - from
    if (length < 19 || length > 24) return Number.NaN
    const separator = bytes[from + 10]
    if (bytes[from + 4] !== 45 || bytes[from + 7] !== 45 || (separator !== 84 && separator !== 32)) return Number.NaN
    if (bytes[from + 13] !== 58 || bytes[from + 16] !== 58) return Number.NaN
    const year = digits(bytes, from, 4)
    const month = digits(bytes, from + 5, 2)
    const day = digits(bytes, from + 8, 2)
    const hour = digits(bytes, from + 11, 2)
    const minute = digits(bytes, from + 14, 2)
    const second = digits(bytes, from + 17, 2)
    let end = to
    if (bytes[end - 1] === 90) end -= 1
    let ms = 0
    if (end - from > 19) {
      if (end - from !== 23 || bytes[from + 19] !== 46) return Number.NaN
      ms = digits(bytes, from + 20, 3)
    }
    // A piece that was not digits is negative.
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || ms < 0) return Number.NaN
    if (year !== this.#year || month !== this.#month || day !== this.#day) {
      if (year < 1 || month < 1 || month > 12 || day < 1 || day > monthLength(year, month)) return Number.NaN
      this.#dayMs = daysOfCivil(year, month, day) * DAY_MS
      this.#year = year
      this.#month = month
      this.#day = day
    }
    return this.#dayMs + hour * 3_600_000 + minute * 60_000 + second * 1000 + ms
  }
}

function digits(bytes: Uint8Array, from: number, count: number): number {
  let value = 0
  for (let i = from; i < from + count; i += 1) {
    const digit = bytes[i] - 48
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}
