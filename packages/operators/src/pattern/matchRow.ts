/** The row of a match, as bytes of the row codec: keys, its bounds, then what was asked for. */
import { exactOf, isDecimal, MAX_INT64, MIN_INT64, roundedQuotient, type LogicalType } from '@belay/columns'
import type { StateMultimap } from '@belay/engine/operator'
import { RowFailure } from '@belay/expressions'
import { compareEncoded } from '../rows/encodedOrder.ts'
import { isNullAt, readExact, RowWriter, valueEnd } from '../rows/rowCodec.ts'
import type { Measure } from './measureText.ts'
import type { Found } from './sequence.ts'

const MAX_DECIMAL = 10n ** 18n - 1n

export class MatchRow {
  readonly #rows: StateMultimap
  readonly #rowColumn: number
  readonly #keys: readonly number[]
  readonly #measures: readonly Measure[]
  /** By step its name. */
  readonly #names: readonly string[]
  readonly #writer = new RowWriter()

  constructor(rows: StateMultimap, rowColumn: number, keys: readonly number[], measures: readonly Measure[], names: readonly string[]) {
    this.#rows = rows
    this.#rowColumn = rowColumn
    this.#keys = keys
    this.#measures = measures
    this.#names = names
  }

  /** Throws RowFailure if a sum leaves its range. */
  encode(entries: readonly number[], { starts }: Found, startMs: number, endMs: number): Uint8Array {
    const writer = this.#writer
    writer.begin()
    for (const key of this.#keys) this.#copy(entries[0], key)
    writer.exact(startMs)
    writer.exact(endMs)
    for (const measure of this.#measures) this.#measure(measure, this.#rowsOf(measure.name, entries, starts))
    return writer.bytes.slice(0, writer.length)
  }

  #rowsOf(name: string | null, entries: readonly number[], starts: readonly number[]): readonly number[] {
    if (name === null) return entries
    return this.#names.flatMap((own, step) => (own === name ? entries.slice(starts[step], starts[step + 1] ?? entries.length) : []))
  }

  #measure(measure: Measure, entries: readonly number[]): void {
    const writer = this.#writer
    if (measure.column < 0) return writer.exact(entries.length)
    switch (measure.function) {
      case 'FIRST':
        return entries.length === 0 ? writer.null() : this.#copy(entries[0], measure.column)
      case 'LAST':
        return entries.length === 0 ? writer.null() : this.#copy(entries[entries.length - 1], measure.column)
      case 'COUNT':
        return writer.exact(this.#valued(entries, measure.column).length)
      case 'MIN':
      case 'MAX':
        return this.#extreme(this.#valued(entries, measure.column), measure)
      case 'SUM':
      case 'AVG':
        return measure.type === 'float64'
          ? this.#floatSum(this.#valued(entries, measure.column), measure)
          : this.#wholeSum(this.#valued(entries, measure.column), measure)
    }
  }

  /** Entries whose value is not NULL. */
  #valued(entries: readonly number[], column: number): readonly number[] {
    return entries.filter((entry) => !isNullAt(this.#rows.textBytes, this.#at(entry, column)))
  }

  #extreme(entries: readonly number[], measure: Measure): void {
    if (entries.length === 0) return this.#writer.null()
    const { textBytes: bytes } = this.#rows
    const sign = measure.function === 'MIN' ? 1 : -1
    const best = entries.reduce((least, entry) =>
      sign * compareEncoded(bytes, this.#at(entry, measure.column), bytes, this.#at(least, measure.column)) < 0 ? entry : least,
    )
    this.#copy(best, measure.column)
  }

  #floatSum(entries: readonly number[], measure: Measure): void {
    if (entries.length === 0) return this.#writer.null()
    let sum = 0
    for (const entry of entries) sum += Number(readExact(this.#rows.textBytes, this.#at(entry, measure.column)))
    this.#writer.exact(measure.function === 'AVG' ? sum / entries.length : sum)
  }

  #wholeSum(entries: readonly number[], measure: Measure): void {
    if (entries.length === 0) return this.#writer.null()
    let sum = 0n
    for (const entry of entries) sum += BigInt(readExact(this.#rows.textBytes, this.#at(entry, measure.column)))
    const count = BigInt(entries.length)
    const value = measure.function === 'SUM' ? sum : isDecimal(measure.type) ? roundedQuotient(sum, count) : sum / count
    if (!fits(value, measure.type))
      throw new RowFailure('NUMBER_OVERFLOW', `${measure.function}: the sum leaves the range of ${measure.type}.`)
    this.#writer.exact(exactOf(value))
  }

  #copy(entry: number, column: number): void {
    const at = this.#at(entry, column)
    const { textBytes } = this.#rows
    this.#writer.append(textBytes, at, valueEnd(textBytes, at))
  }

  /** Where a value of a kept row begins. */
  #at(entry: number, column: number): number {
    const { textBytes } = this.#rows
    let at = this.#rows.textFrom(entry, this.#rowColumn)
    for (let i = 0; i < column; i += 1) at = valueEnd(textBytes, at)
    return at
  }
}

function fits(value: bigint, type: LogicalType): boolean {
  return isDecimal(type) ? value <= MAX_DECIMAL && value >= -MAX_DECIMAL : value <= MAX_INT64 && value >= MIN_INT64
}
