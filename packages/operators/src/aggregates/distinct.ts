/** COUNT(DISTINCT column), exact: every value of a group with how often it is there. */
import type { Batch, ColumnBuilder } from '@belay/columns'
import { writeColumnKey, type StateField, type StateMultimap, type StateRegistry, type StateTable } from '@belay/engine/operator'
import { RowWriter } from '../rows/rowCodec.ts'
import { numberField, type Accumulator, type Assigned, type StateRows } from './accumulator.ts'

export interface DistinctOptions {
  readonly name: string
  readonly column: number
  /** Position of the group's number in the state row. */
  readonly id: number
  /** Groups end (windows, time to live) or are merged: the values of a group must be found again. */
  readonly ends: boolean
}

export class DistinctCount implements Accumulator {
  readonly fields: readonly StateField[]
  readonly #options: DistinctOptions
  readonly #values: StateTable
  /** By group, the values as the codec writes them; only if groups end. */
  readonly #byGroup: StateMultimap | null
  readonly #writer = new RowWriter()

  constructor(options: DistinctOptions, registry: StateRegistry) {
    const { name } = options
    this.#options = options
    this.fields = [numberField(`${name}:distinct`)]
    const group = numberField('group')
    const value: StateField = { name: 'value', type: 'string', nullable: false }
    this.#values = registry.table(`${name}:values`, {
      version: 1,
      key: [group, value],
      value: [numberField('count'), numberField('entry')],
    })
    this.#byGroup = options.ends ? registry.multimap(`${name}:groups`, { version: 1, key: [group], value: [value] }) : null
  }

  add(state: StateRows, base: number, batch: Batch, { rows, slots, signs, passes }: Assigned): void {
    const column = batch.columns[this.#options.column]
    const { nulls } = column
    const distinct = state.numbers(base)
    const ids = state.numbers(this.#options.id)
    const table = this.#values
    for (let row = 0; row < rows; row += 1) {
      const slot = slots[row]
      if (slot < 0 || (passes !== undefined && passes[row] === 0) || (nulls !== undefined && nulls[row] === 1)) continue
      table.key.begin()
      table.key.number(ids[slot])
      if (this.#byGroup !== null) {
        this.#writer.begin()
        this.#writer.value(column, row)
        table.key.bytes(this.#writer.bytes, 0, this.#writer.length)
      } else writeColumnKey(table.key, column, row)
      const at = table.slotFor()
      const counts = table.numbers(0)
      if (signs === undefined || signs[row] > 0) {
        counts[at] += 1
        if (!table.inserted) continue
        distinct[slot] += 1
        this.#remember(ids[slot], at)
      } else if (table.inserted) table.remove(at)
      else {
        counts[at] -= 1
        if (counts[at] > 0) continue
        this.#byGroup?.remove(table.numbers(1)[at])
        table.remove(at)
        distinct[slot] -= 1
      }
    }
  }

  #remember(id: number, at: number): void {
    const groups = this.#byGroup
    if (groups === null) return
    groups.key.begin()
    groups.key.number(id)
    const entry = groups.add()
    groups.setBytes(entry, 0, this.#writer.bytes, 0, this.#writer.length)
    this.#values.numbers(1)[at] = entry
  }

  #slotOf(id: number): number {
    this.#values.key.begin()
    this.#values.key.number(id)
    this.#values.key.bytes(this.#writer.bytes, 0, this.#writer.length)
    return this.#values.slotFor()
  }

  merge(state: StateRows, base: number, into: number, from: number): void {
    const groups = this.#byGroup
    if (groups === null) throw new TypeError('groups that are merged have to be found again')
    const ids = state.numbers(this.#options.id)
    groups.key.begin()
    groups.key.number(ids[from])
    const entries: number[] = []
    for (let entry = groups.first(); entry >= 0; entry = groups.next(entry)) entries.push(entry)
    for (const entry of entries) {
      this.#writer.begin()
      this.#writer.append(groups.textBytes, groups.textFrom(entry, 0), groups.textTo(entry, 0))
      const count = this.#values.numbers(0)[this.#slotOf(ids[from])]
      const at = this.#slotOf(ids[into])
      if (this.#values.inserted) {
        state.numbers(base)[into] += 1
        this.#remember(ids[into], at)
      }
      this.#values.numbers(0)[at] += count
    }
  }

  result(state: StateRows, base: number, row: number, builder: ColumnBuilder): void {
    if (builder.storage === 'number') builder.push(state.numbers(base)[row])
  }

  forget(state: StateRows, _base: number, row: number): void {
    const groups = this.#byGroup
    if (groups === null) return
    const id = state.numbers(this.#options.id)[row]
    for (;;) {
      groups.key.begin()
      groups.key.number(id)
      const entry = groups.first()
      if (entry < 0) return
      this.#writer.begin()
      this.#writer.append(groups.textBytes, groups.textFrom(entry, 0), groups.textTo(entry, 0))
      this.#values.remove(this.#slotOf(id))
      groups.remove(entry)
    }
  }
}
