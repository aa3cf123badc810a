/**
 * A batch: what travels on a stream (architecture D2). Up to about 1,024 rows as columns.
 *
 * `kinds` is present only on streams that may take rows back; its bytes are Flink's RowKind:
 * 0 +I, 1 −U, 2 +U, 3 −D (engine-spec §2).
 */
import type { ArrayColumn, BoolColumn, BytesColumn, Column, NumberColumn, Value } from './column.ts'
import { isNullAt, valueAt } from './column.ts'
import { copyBytes, viewOf } from './copyBytes.ts'
import type { Schema } from './schema.ts'

export const ROW_KIND = { insert: 0, updateBefore: 1, updateAfter: 2, delete: 3 } as const

/** Rows a batch is flushed at; producers may send fewer. */
export const BATCH_ROWS = 1024
/** Encoded bytes a batch is flushed at. */
export const BATCH_BYTES = 262_144

export interface Batch {
  readonly schema: Schema
  readonly rows: number
  readonly columns: readonly Column[]
  readonly kinds: Uint8Array | undefined
}

/** Rows `[from, to)` as views of the same memory. */
export function sliceBatch(batch: Batch, from: number, to: number): Batch {
  if (from === 0 && to === batch.rows) return batch
  return {
    schema: batch.schema,
    rows: to - from,
    columns: batch.columns.map((column) => sliceColumn(column, from, to)),
    kinds: batch.kinds?.subarray(from, to),
  }
}

/** Rows `[from, to)` of a column as views of the same memory. */
export function sliceColumn(column: Column, from: number, to: number): Column {
  const nulls = column.nulls?.subarray(from, to)
  switch (column.storage) {
    case 'number':
      return { ...column, values: column.values.subarray(from, to), nulls }
    case 'i64':
      return { ...column, values: column.values.subarray(from, to), nulls }
    case 'bool':
      return { ...column, values: column.values.subarray(from, to), nulls }
    case 'bytes':
    case 'array':
      return { ...column, offsets: column.offsets.subarray(from, to + 1), nulls }
  }
}

/** The rows `indices[0 … count)` in that order, copied into memory of their own. */
export function gatherBatch(batch: Batch, indices: Uint32Array, count: number): Batch {
  let kinds: Uint8Array | undefined
  if (batch.kinds !== undefined) {
    kinds = new Uint8Array(count)
    for (let i = 0; i < count; i += 1) kinds[i] = batch.kinds[indices[i]]
  }
  return {
    schema: batch.schema,
    rows: count,
    columns: batch.columns.map((column) => gatherColumn(column, indices, count)),
    kinds,
  }
}

export function gatherColumn(column: Column, indices: Uint32Array, count: number): Column {
  const nulls = column.nulls === undefined ? undefined : gatherBytes(column.nulls, indices, count)
  switch (column.storage) {
    case 'number':
      return gatherNumbers(column, indices, count, nulls)
    case 'i64': {
      const values = new BigInt64Array(count)
      for (let i = 0; i < count; i += 1) values[i] = column.values[indices[i]]
      return { storage: 'i64', type: column.type, values, nulls }
    }
    case 'bool':
      return { storage: 'bool', type: 'bool', values: gatherBytes(column.values, indices, count), nulls } satisfies BoolColumn
    case 'bytes':
      return gatherText(column, indices, count, nulls)
    case 'array':
      return gatherArrays(column, indices, count, nulls)
  }
}

function gatherNumbers(column: NumberColumn, indices: Uint32Array, count: number, nulls: Uint8Array | undefined): NumberColumn {
  const source = column.values
  const values = new Float64Array(count)
  for (let i = 0; i < count; i += 1) values[i] = source[indices[i]]
  return { storage: 'number', type: column.type, values, nulls }
}

function gatherBytes(source: Uint8Array, indices: Uint32Array, count: number): Uint8Array {
  const values = new Uint8Array(count)
  for (let i = 0; i < count; i += 1) values[i] = source[indices[i]]
  return values
}

function gatherText(column: BytesColumn, indices: Uint32Array, count: number, nulls: Uint8Array | undefined): BytesColumn {
  const { offsets: from, bytes: source } = column
  const offsets = new Uint32Array(count + 1)
  let size = 0
  for (let i = 0; i < count; i += 1) {
    const row = indices[i]
    size += from[row + 1] - from[row]
    offsets[i + 1] = size
  }
  const bytes = new Uint8Array(size)
  const view = viewOf(source)
  const target = new DataView(bytes.buffer)
  for (let i = 0; i < count; i += 1) copyBytes(view, from[indices[i]], from[indices[i] + 1], target, offsets[i])
  return { storage: 'bytes', type: column.type, offsets, bytes, ascii: column.ascii, nulls }
}

function gatherArrays(column: ArrayColumn, indices: Uint32Array, count: number, nulls: Uint8Array | undefined): ArrayColumn {
  const from = column.offsets
  const offsets = new Uint32Array(count + 1)
  for (let i = 0; i < count; i += 1) offsets[i + 1] = offsets[i] + from[indices[i] + 1] - from[indices[i]]
  const items = new Uint32Array(offsets[count])
  let at = 0
  for (let i = 0; i < count; i += 1) for (let k = from[indices[i]]; k < from[indices[i] + 1]; k += 1) items[at++] = k
  return { storage: 'array', type: column.type, offsets, items: gatherColumn(column.items, items, at), nulls }
}

/** One row as a plain object; for edges (peek, errors, tests), never for kernels. */
export function rowAt(batch: Batch, row: number): Record<string, Value> {
  const object: Record<string, Value> = Object.create(null) as Record<string, Value>
  batch.schema.forEach((field, i) => {
    object[field.name] = isNullAt(batch.columns[i], row) ? null : valueAt(batch.columns[i], row)
  })
  return object
}
