/** Rows of a join's result from rows as the codec keeps them: a side that is missing is NULL. */
import type { ColumnBuilder } from '@belay/columns'
import { readRow } from '../rows/rowCodec.ts'

export interface KeptRow {
  readonly bytes: Uint8Array
  readonly from: number
  readonly to: number
}

export class Pairs {
  readonly #leftWidth: number
  readonly #width: number

  /** `rightWidth` 0 = only the left side comes out. */
  constructor(leftWidth: number, rightWidth: number) {
    this.#leftWidth = leftWidth
    this.#width = leftWidth + rightWidth
  }

  push(columns: readonly ColumnBuilder[], left: KeptRow | null, right: KeptRow | null): void {
    this.#side(columns, left, 0, this.#leftWidth)
    this.#side(columns, right, this.#leftWidth, this.#width)
  }

  #side(columns: readonly ColumnBuilder[], row: KeptRow | null, from: number, to: number): void {
    if (to === from) return
    if (row === null) for (let i = from; i < to; i += 1) columns[i].pushNull()
    else readRow(row.bytes, row.from, columns, from, to)
  }
}
