/**
 * MIN, MAX, FIRST and LAST. Over rows that only come, one value a group is enough; where rows are
 * taken back, all values of a group are kept with how often they are there (engine-spec §2).
 */
import { exactOf, type Batch, type Column, type ColumnBuilder } from '@belay/columns'
import type { StateField, StateMultimap, StateRegistry, StateTable } from '@belay/engine/operator'
import { compareEncoded } from '../rows/encodedOrder.ts'
import { readRow, RowWriter, sameBytes, valueEnd } from '../rows/rowCodec.ts'
import { numberField, type Accumulator, type Assigned, type StateRows } from './accumulator.ts'

const COUNT = 0

/** MIN and MAX of columns held as numbers, over rows that only come. */
export class NumberExtreme implements Accumulator {
  readonly fields: readonly StateField[]
  readonly #column: number
  readonly #sign: 1 | -1

  constructor(name: string, column: number, greatest: boolean) {
    // Beyond ±2^53 a whole number is `value + low`: the nearest float64, and what is missing.
    this.fields = [numberField(`${name}:count`), numberField(`${name}:value`), numberField(`${name}:low`)]
    this.#column = column
    this.#sign = greatest ? 1 : -1
  }

  add(state: StateRows, base: number, batch: Batch, { rows, slots, passes }: Assigned): void {
    const column = batch.columns[this.#column]
    const counts = state.numbers(base + COUNT)
    const best = state.numbers(base + 1)
    const { nulls } = column
    if (column.storage !== 'number') return this.#addWide(state, base, column, { rows, slots, signs: undefined, passes })
    const lows = state.numbers(base + 2)
    const { values } = column
    const greatest = this.#sign > 0
    for (let row = 0; row < rows; row += 1) {
      const slot = slots[row]
      if (slot < 0 || (passes !== undefined && passes[row] === 0) || (nulls !== undefined && nulls[row] === 1)) continue
      const value = values[row]
      // NaN is greater than every number.
      const better = greatest ? value > best[slot] || value !== value : value < best[slot] || best[slot] !== best[slot]
      if (counts[slot] === 0 || better) {
        best[slot] = value
        lows[slot] = 0
      }
      counts[slot] += 1
    }
  }

  #addWide(state: StateRows, base: number, column: Column, { rows, slots, passes }: Assigned): void {
    if (column.storage !== 'i64') throw new TypeError(`a ${column.type} column is not held as numbers`)
    const counts = state.numbers(base + COUNT)
    for (let row = 0; row < rows; row += 1) {
      const slot = slots[row]
      if (slot < 0 || (passes !== undefined && passes[row] === 0) || column.nulls?.[row] === 1) continue
      const value = Number(column.values[row])
      this.#offer(state, base, slot, value, Number(column.values[row] - BigInt(value)))
      counts[slot] += 1
    }
  }

  #offer(state: StateRows, base: number, slot: number, value: number, low: number): void {
    const best = state.numbers(base + 1)
    const lows = state.numbers(base + 2)
    const sign = this.#sign
    const nan = Number(value !== value) - Number(best[slot] !== best[slot])
    const order = nan !== 0 ? nan : value === best[slot] ? low - lows[slot] : value - best[slot]
    if (state.numbers(base + COUNT)[slot] !== 0 && !(order * sign > 0)) return
    best[slot] = value
    lows[slot] = low
  }

  merge(state: StateRows, base: number, into: number, from: number): void {
    const counts = state.numbers(base + COUNT)
    if (counts[from] === 0) return
    this.#offer(state, base, into, state.numbers(base + 1)[from], state.numbers(base + 2)[from])
    counts[into] += counts[from]
  }

  result(state: StateRows, base: number, row: number, builder: ColumnBuilder): void {
    if (builder.storage !== 'number') return
    if (state.numbers(base + COUNT)[row] === 0) return builder.pushNull()
    const value = state.numbers(base + 1)[row]
    const low = state.numbers(base + 2)[row]
    if (low === 0) builder.push(value)
    else builder.pushExact(exactOf(BigInt(value) + BigInt(low)))
  }

  forget(): void {}
}

export interface ExtremeOptions {
  readonly name: string
  readonly column: number
  /** FIRST and LAST: values are ordered by this column first; −1 = by themselves. */
  readonly time: number
  readonly greatest: boolean
  /** Rows may be taken back: all values are kept. */
  readonly retractable: boolean
  /** Position of the group's number in the state row; asked for only if `retractable`. */
  readonly id: number
}

const HAS = 0
const VALUE = 1
/** The best value was taken back: look for it again. */
const UNKNOWN = -1

/** Everything else: any type, by event time, and with rows that are taken back. */
export class Extreme implements Accumulator {
  readonly fields: readonly StateField[]
  readonly #options: ExtremeOptions
  readonly #sign: 1 | -1
  readonly #writer = new RowWriter()
  readonly #all: { readonly values: StateTable; readonly order: StateMultimap } | null

  constructor(options: ExtremeOptions, registry: StateRegistry) {
    const { name, retractable } = options
    this.#options = options
    this.#sign = options.greatest ? 1 : -1
    this.fields = [numberField(`${name}:has`), { name: `${name}:value`, type: 'string', nullable: false }]
    const group = numberField('group')
    const value: StateField = { name: 'value', type: 'string', nullable: false }
    this.#all = retractable
      ? {
          values: registry.table(`${name}:values`, {
            version: 1,
            key: [group, value],
            value: [numberField('count'), numberField('entry')],
          }),
          order: registry.multimap(`${name}:order`, { version: 1, key: [group], value: [value] }),
        }
      : null
  }

