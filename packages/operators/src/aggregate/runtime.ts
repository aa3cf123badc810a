/**
 * Aggregate without windows: a row a key, kept up to date. At the end of each streaming window it gives
 * the net of what has changed (engine-spec C1).
 *
 * State: a row for each group with how many rows it has, the result sent last and the running values.
 */
import { BATCH_ROWS, fieldIndex, sliceBatch, type Batch, type Schema } from '@belay/columns'
import type { Emitter, OperatorContext, OperatorModule, TransformOperator, WindowEnd } from '@belay/engine/operator'
import { numberField } from '../aggregates/accumulator.ts'
import { Accumulators } from '../aggregates/accumulators.ts'
import { ChangeWriter } from '../rows/changeWriter.ts'
import { ChangedSlots, GROUP_ID, Groups, signsOf } from '../rows/groups.ts'
import { Expiry } from '../rows/expiry.ts'
import { ResultRows } from '../windows/resultRows.ts'
import type { AggregateOperatorConfig } from './manifest.ts'

const ROWS = 1
const SENT = 2
const TIME = 3
const BASE = 4
const CHUNK = 512

class Aggregate implements TransformOperator {
  readonly role = 'transform'
  readonly #context: OperatorContext<AggregateOperatorConfig>
  readonly #keys: readonly number[]
  readonly #groups: Groups
  readonly #aggregates: Accumulators
  readonly #expiry: Expiry
  readonly #results: ResultRows
  readonly #writer: ChangeWriter
  readonly #changed = new ChangedSlots()
  readonly #memory = { signs: new Int8Array(BATCH_ROWS) }
  #slots = new Int32Array(BATCH_ROWS)
  /** Changed groups sent so far in this window end. */
  #sent = 0

  constructor(context: OperatorContext<AggregateOperatorConfig>, input: Schema) {
    const { config, state } = context
    this.#context = context
    this.#keys = config.keys.map((name) => fieldIndex(input, name))
    const eventTime = context.eventTimes['in'] ?? null
    this.#expiry = new Expiry(config.ttlMs ?? 0, fieldIndex(input, eventTime ?? ''))
    this.#aggregates = new Accumulators(
      {
        aggregates: config.aggregates,
        input,
        eventTime,
        base: BASE,
        id: GROUP_ID,
        retractable: context.changes['in']?.kind === 'changes',
        ends: config.ttlMs !== undefined && config.ttlMs > 0,
      },
      state,
    )
    this.#groups = new Groups(
      'groups',
      this.#keys.map((at) => input[at]),
      [numberField('rows'), { name: 'sent', type: 'string', nullable: true }, numberField('time'), ...this.#aggregates.fields],
      state,
    )
    const schema = context.outputs['out'] ?? []
    this.#results = new ResultRows(context, schema)
    this.#writer = new ChangeWriter(schema, this.#groups.table, SENT)
  }

  process(_port: number, whole: Batch, from: number, out: Emitter): number {
    if (out.full) return from
    const batch = sliceBatch(whole, from, whole.rows)
    const signs = signsOf(batch.kinds, batch.rows, this.#memory)
    if (this.#slots.length < batch.rows) this.#slots = new Int32Array(batch.rows)
    this.#aggregates.filter(batch, this.#context)
    this.#assign(batch, signs)
    this.#aggregates.add(this.#groups.table, batch, this.#slots, signs)
    return whole.rows
  }

  #assign(batch: Batch, signs: Int8Array | undefined): void {
    const slots = this.#slots
    const { table } = this.#groups
    let orphaned = 0
    for (let row = 0; row < batch.rows; row += 1) {
      slots[row] = -1
      if (this.#aggregates.failed(row)) continue
      const sign = signs === undefined ? 1 : signs[row]
      const slot = sign > 0 ? this.#groups.slotOf(this.#keys, batch, row) : this.#groups.find(this.#keys, batch, row)
      if (slot < 0 || table.numbers(ROWS)[slot] + sign < 0) {
        orphaned += 1
        continue
      }
      table.numbers(ROWS)[slot] += sign
      this.#expiry.touch(table.numbers(TIME), slot, batch, row)
      this.#changed.add(slot)
      slots[row] = slot
    }
    // C4: what was taken back was forgotten, or never came.
    if (orphaned > 0) this.#context.count('orphaned', orphaned)
  }

  endWindow(end: WindowEnd, out: Emitter): boolean {
    while (this.#sent < this.#changed.size) {
      if (out.full) return false
      this.#send(out)
    }
    const { table } = this.#groups
    const rows = table.numbers(ROWS)
    for (const slot of this.#changed.descending()) if (rows[slot] === 0) this.#forget(slot)
    this.#changed.clear()
    this.#sent = 0
    this.#expiry.expired(end.watermark, table, TIME, (slot) => this.#forget(slot))
    return true
  }

  #forget(slot: number): void {
    this.#aggregates.forget(this.#groups.table, slot)
    this.#groups.table.remove(slot)
  }

  #send(out: Emitter): void {
    const { table } = this.#groups
    const rows = table.numbers(ROWS)
    const { columns } = this.#results
    const live: number[] = []
    for (const until = Math.min(this.#changed.size, this.#sent + CHUNK); this.#sent < until; this.#sent += 1) {
      const slot = this.#changed.at(this.#sent)
      if (rows[slot] === 0) {
        this.#writer.remove(slot)
        continue
      }
      live.push(slot)
      for (let k = 0; k < this.#keys.length; k += 1) table.pushKeyValue(slot, k, columns[k])
      this.#results.endRow(this.#aggregates.result(table, slot, columns, this.#keys.length))
    }
    const { batch, failed } = this.#results.finishAll()
    live.forEach((slot, row) => {
      if (failed?.has(row) === true) this.#writer.remove(slot)
      else this.#writer.put(slot, batch, row)
    })
    const changes = this.#writer.changes.finish()
    if (out.connected(0)) out.emit(0, changes)
  }
}

export const module: OperatorModule<AggregateOperatorConfig> = {
  rehearses: true,
  create: (context) => new Aggregate(context, context.inputs['in'] ?? []),
}
