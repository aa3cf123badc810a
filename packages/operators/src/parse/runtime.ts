/** Parse: a text column into columns, one reader for each format. Keeps no state. */
import {
  BATCH_ROWS,
  BatchBuilder,
  fieldIndex,
  gatherColumn,
  isNullAt,
  sliceBatch,
  type Batch,
  type BytesColumn,
  type Schema,
} from '@belay/columns'
import type { Emitter, OperatorContext, OperatorModule, TransformOperator } from '@belay/engine/operator'
import { Csv } from '../csv-source/runtime.ts'
import { JsonLines } from '../json-lines-source/runtime.ts'
import type { RecordFormat, RecordProblem } from '../reading/textFile.ts'
import { keptColumns, type ParseConfig } from './manifest.ts'
import { PatternText } from './patternText.ts'

type TextReader = Pick<RecordFormat, 'parse'>

class Parse implements TransformOperator {
  readonly role = 'transform'
  readonly #context: OperatorContext<ParseConfig>
  readonly #reader: TextReader
  readonly #text: number
  /** Positions of the columns that go on. */
  readonly #kept: readonly number[]
  readonly #schema: Schema
  readonly #builder: BatchBuilder
  /** Rows that could be read. */
  #good = new Uint32Array(BATCH_ROWS)

  constructor(context: OperatorContext<ParseConfig>) {
    const { config } = context
    const input = context.inputs['in'] ?? []
    this.#context = context
    this.#reader = readerOf(config)
    this.#text = fieldIndex(input, config.column)
    this.#kept = keptColumns(config, input).map(({ name }) => fieldIndex(input, name))
    this.#schema = context.outputs['out'] ?? []
    this.#builder = new BatchBuilder(this.#schema.slice(this.#kept.length))
  }

  process(_port: number, whole: Batch, from: number, out: Emitter): number {
    if (out.full) return from
    const batch = sliceBatch(whole, from, whole.rows)
    const count = this.#read(batch)
    if (count === 0) return whole.rows
    const parsed = this.#builder.finish().columns
    const all = count === batch.rows
    const kept = this.#kept.map((at) => (all ? batch.columns[at] : gatherColumn(batch.columns[at], this.#good, count)))
    const { kinds } = batch
    const keptKinds = kinds === undefined || all ? kinds : Uint8Array.from({ length: count }, (_, i) => kinds[this.#good[i]])
    out.emit(0, { schema: this.#schema, rows: count, columns: [...kept, ...parsed], kinds: keptKinds })
    return whole.rows
  }

  /** How many rows could be read. */
  #read(batch: Batch): number {
    const column = batch.columns[this.#text]
    if (column.storage !== 'bytes') throw new TypeError('the column that is parsed is no text')
    if (this.#good.length < batch.rows) this.#good = new Uint32Array(batch.rows)
    const bytes = Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.byteLength)
    let count = 0
    for (let row = 0; row < batch.rows; row += 1) {
      const problem = this.#readRow(column, bytes, row)
      if (problem === null) this.#good[count++] = row
      else
        this.#context.rowError({
          code: problem.code,
          message: `The text in ${this.#context.config.column} cannot be read: ${problem.message}.`,
          row: { batch, index: row },
        })
    }
    return count
  }

  #readRow(column: BytesColumn, bytes: Buffer, row: number): RecordProblem | null {
    if (isNullAt(column, row)) return this.#readNull()
    const before = this.#builder.rows
    const from = column.offsets[row]
    const problem = this.#reader.parse(bytes, from, lineEnd(bytes, from, column.offsets[row + 1]), column.ascii, this.#builder)
    return problem === null && this.#builder.rows === before ? { code: 'LINE_INVALID', message: 'it is empty' } : problem
  }

  #readNull(): RecordProblem | null {
    const required = this.#builder.schema.find(({ nullable }) => !nullable)
    if (required !== undefined) return { code: 'FIELD_MISSING', message: `it is NULL, and ${required.name} may not be` }
    for (const column of this.#builder.columns) column.pushNull()
    this.#builder.endRow()
    return null
  }
}

/** Without the line break at the end. */
function lineEnd(bytes: Uint8Array, from: number, to: number): number {
  let end = to
  if (end > from && bytes[end - 1] === 10) end -= 1
  if (end > from && bytes[end - 1] === 13) end -= 1
  return end
}

function readerOf({ format, columns, pattern, delimiter, column }: ParseConfig): TextReader {
  switch (format) {
    case 'json':
      return new JsonLines(columns)
    case 'csv':
      return new Csv({ file: column, columns, header: false, delimiter })
    case 'regex':
      return new PatternText(pattern, columns)
  }
}

export const module: OperatorModule<ParseConfig> = { create: (context) => new Parse(context) }
