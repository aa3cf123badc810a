/**
 * Top N without windows: the first rows of each group, kept up to date. At the end of each streaming
 * window it gives the net of what has changed (engine-spec C1).
 *
 * State: for each group the rows it needs. Where rows only come these are the first N, which are also what
 * was sent last: what they were before is kept from their first change to the end of the streaming window,
 * so never in a checkpoint. Where rows are taken back it is all of them, and the rows sent last.
 */
import { fieldIndex, ROW_KIND, type Batch, type Schema } from '@belay/columns'
import type { Emitter, OperatorContext, OperatorModule, TransformOperator, WindowEnd } from '@belay/engine/operator'
import { numberField } from '../aggregates/accumulator.ts'
import { BestRows } from '../ranking/bestRows.ts'
import { RowOrder } from '../ranking/rowOrder.ts'
import { ChangeBuilder } from '../rows/changeBuilder.ts'
import { Expiry } from '../rows/expiry.ts'
import { ChangedSlots, Groups } from '../rows/groups.ts'
import { RowBag } from '../rows/rowBag.ts'
import { RowWriter, sameBytes } from '../rows/rowCodec.ts'
import type { RankConfig } from './manifest.ts'

/** Value columns of a group, after its number: its time, then either what `BestRows` needs or the rows sent last. */
const TIME = 1
const BASE = 2
const SENT = 2
const NONE = new Uint8Array(0)

/** A row in some memory: `[from, to)`, as the order writes it. */
interface Piece {
  readonly bytes: Uint8Array
  readonly from: number
  readonly to: number
}

class Rank implements TransformOperator {
  readonly role = 'transform'
  readonly #context: OperatorContext<RankConfig>
  readonly #partition: readonly number[]
  readonly #order: RowOrder
  readonly #groups: Groups
  /** Rows only come: the first N are enough. */
  readonly #best: BestRows | null
  /** Rows are taken back: any of them may become one of the first. */
  readonly #all: RowBag | null
  readonly #expiry: Expiry
  readonly #changed = new ChangedSlots()
  /** By state row of a group that changed in this streaming window: its rows before, if it had any. Empty at every window end. */
  readonly #before = new Map<number, Uint8Array>()
  readonly #changes: ChangeBuilder
  readonly #writer = new RowWriter()
  readonly #width: number
  #sent = 0

