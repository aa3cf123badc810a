/** Builds batches of changes: rows with their kind. A pair −U, +U is never cut apart. */
import { BatchBuilder, pushFrom, type Batch, type Column, type ColumnBuilder, type Schema } from '@belay/columns'

export class ChangeBuilder {
  readonly #builder: BatchBuilder
  #kinds = new Uint8Array(2048)

  constructor(schema: Schema) {
    this.#builder = new BatchBuilder(schema)
  }

  get columns(): readonly ColumnBuilder[] {
    return this.#builder.columns
  }

  get rows(): number {
    return this.#builder.rows
  }

  /** Asked between changes: time to send. */
  get full(): boolean {
    return this.#builder.full
  }

  /** Ends a row whose values have been pushed. */
  endRow(kind: number): void {
    if (this.#builder.rows === this.#kinds.length) {
      const grown = new Uint8Array(this.#kinds.length * 2)
      grown.set(this.#kinds)
      this.#kinds = grown
    }
    this.#kinds[this.#builder.rows] = kind
    this.#builder.endRow()
  }

  pushRow(columns: readonly Column[], row: number, kind: number): void {
    const builders = this.#builder.columns
    for (let i = 0; i < columns.length; i += 1) pushFrom(builders[i], columns[i], row)
    this.endRow(kind)
  }

  finish(): Batch {
    const kinds = this.#kinds.slice(0, this.#builder.rows)
    return { ...this.#builder.finish(), kinds }
  }
}
