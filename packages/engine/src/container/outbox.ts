/**
 * The outbox of one output port: what the operator emitted and its targets have not yet taken.
 *
 * Small batches are gathered (copied) until 1,024 rows or 256 KB, or until `flush`; those of many rows, or of
 * few long ones, are passed on as they are. Each target has its own place in the queue, so one full log does not make
 * another get a record twice (engine-spec L3, L8).
 */
import { BATCH_BYTES, BATCH_ROWS, type Batch, BatchBuilder, encodedSizeBytes, pushRows, type Schema } from '@belay/columns'
import type { PortEnd } from '../window/aligner.ts'
import type { EdgeTarget } from './edge.ts'
import type { Tap } from './tap.ts'

const GATHER_BELOW_ROWS = 256
const GATHER_BELOW_BYTES = BATCH_BYTES / 4

type OutItem =
  | { readonly type: 'data'; readonly batch: Batch; readonly window: number }
  | { readonly type: 'end'; readonly end: PortEnd }
  | { readonly type: 'stream-end'; readonly window: number }

interface Place {
  readonly target: EdgeTarget
  /** Items of the queue it has taken, and rows of the next one. */
  taken: number
  row: number
}

export class Outbox {
  readonly #places: Place[]
  readonly #schema: Schema
  #items: OutItem[] = []
  #gathered: BatchBuilder | null = null
  #window = 0
  rows = 0
  /** Sees every batch that leaves; null = nobody looks. */
  tap: Tap | null = null

  constructor(schema: Schema, targets: readonly EdgeTarget[]) {
    this.#schema = schema
    this.#places = targets.map((target) => ({ target, taken: 0, row: 0 }))
  }

  get connected(): boolean {
    return this.#places.length > 0
  }

  get empty(): boolean {
    return this.#items.length === 0
  }

  /** The target that has taken least, while something waits. */
  get blockedBy(): EdgeTarget | null {
    if (this.#items.length === 0) return null
    let least: Place | null = null
    for (const place of this.#places)
      if (least === null || place.taken < least.taken || (place.taken === least.taken && place.row < least.row)) least = place
    return least?.target ?? null
  }

  emit(batch: Batch, window: number): void {
    if (batch.rows === 0 || this.#places.length === 0) return
    this.rows += batch.rows
    this.#window = window
    if (batch.rows >= GATHER_BELOW_ROWS || batch.kinds !== undefined || encodedSizeBytes(batch) >= GATHER_BELOW_BYTES) {
      this.flush()
      this.#push(batch, window)
      return
    }
    const gathered = (this.#gathered ??= new BatchBuilder(this.#schema))
    append(gathered, batch)
    if (gathered.rows >= BATCH_ROWS || gathered.full) this.flush()
  }

  /** Turns what was gathered into an item; true if there was any. */
  flush(): boolean {
    const gathered = this.#gathered
    if (gathered === null || gathered.rows === 0) return false
    this.#push(gathered.finish(), this.#window)
    return true
  }

  #push(batch: Batch, window: number): void {
    this.#items.push({ type: 'data', batch, window })
    this.tap?.take(batch, window)
  }

  end(end: PortEnd): void {
    if (this.#places.length === 0) return
    this.flush()
    this.#items.push({ type: 'end', end })
    if (end.watermark === Number.POSITIVE_INFINITY) this.#items.push({ type: 'stream-end', window: end.window })
  }

  /** Offers everything to everybody; true if anything was taken. */
  drain(): boolean {
    if (this.#items.length === 0) return false
    let moved = false
    let least = this.#items.length
    for (const place of this.#places) {
      while (place.taken < this.#items.length) {
        const item = this.#items[place.taken]
        if (item.type === 'data') {
          const reached = place.target.data(item.batch, place.row, item.window)
          if (reached > place.row) moved = true
          place.row = reached
          if (reached < item.batch.rows) break
          place.row = 0
        } else if (!(item.type === 'end' ? place.target.end(item.end) : place.target.streamEnd(item.window))) break
        moved = true
        place.taken += 1
      }
      if (place.taken < least) least = place.taken
    }
    if (least > 0) {
      this.#items.splice(0, least)
      for (const place of this.#places) place.taken -= least
    }
    return moved
  }
}

function append(builder: BatchBuilder, batch: Batch): void {
  batch.columns.forEach((column, c) => {
    pushRows(builder.columns[c], column, batch.rows)
  })
  builder.rows += batch.rows
}