  add(state: StateRows, base: number, batch: Batch, { rows, slots, signs, passes }: Assigned): void {
    const { column, time } = this.#options
    const values = batch.columns[column]
    const writer = this.#writer
    for (let row = 0; row < rows; row += 1) {
      const slot = slots[row]
      if (slot < 0 || (passes !== undefined && passes[row] === 0)) continue
      // MIN and MAX pass over NULL; FIRST and LAST take what is there.
      if (time < 0 && values.nulls !== undefined && values.nulls[row] === 1) continue
      writer.begin()
      if (time >= 0) writer.value(batch.columns[time], row)
      writer.value(values, row)
      if (signs !== undefined && signs[row] < 0) this.#takeBack(state, base, slot)
      else this.#take(state, base, slot)
    }
  }

  /** What the writer holds comes to the group. */
  #take(state: StateRows, base: number, slot: number): void {
    const { bytes, length } = this.#writer
    if (this.#all !== null) {
      const { values, order } = this.#all
      const at = this.#valueSlot(state, slot)
      values.numbers(0)[at] += 1
      if (values.inserted) {
        order.key.begin()
        order.key.number(state.numbers(this.#options.id)[slot])
        const entry = order.add()
        order.setBytes(entry, 0, bytes, 0, length)
        values.numbers(1)[at] = entry
      }
    }
    const has = state.numbers(base + HAS)
    if (has[slot] === UNKNOWN || (has[slot] === 1 && this.#compareToBest(state, base, slot, bytes, 0) <= 0)) return
    has[slot] = 1
    state.setBytes(slot, base + VALUE, bytes, 0, length)
  }

  #takeBack(state: StateRows, base: number, slot: number): void {
    if (this.#all === null) return
    const { values, order } = this.#all
    const { bytes, length } = this.#writer
    const at = this.#valueSlot(state, slot)
    const counts = values.numbers(0)
    counts[at] -= 1
    if (counts[at] > 0) return
    // Below zero: a row that never came is taken back (C4).
    if (!values.inserted) order.remove(values.numbers(1)[at])
    values.remove(at)
    const best = base + VALUE
    if (sameBytes(state.textBytes, state.textFrom(slot, best), state.textTo(slot, best), bytes, 0, length))
      state.numbers(base + HAS)[slot] = UNKNOWN
  }

  #valueSlot(state: StateRows, slot: number): number {
    const { key } = this.#values
    key.begin()
    key.number(state.numbers(this.#options.id)[slot])
    key.bytes(this.#writer.bytes, 0, this.#writer.length)
    return this.#values.slotFor()
  }

  get #values(): StateTable {
    if (this.#all === null) throw new TypeError('values are kept only where rows are taken back')
    return this.#all.values
  }

  /** Above 0: the value is better than the group's. */
  #compareToBest(state: StateRows, base: number, slot: number, bytes: Uint8Array, at: number): number {
    const best = state.textBytes
    const bestAt = state.textFrom(slot, base + VALUE)
    const order = compareEncoded(bytes, at, best, bestAt)
    // At equal times the value decides, so that the order of arrival does not.
    if (order !== 0 || this.#options.time < 0) return order * this.#sign
    return compareEncoded(bytes, valueEnd(bytes, at), best, valueEnd(best, bestAt)) * this.#sign
  }

  #findBest(state: StateRows, base: number, slot: number): void {
    const has = state.numbers(base + HAS)
    if (this.#all === null || has[slot] !== UNKNOWN) return
    const { order } = this.#all
    has[slot] = 0
    order.key.begin()
    order.key.number(state.numbers(this.#options.id)[slot])
    for (let entry = order.first(); entry >= 0; entry = order.next(entry)) {
      const from = order.textFrom(entry, 0)
      if (has[slot] === 1 && this.#compareToBest(state, base, slot, order.textBytes, from) <= 0) continue
      has[slot] = 1
      state.setBytes(slot, base + VALUE, order.textBytes, from, order.textTo(entry, 0))
    }
  }

  merge(state: StateRows, base: number, into: number, from: number): void {
    if (this.#all !== null) {
      const { order, values } = this.#all
      order.key.begin()
      order.key.number(state.numbers(this.#options.id)[from])
      const entries: number[] = []
      for (let entry = order.first(); entry >= 0; entry = order.next(entry)) entries.push(entry)
      for (const entry of entries) {
        this.#writer.begin()
        this.#writer.append(order.textBytes, order.textFrom(entry, 0), order.textTo(entry, 0))
        const count = values.numbers(0)[this.#valueSlot(state, from)]
        for (let i = 0; i < count; i += 1) this.#take(state, base, into)
      }
      return
    }
    if (state.numbers(base + HAS)[from] !== 1) return
    this.#writer.begin()
    this.#writer.append(state.textBytes, state.textFrom(from, base + VALUE), state.textTo(from, base + VALUE))
    this.#take(state, base, into)
  }

  result(state: StateRows, base: number, row: number, builder: ColumnBuilder): void {
    this.#findBest(state, base, row)
    if (state.numbers(base + HAS)[row] !== 1) return builder.pushNull()
    const at = state.textFrom(row, base + VALUE)
    readRow(state.textBytes, this.#options.time < 0 ? at : valueEnd(state.textBytes, at), [builder])
  }

  forget(state: StateRows, _base: number, row: number): void {
    if (this.#all === null) return
    const { order, values } = this.#all
    order.key.begin()
    order.key.number(state.numbers(this.#options.id)[row])
    for (let entry = order.first(); entry >= 0; entry = order.next(entry)) {
      this.#writer.begin()
      this.#writer.append(order.textBytes, order.textFrom(entry, 0), order.textTo(entry, 0))
      values.remove(this.#valueSlot(state, row))
    }
    for (;;) {
      order.key.begin()
      order.key.number(state.numbers(this.#options.id)[row])
      const entry = order.first()
      if (entry < 0) return
      order.remove(entry)
    }
  }
}
