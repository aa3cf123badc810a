/**
 * COUNT, SUM and AVG: what adds up, and can be taken back.
 *
 * Whole numbers (int64, decimal, interval) are summed exactly whatever their size: the sum is
 * `carry · 2^52 + rest`, and `carry` is 0 until the sum leaves ±2^53. Whether it fits its type is asked
 * at the result, so that a sum may leave the range and come back.
 */
import {
  exactOf,
  isDecimal,
  MAX_INT64,
  MIN_INT64,
  roundedQuotient,
  type Batch,
  type Column,
  type ColumnBuilder,
  type LogicalType,
} from '@belay/columns'
import { RowFailure } from '@belay/expressions'
import type { StateField } from '@belay/engine/operator'
import { numberField, type Accumulator, type Assigned, type StateRows } from './accumulator.ts'

const EXACT = 9_007_199_254_740_992
const UNIT = 2n ** 52n
const MAX_DECIMAL = 10n ** 18n - 1n

/** COUNT(*) and COUNT(column). */
export class Count implements Accumulator {
  readonly fields: readonly StateField[]
  readonly #column: number

  /** `column` −1 = rows. */
  constructor(name: string, column: number) {
    this.fields = [numberField(`${name}:count`)]
    this.#column = column
  }

  add(state: StateRows, base: number, batch: Batch, { rows, slots, signs, passes }: Assigned): void {
    const counts = state.numbers(base)
    const nulls = this.#column < 0 ? undefined : batch.columns[this.#column].nulls
    if (signs === undefined && passes === undefined && nulls === undefined) {
      for (let row = 0; row < rows; row += 1) if (slots[row] >= 0) counts[slots[row]] += 1
      return
    }
    for (let row = 0; row < rows; row += 1) {
      const slot = slots[row]
      if (slot < 0 || (passes !== undefined && passes[row] === 0) || (nulls !== undefined && nulls[row] === 1)) continue
      counts[slot] += signs === undefined ? 1 : signs[row]
    }
  }

  merge(state: StateRows, base: number, into: number, from: number): void {
    state.numbers(base)[into] += state.numbers(base)[from]
  }

  result(state: StateRows, base: number, row: number, builder: ColumnBuilder): void {
    if (builder.storage === 'number') builder.push(state.numbers(base)[row])
  }

  forget(): void {}
}

const REST = 0
const CARRY = 1
const COUNTED = 2

/** SUM and AVG of whole numbers. */
export class WholeSum implements Accumulator {
  readonly fields: readonly StateField[]
  readonly #name: string
  readonly #column: number
  readonly #type: LogicalType
  readonly #mean: boolean

  constructor(name: string, column: number, type: LogicalType, mean: boolean) {
    this.fields = [numberField(`${name}:rest`), numberField(`${name}:carry`), numberField(`${name}:count`)]
    this.#name = name
    this.#column = column
    this.#type = type
    this.#mean = mean
  }

  add(state: StateRows, base: number, batch: Batch, { rows, slots, signs, passes }: Assigned): void {
    const column = batch.columns[this.#column]
    const rests = state.numbers(base + REST)
    const counts = state.numbers(base + COUNTED)
    const { nulls } = column
    if (column.storage !== 'number') return this.#addWide(state, base, column, { rows, slots, signs, passes })
    const { values } = column
    for (let row = 0; row < rows; row += 1) {
      const slot = slots[row]
      if (slot < 0 || (passes !== undefined && passes[row] === 0) || (nulls !== undefined && nulls[row] === 1)) continue
      const value = signs === undefined || signs[row] > 0 ? values[row] : -values[row]
      const sum = rests[slot] + value
      if (sum <= EXACT && sum >= -EXACT) rests[slot] = sum
      else this.#carry(state, base, slot, BigInt(value))
      counts[slot] += signs === undefined ? 1 : signs[row]
    }
  }

  #addWide(state: StateRows, base: number, column: Column, { rows, slots, signs, passes }: Assigned): void {
    if (column.storage !== 'i64') throw new TypeError(`a ${column.type} column has no sum`)
    const counts = state.numbers(base + COUNTED)
    for (let row = 0; row < rows; row += 1) {
      const slot = slots[row]
      if (slot < 0 || (passes !== undefined && passes[row] === 0) || column.nulls?.[row] === 1) continue
      const sign = signs === undefined ? 1 : signs[row]
      this.#carry(state, base, slot, sign > 0 ? column.values[row] : -column.values[row])
      counts[slot] += sign
    }
  }

