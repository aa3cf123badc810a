/**
 * The first rows of groups: at most N of each, or, with ties, all whose rank is at most N (rows that are
 * equal by the order share a rank). Rows that cannot be among them any more are forgotten at once.
 */
import type { Batch } from '@belay/columns'
import type { StateMultimap, StateRegistry, StateTable } from '@belay/engine/operator'
import { numberField } from '../aggregates/accumulator.ts'
import type { RowOrder } from './rowOrder.ts'

export interface BestRowsOptions {
  readonly n: number
  readonly ties: boolean
}

/** A row of a group with its rank. */
export interface RankedRow {
  readonly entry: number
  readonly rank: number
}

export class BestRows {
  readonly #options: BestRowsOptions
  readonly #order: RowOrder
  readonly #rows: StateMultimap

  constructor(name: string, options: BestRowsOptions, order: RowOrder, registry: StateRegistry) {
    this.#options = options
    this.#order = order
    this.#rows = registry.multimap(name, {
      version: 1,
      key: [numberField('group')],
      value: [{ name: 'row', type: 'string', nullable: false }],
    })
  }

  get sizeBytes(): number {
    return this.#rows.sizeBytes
  }

  #first(group: number): number {
    this.#rows.key.begin()
    this.#rows.key.number(group)
    return this.#rows.first()
  }

  /** Value columns a group's state row needs: how many rows it has, and the last of them. */
  static readonly fields = [numberField('rows'), numberField('worst')]

  /** True only if a row of the group cannot be among the first: it need not be written, nor offered. */
  isHopeless(groups: StateTable, base: number, slot: number, batch: Batch, row: number): boolean {
    if (groups.numbers(base)[slot] < this.#options.n) return false
    return this.#order.isBehind(batch, row, this.#rows.textBytes, this.#rows.textFrom(groups.numbers(base + 1)[slot], 0))
  }

  /** The group's only row; −1 = it has none, or several. */
  only(groups: StateTable, base: number, slot: number): number {
    return groups.numbers(base)[slot] === 1 ? groups.numbers(base + 1)[slot] : -1
  }

  /**
   * Offers the row in the order's writer; true if the group has changed. `base`: where `fields` lie in the
   * state row. `beforeChange` is called while the group's rows are still what they were.
   */
  offer(groups: StateTable, base: number, slot: number, group: number, beforeChange?: (slot: number) => void): boolean {
    const { n, ties } = this.#options
    const rows = this.#rows
    const order = this.#order
    const counts = groups.numbers(base)
    const worsts = groups.numbers(base + 1)
    const { bytes, length } = order.writer
    const count = counts[slot]
    if (count >= n) {
      const worstAt = rows.textFrom(worsts[slot], 0)
      const against = ties ? order.compareOrder(bytes, 0, rows.textBytes, worstAt) : order.compare(bytes, 0, rows.textBytes, worstAt)
      if (ties ? against > 0 : against >= 0) return false
      beforeChange?.(slot)
      if (!ties) {
        rows.setBytes(worsts[slot], 0, bytes, 0, length)
        if (n > 1) worsts[slot] = this.#worst(group)
        return true
      }
    } else beforeChange?.(slot)
    rows.key.begin()
    rows.key.number(group)
    const entry = rows.add()
    rows.setBytes(entry, 0, bytes, 0, length)
    counts[slot] = count + 1
    if (count === 0 || order.compare(bytes, 0, rows.textBytes, rows.textFrom(worsts[slot], 0)) > 0) worsts[slot] = entry
    if (count + 1 > n) this.#dropWorst(groups, base, slot, group)
    return true
  }

  /** With ties: the rows that share the last rank go if enough are better. */
  #dropWorst(groups: StateTable, base: number, slot: number, group: number): void {
    const rows = this.#rows
    const counts = groups.numbers(base)
    const worst = groups.numbers(base + 1)[slot]
    const equal: number[] = []
    for (let entry = this.#first(group); entry >= 0; entry = rows.next(entry))
      if (this.#order.compareOrder(rows.textBytes, rows.textFrom(entry, 0), rows.textBytes, rows.textFrom(worst, 0)) === 0)
        equal.push(entry)
    if (counts[slot] - equal.length < this.#options.n) return
    for (const entry of equal) rows.remove(entry)
    counts[slot] -= equal.length
    groups.numbers(base + 1)[slot] = this.#worst(group)
  }

  #worst(group: number): number {
    const rows = this.#rows
    let worst = -1
    for (let entry = this.#first(group); entry >= 0; entry = rows.next(entry)) {
      if (worst < 0 || this.#order.compare(rows.textBytes, rows.textFrom(entry, 0), rows.textBytes, rows.textFrom(worst, 0)) > 0)
        worst = entry
    }
    return worst
  }

  /** The group's rows in order. */
  ranked(group: number): readonly RankedRow[] {
    const rows = this.#rows
    const entries: number[] = []
    for (let entry = this.#first(group); entry >= 0; entry = rows.next(entry)) entries.push(entry)
    const bytes = rows.textBytes
    entries.sort((a, b) => this.#order.compare(bytes, rows.textFrom(a, 0), bytes, rows.textFrom(b, 0)))
    let rank = 0
    return entries.map((entry, i): RankedRow => {
      const before = entries[i - 1]
      const shares =
        this.#options.ties &&
        before !== undefined &&
        this.#order.compareOrder(bytes, rows.textFrom(before, 0), bytes, rows.textFrom(entry, 0)) === 0
      if (!shares) rank = i + 1
      return { entry, rank }
    })
  }

  get bytes(): Uint8Array {
    return this.#rows.textBytes
  }

  at(entry: number): number {
    return this.#rows.textFrom(entry, 0)
  }

  to(entry: number): number {
    return this.#rows.textTo(entry, 0)
  }

  forget(group: number): void {
    for (let entry = this.#first(group); entry >= 0; entry = this.#first(group)) this.#rows.remove(entry)
  }
}
