/**
 * Builds batches row by row. One builder per output; `finish` hands the rows over in memory of
 * their own and starts again empty.
 *
 * Invariant: every column has been given exactly one value (or NULL) per row before `endRow`.
 */
import type { Batch } from './batch.ts'
import { BATCH_BYTES, BATCH_ROWS } from './batch.ts'
import type { BytesColumn, Column, Value } from './column.ts'
import type { Schema } from './schema.ts'

const encoder = new TextEncoder()

/** float64, int64 and timestamp values. */
export class NumberBuilder {
  readonly storage = 'number'
  values: Float64Array = new Float64Array(BATCH_ROWS)
  nulls: Uint8Array | undefined
  rows = 0
  readonly type: 'int64' | 'float64' | 'timestamp'

  constructor(type: 'int64' | 'float64' | 'timestamp') {
    this.type = type
  }

  push(value: number): void {
    if (this.rows === this.values.length) this.#grow()
    this.values[this.rows++] = value
  }

  pushNull(): void {
    if (this.rows === this.values.length) this.#grow()
    this.nulls ??= new Uint8Array(this.values.length)
    this.nulls[this.rows] = 1
    this.values[this.rows++] = 0
  }

  #grow(): void {
    this.values = grownNumbers(this.values)
    if (this.nulls !== undefined) this.nulls = grownBytes(this.nulls, this.nulls.length * 2)
  }

  finish(): Column {
    const column: Column = {
      storage: 'number',
      type: this.type,
      values: this.values.slice(0, this.rows),
      nulls: this.nulls?.slice(0, this.rows),
    }
    this.rows = 0
    this.nulls = undefined
    return column
  }
}

/** bool values. */
export class BoolBuilder {
  readonly storage = 'bool'
  readonly type = 'bool'
  values: Uint8Array = new Uint8Array(BATCH_ROWS)
  nulls: Uint8Array | undefined
  rows = 0

  push(value: boolean): void {
    if (this.rows === this.values.length) this.#grow()
    this.values[this.rows++] = value ? 1 : 0
  }

  pushNull(): void {
    if (this.rows === this.values.length) this.#grow()
    this.nulls ??= new Uint8Array(this.values.length)
    this.nulls[this.rows] = 1
    this.values[this.rows++] = 0
  }

  #grow(): void {
    const size = this.values.length * 2
    this.values = grownBytes(this.values, size)
    if (this.nulls !== undefined) this.nulls = grownBytes(this.nulls, size)
  }

  finish(): Column {
    const column: Column = { storage: 'bool', type: 'bool', values: this.values.slice(0, this.rows), nulls: this.nulls?.slice(0, this.rows) }
    this.rows = 0
    this.nulls = undefined
    return column
  }
}

/** string and json values as UTF-8. */
export class BytesBuilder {
  readonly storage = 'bytes'
  bytes: Uint8Array = new Uint8Array(16_384)
  offsets: Uint32Array = new Uint32Array(BATCH_ROWS + 1)
  nulls: Uint8Array | undefined
  ascii = true
  rows = 0
  size = 0
  readonly type: 'string' | 'json'

  constructor(type: 'string' | 'json') {
    this.type = type
  }

  /** A lone surrogate becomes U+FFFD (engine-spec H21). */
  push(text: string): void {
    this.#reserve(text.length * 3)
    const bytes = this.bytes
    let at = this.size
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i)
      if (code >= 128) {
        at = this.size + encoder.encodeInto(text, bytes.subarray(this.size)).written
        this.ascii = false
        break
      }
      bytes[at++] = code
    }
    this.size = at
    this.offsets[++this.rows] = at
  }

  /** Copies UTF-8 bytes `[from, to)`; the caller says whether they are all ASCII. */
  pushBytes(source: Uint8Array, from: number, to: number, ascii: boolean): void {
    this.#reserve(to - from)
    const bytes = this.bytes
    let at = this.size
    for (let i = from; i < to; i += 1) bytes[at++] = source[i]
    this.size = at
    if (!ascii) this.ascii = false
    this.offsets[++this.rows] = at
  }

  /** Copies one row of another column. */
  pushFrom(column: BytesColumn, row: number): void {
    this.pushBytes(column.bytes, column.offsets[row], column.offsets[row + 1], column.ascii)
  }

  pushNull(): void {
    this.#reserve(0)
    this.nulls ??= new Uint8Array(this.offsets.length - 1)
    this.nulls[this.rows] = 1
    this.offsets[++this.rows] = this.size
  }

  #reserve(sizeBytes: number): void {
    if (this.rows === this.offsets.length - 1) {
      const grown = new Uint32Array((this.offsets.length - 1) * 2 + 1)
      grown.set(this.offsets)
      this.offsets = grown
      if (this.nulls !== undefined) this.nulls = grownBytes(this.nulls, grown.length - 1)
    }
    if (this.size + sizeBytes > this.bytes.length) {
      this.bytes = grownBytes(this.bytes, Math.max(this.bytes.length * 2, this.size + sizeBytes))
    }
  }

  finish(): Column {
    const column: Column = {
      storage: 'bytes',
      type: this.type,
      offsets: this.offsets.slice(0, this.rows + 1),
      bytes: this.bytes.slice(0, this.size),
      ascii: this.ascii,
      nulls: this.nulls?.slice(0, this.rows),
    }
    this.rows = 0
    this.size = 0
    this.ascii = true
    this.nulls = undefined
    return column
  }
}

export type ColumnBuilder = NumberBuilder | BoolBuilder | BytesBuilder

export function columnBuilder(type: Schema[number]['type']): ColumnBuilder {
  switch (type) {
    case 'bool':
      return new BoolBuilder()
    case 'int64':
    case 'float64':
    case 'timestamp':
      return new NumberBuilder(type)
    case 'string':
    case 'json':
      return new BytesBuilder(type)
  }
}

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
    let sizeBytes = 0
    for (const column of this.columns) if (column.storage === 'bytes') sizeBytes += column.size
    return sizeBytes >= BATCH_BYTES
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

function pushValue(column: ColumnBuilder, value: Value): void {
  if (value === null || value === undefined) return column.pushNull()
  switch (column.storage) {
    case 'number':
      return column.push(value as number)
    case 'bool':
      return column.push(value as boolean)
    case 'bytes':
      return column.push(value as string)
  }
}

/** A batch from plain rows; for edges and tests. */
export function batchOf(schema: Schema, rows: readonly (readonly Value[])[]): Batch {
  const builder = new BatchBuilder(schema)
  for (const row of rows) builder.pushRow(row)
  return builder.finish()
}

function grownNumbers(values: Float64Array): Float64Array {
  const grown = new Float64Array(values.length * 2)
  grown.set(values)
  return grown
}

function grownBytes(bytes: Uint8Array, size: number): Uint8Array {
  const grown = new Uint8Array(size)
  grown.set(bytes)
  return grown
}