  #carry(state: StateRows, base: number, slot: number, value: bigint): void {
    const rests = state.numbers(base + REST)
    const carries = state.numbers(base + CARRY)
    const sum = BigInt(rests[slot]) + value
    const carry = sum / UNIT
    carries[slot] += Number(carry)
    rests[slot] = Number(sum - carry * UNIT)
  }

  merge(state: StateRows, base: number, into: number, from: number): void {
    state.numbers(base + CARRY)[into] += state.numbers(base + CARRY)[from]
    state.numbers(base + COUNTED)[into] += state.numbers(base + COUNTED)[from]
    this.#carry(state, base, into, BigInt(state.numbers(base + REST)[from]))
  }

  result(state: StateRows, base: number, row: number, builder: ColumnBuilder): void {
    if (builder.storage !== 'number') return
    const count = state.numbers(base + COUNTED)[row]
    if (count === 0) return builder.pushNull()
    const rest = state.numbers(base + REST)[row]
    const carry = state.numbers(base + CARRY)[row]
    if (carry === 0 && !isDecimal(this.#type)) return builder.push(this.#mean ? Math.trunc(rest / count) + 0 : rest)
    let value = BigInt(carry) * UNIT + BigInt(rest)
    if (this.#mean) value = isDecimal(this.#type) ? roundedQuotient(value, BigInt(count)) : value / BigInt(count)
    const most = isDecimal(this.#type) ? MAX_DECIMAL : MAX_INT64
    if (value > most || value < (isDecimal(this.#type) ? -most : MIN_INT64))
      throw new RowFailure('NUMBER_OVERFLOW', `${this.#name}: the sum leaves the range of ${this.#type}.`)
    builder.pushExact(exactOf(value))
  }

  forget(): void {}
}

/** SUM and AVG of float64. */
export class FloatSum implements Accumulator {
  readonly fields: readonly StateField[]
  readonly #column: number
  readonly #mean: boolean

  constructor(name: string, column: number, mean: boolean) {
    this.fields = [numberField(`${name}:sum`), numberField(`${name}:count`)]
    this.#column = column
    this.#mean = mean
  }

  add(state: StateRows, base: number, batch: Batch, { rows, slots, signs, passes }: Assigned): void {
    const column = batch.columns[this.#column]
    if (column.storage !== 'number') return
    const sums = state.numbers(base)
    const counts = state.numbers(base + 1)
    const { values, nulls } = column
    for (let row = 0; row < rows; row += 1) {
      const slot = slots[row]
      if (slot < 0 || (passes !== undefined && passes[row] === 0) || (nulls !== undefined && nulls[row] === 1)) continue
      const sign = signs === undefined ? 1 : signs[row]
      sums[slot] += sign * values[row]
      counts[slot] += sign
      // What rounding left behind must not outlive the rows.
      if (counts[slot] === 0) sums[slot] = 0
    }
  }

  merge(state: StateRows, base: number, into: number, from: number): void {
    state.numbers(base)[into] += state.numbers(base)[from]
    state.numbers(base + 1)[into] += state.numbers(base + 1)[from]
  }

  result(state: StateRows, base: number, row: number, builder: ColumnBuilder): void {
    if (builder.storage !== 'number') return
    const count = state.numbers(base + 1)[row]
    if (count === 0) return builder.pushNull()
    const sum = state.numbers(base)[row]
    builder.push(this.#mean ? sum / count : sum)
  }

  forget(): void {}
}
