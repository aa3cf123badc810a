/**
 * Windows of fixed length that give one result each, when the watermark has reached their end.
 *
 * State: a row for each key and unit with the running values; a window's result merges its units.
 * Results come sorted by (window end, key bytes), so that a disturbed run writes what an undisturbed
 * one does (engine-spec H15).
 */
import { BATCH_ROWS, fieldIndex, sliceBatch, type Batch, type Schema } from '@belay/columns'
import {
  writeColumnKey,
  type Emitter,
  type OperatorContext,
  type StateTable,
  type StateValue,
  type TransformOperator,
  type WindowEnd,
} from '@belay/engine/operator'
import { numberField } from '../aggregates/accumulator.ts'
import { Accumulators } from '../aggregates/accumulators.ts'
import type { WindowAggregateConfig } from '../window-aggregate/manifest.ts'
import { EventTimes } from './eventTimes.ts'
import { ResultRows } from './resultRows.ts'
import type { WindowShape } from './shapes.ts'

const OUT = 0
const LATE = 1
/** Value columns: the group's number, then the aggregates. */
const ID = 0
const BASE = 1
/** Bytes of the unit at the end of a key. */
const UNIT_KEY_BYTES = 9

interface DueWindow {
  readonly start: number
  readonly end: number
}

/** Windows to give, and the state rows they are made of, by unit and key. */
interface Firing {
  readonly windows: readonly DueWindow[]
  readonly order: Int32Array
  /** Unit of each of `order`. */
  readonly units: Float64Array
  window: number
  /** State rows of the window in work, by key; null = not begun. */
  rows: Int32Array | null
  at: number
  /** Everything that no later window needs, highest first. */
  readonly gone: readonly number[]
}

const NOTHING: Firing = { windows: [], order: new Int32Array(0), units: new Float64Array(0), window: 0, rows: null, at: 0, gone: [] }

export class FixedWindows implements TransformOperator {
  readonly role = 'transform'
  readonly #context: OperatorContext<WindowAggregateConfig>
  readonly #shape: WindowShape
  readonly #table: StateTable
  readonly #ids: StateValue<number>
  readonly #keys: readonly number[]
  readonly #aggregates: Accumulators
  readonly #times: EventTimes
  readonly #results: ResultRows
  #slots = new Int32Array(BATCH_ROWS)
  #firing: Firing | null = null
  /** No window of the state ends before; −∞ = not known. */
  #earliestEnd = Number.NEGATIVE_INFINITY

