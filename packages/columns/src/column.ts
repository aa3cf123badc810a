/**
 * Columns in memory: the shape that every kernel and operator reads.
 *
 * Invariants: a column may be a view into a shared record, so nobody keeps it (or a slice of it)
 * beyond the batch it came with; `nulls` is present only if at least one row may be NULL, one byte
 * a row, 1 = NULL; the value under a NULL is unspecified but in bounds; `offsets[0]` need not be 0.
 */
import type { LogicalType } from './logicalType.ts'

/** float64, timestamp (ms since the epoch, UTC) and int64 (encoding `f64int`: |v| ≤ 2^53). */
export interface NumberColumn {
  readonly storage: 'number'
  readonly type: 'int64' | 'float64' | 'timestamp'
  readonly values: Float64Array
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

export type Column = NumberColumn | BoolColumn | BytesColumn

/** A value as row-at-a-time code sees it: json as its text, timestamp as ms. */
export type Value = number | string | boolean | null

export type Storage = Column['storage']

/** How values of a type are held in memory. */
export function storageOf(type: LogicalType): Storage {
  switch (type) {
    case 'bool':
      return 'bool'
    case 'int64':
    case 'float64':
    case 'timestamp':
      return 'number'
    case 'string':
    case 'json':
      return 'bytes'
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
      return column.values[row]
    case 'bool':
      return column.values[row] === 1
    case 'bytes':
      return textAt(column, row)
  }
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
