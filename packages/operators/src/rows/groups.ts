/** Groups of rows by key: a state row each, with a number that stays the group's own. */
import type { Batch } from '@belay/columns'
import { writeColumnKey, type StateField, type StateRegistry, type StateTable, type StateValue } from '@belay/engine/operator'

/** Position of the group's number among the value columns; those of the owner follow. */
export const GROUP_ID = 0

export class Groups {
  readonly table: StateTable
  readonly #ids: StateValue<number>

  constructor(name: string, key: readonly StateField[], value: readonly StateField[], registry: StateRegistry) {
    this.table = registry.table(name, {
      version: 1,
      key: key.map((field) => ({ ...field, nullable: true })),
      value: [{ name: 'id', type: 'float64', nullable: false }, ...value],
    })
    this.#ids = registry.value(`${name}:ids`, 1, 0)
  }

  /** State row of a row's group, begun if it is new. */
  slotOf(columns: readonly number[], batch: Batch, row: number): number {
    this.#writeKey(columns, batch, row)
    return this.slotOfWrittenKey()
  }

  /** State row of the key that was written into the table's key. */
  slotOfWrittenKey(): number {
    const { table } = this
    const slot = table.slotFor()
    if (table.inserted) {
      const id = this.#ids.get() + 1
      this.#ids.set(id)
      table.numbers(GROUP_ID)[slot] = id
    }
    return slot
  }

  /** State row of a row's group, or −1. */
  find(columns: readonly number[], batch: Batch, row: number): number {
    this.#writeKey(columns, batch, row)
    return this.table.find()
  }

  #writeKey(columns: readonly number[], batch: Batch, row: number): void {
    const { key } = this.table
    key.begin()
    for (let k = 0; k < columns.length; k += 1) writeColumnKey(key, batch.columns[columns[k]], row)
  }

  id(slot: number): number {
    return this.table.numbers(GROUP_ID)[slot]
  }
}

/**
 * State rows that have changed in this streaming window, each once. Empty at every window end, so it is
 * no state; slots stay valid because state rows are removed only after the last of them was asked for.
 */
export class ChangedSlots {
  #slots = new Int32Array(1024)
  #marks = new Uint8Array(1024)
  size = 0

  add(slot: number): void {
    if (slot >= this.#marks.length) {
      const grown = new Uint8Array(Math.max(this.#marks.length * 2, slot + 1))
      grown.set(this.#marks)
      this.#marks = grown
    }
    if (this.#marks[slot] === 1) return
    this.#marks[slot] = 1
    if (this.size === this.#slots.length) {
      const grown = new Int32Array(this.#slots.length * 2)
      grown.set(this.#slots)
      this.#slots = grown
    }
    this.#slots[this.size++] = slot
  }

  has(slot: number): boolean {
    return this.#marks[slot] === 1
  }

  at(index: number): number {
    return this.#slots[index]
  }

  clear(): void {
    for (let i = 0; i < this.size; i += 1) this.#marks[this.#slots[i]] = 0
    this.size = 0
  }

  /** The slots, highest first: the order in which state rows may be removed. */
  descending(): Int32Array {
    return this.#slots.slice(0, this.size).sort().reverse()
  }
}

/** +1 or −1 a row; undefined = all rows are new. */
export function signsOf(kinds: Uint8Array | undefined, rows: number, memory: { signs: Int8Array }): Int8Array | undefined {
  if (kinds === undefined) return undefined
  if (memory.signs.length < rows) memory.signs = new Int8Array(rows)
  // Even kinds bring a row, odd ones take one back (engine-spec §2).
  for (let row = 0; row < rows; row += 1) memory.signs[row] = (kinds[row] & 1) === 0 ? 1 : -1
  return memory.signs
}
