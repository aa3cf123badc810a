/**
 * Rows of groups as bags: the same row may be there several times. Where rows are taken back, each is
 * found by its bytes; where they only come, they are only kept in a chain.
 */
import type { StateMultimap, StateRegistry, StateTable } from '@belay/engine/operator'

const FIELD = { type: 'float64', nullable: false } as const
const COUNT = 0
const TIME = 1
const ROW = 2

export class RowBag {
  readonly #rows: StateMultimap
  /** By group and row, the entry; only where rows are taken back. */
  readonly #found: StateTable | null

  constructor(name: string, retractable: boolean, registry: StateRegistry) {
    const group = { name: 'group', ...FIELD }
    const row = { name: 'row', type: 'string', nullable: false } as const
    this.#rows = registry.multimap(name, {
      version: 1,
      key: [group],
      value: [{ name: 'count', ...FIELD }, { name: 'time', ...FIELD }, row],
      writes: 'found',
    })
    this.#found = retractable
      ? registry.table(`${name}:found`, { version: 1, key: [group, row], value: [{ name: 'entry', ...FIELD }], writes: 'found' })
      : null
  }

  /** Rows that are there, each counted once. */
  get size(): number {
    return this.#rows.size
  }

  get sizeBytes(): number {
    return this.#rows.sizeBytes + (this.#found?.sizeBytes ?? 0)
  }

  /** First row of a group, or −1. */
  first(group: number): number {
    this.#rows.key.begin()
    this.#rows.key.number(group)
    return this.#rows.first()
  }

  next(entry: number): number {
    return this.#rows.next(entry)
  }

  /** How often the row is there. */
  count(entry: number): number {
    return this.#rows.numbers(COUNT)[entry]
  }

  /** When it came last, event time. */
  time(entry: number): number {
    return this.#rows.numbers(TIME)[entry]
  }

  get bytes(): Uint8Array {
    return this.#rows.textBytes
  }

  from(entry: number): number {
    return this.#rows.textFrom(entry, ROW)
  }

  to(entry: number): number {
    return this.#rows.textTo(entry, ROW)
  }

  add(group: number, source: Uint8Array, from: number, to: number, time: number): void {
    const found = this.#found
    let slot = -1
    if (found !== null) {
      this.#writeKey(found, group, source, from, to)
      slot = found.slotFor()
      if (!found.inserted) {
        const entry = found.numbers(0)[slot]
        this.#rows.touch(entry)
        this.#rows.numbers(COUNT)[entry] += 1
        const times = this.#rows.numbers(TIME)
        if (time > times[entry]) times[entry] = time
        return
      }
    }
    this.#rows.key.begin()
    this.#rows.key.number(group)
    const entry = this.#rows.add()
    this.#rows.numbers(COUNT)[entry] = 1
    this.#rows.numbers(TIME)[entry] = time
    this.#rows.setBytes(entry, ROW, source, from, to)
    if (found !== null) found.numbers(0)[slot] = entry
  }

  /** Takes one such row away; false = there is none. */
  remove(group: number, source: Uint8Array, from: number, to: number): boolean {
    const found = this.#found
    if (found === null) throw new TypeError('this bag does not take rows back')
    this.#writeKey(found, group, source, from, to)
    const slot = found.find()
    if (slot < 0) return false
    const entry = found.numbers(0)[slot]
    const counts = this.#rows.numbers(COUNT)
    this.#rows.touch(entry)
    counts[entry] -= 1
    if (counts[entry] > 0) return true
    found.remove(slot)
    this.#rows.remove(entry)
    return true
  }

  /** Takes a row away altogether. */
  drop(group: number, entry: number): void {
    const found = this.#found
    if (found !== null) {
      this.#writeKey(found, group, this.#rows.textBytes, this.from(entry), this.to(entry))
      const slot = found.find()
      if (slot >= 0) found.remove(slot)
    }
    this.#rows.remove(entry)
  }

  forget(group: number): void {
    for (let entry = this.first(group); entry >= 0; entry = this.first(group)) this.drop(group, entry)
  }

  /** Visits every group with its first row; rows of the visited group may be dropped. */
  forEachGroup(visit: (group: number, first: number) => void): void {
    this.#rows.forEachKey((key, first) => visit(this.#rows.keyValue(key, 0) as number, first))
  }

  #writeKey(found: StateTable, group: number, source: Uint8Array, from: number, to: number): void {
    found.key.begin()
    found.key.number(group)
    found.key.bytes(source, from, to)
  }
}
