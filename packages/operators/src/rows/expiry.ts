/**
 * State that is forgotten when it has had no row for a time, by event time (engine-spec §2, TTL). Rows of
 * what was forgotten count as new; taking them back is passed over (C4).
 */
import type { Batch } from '@belay/columns'
import type { StateTable } from '@belay/engine/operator'

/** The state is searched so often within one time to live. */
const SEARCHES = 8

export class Expiry {
  readonly #ttlMs: number
  readonly #column: number
  #nextSearch = Number.NEGATIVE_INFINITY

  /** `ttlMs` 0 = never; `column` = the event time. */
  constructor(ttlMs: number, column: number) {
    this.#ttlMs = ttlMs
    this.#column = column
  }

  get active(): boolean {
    return this.#ttlMs > 0
  }

  /** The event time of a row; −∞ where it has none. */
  timeOf(batch: Batch, row: number): number {
    const column = this.#column < 0 ? undefined : batch.columns[this.#column]
    if (column?.storage !== 'number' || (column.nulls !== undefined && column.nulls[row] === 1)) return Number.NEGATIVE_INFINITY
    return column.values[row]
  }

  /** Notes a row's time in the times of the state. */
  touch(times: Float64Array, slot: number, batch: Batch, row: number): void {
    if (!this.active) return
    const time = this.timeOf(batch, row)
    if (times[slot] === 0 || time > times[slot]) times[slot] = time
  }

  /** True now and then: time to look for what has expired. */
  due(watermark: number): boolean {
    if (!this.active || !Number.isFinite(watermark) || watermark < this.#nextSearch) return false
    this.#nextSearch = watermark + this.#ttlMs / SEARCHES
    return true
  }

  isExpired(time: number, watermark: number): boolean {
    return time + this.#ttlMs <= watermark
  }

  /** Visits the state rows that have expired, highest first, so that each may be removed. */
  expired(watermark: number, table: StateTable, timeColumn: number, forget: (slot: number) => void): void {
    if (!this.due(watermark)) return
    table.forEach((slot) => {
      if (this.isExpired(table.numbers(timeColumn)[slot], watermark)) forget(slot)
    })
  }
}
