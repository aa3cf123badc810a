/** What every aggregate function does with its running values in a row of state. */
import type { Batch, ColumnBuilder } from '@belay/columns'
import type { StateField } from '@belay/engine/operator'

/** Rows of a declared table or multimap. */
export interface StateRows {
  numbers(valueIndex: number): Float64Array
  nulls(valueIndex: number): Uint8Array
  setBytes(row: number, valueIndex: number, source: Uint8Array, from: number, to: number): void
  readonly textBytes: Uint8Array
  textFrom(row: number, valueIndex: number): number
  textTo(row: number, valueIndex: number): number
}

/** Which rows of a batch go where: the state row of each (−1 = none), and what is done with it. */
export interface Assigned {
  readonly rows: number
  readonly slots: Int32Array
  /** +1 or −1 a row; undefined = all are new. */
  readonly signs: Int8Array | undefined
  /** 1 = the aggregate's own filter lets the row through; undefined = all. */
  readonly passes: Uint8Array | undefined
}

export interface Accumulator {
  /** Value columns it needs, at `base` in the state row. */
  readonly fields: readonly StateField[]
  add(state: StateRows, base: number, batch: Batch, assigned: Assigned): void
  /** Adds what row `from` holds to row `into`. */
  merge(state: StateRows, base: number, into: number, from: number): void
  /** Appends the result of the state row; throws RowFailure if it cannot be told. */
  result(state: StateRows, base: number, row: number, builder: ColumnBuilder): void
  /** The state row goes away: what is kept elsewhere for it goes too. */
  forget(state: StateRows, base: number, row: number): void
}

export function numberField(name: string): StateField {
  return { name, type: 'float64', nullable: false }
}
