/** CAST of one value. */
import {
  dateText,
  decimalText,
  elementOf,
  isArray,
  isDecimal,
  parseDate,
  parseDecimal,
  parseInt64,
  scaleOf,
  typeNameOf,
  type ArrayType,
  type DecimalType,
  type Exact,
  type LogicalType,
  type TypeName,
  type Value,
} from '@belay/columns'
import { valueOf, type Datum } from './datum.ts'
import { rescaled, within } from './exact.ts'
import { RowFailure } from './failure.ts'
import { intervalText, parseInterval } from './interval.ts'
import { isJson } from './json.ts'
import { DAY_MS, daysOf, parseTimestamp, timestampText } from './timestamp.ts'

const BY_INT64: readonly TypeName[] = ['bool', 'float64', 'decimal', 'timestamp', 'interval']

/** True where a cast exists at all. */
export function canCast(from: LogicalType, to: LogicalType): boolean {
  if (from === to || to === 'string' || from === 'string') return true
  if (isArray(from)) return to === 'json' || (isArray(to) && canCast(elementOf(from), elementOf(to)))
  if (isArray(to)) return false
  const [a, b] = [typeNameOf(from), typeNameOf(to)]
  if (a === b) return true
  if (a === 'int64') return BY_INT64.includes(b)
  if (b === 'int64') return BY_INT64.includes(a)
  return (
    (a === 'float64' && b === 'decimal') ||
    (a === 'decimal' && b === 'float64') ||
    (a === 'timestamp' && b === 'date') ||
    (a === 'date' && b === 'timestamp')
  )
}

/** True if no value can fail in the cast. */
export function castIsTotal(from: LogicalType, to: LogicalType): boolean {
  if (from === to) return true
  if (isArray(from)) return !isArray(to) || castIsTotal(elementOf(from), elementOf(to))
  if (from === 'string' || isDecimal(to) || (to === 'int64' && !isDecimal(from) && from === 'float64')) return false
  return to !== 'timestamp' || from === 'date'
}

/** Casts a value that is not NULL. Throws RowFailure CAST_FAILED, or an overflow. */
export function cast(value: Datum, from: LogicalType, to: LogicalType): Datum {
  if (from === to) return value
  if (to === 'string') return castToText(value, from)
  if (isArray(to)) return castToArray(value, from, to)
  if (isDecimal(to)) return castToDecimal(value, from, to)
  switch (to) {
    case 'bool':
      return from === 'int64' ? value !== 0 : fromText(value, to, parseBool)
    case 'int64':
      return castToInt64(value, from)
    case 'float64':
      return castToFloat64(value, from)
    case 'timestamp':
      if (from === 'date') return (value as number) * DAY_MS
      return from === 'int64' ? within(BigInt(value as Exact), to) : fromText(value, to, parseTimestamp)
    case 'date':
      return from === 'timestamp' ? daysOf(value as number) : fromText(value, to, parseDate)
    case 'interval':
      return from === 'int64' ? within(BigInt(value as Exact), to) : fromText(value, to, parseInterval)
    case 'json': {
      if (from !== 'string') return JSON.stringify(valueOf(value, from))
      return fromText(value, to, (text) => (isJson(text) ? text : undefined), false)
    }
  }
}

/** The value of a type that a text in a file or a form stands for; undefined if it stands for none. */
export function valueOfText(text: string, type: LogicalType): Value | undefined {
  try {
    return valueOf(cast(text, 'string', type), type)
  } catch (error) {
    if (error instanceof RowFailure) return undefined
    throw error
  }
}

function castToText(value: Datum, from: LogicalType): string {
  if (isArray(from)) return JSON.stringify(valueOf(value, from))
  if (isDecimal(from)) return decimalText(value as Exact, scaleOf(from))
  switch (from) {
    case 'timestamp':
      return timestampText(value as number)
    case 'date':
      return dateText(value as number)
    case 'interval':
      return intervalText(value as number)
    default:
      return String(value)
  }
}

function castToInt64(value: Datum, from: LogicalType): Exact {
  if (isDecimal(from)) return within(BigInt(value as Exact) / 10n ** BigInt(scaleOf(from)), 'int64')
  switch (from) {
    case 'bool':
      return value === true ? 1 : 0
    case 'string':
      return fromText(value, 'int64', parseInt64)
    case 'float64': {
      const truncated = Math.trunc(value as number)
      if (!Number.isFinite(truncated)) throw failed(String(value), 'int64')
      return within(BigInt(truncated), 'int64')
    }
    default:
      return value as number
  }
}

const FLOAT = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|Infinity)$|^NaN$/

function castToFloat64(value: Datum, from: LogicalType): number {
  if (from === 'string') return fromText(value, 'float64', (text) => (FLOAT.test(text) ? Number(text) : undefined))
  return isDecimal(from) ? Number(decimalText(value as Exact, scaleOf(from))) : Number(value)
}

function castToDecimal(value: Datum, from: LogicalType, to: DecimalType): Exact {
  const scale = scaleOf(to)
  if (from === 'string') {
    // A number that is only too long is an overflow, not a bad text.
    const wide = fromText(value, to, (text) => parseDecimal(text, 60, scale))
    return within(BigInt(wide), to)
  }
  if (from === 'float64') {
    const wide = parseDecimal(String(value), 400, scale)
    if (wide === undefined) throw failed(String(value), to)
    return within(BigInt(wide), to)
  }
  return within(rescaled(BigInt(value as Exact), scaleOf(from), scale), to)
}

function castToArray(value: Datum, from: LogicalType, to: ArrayType): Datum {
  const element = elementOf(to)
  if (isArray(from)) return (value as readonly Datum[]).map((item) => (item === null ? null : cast(item, elementOf(from), element)))
  let items: unknown
  try {
    items = JSON.parse(value as string)
  } catch {
    throw failed(value as string, to)
  }
  if (!Array.isArray(items)) throw failed(value as string, to)
  return items.map((item: unknown) => (item === null ? null : castItem(item, element)))
}

/** An item of parsed JSON. */
function castItem(item: unknown, element: LogicalType): Datum {
  if (element === 'json') return JSON.stringify(item)
  if (typeof item === 'string') return cast(item, 'string', element)
  if (element === 'string' || (typeof item !== 'number' && typeof item !== 'boolean')) throw failed(JSON.stringify(item), element)
  return cast(String(item), 'string', element)
}

const TRUE = new Set(['true', 't', '1', 'yes'])
const FALSE = new Set(['false', 'f', '0', 'no'])

function parseBool(text: string): boolean | undefined {
  const lower = text.toLowerCase()
  return TRUE.has(lower) ? true : FALSE.has(lower) ? false : undefined
}

function fromText<T extends Datum>(value: Datum, to: LogicalType, read: (text: string) => T | undefined, trims = true): T {
  const text = value as string
  const result = read(trims ? text.trim() : text)
  if (result === undefined) throw failed(text, to)
  return result
}

function failed(text: string, to: LogicalType): RowFailure {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text
  return new RowFailure('CAST_FAILED', `'${shown}' cannot become ${to}. Use TRY_CAST to get NULL instead.`)
}