  constructor(context: OperatorContext<RankConfig>, input: Schema) {
    const { config, state } = context
    this.#context = context
    this.#width = input.length
    this.#partition = config.partition.map((name) => fieldIndex(input, name))
    this.#order = new RowOrder(config.orderBy, input)
    this.#expiry = new Expiry(config.ttlMs ?? 0, fieldIndex(input, context.eventTimes['in'] ?? ''))
    const retractable = context.changes['in']?.kind === 'changes'
    this.#groups = new Groups(
      'groups',
      this.#partition.map((at) => input[at]),
      [numberField('time'), ...(retractable ? [{ name: 'sent', type: 'string', nullable: true } as const] : BestRows.fields)],
      state,
    )
    this.#best = retractable ? null : new BestRows('rows', { n: config.n, ties: false }, this.#order, state)
    this.#all = retractable ? new RowBag('rows', true, state) : null
    this.#changes = new ChangeBuilder(context.outputs['out'] ?? [])
  }

  process(_port: number, batch: Batch, from: number): number {
    const { table } = this.#groups
    let orphaned = 0
    for (let row = from; row < batch.rows; row += 1) {
      const takesBack = batch.kinds !== undefined && (batch.kinds[row] & 1) === 1
      const slot = takesBack ? this.#groups.find(this.#partition, batch, row) : this.#groups.slotOf(this.#partition, batch, row)
      if (slot < 0 || !this.#apply(batch, row, slot, takesBack)) {
        if (takesBack) orphaned += 1
        if (slot >= 0) this.#expiry.touch(table.numbers(TIME), slot, batch, row)
        continue
      }
      this.#expiry.touch(table.numbers(TIME), slot, batch, row)
      this.#changed.add(slot)
    }
    if (orphaned > 0) this.#context.count('orphaned', orphaned)
    return batch.rows
  }

  /** False if the group's first rows cannot have changed. */
  #apply(batch: Batch, row: number, slot: number, takesBack: boolean): boolean {
    if (this.#best?.isHopeless(this.#groups.table, BASE, slot, batch, row) === true) return false
    this.#order.encode(batch, row)
    const { bytes, length } = this.#order.writer
    const group = this.#groups.id(slot)
    if (this.#best !== null) return !takesBack && this.#best.offer(this.#groups.table, BASE, slot, group, this.#keepSent)
    if (takesBack) return this.#all?.remove(group, bytes, 0, length) === true
    this.#all?.add(group, bytes, 0, length, 0)
    return true
  }

  endWindow(end: WindowEnd, out: Emitter): boolean {
    while (this.#sent < this.#changed.size) {
      if (out.full) return false
      while (this.#sent < this.#changed.size && !this.#changes.full) {
        this.#net(this.#changed.at(this.#sent))
        this.#sent += 1
      }
      const batch = this.#changes.finish()
      if (out.connected(0)) out.emit(0, batch)
    }
    const { table } = this.#groups
    for (const slot of this.#changed.descending()) if (this.#isEmpty(slot)) table.remove(slot)
    this.#changed.clear()
    this.#before.clear()
    this.#sent = 0
    this.#expiry.expired(end.watermark, table, TIME, (slot) => {
      this.#best?.forget(this.#groups.id(slot))
      this.#all?.forget(this.#groups.id(slot))
      table.remove(slot)
    })
    return true
  }

  #isEmpty(slot: number): boolean {
    return this.#all !== null && this.#all.first(this.#groups.id(slot)) < 0
  }

  /** The group's first rows now, in order. */
  #firstRows(slot: number): readonly Piece[] {
    const best = this.#best
    const group = this.#groups.id(slot)
    if (best !== null) {
      const { bytes } = best
      const only = best.only(this.#groups.table, BASE, slot)
      if (only >= 0) return [{ bytes, from: best.at(only), to: best.to(only) }]
      return best.ranked(group).map(({ entry }) => ({ bytes, from: best.at(entry), to: best.to(entry) }))
    }
    const all = this.#all
    if (all === null) return []
    const pieces: Piece[] = []
    for (let entry = all.first(group); entry >= 0; entry = all.next(entry))
      for (let k = Math.min(all.count(entry), this.#context.config.n); k > 0; k -= 1)
        pieces.push({ bytes: all.bytes, from: all.from(entry), to: all.to(entry) })
    return pieces.sort((a, b) => this.#order.compare(a.bytes, a.from, b.bytes, b.from)).slice(0, this.#context.config.n)
  }

  /** Called before a group changes: at its first change in this window its rows are what was sent last. */
  readonly #keepSent = (slot: number): void => {
    if (this.#changed.has(slot)) return
    const rows = this.#firstRows(slot)
    if (rows.length > 0) this.#before.set(slot, this.#joined(rows))
  }

  #joined(pieces: readonly Piece[]): Uint8Array {
    this.#writer.begin()
    for (const piece of pieces) this.#writer.append(piece.bytes, piece.from, piece.to)
    return this.#writer.bytes.slice(0, this.#writer.length)
  }

  #sentBytes(slot: number): Uint8Array {
    if (this.#best !== null) return this.#before.get(slot) ?? NONE
    const { table } = this.#groups
    // A copy: setting the new list moves texts about.
    return table.nulls(SENT)[slot] === 1 ? NONE : table.textBytes.slice(table.textFrom(slot, SENT), table.textTo(slot, SENT))
  }

  /** The rows sent last, in order. */
  #sentRows(slot: number): readonly Piece[] {
    const bytes = this.#sentBytes(slot)
    const pieces: Piece[] = []
    for (let at = 0; at < bytes.length;) {
      const to = this.#order.end(bytes, at)
      pieces.push({ bytes, from: at, to })
      at = to
    }
    return pieces
  }

  #net(slot: number): void {
    const before = this.#sentRows(slot)
    const now = this.#firstRows(slot)
    if (this.#context.config.rank !== '') this.#byRank(before, now)
    else this.#byRow(before, now)
    if (this.#best !== null) return
    const sent = this.#joined(now)
    this.#groups.table.setBytes(slot, SENT, sent, 0, sent.length)
  }

  #byRank(before: readonly Piece[], now: readonly Piece[]): void {
    for (let i = 0; i < Math.max(before.length, now.length); i += 1) {
      const old = before[i]
      const fresh = now[i]
      if (old !== undefined && fresh !== undefined) {
        if (same(old, fresh)) continue
        this.#push(old, i + 1, ROW_KIND.updateBefore)
        this.#push(fresh, i + 1, ROW_KIND.updateAfter)
      } else if (old !== undefined) this.#push(old, i + 1, ROW_KIND.delete)
      else if (fresh !== undefined) this.#push(fresh, i + 1, ROW_KIND.insert)
    }
  }

  /** Ranks are not shown: a row that only moved has not changed. */
  #byRow(before: readonly Piece[], now: readonly Piece[]): void {
    const left = [...before]
    const fresh = now.filter((piece) => {
      const at = left.findIndex((other) => same(other, piece))
      if (at >= 0) left.splice(at, 1)
      return at < 0
    })
    for (let i = 0; i < Math.max(left.length, fresh.length); i += 1) {
      const pair = i < left.length && i < fresh.length
      if (i < left.length) this.#push(left[i], 0, pair ? ROW_KIND.updateBefore : ROW_KIND.delete)
      if (i < fresh.length) this.#push(fresh[i], 0, pair ? ROW_KIND.updateAfter : ROW_KIND.insert)
    }
  }

  #push(piece: Piece, place: number, kind: number): void {
    const { columns } = this.#changes
    this.#order.read(piece.bytes, piece.from, columns)
    const column = columns[this.#width]
    if (column?.storage === 'number') column.push(place)
    this.#changes.endRow(kind)
  }
}

function same(a: Piece, b: Piece): boolean {
  return sameBytes(a.bytes, a.from, a.to, b.bytes, b.from, b.to)
}

export const module: OperatorModule<RankConfig> = {
  rehearses: true,
  create: (context) => new Rank(context, context.inputs['in'] ?? []),
}
