/**
 * Builds batches row by row. One builder per output; `finish` hands the rows over in memory of
 * their own and starts again empty.
 *
 * Invariant: every column has been given exactly one value (or NULL) per row before `endRow`.
 */
import type { Batch } from './batch.ts'
import { BATCH_BYTES, BATCH_ROWS } from './batch.ts'
import type { Value } from './column.ts'
import { columnBuilder, pushValue, type ColumnBuilder } from './columnBuilder.ts'
import type { Schema } from './schema.ts'

export class BatchBuilder {
  readonly columns: readonly ColumnBuilder[]
  readonly schema: Schema
  rows = 0

  constructor(schema: Schema) {
    this.schema = schema
    this.columns = schema.map((field) => columnBuilder(field.type))
  }

  endRow(): void {
    this.rows += 1
  }

  /** True when the rows so far should be sent (1,024 rows or 256 KB). */
  get full(): boolean {
    if (this.rows >= BATCH_ROWS) return true
    let size = 0
    for (const column of this.columns) size += sizeBytes(column)
    return size >= BATCH_BYTES
  }

  /** Appends one row of plain values in schema order; for edges and tests. */
  pushRow(values: readonly Value[]): void {
    this.columns.forEach((column, i) => pushValue(column, values[i]))
    this.rows += 1
  }

  finish(): Batch {
    const batch: Batch = { schema: this.schema, rows: this.rows, columns: this.columns.map((column) => column.finish()), kinds: undefined }
    this.rows = 0
    return batch
  }
}

/** Bytes of a column's values that vary in size; numbers never fill a batch before its rows do. */
function sizeBytes(column: ColumnBuilder): number {
  switch (column.storage) {
    case 'bytes':
      return column.size
    case 'array':
      return column.items.rows * 8 + sizeBytes(column.items)
    case 'number':
    case 'bool':
      return 0
  }
}

/** A batch from plain rows; for edges and tests. */
export function batchOf(schema: Schema, rows: readonly (readonly Value[])[]): Batch {
  const builder = new BatchBuilder(schema)
  for (const row of rows) builder.pushRow(row)
  return builder.finish()
}
