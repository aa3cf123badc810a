/**
 * A declared multimap (operator/state.ts): several entries a key, in a chain, with values as in tables.
 *
 * An entry keeps its number until it is removed; freed numbers are used again. `#prev` of a chain's
 * first entry is −1 − (slot of its key), so that it can be unlinked without knowing the key; when a
 * key moves to another slot, only its first entry is told.
 */
import type { ColumnBuilder, Value } from '@belay/columns'
import { EngineError } from '../operator/engineError.ts'
import type { StateMultimap, TableShape } from '../operator/state.ts'
import { ChangeMarks, ROW_BLOCK_SHIFT } from './changeMarks.ts'
import { HashTable, tableShapeText } from './hashTable.ts'
import type { KeyBuffer } from './keyBuffer.ts'
import { bytesOf, type StateImage, uint32Copy } from './section.ts'
import { ValueColumns } from './valueColumns.ts'

const FIRST_CAPACITY = 64
/** Value column of the key table. */
const HEAD = 0

function keyShape(shape: TableShape): TableShape {
  return {
    version: shape.version,
    key: shape.key,
    value: [{ name: 'head', type: 'float64', nullable: false }],
    writes: 'found',
  }
}

export class Multimap implements StateMultimap {
  readonly shape: TableShape
  size = 0
  version = 0
  #keys: HashTable
  #capacity = FIRST_CAPACITY
  #next: Int32Array = new Int32Array(FIRST_CAPACITY)
  #prev: Int32Array = new Int32Array(FIRST_CAPACITY)
  /** Entries 0 … used−1 are taken or in the chain of free ones. */
  #used = 0
  #free = -1
  readonly #values: ValueColumns
  /** Of `#next` and `#prev`. */
  readonly #chainMarks = new ChangeMarks(ROW_BLOCK_SHIFT, FIRST_CAPACITY)

  constructor(shape: TableShape) {
    this.shape = shape
    this.#keys = new HashTable(keyShape(shape))
    this.#values = new ValueColumns(shape.value, FIRST_CAPACITY, shape.writes === 'found')
  }

  get key(): KeyBuffer {
    return this.#keys.key
  }

  get keys(): number {
    return this.#keys.size
  }

  get sizeBytes(): number {
    return this.#keys.sizeBytes + this.#used * (8 + this.#values.rowBytes) + this.#values.textBytesUsed
  }

  first(): number {
    const slot = this.#keys.seek()
    return slot < 0 ? -1 : this.#keys.numbers(HEAD)[slot]
  }

  next(entry: number): number {
    return this.#next[entry]
  }

  add(): number {
    const slot = this.#keys.slotFor()
    const entry = this.#take()
    const heads = this.#keys.numbers(HEAD)
    const before = this.#keys.inserted ? -1 : heads[slot]
    this.#chainMarks.touch(entry)
    this.#next[entry] = before
    if (before >= 0) {
      this.#chainMarks.touch(before)
      this.#prev[before] = entry
    }
    this.#prev[entry] = -1 - slot
    heads[slot] = entry
    this.#values.reset(entry)
    this.size += 1
    return entry
  }

