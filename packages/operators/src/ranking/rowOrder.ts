/**
 * Rows as a ranking keeps them: first the values it goes by, then the whole row. Rows that are equal by
 * the chosen order are told apart by their other values, so that the order of arrival never counts.
 */
import { fieldIndex, type Batch, type ColumnBuilder, type Schema } from '@belay/columns'
import { compareEncoded } from '../rows/encodedOrder.ts'
import { isNumberAt, NUMBER_BYTES, readNumber, readRow, RowWriter, valueEnd } from '../rows/rowCodec.ts'

export interface OrderBy {
  readonly column: string
  readonly direction: 'asc' | 'desc'
}

export class RowOrder {
  readonly #order: readonly number[]
  readonly #signs: readonly (1 | -1)[]
  readonly #width: number
  readonly writer = new RowWriter()

  constructor(orderBy: readonly OrderBy[], schema: Schema) {
    this.#order = orderBy.map(({ column }) => fieldIndex(schema, column))
    this.#signs = orderBy.map(({ direction }) => (direction === 'asc' ? 1 : -1))
    this.#width = schema.length
  }

  /** Writes a row into `writer`. */
  encode(batch: Batch, row: number): void {
    const { writer } = this
    writer.begin()
    const { columns } = batch
    for (let i = 0; i < this.#order.length; i += 1) writer.value(columns[this.#order[i]], row)
    if (columns.length === this.#width) return writer.values(columns, row)
    for (let column = 0; column < this.#width; column += 1) writer.value(columns[column], row)
  }

  /** True only if the row comes behind the one at `at` by the chosen order; told without writing it, so of numbers alone. */
  isBehind(batch: Batch, row: number, bytes: Uint8Array, at: number): boolean {
    for (let i = 0; i < this.#order.length; i += 1) {
      const column = batch.columns[this.#order[i]]
      if (column.storage !== 'number' || (column.nulls !== undefined && column.nulls[row] === 1) || !isNumberAt(bytes, at)) return false
      const value = column.values[row]
      const kept = readNumber(bytes, at)
      if (value !== kept) return this.#signs[i] === 1 ? value > kept : value < kept
      at += NUMBER_BYTES
    }
    return false
  }

  /** Below 0: the row at `aAt` comes first by the chosen order; 0 = they are equal by it. */
  compareOrder(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): number {
    for (let i = 0; i < this.#signs.length; i += 1) {
      const order = compareEncoded(a, aAt, b, bAt)
      if (order !== 0) return order * this.#signs[i]
      aAt = valueEnd(a, aAt)
      bAt = valueEnd(b, bAt)
    }
    return 0
  }

  /** As `compareOrder`, and then by the other values. 0 = the rows are the same. */
  compare(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): number {
    const order = this.compareOrder(a, aAt, b, bAt)
    if (order !== 0) return order
    let aNext = this.#rowAt(a, aAt)
    let bNext = this.#rowAt(b, bAt)
    for (let column = 0; column < this.#width; column += 1) {
      const rest = compareEncoded(a, aNext, b, bNext)
      if (rest !== 0) return rest
      aNext = valueEnd(a, aNext)
      bNext = valueEnd(b, bNext)
    }
    return 0
  }

  #rowAt(bytes: Uint8Array, at: number): number {
    let next = at
    for (let i = 0; i < this.#order.length; i += 1) next = valueEnd(bytes, next)
    return next
  }

  /** Where the row that begins at `at` ends. */
  end(bytes: Uint8Array, at: number): number {
    let next = this.#rowAt(bytes, at)
    for (let column = 0; column < this.#width; column += 1) next = valueEnd(bytes, next)
    return next
  }

  /** Appends the row to columns of its schema. */
  read(bytes: Uint8Array, at: number, columns: readonly ColumnBuilder[]): void {
    readRow(bytes, this.#rowAt(bytes, at), columns, 0, this.#width)
  }
}
