/**
 * Windows that give more than one result: early ones at the end of each streaming window, or later
 * ones for rows that come within the lateness. Results are changes of a table, or, in mode discard,
 * further rows with only what was added.
 *
 * State: a row for each key and window with the running values and the result sent last. Changes of a
 * streaming window come sorted by (window end, key bytes).
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
import { ChangeWriter } from '../rows/changeWriter.ts'
import { EventTimes } from './eventTimes.ts'
import { ResultRows } from './resultRows.ts'
import type { WindowShape } from './shapes.ts'

const OUT = 0
const LATE = 1
const ID = 0
/** Rows have come since the last result. */
const CHANGED = 1
const SENT = 2
const BASE = 3
const CHUNK = 512

interface Firing {
  readonly due: readonly number[]
  at: number
  readonly gone: readonly number[]
}

export class UpdatingWindows implements TransformOperator {
  readonly role = 'transform'
  readonly #context: OperatorContext<WindowAggregateConfig>
  readonly #shape: WindowShape
  readonly #latenessMs: number
  readonly #table: StateTable
  readonly #ids: StateValue<number>
  readonly #keys: readonly number[]
  readonly #aggregates: Accumulators
  readonly #times: EventTimes
  readonly #results: ResultRows
  readonly #writer: ChangeWriter | null
  #slots: Int32Array[] = []
  #firing: Firing | null = null

  constructor(context: OperatorContext<WindowAggregateConfig>, input: Schema, shape: WindowShape) {
    const { config, state } = context
    this.#context = context
    this.#shape = shape
    this.#latenessMs = config.latenessMs ?? 0
    this.#keys = config.keys.map((name) => fieldIndex(input, name))
    const eventTime = context.eventTimes['in'] ?? null
    this.#aggregates = new Accumulators(
      { aggregates: config.aggregates, input, eventTime, base: BASE, id: ID, retractable: false, ends: true },
      state,
    )
    this.#table = state.table('windows', {
      version: 1,
      key: [...this.#keys.map((at) => ({ ...input[at], nullable: true })), { name: 'window_end', type: 'timestamp', nullable: false }],
      value: [numberField('id'), numberField('changed'), { name: 'sent', type: 'string', nullable: true }, ...this.#aggregates.fields],
    })
    this.#ids = state.value('ids', 1, 0)
    this.#times = new EventTimes(context, fieldIndex(input, eventTime ?? ''), LATE)
    const schema = context.outputs['out'] ?? []
    this.#results = new ResultRows(context, schema)
    this.#writer = config.updates === 'discard' ? null : new ChangeWriter(schema, this.#table, SENT)
  }

  process(_port: number, whole: Batch, from: number, out: Emitter): number {
    if (out.full) return from
    const batch = sliceBatch(whole, from, whole.rows)
    this.#aggregates.filter(batch, this.#context)
    const used = this.#assign(batch)
    for (let k = 0; k < used; k += 1) this.#aggregates.add(this.#table, batch, this.#slots[k], undefined)
    this.#times.sendLate(batch, out)
    return whole.rows
  }

  /** State rows of every row, one list for each window it may be in; returns how many lists there are. */
  #assign(batch: Batch): number {
    const { values, nulls } = this.#times.of(batch)
    const { limit } = this.#times
    const keys = this.#keys.map((at) => batch.columns[at])
    const table = this.#table
    let used = 0
    for (let row = 0; row < batch.rows; row += 1) {
      for (const slots of this.#slots) slots[row] = -1
      if (this.#aggregates.failed(row)) continue
      if (nulls !== undefined && nulls[row] === 1) {
        this.#times.missing(batch, row)
        continue
      }
      const last = this.#shape.lastEnd(Math.floor(values[row] / this.#shape.unitMs) * this.#shape.unitMs)
      let list = 0
      for (let end = this.#shape.nextEnd(values[row]); end <= last; end = this.#shape.nextEnd(end)) {
        if (end + this.#latenessMs <= limit) continue
        table.key.begin()
        for (let k = 0; k < keys.length; k += 1) writeColumnKey(table.key, keys[k], row)
        table.key.number(end)
        const slot = table.slotFor()
        if (table.inserted) {
          const id = this.#ids.get() + 1
          this.#ids.set(id)
          table.numbers(ID)[slot] = id
        }
        table.numbers(CHANGED)[slot] = 1
        this.#list(list, batch.rows, row)[row] = slot
        list += 1
      }
      if (list === 0) this.#times.late(row)
      used = Math.max(used, list)
    }
    return used
  }

  #list(k: number, rows: number, row: number): Int32Array {
    const known = this.#slots[k]
    if (known !== undefined && known.length >= rows) return known
    const list = new Int32Array(Math.max(BATCH_ROWS, rows)).fill(-1)
    if (known !== undefined) list.set(known.subarray(0, row))
    this.#slots[k] = list
    return list
  }

  endWindow(end: WindowEnd, out: Emitter): boolean {
    const firing = (this.#firing ??= this.#due(end.watermark))
    while (firing.at < firing.due.length) {
      if (out.full) return false
      this.#send(firing, out)
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
    const ends = this.#keys.length
    const early = this.#context.config.early === true
    const discard = this.#writer === null
    const due: { readonly slot: number; readonly end: number }[] = []
    const gone: number[] = []
    const changed = table.numbers(CHANGED)
    table.forEach((slot) => {
      const end = table.keyValue(slot, ends) as number
      const complete = end <= watermark
      const isDue = changed[slot] === 1 && (early || complete)
      if (isDue) due.push({ slot, end })
      // In mode discard a window that has given its result begins again from nothing.
      if (end + this.#latenessMs <= watermark || (discard && isDue)) gone.push(slot)
    })
    due.sort((a, b) => a.end - b.end || table.compareKeys(a.slot, b.slot))
    return { due: due.map(({ slot }) => slot), at: 0, gone }
  }

  #send(firing: Firing, out: Emitter): void {
    const from = firing.at
    const to = Math.min(firing.due.length, from + CHUNK)
    for (; firing.at < to; firing.at += 1) this.#push(firing.due[firing.at])
    if (this.#writer === null) {
      const batch = this.#results.finish()
      if (out.connected(OUT)) out.emit(OUT, batch)
      return
    }
    const { batch, failed } = this.#results.finishAll()
    for (let row = 0; row < batch.rows; row += 1) {
      if (failed?.has(row) === true) this.#writer.remove(firing.due[from + row])
      else this.#writer.put(firing.due[from + row], batch, row)
    }
    const changes = this.#writer.changes.finish()
    if (out.connected(OUT)) out.emit(OUT, changes)
  }

  #push(slot: number): void {
    const table = this.#table
    const { columns } = this.#results
    const keys = this.#keys.length
    for (let k = 0; k < keys; k += 1) table.pushKeyValue(slot, k, columns[k])
    const end = table.keyValue(slot, keys) as number
    for (const [i, time] of [this.#shape.startOf(end), end].entries()) {
      const column = columns[keys + i]
      if (column.storage === 'number') column.push(time)
    }
    table.numbers(CHANGED)[slot] = 0
    this.#results.endRow(this.#aggregates.result(table, slot, columns, keys + 2))
  }
}
