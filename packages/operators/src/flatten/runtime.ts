/**
 * Flatten: one row for each item of a list. A list longer than a batch is left in the middle when the
 * outputs are full, and gone on with from there.
 *
 * Keeps no state: the place within a list is at its end whenever a window ends.
 */
import {
  BATCH_BYTES,
  BATCH_ROWS,
  BatchBuilder,
  fieldIndex,
  gatherColumn,
  isNullAt,
  pushFrom,
  pushValue,
  ROW_KIND,
  textAt,
  type Batch,
  type LogicalType,
  type Schema,
  type Value,
} from '@belay/columns'
import type { Emitter, OperatorContext, OperatorModule, TransformOperator } from '@belay/engine/operator'
import { fittingValue } from '../json-lines-source/jsonValue.ts'
import { flattenedColumns, type FlattenConfig } from './manifest.ts'

/** A guess at the size of an array's item. */
const ITEM_BYTES = 16

class Flatten implements TransformOperator {
  readonly role = 'transform'
  readonly #context: OperatorContext<FlattenConfig>
  readonly #list: number
  readonly #kept: readonly number[]
  readonly #schema: Schema
  readonly #itemType: LogicalType
  /** The item, and its position where that is wanted. */
  readonly #builder: BatchBuilder
  /** Row of the input of each row in `#builder`. */
  readonly #origins = new Uint32Array(BATCH_ROWS)
  /** About what the other columns of the rows in `#builder` come to. */
  #keptBytes = 0
  /** Items of the row in work that have been given. */
  #given = 0
  /** Items of the row in work, if it is json. */
  #json: readonly Value[] | null = null

  constructor(context: OperatorContext<FlattenConfig>) {
    const { config } = context
    const input = context.inputs['in'] ?? []
    this.#context = context
    this.#list = fieldIndex(input, config.column)
    this.#kept = flattenedColumns(config, input).map(({ name }) => fieldIndex(input, name))
    this.#schema = context.outputs['out'] ?? []
    this.#itemType = this.#schema[this.#kept.length].type
    this.#builder = new BatchBuilder(this.#schema.slice(this.#kept.length))
  }

  process(_port: number, batch: Batch, from: number, out: Emitter): number {
    if (out.full) return from
    for (let row = from; row < batch.rows; row += 1) {
      const items = this.#items(batch, row)
      const rowBytes = items > 0 ? this.#bytesBeside(batch, row) : 0
      while (this.#given < items || this.#isKeptEmpty(items)) {
        this.#give(batch, row, items === 0)
        this.#keptBytes += rowBytes
        if (this.#builder.rows < BATCH_ROWS && this.#keptBytes < BATCH_BYTES && !this.#builder.full) continue
        this.#send(batch, out)
        if (out.full && this.#given < items) return row
      }
      this.#given = 0
      this.#json = null
      if (out.full) {
        this.#send(batch, out)
        return row + 1
      }
    }
    this.#send(batch, out)
    return batch.rows
  }

  #isKeptEmpty(items: number): boolean {
    return items === 0 && this.#given === 0 && this.#context.config.keepEmpty
  }

  /** How many items the row has; −1 = it cannot be read, which has been reported. */
  #items(batch: Batch, row: number): number {
    const column = batch.columns[this.#list]
    if (isNullAt(column, row)) return 0
    if (column.storage === 'array') return column.offsets[row + 1] - column.offsets[row]
    if (column.storage !== 'bytes') throw new TypeError('the column that is flattened holds no lists')
    if (this.#json === null) {
      const items = listOf(textAt(column, row), this.#itemType)
      if (typeof items === 'string') {
        const message = `${this.#context.config.column} cannot be flattened: ${items}.`
        this.#context.rowError({ code: 'LIST_INVALID', message, row: { batch, index: row } })
        return -1
      }
      this.#json = items
    }
    return this.#json.length
  }

  /** What each item of a row repeats. */
  #bytesBeside(batch: Batch, row: number): number {
    let bytes = 0
    for (const at of this.#kept) {
      const column = batch.columns[at]
      if (column.storage === 'bytes') bytes += column.offsets[row + 1] - column.offsets[row]
      else if (column.storage === 'array') bytes += (column.offsets[row + 1] - column.offsets[row]) * ITEM_BYTES
    }
    return bytes
  }

  #give(batch: Batch, row: number, empty: boolean): void {
    const [item, position] = this.#builder.columns
    const column = batch.columns[this.#list]
    if (empty) item.pushNull()
    else if (column.storage === 'array') pushFrom(item, column.items, column.offsets[row] + this.#given)
    else pushValue(item, this.#json?.[this.#given] ?? null)
    this.#given += 1
    if (this.#builder.columns.length > 1) {
      if (empty) position.pushNull()
      else pushValue(position, this.#given)
    }
    this.#origins[this.#builder.rows] = row
    this.#builder.endRow()
  }

  #send(batch: Batch, out: Emitter): void {
    const { rows } = this.#builder
    if (rows === 0) return
    this.#keptBytes = 0
    const { kinds } = batch
    const origins = this.#origins
    const kept = this.#kept.map((at) => gatherColumn(batch.columns[at], origins, rows))
    out.emit(0, {
      schema: this.#schema,
      rows,
      columns: [...kept, ...this.#builder.finish().columns],
      // A list that was updated is another list: its items are not updated one by one.
      kinds: kinds === undefined ? undefined : Uint8Array.from({ length: rows }, (_, i) => plainKind(kinds[origins[i]])),
    })
  }
}

function plainKind(kind: number): number {
  return kind === ROW_KIND.insert || kind === ROW_KIND.updateAfter ? ROW_KIND.insert : ROW_KIND.delete
}

/** The items of a json text; a text = why there are none. */
function listOf(text: string, itemType: LogicalType): readonly Value[] | string {
  const parsed: unknown = JSON.parse(text)
  if (parsed === null) return []
  if (!Array.isArray(parsed)) return 'it is no list'
  const items: Value[] = []
  for (const item of parsed as readonly unknown[]) {
    const value = item === null && itemType !== 'json' ? null : fittingValue(item, itemType)
    if (value === undefined) return `item ${items.length + 1} is not ${itemType}`
    items.push(value)
  }
  return items
}

export const module: OperatorModule<FlattenConfig> = {
  rehearses: true,
  create: (context) => new Flatten(context),
}
