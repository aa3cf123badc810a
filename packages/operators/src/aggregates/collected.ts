/**
 * ARRAY_AGG and TOP_K: the values of a group with how often each is there, so they can be taken back.
 * The order of rows inside a window is free (H12), so results are ordered by value.
 */
import type { Batch, ColumnBuilder } from '@belay/columns'
import type { StateField, StateRegistry } from '@belay/engine/operator'
import { RowFailure } from '@belay/expressions'
import { compareEncoded } from '../rows/encodedOrder.ts'
import { readRow } from '../rows/rowCodec.ts'
import { numberField, type Accumulator, type Assigned, type StateRows } from './accumulator.ts'
import { GroupedCounts, type CountedValue } from './groupedCounts.ts'

/** Items of an array that ARRAY_AGG gives. */
const MAX_ITEMS = 10_000

export interface CollectedOptions {
  readonly name: string
  readonly column: number
  /** The most frequent ones; null = all, NULL too, each as often as it is there. */
  readonly most: number | null
  /** Position of the group's number in the state row. */
  readonly id: number
}

export class Collected implements Accumulator {
  readonly fields: readonly StateField[]
  readonly #options: CollectedOptions
  readonly #values: GroupedCounts

  constructor(options: CollectedOptions, registry: StateRegistry) {
    this.#options = options
    this.fields = [numberField(`${options.name}:count`)]
    this.#values = new GroupedCounts(options.name, registry)
  }

  add(state: StateRows, base: number, batch: Batch, { rows, slots, signs, passes }: Assigned): void {
    const column = batch.columns[this.#options.column]
    const nulls = this.#options.most === null ? undefined : column.nulls
    const counts = state.numbers(base)
    const ids = state.numbers(this.#options.id)
    const { writer } = this.#values
    for (let row = 0; row < rows; row += 1) {
      const slot = slots[row]
      if (slot < 0 || (passes !== undefined && passes[row] === 0) || (nulls !== undefined && nulls[row] === 1)) continue
      const sign = signs === undefined ? 1 : signs[row]
      writer.begin()
      writer.value(column, row)
      if (this.#values.add(ids[slot], sign)) counts[slot] += sign
    }
  }

  merge(state: StateRows, base: number, into: number, from: number): void {
    const ids = state.numbers(this.#options.id)
    this.#values.merge(ids[into], ids[from])
    state.numbers(base)[into] += state.numbers(base)[from]
  }

  result(state: StateRows, base: number, row: number, builder: ColumnBuilder): void {
    if (builder.storage !== 'array') return
    const { most, id, name } = this.#options
    const count = state.numbers(base)[row]
    if (count === 0) return builder.pushNull()
    if (most === null && count > MAX_ITEMS)
      throw new RowFailure(
        'ARRAY_TOO_LONG',
        `${name}: an array can have ${MAX_ITEMS} items, and there are ${count}. Use smaller windows or a filter, or ask for the most frequent values only.`,
      )
    const values = this.#values.valuesOf(state.numbers(id)[row])
    const { bytes } = this.#values
    const byValue = (a: CountedValue, b: CountedValue): number => compareEncoded(bytes, a.at, bytes, b.at)
    if (most === null) values.sort(byValue)
    else values.sort((a, b) => b.count - a.count || byValue(a, b)).splice(most)
    const items = [builder.items]
    for (const value of values) for (let times = most === null ? value.count : 1; times > 0; times -= 1) readRow(bytes, value.at, items)
    builder.endArray()
  }

  forget(state: StateRows, _base: number, row: number): void {
    this.#values.forget(state.numbers(this.#options.id)[row])
  }
}
