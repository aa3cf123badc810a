/**
 * Join of two streams by key: each row meets all rows of the other side that are there.
 *
 * State: the rows of both sides by key. Pairs of an inner join of rows that only come go out at once;
 * everything else is summed up until the streaming window ends and goes out as its net (engine-spec C1).
 */
import { BatchBuilder, fieldIndex, ROW_KIND, type Batch, type Schema } from '@belay/columns'
import type { Emitter, OperatorContext, OperatorModule, StateTable, TransformOperator, WindowEnd } from '@belay/engine/operator'
import { numberField } from '../aggregates/accumulator.ts'
import { keepsLeft, keepsRight, leftOnly } from '../joining/columns.ts'
import { Pairs, type KeptRow } from '../joining/pairs.ts'
import { ChangeBuilder } from '../rows/changeBuilder.ts'
import { Expiry } from '../rows/expiry.ts'
import { ChangedSlots, Groups } from '../rows/groups.ts'
import { RowBag } from '../rows/rowBag.ts'
import { readRow, RowWriter } from '../rows/rowCodec.ts'
import type { RegularJoinConfig } from './manifest.ts'

const LEFT = 0
const RIGHT = 1
/** Value columns of a key, after its number: rows of either side, equal ones counted. */
const ROWS = [1, 2] as const
const NULL_TAG = Uint8Array.of(0)

interface Side {
  readonly keys: readonly number[]
  readonly width: number
  readonly bag: RowBag
  readonly expiry: Expiry
  /** Rows without a match come out with NULLs. */
  readonly kept: boolean
}

/** Where a row of an inner join stopped because the outputs were full. */
interface Resume {
  readonly entry: number
  /** How often the pair has been sent already. */
  readonly sent: number
}

class RegularJoin implements TransformOperator {
  readonly role = 'transform'
  readonly #context: OperatorContext<RegularJoinConfig>
  readonly #sides: readonly [Side, Side]
  readonly #groups: Groups
  readonly #pairs: Pairs
  readonly #row = new RowWriter()
  readonly #other = new RowWriter()
  /** Rows that only come, sent as they are found. */
  readonly #results: BatchBuilder | null
  /** How often each result row came (or went) in this streaming window; empty at its end. */
  readonly #pending: StateTable | null
  readonly #pairBytes = new RowWriter()
  readonly #changes: ChangeBuilder
  /** Keys that lost a row in this streaming window. */
  readonly #lost = new ChangedSlots()
  #resume: Resume | null = null

