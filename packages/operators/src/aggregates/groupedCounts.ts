/** The values of each group, each with how often it is there: what can be merged and taken back. */
import type { StateMultimap, StateRegistry, StateTable } from '@belay/engine/operator'
import { RowWriter } from '../rows/rowCodec.ts'
import { numberField } from './accumulator.ts'

export interface CountedValue {
  /** Where it begins in `bytes`. */
  readonly at: number
  readonly count: number
}

export class GroupedCounts {
  /** Holds the value that `add` is about. */
  readonly writer = new RowWriter()
  /** Where the value of a group is in `#values`. */
  readonly #places: StateTable
  readonly #values: StateMultimap

  constructor(name: string, registry: StateRegistry) {
    const group = numberField('group')
    const value = { name: 'value', type: 'string', nullable: false } as const
    this.#places = registry.table(`${name}:places`, { version: 1, key: [group, value], value: [numberField('entry')] })
    this.#values = registry.multimap(`${name}:counts`, { version: 1, key: [group], value: [value, numberField('count')] })
  }

  /** The value comes so often, or goes (below 0); false = it was not there to go (C4). */
  add(group: number, times: number): boolean {
    const places = this.#places
    const values = this.#values
    const { bytes, length } = this.writer
    places.key.begin()
    places.key.number(group)
    places.key.bytes(bytes, 0, length)
    const at = places.slotFor()
    if (places.inserted) {
      if (times < 0) {
        places.remove(at)
        return false
      }
      values.key.begin()
      values.key.number(group)
      const entry = values.add()
      values.setBytes(entry, 0, bytes, 0, length)
      values.numbers(1)[entry] = times
      places.numbers(0)[at] = entry
      return true
    }
    const entry = places.numbers(0)[at]
    const count = values.numbers(1)[entry] + times
    values.numbers(1)[entry] = count
    if (count > 0) return true
    values.remove(entry)
    places.remove(at)
    return true
  }

  /** Of the values that `valuesOf` gave, until the next change. */
  get bytes(): Uint8Array {
    return this.#values.textBytes
  }

  /** In no order. */
  valuesOf(group: number): CountedValue[] {
    const values = this.#values
    return this.#entriesOf(group).map((entry) => ({ at: values.textFrom(entry, 0), count: values.numbers(1)[entry] }))
  }

  #entriesOf(group: number): readonly number[] {
    const values = this.#values
    values.key.begin()
    values.key.number(group)
    const entries: number[] = []
    for (let entry = values.first(); entry >= 0; entry = values.next(entry)) entries.push(entry)
    return entries
  }

  merge(into: number, from: number): void {
    for (const entry of this.#entriesOf(from)) {
      this.#write(entry)
      this.add(into, this.#values.numbers(1)[entry])
    }
  }

  forget(group: number): void {
    for (const entry of this.#entriesOf(group)) {
      this.#write(entry)
      this.add(group, -this.#values.numbers(1)[entry])
    }
  }

  #write(entry: number): void {
    const values = this.#values
    this.writer.begin()
    this.writer.append(values.textBytes, values.textFrom(entry, 0), values.textTo(entry, 0))
  }
}