  #take(): number {
    if (this.#free >= 0) {
      const entry = this.#free
      this.#free = this.#next[entry]
      return entry
    }
    if (this.#used === this.#capacity) {
      const capacity = this.#capacity * 2
      this.#next = int32Copy(this.#next, capacity)
      this.#prev = int32Copy(this.#prev, capacity)
      this.#chainMarks.grown(capacity)
      this.#values.grow(this.#used, capacity)
      this.#capacity = capacity
      this.version += 1
    }
    return this.#used++
  }

  remove(entry: number): void {
    const next = this.#next[entry]
    const prev = this.#prev[entry]
    if (next >= 0) {
      this.#chainMarks.touch(next)
      this.#prev[next] = prev
    }
    if (prev >= 0) {
      this.#chainMarks.touch(prev)
      this.#next[prev] = next
    } else {
      const slot = -1 - prev
      if (next >= 0) {
        this.#keys.touch(slot)
        this.#keys.numbers(HEAD)[slot] = next
      } else this.#removeKey(slot)
    }
    this.#values.drop(entry)
    this.#chainMarks.touch(entry)
    this.#next[entry] = this.#free
    this.#free = entry
    this.size -= 1
    this.#values.compactIfWasteful(this.#used)
  }

  /** The last key moves into the hole: its chain is told. */
  #removeKey(slot: number): void {
    const last = this.#keys.size - 1
    const head = this.#keys.numbers(HEAD)[last]
    this.#keys.remove(slot)
    if (slot === last) return
    this.#chainMarks.touch(head)
    this.#prev[head] = -1 - slot
  }

  touch(entry: number): void {
    this.#values.marks.touch(entry)
  }

  clear(): void {
    this.#keys.clear()
    this.#values.clear()
    this.#used = 0
    this.#free = -1
    this.size = 0
  }

  numbers(valueIndex: number): Float64Array {
    return this.#values.numbers(valueIndex)
  }

  nulls(valueIndex: number): Uint8Array {
    return this.#values.nulls(valueIndex)
  }

  text(entry: number, valueIndex: number): string | null {
    return this.#values.text(entry, valueIndex)
  }

  setText(entry: number, valueIndex: number, value: string | null): void {
    this.#check(entry)
    this.#values.setText(entry, valueIndex, value)
    this.#values.compactIfWasteful(this.#used)
  }

  setBytes(entry: number, valueIndex: number, source: Uint8Array, from: number, to: number): void {
    this.#check(entry)
    this.#values.setBytes(entry, valueIndex, source, from, to)
    this.#values.compactIfWasteful(this.#used)
  }

  get textBytes(): Uint8Array {
    return this.#values.textBytes
  }

  textFrom(entry: number, valueIndex: number): number {
    return this.#values.textFrom(entry, valueIndex)
  }

  textTo(entry: number, valueIndex: number): number {
    return this.#values.textTo(entry, valueIndex)
  }

  forEachKey(visit: (key: number, first: number) => void): void {
    this.#keys.forEach((slot) => visit(slot, this.#keys.numbers(HEAD)[slot]))
  }

  keyValue(key: number, keyIndex: number): Value {
    return this.#keys.keyValue(key, keyIndex)
  }

  keyBytes(key: number): Uint8Array {
    return this.#keys.keyBytes(key)
  }

  pushKeyValue(key: number, keyIndex: number, builder: ColumnBuilder): void {
    this.#keys.pushKeyValue(key, keyIndex, builder)
  }

  #check(entry: number): void {
    if (!(entry >= 0 && entry < this.#used))
      throw new EngineError('STATE_SLOT', `Entry ${entry} is not in use. An entry is valid until it is removed.`)
  }

  image(): StateImage {
    const keys = this.#keys.image()
    return {
      kind: 'multimap',
      version: this.shape.version,
      shape: tableShapeText(this.shape),
      header: {
        size: this.size,
        used: this.#used,
        free: this.#free,
        textsDead: this.#values.textBytesDead,
        keys: keys.header.size,
        keysDead: keys.header.keysDead,
        keySections: keys.sections.length,
      },
      sections: [
        ...keys.sections,
        int32Bytes(this.#next, this.#used),
        int32Bytes(this.#prev, this.#used),
        ...this.#values.sections(this.#used),
      ],
      tracks: [
        ...(keys.tracks ?? []),
        {
          marks: this.#chainMarks,
          length: this.#used,
          sections: [0, 1].map((at) => ({ index: keys.sections.length + at, blockBytes: 4 * 2 ** ROW_BLOCK_SHIFT })),
        },
        ...this.#values.tracks(this.#used, keys.sections.length + 2),
      ],
    }
  }

  static ofImage(shape: TableShape, image: StateImage): Multimap {
    const { size, used, free, textsDead, keys, keysDead, keySections } = image.header
    const map = new Multimap(shape)
    map.#keys = HashTable.ofImage(keyShape(shape), {
      ...image,
      header: { size: keys, keysDead, textsDead: 0 },
      sections: image.sections.slice(0, keySections),
    })
    let capacity = FIRST_CAPACITY
    while (capacity < used) capacity *= 2
    let at = keySections
    const section = (): Uint8Array => image.sections[at++]
    map.size = size
    map.#used = used
    map.#free = free
    map.#capacity = capacity
    map.#chainMarks.replaced(capacity)
    map.#next = new Int32Array(uint32Copy(section(), capacity).buffer)
    map.#prev = new Int32Array(uint32Copy(section(), capacity).buffer)
    map.#values.restore(section, capacity, textsDead)
    return map
  }
}

function int32Copy(values: Int32Array, capacity: number): Int32Array {
  const copy = new Int32Array(capacity)
  copy.set(values)
  return copy
}

function int32Bytes(values: Int32Array, count: number): Uint8Array {
  return bytesOf(new Uint32Array(values.buffer, values.byteOffset, values.length), count)
}
