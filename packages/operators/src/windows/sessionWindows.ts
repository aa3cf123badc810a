/**
 * Session windows: a key's rows belong together while none is further than the gap from its
 * neighbour; rows exactly the gap apart do. A session gives its result when no later row can touch it.
 *
 * State: a multimap entry for each open session with its first and last time and the running values.
 */
import { BATCH_ROWS, fieldIndex, sliceBatch, type Batch, type Schema } from '@belay/columns'
import {
  writeColumnKey,
  type Emitter,
  type OperatorContext,
  type StateMultimap,
  type StateValue,
  type TransformOperator,
  type WindowEnd,
} from '@belay/engine/operator'
import { numberField } from '../aggregates/accumulator.ts'
import { Accumulators } from '../aggregates/accumulators.ts'
import type { WindowAggregateConfig } from '../window-aggregate/manifest.ts'
import { compareBytes } from '../rows/keys.ts'
import { EventTimes } from './eventTimes.ts'
import { ResultRows } from './resultRows.ts'

const OUT = 0
const LATE = 1
const ID = 0
const FIRST = 1
const LAST = 2
const BASE = 3

interface DueSession {
  readonly key: number
  readonly keyBytes: Uint8Array
  readonly entry: number
  readonly end: number
}

export class SessionWindows implements TransformOperator {
  readonly role = 'transform'
  readonly #context: OperatorContext<WindowAggregateConfig>
  readonly #gapMs: number
  readonly #sessions: StateMultimap
  readonly #ids: StateValue<number>
  readonly #keys: readonly number[]
  readonly #aggregates: Accumulators
  readonly #times: EventTimes
  readonly #results: ResultRows
  #slots = new Int32Array(BATCH_ROWS)
  #firing: readonly DueSession[] | null = null
  #fired = 0
  /** No open session ends before; −∞ = not known. */
  #earliestEnd = Number.NEGATIVE_INFINITY

