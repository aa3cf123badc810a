/** The event times of a batch, and what happens to rows that have none or come too late. */
import { gatherBatch, type Batch, type Column } from '@belay/columns'
import type { Emitter, OperatorContext, StateValue } from '@belay/engine/operator'

/** Stands for +∞ in state, which is JSON. */
const END_OF_TIME = 9_007_199_254_740_992

export class EventTimes {
  readonly #context: OperatorContext<unknown>
  readonly #column: number
  readonly #latePort: number
  readonly #watermark: StateValue<number | null>
  #late: number[] = []

  constructor(context: OperatorContext<unknown>, column: number, latePort: number) {
    this.#context = context
    this.#column = column
    this.#latePort = latePort
    this.#watermark = context.state.value<number | null>('watermark', 1, null)
  }

  /** The watermark at the beginning of the streaming window: what lateness is judged against (H14). */
  get limit(): number {
    return this.#watermark.get() ?? Number.NEGATIVE_INFINITY
  }

  reached(watermark: number): void {
    if (watermark > this.limit) this.#watermark.set(Math.min(watermark, END_OF_TIME))
  }

  of(batch: Batch): Extract<Column, { storage: 'number' }> {
    const column = batch.columns[this.#column]
    if (column.storage !== 'number') throw new TypeError('the event time is no timestamp')
    return column
  }

  missing(batch: Batch, row: number): void {
    this.#context.rowError({
      code: 'EVENT_TIME_NULL',
      message: 'The row has no event time, so it belongs to no window.',
      row: { batch, index: row },
    })
  }

  late(row: number): void {
    this.#late.push(row)
  }

  /** Sends and counts the late rows of a batch. */
  sendLate(batch: Batch, out: Emitter): void {
    const late = this.#late
    if (late.length === 0) return
    this.#context.count('late rows', late.length)
    if (out.connected(this.#latePort)) out.emit(this.#latePort, gatherBatch(batch, Uint32Array.from(late), late.length))
    this.#late = []
  }
}