  constructor(context: OperatorContext<WindowAggregateConfig>, input: Schema, shape: WindowShape) {
    const { config, state } = context
    this.#context = context
    this.#shape = shape
    this.#keys = config.keys.map((name) => fieldIndex(input, name))
    const eventTime = context.eventTimes['in'] ?? null
    this.#aggregates = new Accumulators(
      { aggregates: config.aggregates, input, eventTime, base: BASE, id: ID, retractable: false, ends: true },
      state,
    )
    this.#table = state.table('units', {
      version: 1,
      key: [...this.#keys.map((at) => ({ ...input[at], nullable: true })), { name: 'unit', type: 'timestamp', nullable: false }],
      value: [numberField('id'), ...this.#aggregates.fields],
    })
    this.#ids = state.value('ids', 1, 0)
    this.#times = new EventTimes(context, fieldIndex(input, eventTime ?? ''), LATE)
    this.#results = new ResultRows(context, context.outputs['out'] ?? [])
  }

  process(_port: number, whole: Batch, from: number, out: Emitter): number {
    if (out.full) return from
    const batch = sliceBatch(whole, from, whole.rows)
    if (this.#slots.length < batch.rows) this.#slots = new Int32Array(batch.rows)
    this.#aggregates.filter(batch, this.#context)
    this.#assign(batch)
    this.#aggregates.add(this.#table, batch, this.#slots, undefined)
    this.#times.sendLate(batch, out)
    return whole.rows
  }

  /** The state row of every row; −1 = late or without a time. */
  #assign(batch: Batch): void {
    const { values, nulls } = this.#times.of(batch)
    const { unitMs } = this.#shape
    const slots = this.#slots
    const table = this.#table
    const { key } = table
    const { limit } = this.#times
    const keys = this.#keys.map((at) => batch.columns[at])
    let unit = Number.NaN
    let open = false
    for (let row = 0; row < batch.rows; row += 1) {
      slots[row] = -1
      if (this.#aggregates.failed(row)) continue
      if (nulls !== undefined && nulls[row] === 1) {
        this.#times.missing(batch, row)
        continue
      }
      const begins = Math.floor(values[row] / unitMs) * unitMs
      if (begins !== unit) {
        unit = begins
        open = this.#shape.lastEnd(unit) > limit
        if (open && this.#earliestEnd !== Number.NEGATIVE_INFINITY)
          this.#earliestEnd = Math.min(this.#earliestEnd, this.#shape.nextEnd(unit))
      }
      if (!open) {
        this.#times.late(row)
        continue
      }
      key.begin()
      for (let k = 0; k < keys.length; k += 1) writeColumnKey(key, keys[k], row)
      key.number(unit)
      const slot = table.slotFor()
      if (table.inserted) table.numbers(ID)[slot] = this.#nextId()
      slots[row] = slot
    }
  }

  #nextId(): number {
    const id = this.#ids.get() + 1
    this.#ids.set(id)
    return id
  }

  endWindow(end: WindowEnd, out: Emitter): boolean {
    const firing = (this.#firing ??= this.#due(end.watermark))
    while (firing.window < firing.windows.length) {
      if (out.full) return false
      this.#fire(firing)
      const batch = this.#results.finish()
      if (out.connected(OUT)) out.emit(OUT, batch)
    }
    for (const slot of firing.gone) {
      this.#aggregates.forget(this.#table, slot)
      this.#table.remove(slot)
    }
    this.#firing = null
    this.#times.reached(end.watermark)
    return true
  }

  #due(watermark: number): Firing {
    const table = this.#table
    const shape = this.#shape
    if (table.size === 0 || this.#earliestEnd > watermark) return { ...NOTHING }
    const unitKey = this.#keys.length
    const slots: { readonly slot: number; readonly unit: number }[] = []
    table.forEach((slot) => {
      const unit = table.keyValue(slot, unitKey) as number
      if (shape.nextEnd(unit) <= watermark) slots.push({ slot, unit })
    })
    slots.sort((a, b) => a.unit - b.unit || table.compareKeys(a.slot, b.slot))
    const windows: DueWindow[] = []
    const [first] = slots
    const last = slots.at(-1)
    if (first !== undefined && last !== undefined) {
      const until = Math.min(watermark, shape.lastEnd(last.unit))
      for (let end = shape.nextEnd(Math.max(first.unit, this.#times.limit)); end <= until; end = shape.nextEnd(end))
        windows.push({ start: shape.startOf(end), end })
    }
    this.#earliestEnd = this.#nextEarliest(watermark)
    return {
      ...NOTHING,
      windows,
      order: Int32Array.from(slots, ({ slot }) => slot),
      units: Float64Array.from(slots, ({ unit }) => unit),
      gone: slots
        .filter(({ unit }) => shape.lastEnd(unit) <= watermark)
        .map(({ slot }) => slot)
        .sort((a, b) => b - a),
    }
  }

  /** The first window end behind the watermark that has rows. */
  #nextEarliest(watermark: number): number {
    let earliest = Infinity
    this.#table.forEach((slot) => {
      const unit = this.#table.keyValue(slot, this.#keys.length) as number
      if (this.#shape.lastEnd(unit) > watermark) earliest = Math.min(earliest, this.#shape.nextEnd(Math.max(unit, watermark)))
    })
    return earliest === Infinity ? Number.NEGATIVE_INFINITY : earliest
  }

  /** Builds results until a batch is full or all windows have been given. */
  #fire(firing: Firing): void {
    while (firing.window < firing.windows.length && !this.#results.full) {
      const window = firing.windows[firing.window]
      const rows = (firing.rows ??= this.#rowsOf(firing, window))
      while (firing.at < rows.length && !this.#results.full) {
        let next = firing.at + 1
        while (next < rows.length && this.#table.compareKeys(rows[firing.at], rows[next], UNIT_KEY_BYTES) === 0) next += 1
        this.#push(rows.subarray(firing.at, next), window)
        firing.at = next
      }
      if (firing.at < rows.length) return
      firing.window += 1
      firing.rows = null
      firing.at = 0
    }
  }

  /** The state rows of a window, those of one key together. */
  #rowsOf({ order, units }: Firing, { start, end }: DueWindow): Int32Array {
    const from = firstAtLeast(units, start)
    const to = firstAtLeast(units, end)
    const rows = order.subarray(from, to)
    return to > from && units[from] !== units[to - 1] ? rows.slice().sort((a, b) => this.#table.compareKeys(a, b)) : rows
  }

  #push(group: Int32Array, { start, end }: DueWindow): void {
    const table = this.#table
    const { columns } = this.#results
    const keys = this.#keys.length
    for (let k = 0; k < keys; k += 1) table.pushKeyValue(group[0], k, columns[k])
    for (const [i, time] of [start, end].entries()) {
      const column = columns[keys + i]
      if (column.storage === 'number') column.push(time)
    }
    if (group.length === 1) return this.#results.endRow(this.#aggregates.result(table, group[0], columns, keys + 2))
    // The sum of the units is a state row for the time of this call; it is the last one, so no other moves.
    table.key.begin()
    const sum = table.slotFor()
    table.numbers(ID)[sum] = this.#nextId()
    for (const slot of group) this.#aggregates.merge(table, sum, slot)
    this.#results.endRow(this.#aggregates.result(table, sum, columns, keys + 2))
    this.#aggregates.forget(table, sum)
    table.remove(sum)
  }
}

/** Position of the first of the sorted values that is not below `value`. */
function firstAtLeast(values: Float64Array, value: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle] < value) low = middle + 1
    else high = middle
  }
  return low
}