  constructor(context: OperatorContext<RegularJoinConfig>) {
    const { config, state, inputs } = context
    this.#context = context
    const left = inputs['left'] ?? []
    const right = inputs['right'] ?? []
    const retractable = (port: string): boolean => context.changes[port]?.kind !== 'append'
    const side = (port: 'left' | 'right', schema: Schema): Side => ({
      keys: config.on.map((pair) => fieldIndex(schema, pair[port])),
      width: schema.length,
      bag: new RowBag(port, retractable(port), state),
      expiry: new Expiry(config.ttlMs ?? 0, fieldIndex(schema, context.eventTimes[port] ?? '')),
      kept: port === 'left' ? keepsLeft(config.type) : keepsRight(config.type),
    })
    this.#sides = [side('left', left), side('right', right)]
    this.#groups = new Groups(
      'keys',
      this.#sides[LEFT].keys.map((at) => left[at]),
      [numberField('left'), numberField('right')],
      state,
    )
    this.#pairs = new Pairs(left.length, leftOnly(config.type) ? 0 : right.length)
    const appends = config.type === 'inner' && !retractable('left') && !retractable('right')
    const schema = context.outputs['out'] ?? []
    this.#results = appends ? new BatchBuilder(schema) : null
    this.#changes = new ChangeBuilder(schema)
    this.#pending = appends
      ? null
      : state.table('pending', {
          version: 1,
          key: [{ name: 'row', type: 'string', nullable: false }],
          value: [numberField('count')],
        })
  }

  process(port: number, batch: Batch, from: number, out: Emitter): number {
    const side = this.#sides[port]
    for (let row = from; row < batch.rows; row += 1) {
      const takesBack = batch.kinds !== undefined && (batch.kinds[row] & 1) === 1
      if (side.keys.some((at) => isNull(batch, at, row))) {
        this.#withoutKey(port, batch, row, takesBack)
        continue
      }
      if (this.#results === null) this.#change(port, batch, row, takesBack)
      else if (!this.#append(port, batch, row, this.#results, out)) return row
    }
    if (this.#results !== null && this.#results.rows > 0) out.emit(0, this.#results.finish())
    return batch.rows
  }

  /** NULL never matches: the row is not kept. */
  #withoutKey(port: number, batch: Batch, row: number, takesBack: boolean): void {
    const anti = this.#context.config.type === 'anti' && port === LEFT
    if (!this.#sides[port].kept && !anti) return
    this.#row.row(batch.columns, row)
    this.#put(port, this.#row, null, takesBack ? -1 : 1)
  }

  /** Rows only come: pairs go out at once. False = the outputs are full, and the row is to be given again. */
  #append(port: number, batch: Batch, row: number, results: BatchBuilder, out: Emitter): boolean {
    const side = this.#sides[port]
    const other = this.#sides[1 - port]
    if (this.#resume === null && out.full) return false
    const slot = this.#groups.slotOf(side.keys, batch, row)
    const group = this.#groups.id(slot)
    this.#row.row(batch.columns, row)
    if (this.#resume === null) {
      side.bag.add(group, this.#row.bytes, 0, this.#row.length, side.expiry.timeOf(batch, row))
      this.#groups.table.numbers(ROWS[port])[slot] += 1
    }
    const own: KeptRow = { bytes: this.#row.bytes, from: 0, to: this.#row.length }
    // Most keys of some joins have no rows on the other side: that is known without looking for them.
    let entry = this.#resume?.entry ?? (this.#groups.table.numbers(ROWS[1 - port])[slot] > 0 ? other.bag.first(group) : -1)
    let sent = this.#resume?.sent ?? 0
    this.#resume = null
    for (; entry >= 0; entry = other.bag.next(entry), sent = 0) {
      const match: KeptRow = { bytes: other.bag.bytes, from: other.bag.from(entry), to: other.bag.to(entry) }
      for (const count = other.bag.count(entry); sent < count; sent += 1) {
        if (results.full) {
          out.emit(0, results.finish())
          if (out.full) {
            this.#resume = { entry, sent }
            return false
          }
        }
        this.#pairs.push(results.columns, port === LEFT ? own : match, port === LEFT ? match : own)
        results.endRow()
      }
    }
    return true
  }

  /** Adds what one row changes to the net of the window. */
  #change(port: number, batch: Batch, row: number, takesBack: boolean): void {
    const side = this.#sides[port]
    const other = this.#sides[1 - port]
    const slot = takesBack ? this.#groups.find(side.keys, batch, row) : this.#groups.slotOf(side.keys, batch, row)
    this.#row.row(batch.columns, row)
    const { bytes, length } = this.#row
    const sign = takesBack ? -1 : 1
    if (slot < 0 || (takesBack && !side.bag.remove(this.#groups.id(slot), bytes, 0, length))) {
      this.#context.count('orphaned', 1)
      return
    }
    const group = this.#groups.id(slot)
    if (!takesBack) side.bag.add(group, bytes, 0, length, side.expiry.timeOf(batch, row))
    const { table } = this.#groups
    table.numbers(ROWS[port])[slot] += sign
    if (takesBack) this.#lost.add(slot)
    const own = table.numbers(ROWS[port])[slot]
    const others = table.numbers(ROWS[1 - port])[slot]
    const { type } = this.#context.config
    if (leftOnly(type)) {
      this.#changeLeft(port, group, sign, own, others)
      return
    }
    for (let entry = other.bag.first(group); entry >= 0; entry = other.bag.next(entry)) {
      const match: KeptRow = { bytes: other.bag.bytes, from: other.bag.from(entry), to: other.bag.to(entry) }
      this.#put(port, this.#row, match, sign * other.bag.count(entry))
    }
    if (others === 0 && side.kept) this.#put(port, this.#row, null, sign)
    // The first match of the other side's rows takes back their NULLs, the last one that goes brings them again.
    if (other.kept && own === (takesBack ? 0 : 1)) this.#putAll(1 - port, group, -sign)
  }

  /** Semi and anti join: left rows come and go with the first and last row of the right side. */
  #changeLeft(port: number, group: number, sign: number, own: number, others: number): void {
    const semi = this.#context.config.type === 'semi'
    if (port === LEFT) {
      if (others > 0 === semi) this.#put(LEFT, this.#row, null, sign)
      return
    }
    if (own === (sign > 0 ? 1 : 0)) this.#putAll(LEFT, group, semi ? sign : -sign)
  }

  /** All rows of a side without a match, so many times. */
  #putAll(port: number, group: number, sign: number): void {
    const { bag } = this.#sides[port]
    for (let entry = bag.first(group); entry >= 0; entry = bag.next(entry)) {
      this.#other.begin()
      this.#other.append(bag.bytes, bag.from(entry), bag.to(entry))
      this.#put(port, this.#other, null, sign * bag.count(entry))
    }
  }

  /** Notes that a pair came (or went) so many times. */
  #put(port: number, own: RowWriter, match: KeptRow | null, count: number): void {
    const pending = this.#pending
    if (pending === null) return
    const writer = this.#pairBytes
    writer.begin()
    if (port === RIGHT) this.#appendSide(writer, LEFT, match)
    writer.append(own.bytes, 0, own.length)
    if (port === LEFT && !leftOnly(this.#context.config.type)) this.#appendSide(writer, RIGHT, match)
    pending.key.begin()
    pending.key.bytes(writer.bytes, 0, writer.length)
    const slot = pending.slotFor()
    const counts = pending.numbers(0)
    counts[slot] += count
    if (counts[slot] === 0) pending.remove(slot)
  }

  #appendSide(writer: RowWriter, port: number, row: KeptRow | null): void {
    if (row !== null) return writer.append(row.bytes, row.from, row.to)
    for (let i = this.#sides[port].width; i > 0; i -= 1) writer.append(NULL_TAG, 0, 1)
  }

  endWindow(end: WindowEnd, out: Emitter): boolean {
    const pending = this.#pending
    while (pending !== null && pending.size > 0) {
      if (out.full) return false
      while (pending.size > 0 && !this.#changes.full) this.#send(pending)
      const batch = this.#changes.finish()
      if (out.connected(0)) out.emit(0, batch)
    }
    for (const slot of this.#lost.descending()) this.#removeIfEmpty(slot)
    this.#lost.clear()
    for (const port of [LEFT, RIGHT]) this.#expire(port, end.watermark)
    return true
  }

  /** The last pending row, once; it goes when it has been sent as often as it counts. */
  #send(pending: StateTable): void {
    const slot = pending.size - 1
    const counts = pending.numbers(0)
    const kind = counts[slot] > 0 ? ROW_KIND.insert : ROW_KIND.delete
    const key = pending.keyBytes(slot)
    // The key is one text: a tag and its length stand before the row.
    readRow(key, 5, this.#changes.columns)
    this.#changes.endRow(kind)
    counts[slot] -= Math.sign(counts[slot])
    if (counts[slot] === 0) pending.remove(slot)
  }

  /** Rows of a side that are too old are forgotten; what they led to stays (C4). */
  #expire(port: number, watermark: number): void {
    const { bag, expiry } = this.#sides[port]
    if (!expiry.due(watermark)) return
    const gone = new Map<number, number>()
    bag.forEachGroup((group, first) => {
      for (let entry = first; entry >= 0;) {
        const next = bag.next(entry)
        if (expiry.isExpired(bag.time(entry), watermark)) {
          gone.set(group, (gone.get(group) ?? 0) + bag.count(entry))
          bag.drop(group, entry)
        }
        entry = next
      }
    })
    if (gone.size === 0) return
    const { table } = this.#groups
    const rows = table.numbers(ROWS[port])
    table.forEach((slot) => {
      rows[slot] -= gone.get(this.#groups.id(slot)) ?? 0
      this.#removeIfEmpty(slot)
    })
  }

  #removeIfEmpty(slot: number): void {
    const { table } = this.#groups
    if (table.numbers(ROWS[LEFT])[slot] === 0 && table.numbers(ROWS[RIGHT])[slot] === 0) table.remove(slot)
  }
}

function isNull(batch: Batch, column: number, row: number): boolean {
  const { nulls } = batch.columns[column]
  return nulls !== undefined && nulls[row] === 1
}

export const module: OperatorModule<RegularJoinConfig> = {
  rehearses: true,
  create: (context) => new RegularJoin(context),
}
