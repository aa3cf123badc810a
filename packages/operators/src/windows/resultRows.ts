/** Result rows of aggregates: whole rows go on, those whose result cannot be told are errors (engine-spec H18). */
import { BatchBuilder, gatherBatch, type Batch, type ColumnBuilder, type Schema } from '@belay/columns'
import type { OperatorContext } from '@belay/engine/operator'
import type { RowFailure } from '@belay/expressions'

export class ResultRows {
  readonly #context: Pick<OperatorContext<unknown>, 'rowError'>
  readonly #builder: BatchBuilder
  #failed: { readonly row: number; readonly failure: RowFailure }[] = []

  constructor(context: Pick<OperatorContext<unknown>, 'rowError'>, schema: Schema) {
    this.#context = context
    this.#builder = new BatchBuilder(schema)
  }

  get columns(): readonly ColumnBuilder[] {
    return this.#builder.columns
  }

  get rows(): number {
    return this.#builder.rows
  }

  get full(): boolean {
    return this.#builder.full
  }

  endRow(failure: RowFailure | null): void {
    if (failure !== null) this.#failed.push({ row: this.#builder.rows, failure })
    this.#builder.endRow()
  }

  /** Rows in order; failed ones have been reported and left out. */
  finish(): Batch {
    const { batch, failed } = this.finishAll()
    if (failed === null) return batch
    const kept = Uint32Array.from({ length: batch.rows }, (_, row) => row).filter((row) => !failed.has(row))
    return gatherBatch(batch, kept, kept.length)
  }

  /** All rows, and which of them have failed and been reported; null = none. */
  finishAll(): { readonly batch: Batch; readonly failed: ReadonlySet<number> | null } {
    const batch = this.#builder.finish()
    if (this.#failed.length === 0) return { batch, failed: null }
    const failed = this.#failed
    this.#failed = []
    for (const { row, failure } of failed)
      this.#context.rowError({ code: failure.code, message: failure.message, row: { batch, index: row } })
    return { batch, failed: new Set(failed.map(({ row }) => row)) }
  }
}