  constructor(context: OperatorContext<WindowAggregateConfig>, input: Schema) {
    const { config, state } = context
    this.#context = context
    this.#gapMs = config.sizeMs
    this.#keys = config.keys.map((name) => fieldIndex(input, name))
    const eventTime = context.eventTimes['in'] ?? null
    this.#aggregates = new Accumulators(
      { aggregates: config.aggregates, input, eventTime, base: BASE, id: ID, retractable: false, ends: true },
      state,
    )
    this.#sessions = state.multimap('sessions', {
      version: 1,
      key: this.#keys.map((at) => ({ ...input[at], nullable: true })),
      value: [numberField('id'), numberField('first'), numberField('last'), ...this.#aggregates.fields],
    })
    this.#ids = state.value('ids', 1, 0)
    this.#times = new EventTimes(context, fieldIndex(input, eventTime ?? ''), LATE)
    this.#results = new ResultRows(context, context.outputs['out'] ?? [])
  }

  process(_port: number, whole: Batch, from: number, out: Emitter): number {
    if (out.full) return from
    const batch = sliceBatch(whole, from, whole.rows)
    if (this.#slots.length < batch.rows) this.#slots = new Int32Array(batch.rows)
    this.#slots.fill(-1, 0, batch.rows)
    this.#aggregates.filter(batch, this.#context)
    const { values, nulls } = this.#times.of(batch)
    const keys = this.#keys.map((at) => batch.columns[at])
    for (let row = 0; row < batch.rows; row += 1) {
      if (this.#aggregates.failed(row)) continue
      if (nulls !== undefined && nulls[row] === 1) {
        this.#times.missing(batch, row)
        continue
      }
      const { key } = this.#sessions
      key.begin()
      for (let k = 0; k < keys.length; k += 1) writeColumnKey(key, keys[k], row)
      const entry = this.#sessionAt(values[row], batch)
      if (entry < 0) this.#times.late(row)
      this.#slots[row] = entry
    }
    this.#flush(batch)
    this.#times.sendLate(batch, out)
    return whole.rows
  }

  /** Adds the rows assigned so far; afterwards sessions may be merged. */
  #flush(batch: Batch): void {
    this.#aggregates.add(this.#sessions, batch, this.#slots, undefined)
    this.#slots.fill(-1, 0, batch.rows)
  }

  /** The written key's session for a row at `time`, found, grown, merged or begun; −1 = the row is late. */
  #sessionAt(time: number, batch: Batch): number {
    const sessions = this.#sessions
    const gap = this.#gapMs
    let found = -1
    for (let entry = sessions.first(); entry >= 0;) {
      const next = sessions.next(entry)
      const firsts = sessions.numbers(FIRST)
      const lasts = sessions.numbers(LAST)
      if (time >= firsts[entry] - gap && time <= lasts[entry] + gap) {
        if (found >= 0) {
          this.#flush(batch)
          this.#aggregates.merge(sessions, found, entry)
          firsts[found] = Math.min(firsts[found], firsts[entry])
          lasts[found] = Math.max(lasts[found], lasts[entry])
          this.#aggregates.forget(sessions, entry)
          sessions.remove(entry)
        } else {
          found = entry
          if (time < firsts[entry]) firsts[entry] = time
          if (time > lasts[entry]) lasts[entry] = time
        }
      }
      entry = next
    }
    if (found >= 0) return found
    if (time + gap < this.#times.limit) return -1
    const entry = sessions.add()
    const id = this.#ids.get() + 1
    this.#ids.set(id)
    sessions.numbers(ID)[entry] = id
    sessions.numbers(FIRST)[entry] = time
    sessions.numbers(LAST)[entry] = time
    if (time + gap < this.#earliestEnd) this.#earliestEnd = time + gap
    return entry
  }

  endWindow(end: WindowEnd, out: Emitter): boolean {
    const firing = (this.#firing ??= this.#due(end.watermark))
    while (this.#fired < firing.length) {
      if (out.full) return false
      for (; this.#fired < firing.length && !this.#results.full; this.#fired += 1) this.#push(firing[this.#fired])
      const batch = this.#results.finish()
      if (out.connected(OUT)) out.emit(OUT, batch)
    }
    for (const { entry } of firing) {
      this.#aggregates.forget(this.#sessions, entry)
      this.#sessions.remove(entry)
    }
    this.#firing = null
    this.#fired = 0
    this.#times.reached(end.watermark)
    return true
  }

  /** Sessions that no later row can touch, sorted by (end, key bytes). */
  #due(watermark: number): readonly DueSession[] {
    const sessions = this.#sessions
    if (sessions.size === 0 || this.#earliestEnd >= watermark) return []
    const due: DueSession[] = []
    let earliest = Infinity
    sessions.forEachKey((key, first) => {
      for (let entry = first; entry >= 0; entry = sessions.next(entry)) {
        const end = sessions.numbers(LAST)[entry] + this.#gapMs
        // A row at the very end would still belong to it.
        if (end < watermark) due.push({ key, keyBytes: sessions.keyBytes(key), entry, end })
        else earliest = Math.min(earliest, end)
      }
    })
    this.#earliestEnd = earliest === Infinity ? Number.NEGATIVE_INFINITY : earliest
    return due.sort((a, b) => a.end - b.end || compareBytes(a.keyBytes, b.keyBytes))
  }

  #push({ key, entry, end }: DueSession): void {
    const { columns } = this.#results
    const keys = this.#keys.length
    for (let k = 0; k < keys; k += 1) this.#sessions.pushKeyValue(key, k, columns[k])
    for (const [i, time] of [this.#sessions.numbers(FIRST)[entry], end].entries()) {
      const column = columns[keys + i]
      if (column.storage === 'number') column.push(time)
    }
    this.#results.endRow(this.#aggregates.result(this.#sessions, entry, columns, keys + 2))
  }
}
