/**
 * Top N per window: keeps the first rows of each open window and gives them when no more can come,
 * sorted by (window end, partition key bytes, rank).
 *
 * State: a row for each window and partition, and the rows that are among the first so far.
 */
import { BatchBuilder, fieldIndex, type Batch, type Schema } from '@belay/columns'
import {
  writeColumnKey,
  type Emitter,
  type OperatorContext,
  type OperatorModule,
  type StateTable,
  type StateValue,
  type TransformOperator,
  type WindowEnd,
} from '@belay/engine/operator'
import { numberField } from '../aggregates/accumulator.ts'
import { BestRows, type RankedRow } from '../ranking/bestRows.ts'
import { RowOrder } from '../ranking/rowOrder.ts'
import { EventTimes } from '../windows/eventTimes.ts'
import type { TopNConfig } from './manifest.ts'

const OUT = 0
/** Late rows are only counted. */
const LATE = -1
const ID = 0
const BASE = 1
/** Bytes of the window's end at the end of a key. */
const END_KEY_BYTES = 9

interface DueGroup {
  readonly slot: number
  readonly end: number
}

class TopN implements TransformOperator {
  readonly role = 'transform'
  readonly #windowMs: number | undefined
  readonly #groups: StateTable
  readonly #ids: StateValue<number>
  readonly #partition: readonly number[]
  readonly #order: RowOrder
  readonly #best: BestRows
  readonly #times: EventTimes
  readonly #results: BatchBuilder
  readonly #width: number
  #firing: readonly DueGroup[] | null = null
  #fired = 0
  #ranked: readonly RankedRow[] | null = null
  #pushed = 0

  /** `input`: the columns of the rows themselves, without a partition's rank. */
  constructor(context: OperatorContext<TopNConfig>, input: Schema) {
    const { config, state } = context
    this.#windowMs = config.windowMs
    this.#width = input.length
    this.#partition = config.partition.map((name) => fieldIndex(input, name))
    this.#order = new RowOrder(config.orderBy, input)
    this.#groups = state.table('groups', {
      version: 1,
      key: [...this.#partition.map((at) => ({ ...input[at], nullable: true })), { name: 'end', type: 'timestamp', nullable: false }],
      value: [numberField('id'), ...BestRows.fields],
    })
    this.#best = new BestRows('rows', { n: config.n, ties: config.ties === true }, this.#order, state)
    this.#ids = state.value('ids', 1, 0)
    this.#times = new EventTimes(context, fieldIndex(input, context.eventTimes['in'] ?? ''), LATE)
    this.#results = new BatchBuilder(context.outputs['out'] ?? [])
  }

  process(_port: number, batch: Batch, from: number, out: Emitter): number {
    if (out.full) return from
    const { values, nulls } = this.#times.of(batch)
    const { limit } = this.#times
    const groups = this.#groups
    const partition = this.#partition.map((at) => batch.columns[at])
    const windowMs = this.#windowMs
    for (let row = from; row < batch.rows; row += 1) {
      if (nulls !== undefined && nulls[row] === 1) {
        this.#times.missing(batch, row)
        continue
      }
      const end = windowMs === undefined ? values[row] : Math.floor(values[row] / windowMs) * windowMs + windowMs
      // Rows of a window's own time may come until the watermark is past it.
      if (windowMs === undefined ? end < limit : end <= limit) {
        this.#times.late(row)
        continue
      }
      groups.key.begin()
      for (let k = 0; k < partition.length; k += 1) writeColumnKey(groups.key, partition[k], row)
      groups.key.number(end)
      const slot = groups.slotFor()
      if (groups.inserted) {
        const id = this.#ids.get() + 1
        this.#ids.set(id)
        groups.numbers(ID)[slot] = id
      }
      if (this.#best.isHopeless(groups, BASE, slot, batch, row)) continue
      this.#order.encode(batch, row)
      this.#best.offer(groups, BASE, slot, groups.numbers(ID)[slot])
    }
    this.#times.sendLate(batch, out)
    return batch.rows
  }

  endWindow(end: WindowEnd, out: Emitter): boolean {
    const firing = (this.#firing ??= this.#due(end.watermark))
    while (this.#fired < firing.length) {
      if (out.full) return false
      this.#fire(firing)
      const batch = this.#results.finish()
      if (out.connected(OUT)) out.emit(OUT, batch)
    }
    for (const { slot } of [...firing].sort((a, b) => b.slot - a.slot)) {
      this.#best.forget(this.#groups.numbers(ID)[slot])
      this.#groups.remove(slot)
    }
    this.#firing = null
    this.#fired = 0
    this.#times.reached(end.watermark)
    return true
  }

  #due(watermark: number): readonly DueGroup[] {
    const groups = this.#groups
    const due: DueGroup[] = []
    const ends = this.#partition.length
    groups.forEach((slot) => {
      const end = groups.keyValue(slot, ends) as number
      if (this.#windowMs === undefined ? end < watermark : end <= watermark) due.push({ slot, end })
    })
    return due.sort((a, b) => a.end - b.end || groups.compareKeys(a.slot, b.slot, END_KEY_BYTES))
  }

  /** Builds results until a batch is full. */
  #fire(firing: readonly DueGroup[]): void {
    const results = this.#results
    for (; this.#fired < firing.length; this.#fired += 1) {
      const { slot, end } = firing[this.#fired]
      const ranked = (this.#ranked ??= this.#best.ranked(this.#groups.numbers(ID)[slot]))
      for (; this.#pushed < ranked.length; this.#pushed += 1) {
        if (results.full) return
        const { entry, rank } = ranked[this.#pushed]
        this.#order.read(this.#best.bytes, this.#best.at(entry), results.columns)
        const rest = this.#windowMs === undefined ? [rank] : [end - this.#windowMs, end, rank]
        rest.forEach((value, i) => {
          const column = results.columns[this.#width + i]
          if (column.storage === 'number') column.push(value)
        })
        results.endRow()
      }
      this.#ranked = null
      this.#pushed = 0
    }
  }
}

export const module: OperatorModule<TopNConfig> = {
  rehearses: true,
  create(context) {
    const input = context.inputs['in'] ?? []
    return new TopN(context, context.config.merges === true ? input.slice(0, -1) : input)
  },
}
