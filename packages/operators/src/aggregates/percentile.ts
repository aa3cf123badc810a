/**
 * PERCENTILE by DDSketch (C. Masson, J. E. Rim, H. K. Lee, DDSketch: a fast and fully-mergeable quantile
 * sketch with relative-error guarantees, VLDB 2019): values are counted in bins whose bounds grow by γ,
 * so the middle of a bin is within 1 % of every value in it. A value is taken back from its bin.
 *
 * Bins are never collapsed, so the bound holds for every percentile; there are 115 for each power of
 * ten that the values span. Zero and the infinities have bins of their own; NaN is the greatest.
 */
import type { Batch, ColumnBuilder } from '@belay/columns'
import type { StateField, StateRegistry } from '@belay/engine/operator'
import { readNumber } from '../rows/rowCodec.ts'
import { numberField, type Accumulator, type Assigned, type StateRows } from './accumulator.ts'
import { GroupedCounts } from './groupedCounts.ts'

const RELATIVE_ERROR = 0.01
const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
const LOG_GAMMA = Math.log(GAMMA)
/** Above every number of a bin, so that those of negative values are below 0. A state format, as is γ. */
const OFFSET = 100_000

export interface PercentileOptions {
  readonly name: string
  readonly column: number
  /** Digits behind the point of a decimal column, else 0. */
  readonly scale: number
  /** 0 to 1. */
  readonly percentile: number
  /** Position of the group's number in the state row. */
  readonly id: number
}

/** In the order of the values. */
export function binOf(value: number): number {
  if (value === 0 || !Number.isFinite(value)) return value
  const bin = Math.ceil(Math.log(Math.abs(value)) / LOG_GAMMA) + OFFSET
  return value > 0 ? bin : -bin
}

export function middleOf(bin: number): number {
  if (bin === 0 || !Number.isFinite(bin)) return bin
  // Rounding could lead beyond the greatest number.
  const middle = Math.min(Math.exp((Math.abs(bin) - OFFSET) * LOG_GAMMA) * (2 / (GAMMA + 1)), Number.MAX_VALUE)
  return bin > 0 ? middle : -middle
}

export class Percentile implements Accumulator {
  readonly fields: readonly StateField[]
  readonly #options: PercentileOptions
  readonly #scale: number
  readonly #bins: GroupedCounts

  constructor(options: PercentileOptions, registry: StateRegistry) {
    this.#options = options
    this.#scale = 10 ** options.scale
    this.fields = [numberField(`${options.name}:count`)]
    this.#bins = new GroupedCounts(options.name, registry)
  }

  add(state: StateRows, base: number, batch: Batch, { rows, slots, signs, passes }: Assigned): void {
    const column = batch.columns[this.#options.column]
    if (column.storage !== 'number' && column.storage !== 'i64') return
    const counts = state.numbers(base)
    const ids = state.numbers(this.#options.id)
    for (let row = 0; row < rows; row += 1) {
      const slot = slots[row]
      if (slot < 0 || (passes !== undefined && passes[row] === 0) || column.nulls?.[row] === 1) continue
      const sign = signs === undefined ? 1 : signs[row]
      this.#bins.writer.begin()
      this.#bins.writer.number(binOf(Number(column.values[row]) / this.#scale))
      if (this.#bins.add(ids[slot], sign)) counts[slot] += sign
    }
  }

  merge(state: StateRows, base: number, into: number, from: number): void {
    const ids = state.numbers(this.#options.id)
    this.#bins.merge(ids[into], ids[from])
    state.numbers(base)[into] += state.numbers(base)[from]
  }

  result(state: StateRows, base: number, row: number, builder: ColumnBuilder): void {
    if (builder.storage !== 'number') return
    const count = state.numbers(base)[row]
    if (count === 0) return builder.pushNull()
    const bins = this.#bins
      .valuesOf(state.numbers(this.#options.id)[row])
      .map((value) => ({ bin: readNumber(this.#bins.bytes, value.at), count: value.count }))
      .sort((a, b) => Number(Number.isNaN(a.bin)) - Number(Number.isNaN(b.bin)) || (a.bin < b.bin ? -1 : 1))
    let rank = Math.floor(this.#options.percentile * (count - 1))
    for (const { bin, count: many } of bins) {
      if (rank < many) return builder.push(middleOf(bin))
      rank -= many
    }
  }

  forget(state: StateRows, _base: number, row: number): void {
    this.#bins.forget(state.numbers(this.#options.id)[row])
  }
}
