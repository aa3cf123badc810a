/**
 * The net of a streaming window (engine-spec C1): for each group its row as it was sent last against
 * the row it is now. Equal → nothing, else −U and +U side by side, +I or −D.
 */
import { ROW_KIND, type Batch, type Schema } from '@belay/columns'
import { ChangeBuilder } from './changeBuilder.ts'
import { readRow, RowWriter, sameBytes } from './rowCodec.ts'

/** Where a group's last row is kept: a text column of a state row. */
export interface SentRows {
  setBytes(row: number, valueIndex: number, source: Uint8Array, from: number, to: number): void
  setText(row: number, valueIndex: number, value: null): void
  nulls(valueIndex: number): Uint8Array
  readonly textBytes: Uint8Array
  textFrom(row: number, valueIndex: number): number
  textTo(row: number, valueIndex: number): number
}

export class ChangeWriter {
  readonly changes: ChangeBuilder
  readonly #writer = new RowWriter()
  readonly #sent: SentRows
  readonly #column: number

  /** `column`: the nullable value column of `sent` that holds the row sent last; NULL = none. */
  constructor(schema: Schema, sent: SentRows, column: number) {
    this.changes = new ChangeBuilder(schema)
    this.#sent = sent
    this.#column = column
  }

  /** The group of state row `at` now is row `row` of `batch`. */
  put(at: number, batch: Batch, row: number): void {
    const sent = this.#sent
    const column = this.#column
    this.#writer.row(batch.columns, row)
    const { bytes, length } = this.#writer
    if (sent.nulls(column)[at] === 1) {
      this.changes.pushRow(batch.columns, row, ROW_KIND.insert)
    } else {
      if (sameBytes(sent.textBytes, sent.textFrom(at, column), sent.textTo(at, column), bytes, 0, length)) return
      this.#pushSent(at, ROW_KIND.updateBefore)
      this.changes.pushRow(batch.columns, row, ROW_KIND.updateAfter)
    }
    sent.setBytes(at, column, bytes, 0, length)
  }

  /** The group of state row `at` is gone. */
  remove(at: number): void {
    if (this.#sent.nulls(this.#column)[at] === 1) return
    this.#pushSent(at, ROW_KIND.delete)
    this.#sent.setText(at, this.#column, null)
  }

  #pushSent(at: number, kind: number): void {
    readRow(this.#sent.textBytes, this.#sent.textFrom(at, this.#column), this.changes.columns)
    this.changes.endRow(kind)
  }
}
