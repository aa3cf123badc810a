/** STDDEV_SAMP, STDDEV_POP, VAR_SAMP and VAR_POP: they can be taken back. */
import type { Batch, ColumnBuilder } from '@belay/columns'
import type { StateField } from '@belay/engine/operator'
import { numberField, type Accumulator, type Assigned, type StateRows } from './accumulator.ts'

export interface SpreadOptions {
  readonly name: string
  readonly column: number
  /** Digits behind the point of a decimal column, else 0. */
  readonly scale: number
  /** Of a sample (n − 1), not of all there is (n). */
  readonly sample: boolean
  /** The deviation, not the variance. */
  readonly root: boolean
}

/** By running mean and sum of squared distances (Welford), which can also go backwards. */
export class Spread implements Accumulator {
  readonly fields: readonly StateField[]
  readonly #column: number
  readonly #scale: number
  readonly #sample: boolean
  readonly #root: boolean

  constructor({ name, column, scale, sample, root }: SpreadOptions) {
    this.fields = [numberField(`${name}:count`), numberField(`${name}:mean`), numberField(`${name}:squares`)]
    this.#column = column
    this.#scale = 10 ** scale
    this.#sample = sample
    this.#root = root
  }

  add(state: StateRows, base: number, batch: Batch, { rows, slots, signs, passes }: Assigned): void {
    const column = batch.columns[this.#column]
    if (column.storage !== 'number' && column.storage !== 'i64') return
    const counts = state.numbers(base)
    const means = state.numbers(base + 1)
    const squares = state.numbers(base + 2)
    for (let row = 0; row < rows; row += 1) {
      const slot = slots[row]
      if (slot < 0 || (passes !== undefined && passes[row] === 0) || column.nulls?.[row] === 1) continue
      const value = Number(column.values[row]) / this.#scale
      if (signs !== undefined && signs[row] < 0) {
        const count = counts[slot] - 1
        counts[slot] = count
        if (count <= 0) {
          means[slot] = 0
          squares[slot] = 0
          continue
        }
        const mean = means[slot] - (value - means[slot]) / count
        squares[slot] = Math.max(0, squares[slot] - (value - means[slot]) * (value - mean))
        means[slot] = mean
      } else {
        counts[slot] += 1
        const distance = value - means[slot]
        means[slot] += distance / counts[slot]
        squares[slot] += distance * (value - means[slot])
      }
    }
  }

  merge(state: StateRows, base: number, into: number, from: number): void {
    const counts = state.numbers(base)
    const means = state.numbers(base + 1)
    const squares = state.numbers(base + 2)
    const count = counts[into] + counts[from]
    if (count === 0) return
    const distance = means[from] - means[into]
    squares[into] += squares[from] + (distance * distance * counts[into] * counts[from]) / count
    means[into] += (distance * counts[from]) / count
    counts[into] = count
  }

  result(state: StateRows, base: number, row: number, builder: ColumnBuilder): void {
    if (builder.storage !== 'number') return
    const count = state.numbers(base)[row]
    const freedom = this.#sample ? count - 1 : count
    if (freedom < 1) return builder.pushNull()
    const variance = state.numbers(base + 2)[row] / freedom
    builder.push(this.#root ? Math.sqrt(variance) : variance)
  }

  forget(): void {}
}
