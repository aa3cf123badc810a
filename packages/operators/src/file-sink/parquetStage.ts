/** Rows as a Parquet file: a row group at a time, and the list of them at the end. */
import { elementOf, exactAt, isArray, isDecimal, isNullAt, precisionOf, scaleOf, textAt } from '@belay/columns'
import type { Batch, Column, LogicalType, Schema } from '@belay/columns'
import type { SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { OPS } from '../rows/ops.ts'
import { OP_COLUMN } from './manifest.ts'
import type { StageFile } from './stageFile.ts'
import type { StageRows } from './stageRows.ts'

/** A row group ends at either; it is encoded in one go, between two batches. */
const GROUP_ROWS = 32_768
const GROUP_CHARACTERS = 16_777_216

export class ParquetStage implements StageRows {
  readonly #stage: StageFile
  readonly #schema: Schema
  readonly #elements: SchemaElement[]
  /** The values of the rows of this group, by column; with the changelog's `op` first. */
  #values: unknown[][]
  readonly #withOp: boolean
  #rows = 0
  #characters = 0
  #bytes = new ByteWriter()
  #writer: ParquetWriter | null = null

  constructor(stage: StageFile, schema: Schema, withOp: boolean) {
    this.#stage = stage
    this.#withOp = withOp
    this.#schema = withOp ? [{ name: OP_COLUMN, type: 'string', nullable: false }, ...schema] : schema
    this.#elements = [{ name: 'root', num_children: this.#schema.length }, ...this.#schema.flatMap(elementsOf)]
    this.#values = this.#schema.map(() => [])
  }

  add(batch: Batch, row: number): void {
    let at = 0
    if (this.#withOp) this.#values[at++].push(OPS[batch.kinds?.[row] ?? 0])
    for (const column of batch.columns) {
      const value = isNullAt(column, row) ? null : plainValue(column, row)
      if (typeof value === 'string' || value instanceof Uint8Array) this.#characters += value.length
      this.#values[at++].push(value)
    }
    this.#rows += 1
    if (this.#rows >= GROUP_ROWS || this.#characters >= GROUP_CHARACTERS) this.#endGroup()
  }

  end(): void {
    if (this.#rows > 0) this.#endGroup()
    if (this.#writer === null) return
    void this.#writer.finish()
    this.#hand()
    this.#writer = null
    this.#bytes = new ByteWriter()
  }

  #endGroup(): void {
    this.#writer ??= new ParquetWriter({ writer: this.#bytes, schema: this.#elements, createdBy: 'belay' })
    const columnData = this.#schema.map(({ name }, i) => ({ name, data: this.#values[i] }))
    void this.#writer.write({ columnData, rowGroupSize: this.#rows })
    this.#values = this.#schema.map(() => [])
    this.#rows = 0
    this.#characters = 0
    this.#hand()
  }

  /** Gives the stage what has been encoded; offsets in the file go on counting. */
  #hand(): void {
    this.#stage.addBytes(Buffer.from(this.#bytes.getBytes()))
    this.#bytes.index = 0
  }
}

function elementsOf({ name, type, nullable }: Schema[number]): SchemaElement[] {
  const repetition_type = nullable ? 'OPTIONAL' : 'REQUIRED'
  if (!isArray(type)) return [{ name, repetition_type, ...scalarElement(type) }]
  return [
    { name, repetition_type, converted_type: 'LIST', logical_type: { type: 'LIST' }, num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', repetition_type: 'OPTIONAL', ...scalarElement(elementOf(type)) },
  ]
}

function scalarElement(type: LogicalType): Omit<SchemaElement, 'name'> {
  if (isDecimal(type)) {
    const precision = precisionOf(type)
    const scale = scaleOf(type)
    return { type: 'INT64', converted_type: 'DECIMAL', logical_type: { type: 'DECIMAL', precision, scale }, precision, scale }
  }
  switch (type) {
    case 'bool':
      return { type: 'BOOLEAN' }
    case 'float64':
      return { type: 'DOUBLE' }
    case 'string':
      return { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }
    case 'json':
      // Without the older mark, so that the text is written as it is.
      return { type: 'BYTE_ARRAY', logical_type: { type: 'JSON' } }
    case 'timestamp':
      return {
        type: 'INT64',
        converted_type: 'TIMESTAMP_MILLIS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
      }
    case 'date':
      return { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } }
    default:
      return { type: 'INT64' }
  }
}

/** A value that is not NULL, as the writer wants it. */
function plainValue(column: Column, row: number): unknown {
  switch (column.storage) {
    case 'bool':
      return column.values[row] === 1
    case 'bytes':
      return column.type === 'json' ? column.bytes.slice(column.offsets[row], column.offsets[row + 1]) : textAt(column, row)
    case 'array':
      return Array.from({ length: column.offsets[row + 1] - column.offsets[row] }, (_, i) => {
        const at = column.offsets[row] + i
        return isNullAt(column.items, at) ? null : plainValue(column.items, at)
      })
    default: {
      const { type } = column
      const value = exactAt(column, row)
      return type === 'float64' || type === 'date' ? value : BigInt(value)
    }
  }
}
