/**
 * Deduplicate: the first row of each key passes, the others are duplicates.
 *
 * State: every key seen with the event time of its first row, until it is forgotten.
 */
import { fieldIndex, gatherBatch, sliceBatch, type Batch, type Schema } from '@belay/columns'
import {
  writeColumnKey,
  type Emitter,
  type OperatorContext,
  type OperatorModule,
  type StateTable,
  type TransformOperator,
  type WindowEnd,
} from '@belay/engine/operator'
import { Expiry } from '../rows/expiry.ts'
import type { DedupConfig } from './manifest.ts'

const OUT = 0
const DUPLICATES = 1
const TIME = 0

class Dedup implements TransformOperator {
  readonly role = 'transform'
  readonly #keys: readonly number[]
  readonly #seen: StateTable
  readonly #expiry: Expiry
  readonly #context: OperatorContext<DedupConfig>
  #first = new Uint32Array(1024)
  #others = new Uint32Array(1024)

  constructor(context: OperatorContext<DedupConfig>, input: Schema) {
    this.#context = context
    this.#keys = context.config.keys.map((name) => fieldIndex(input, name))
    this.#expiry = new Expiry(context.config.withinMs ?? 0, fieldIndex(input, context.eventTimes['in'] ?? ''))
    this.#seen = context.state.table('seen', {
      version: 1,
      key: this.#keys.map((at) => ({ ...input[at], nullable: true })),
      value: [{ name: 'time', type: 'timestamp', nullable: false }],
      writes: 'found',
    })
  }

  process(_port: number, whole: Batch, from: number, out: Emitter): number {
    if (out.full) return from
    const batch = sliceBatch(whole, from, whole.rows)
    const { rows } = batch
    if (this.#first.length < rows) {
      this.#first = new Uint32Array(rows)
      this.#others = new Uint32Array(rows)
    }
    const seen = this.#seen
    const keys = this.#keys.map((at) => batch.columns[at])
    const within = this.#context.config.withinMs ?? 0
    let firsts = 0
    let others = 0
    for (let row = 0; row < rows; row += 1) {
      seen.key.begin()
      for (let k = 0; k < keys.length; k += 1) writeColumnKey(seen.key, keys[k], row)
      const slot = seen.slotFor()
      const time = this.#expiry.active ? this.#expiry.timeOf(batch, row) : 0
      const times = seen.numbers(TIME)
      // Forgetting is lazy: what is still there may be too old to count.
      if (seen.inserted || (within > 0 && time >= times[slot] + within)) {
        times[slot] = time
        this.#first[firsts++] = row
      } else this.#others[others++] = row
    }
    if (others > 0) this.#context.count('duplicates', others)
    if (firsts > 0 && out.connected(OUT)) out.emit(OUT, firsts === rows ? batch : gatherBatch(batch, this.#first, firsts))
    if (others > 0 && out.connected(DUPLICATES)) out.emit(DUPLICATES, others === rows ? batch : gatherBatch(batch, this.#others, others))
    return whole.rows
  }

  endWindow(end: WindowEnd): boolean {
    this.#expiry.expired(end.watermark, this.#seen, TIME, (slot) => this.#seen.remove(slot))
    return true
  }
}

export const module: OperatorModule<DedupConfig> = {
  rehearses: true,
  create: (context) => new Dedup(context, context.inputs['in'] ?? []),
}
