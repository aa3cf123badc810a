/**
 * Columns in memory: the shape that every kernel and operator reads.
 *
 * Invariants: a column may be a view into a shared record, so nobody keeps it (or a slice of it)
 * beyond the batch it came with; `nulls` is present only if at least one row may be NULL, one byte
 * a row, 1 = NULL; the value under a NULL is unspecified but in bounds; `offsets[0]` need not be 0.
 */
import { dateText } from './calendar.ts'
import { decimalText, exactOf, type Exact } from './decimal.ts'
import { isDecimal, scaleOf, typeNameOf, type ArrayType, type DecimalType, type LogicalType } from './logicalType.ts'

/** Types whose values are held as numbers. */
export type NumberType = 'int64' | 'float64' | 'timestamp' | 'date' | 'interval' | DecimalType

/**
 * float64, timestamp (ms since the epoch, UTC), date (days since 1970-01-01), interval (ms), and int64
 * and decimal (unscaled) in the encoding `f64int`: every |v| ≤ 2^53.
 */
export interface NumberColumn {
  readonly storage: 'number'
  readonly type: NumberType
  readonly values: Float64Array
  readonly nulls: Uint8Array | undefined
}

/** int64 and decimal (unscaled) in the encoding `i64`: chosen by the writer when a value lies beyond ±2^53. */
export interface I64Column {
  readonly storage: 'i64'
  readonly type: 'int64' | DecimalType
  readonly values: BigInt64Array
  readonly nulls: Uint8Array | undefined
}

/** One byte a row, 0 or 1. */
export interface BoolColumn {
  readonly storage: 'bool'
  readonly type: 'bool'
  readonly values: Uint8Array
  readonly nulls: Uint8Array | undefined
}

/** UTF-8: row i is `bytes[offsets[i] … offsets[i + 1])`. `ascii` promises that every byte is < 128. */
export interface BytesColumn {
  readonly storage: 'bytes'
  readonly type: 'string' | 'json'
  readonly offsets: Uint32Array
  readonly bytes: Uint8Array
  readonly ascii: boolean
  readonly nulls: Uint8Array | undefined
}

/** Row i holds the items `[offsets[i] … offsets[i + 1])`; an item may be NULL by itself. */
export interface ArrayColumn {
  readonly storage: 'array'
  readonly type: ArrayType
  readonly offsets: Uint32Array
  readonly items: Column
  readonly nulls: Uint8Array | undefined
}

export type Column = NumberColumn | I64Column | BoolColumn | BytesColumn | ArrayColumn

/**
 * A value as row-at-a-time code sees it, always valid JSON: json as its text, timestamp and interval
 * as ms, date as `2001-01-31`, decimal as `4263.060`, int64 beyond ±2^53 as its digits.
 */
export type Value = number | string | boolean | null | readonly Value[]

export type Storage = Column['storage']

/** How values of a type are held in memory; int64 and decimal columns may also be `i64`. */
export function storageOf(type: LogicalType): Exclude<Storage, 'i64'> {
  const name = typeNameOf(type)
  switch (name) {
    case 'bool':
      return 'bool'
    case 'int64':
    case 'float64':
    case 'timestamp':
    case 'date':
    case 'interval':
    case 'decimal':
      return 'number'
    case 'string':
    case 'json':
      return 'bytes'
    case 'array':
      return 'array'
  }
}

export function isNullAt(column: Column, row: number): boolean {
  return column.nulls !== undefined && column.nulls[row] === 1
}

/** The value of one row, copied out; slow, for edges and tests, never for kernels. */
export function valueAt(column: Column, row: number): Value {
  if (column.nulls !== undefined && column.nulls[row] === 1) return null
  switch (column.storage) {
    case 'number':
      return valueOfNumber(column.values[row], column.type)
    case 'i64':
      return valueOfNumber(exactOf(column.values[row]), column.type)
    case 'bool':
      return column.values[row] === 1
    case 'bytes':
      return textAt(column, row)
    case 'array': {
      const values: Value[] = []
      for (let i = column.offsets[row]; i < column.offsets[row + 1]; i += 1) values.push(valueAt(column.items, i))
      return values
    }
  }
}

/** What a stored number (of a decimal: unscaled; of a date: days) is as a Value. */
export function valueOfNumber(stored: Exact, type: LogicalType): Value {
  if (isDecimal(type)) return decimalText(stored, scaleOf(type))
  if (typeof stored === 'bigint') return String(stored)
  return type === 'date' ? dateText(stored) : stored
}

/** The stored number of an int64, decimal or other number column that is not NULL there. */
export function exactAt(column: NumberColumn | I64Column, row: number): Exact {
  return column.storage === 'number' ? column.values[row] : exactOf(column.values[row])
}

/** The text of one row as a string of its own (never a slice that pins the batch, engine-spec H21). */
export function textAt(column: BytesColumn, row: number): string {
  return textOfBytes(column.bytes, column.offsets[row], column.offsets[row + 1])
}

const decoder = new TextDecoder()

/** UTF-8 bytes `[from, to)` as a string; short ASCII is built by hand, which is faster than any decoder call. */
export function textOfBytes(bytes: Uint8Array, from: number, to: number): string {
  if (to - from <= 24) {
    let text = ''
    for (let i = from; i < to; i += 1) {
      const byte = bytes[i]
      if (byte >= 128) return decodeUtf8(bytes, from, to)
      text += String.fromCharCode(byte)
    }
    return text
  }
  return decodeUtf8(bytes, from, to)
}

/** TextDecoder refuses views of shared memory in browsers, so those are copied first. */
function decodeUtf8(bytes: Uint8Array, from: number, to: number): string {
  return decoder.decode(bytes.buffer instanceof ArrayBuffer ? bytes.subarray(from, to) : bytes.slice(from, to))
}
