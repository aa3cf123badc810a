/**
 * A declared state table (operator/state.ts): open addressing on typed arrays.
 *
 * Rows are dense: slots 0 … size−1, so a snapshot copies columns and nothing else. `#index` maps
 * hash → slot + 1 with linear probing; removal closes the gap by shifting back and moves the last
 * row into the hole. Keys lie as canonical bytes in one arena, texts in another.
 */
import { type ColumnBuilder, type Value, valueOfNumber } from '@belay/columns'
import { EngineError } from '../operator/engineError.ts'
import type { StateTable, TableShape } from '../operator/state.ts'
import { ByteArena } from './byteArena.ts'
import { ChangeMarks, ROW_BLOCK_SHIFT } from './changeMarks.ts'
import { KeyBuffer, keyValueAt, pushKeyValueAt } from './keyBuffer.ts'
import { murmur3 } from './murmur.ts'
import { bytesOf, type StateImage, uint32Copy } from './section.ts'
import { ValueColumns } from './valueColumns.ts'

const FIRST_CAPACITY = 64

export function tableShapeText(shape: TableShape): string {
  return JSON.stringify([shape.key, shape.value].map((fields) => fields.map((field) => [field.name, field.type, field.nullable])))
}

export class HashTable implements StateTable {
  readonly key: KeyBuffer = new KeyBuffer()
  readonly shape: TableShape
  size = 0
  inserted = false
  version = 0
  #capacity = FIRST_CAPACITY
  #index: Int32Array = new Int32Array(FIRST_CAPACITY * 2)
  #hashes: Uint32Array = new Uint32Array(FIRST_CAPACITY)
  #keyAt: Uint32Array = new Uint32Array(FIRST_CAPACITY)
  #keyLength: Uint32Array = new Uint32Array(FIRST_CAPACITY)
  #keys: ByteArena = new ByteArena()
  /** Of hashes and places of keys. */
  readonly #keyMarks = new ChangeMarks(ROW_BLOCK_SHIFT, FIRST_CAPACITY)
  readonly #values: ValueColumns
  /** Values are written only after their slot was found or touched. */
  readonly #writesFound: boolean

  constructor(shape: TableShape) {
    this.shape = shape
    this.#writesFound = shape.writes === 'found'
    this.#values = new ValueColumns(shape.value, FIRST_CAPACITY, this.#writesFound)
  }

  get sizeBytes(): number {
    return this.size * (12 + this.#values.rowBytes) + this.#keys.used + this.#values.textBytesUsed
  }

  slotFor(): number {
    const key = this.key
    const hash = murmur3(key.buffer, 0, key.length)
    const index = this.#index
    const mask = index.length - 1
    let at = hash & mask
    for (let entry = index[at]; entry !== 0; entry = index[at]) {
      if (this.#hashes[entry - 1] === hash && this.#equals(entry - 1)) {
        this.inserted = false
        if (this.#writesFound) this.#values.marks.touch(entry - 1)
        return entry - 1
      }
      at = (at + 1) & mask
    }
    return this.#insert(hash, at)
  }

  find(): number {
    const slot = this.seek()
    if (slot >= 0 && this.#writesFound) this.#values.marks.touch(slot)
    return slot
  }

  touch(slot: number): void {
    this.#values.marks.touch(slot)
  }

  /** As `find`, for who only reads. */
  seek(): number {
    const key = this.key
    const hash = murmur3(key.buffer, 0, key.length)
    const index = this.#index
    const mask = index.length - 1
    let at = hash & mask
    for (let entry = index[at]; entry !== 0; entry = index[at]) {
      if (this.#hashes[entry - 1] === hash && this.#equals(entry - 1)) return entry - 1
      at = (at + 1) & mask
    }
    return -1
  }

  #equals(slot: number): boolean {
    const length = this.key.length
    if (this.#keyLength[slot] !== length) return false
    const stored = this.#keys.bytes
    const written = this.key.buffer
    let at = this.#keyAt[slot]
    for (let i = 0; i < length; i += 1) if (stored[at++] !== written[i]) return false
    return true
  }

  #insert(hash: number, indexAt: number): number {
    const slot = this.size
    if (slot === this.#capacity) {
      this.#grow(slot * 2)
      indexAt = hash & (this.#index.length - 1)
      while (this.#index[indexAt] !== 0) indexAt = (indexAt + 1) & (this.#index.length - 1)
    }
    this.#index[indexAt] = slot + 1
    this.#keyMarks.touch(slot)
    this.#hashes[slot] = hash
    this.#keyAt[slot] = this.#keys.append(this.key.buffer, 0, this.key.length)
    this.#keyLength[slot] = this.key.length
    this.#values.reset(slot)
    this.size = slot + 1
    this.inserted = true
    return slot
  }

  #grow(capacity: number): void {
    this.#capacity = capacity
    this.#keyMarks.grown(capacity)
    this.#hashes = uint32Copy(bytesOf(this.#hashes, this.size), capacity)
    this.#keyAt = uint32Copy(bytesOf(this.#keyAt, this.size), capacity)
    this.#keyLength = uint32Copy(bytesOf(this.#keyLength, this.size), capacity)
    this.#values.grow(this.size, capacity)
    this.#rebuildIndex()
    this.version += 1
  }

  #rebuildIndex(): void {
    const index = new Int32Array(this.#capacity * 2)
    const mask = index.length - 1
    for (let slot = 0; slot < this.size; slot += 1) {
      let at = this.#hashes[slot] & mask
      while (index[at] !== 0) at = (at + 1) & mask
      index[at] = slot + 1
    }
    this.#index = index
  }

  #indexOf(slot: number): number {
    const mask = this.#index.length - 1
    let at = this.#hashes[slot] & mask
    while (this.#index[at] !== slot + 1) at = (at + 1) & mask
    return at
  }

  remove(slot: number): void {
    this.#check(slot)
    const index = this.#index
    const mask = index.length - 1
    let hole = this.#indexOf(slot)
    for (let at = (hole + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const home = this.#hashes[index[at] - 1] & mask
      // The entry may move into the hole only if its home is not between the hole and itself.
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        index[hole] = index[at]
        hole = at
      }
    }
    index[hole] = 0
    this.#keys.dead += this.#keyLength[slot]
    this.#values.drop(slot)
    const last = this.size - 1
    if (slot !== last) {
      index[this.#indexOf(last)] = slot + 1
      this.#keyMarks.touch(slot)
      this.#hashes[slot] = this.#hashes[last]
      this.#keyAt[slot] = this.#keyAt[last]
      this.#keyLength[slot] = this.#keyLength[last]
      this.#values.move(last, slot)
    }
    this.size = last
    if (this.#keys.wasteful) {
      this.#keyMarks.touchRange(0, this.size)
      this.#keys.compact([{ offsets: this.#keyAt, lengths: this.#keyLength }], this.size)
    }
    this.#values.compactIfWasteful(this.size)
  }

  clear(): void {
    this.size = 0
    this.#index.fill(0)
    this.#keys.used = 0
    this.#keys.dead = 0
    this.#values.clear()
  }

  numbers(valueIndex: number): Float64Array {
    return this.#values.numbers(valueIndex)
  }

  nulls(valueIndex: number): Uint8Array {
    return this.#values.nulls(valueIndex)
  }

  text(slot: number, valueIndex: number): string | null {
    return this.#values.text(slot, valueIndex)
  }

  setText(slot: number, valueIndex: number, value: string | null): void {
    this.#check(slot)
    this.#values.setText(slot, valueIndex, value)
    this.#values.compactIfWasteful(this.size)
  }

  setBytes(slot: number, valueIndex: number, source: Uint8Array, from: number, to: number): void {
    this.#check(slot)
    this.#values.setBytes(slot, valueIndex, source, from, to)
    this.#values.compactIfWasteful(this.size)
  }

  get textBytes(): Uint8Array {
    return this.#values.textBytes
  }

  textFrom(slot: number, valueIndex: number): number {
    return this.#values.textFrom(slot, valueIndex)
  }

  textTo(slot: number, valueIndex: number): number {
    return this.#values.textTo(slot, valueIndex)
  }

  pushKeyValue(slot: number, keyIndex: number, builder: ColumnBuilder): void {
    pushKeyValueAt(this.#keys.bytes, this.#keyAt[slot], keyIndex, builder)
  }

  keyValue(slot: number, keyIndex: number): Value {
    const value = keyValueAt(this.#keys.bytes, this.#keyAt[slot], keyIndex)
    return typeof value === 'number' || typeof value === 'bigint' ? valueOfNumber(value, this.shape.key[keyIndex].type) : value
  }

  keyBytes(slot: number): Uint8Array {
    return this.#keys.bytes.slice(this.#keyAt[slot], this.#keyAt[slot] + this.#keyLength[slot])
  }

  compareKeys(a: number, b: number, without = 0): number {
    const keys = this.#keys.bytes
    const aAt = this.#keyAt[a]
    const bAt = this.#keyAt[b]
    const aLength = this.#keyLength[a] - without
    const bLength = this.#keyLength[b] - without
    const length = Math.min(aLength, bLength)
    for (let i = 0; i < length; i += 1) if (keys[aAt + i] !== keys[bAt + i]) return keys[aAt + i] - keys[bAt + i]
    return aLength - bLength
  }

  /** From the last slot to the first, so that removing the visited one skips nothing. */
  forEach(visit: (slot: number) => void): void {
    for (let slot = this.size - 1; slot >= 0; slot -= 1) visit(slot)
  }

  #check(slot: number): void {
    if (!(slot >= 0 && slot < this.size))
      throw new EngineError(
        'STATE_SLOT',
        `Slot ${slot} is not in use (size ${this.size}). A slot is valid only until the next remove, clear or growing slotFor.`,
      )
  }

  image(): StateImage {
    const size = this.size
    const sections = [
      bytesOf(this.#hashes, size),
      bytesOf(this.#keyAt, size),
      bytesOf(this.#keyLength, size),
      bytesOf(this.#keys.bytes, this.#keys.used),
      ...this.#values.sections(size),
    ]
    return {
      kind: 'table',
      version: this.shape.version,
      shape: tableShapeText(this.shape),
      header: { size, keysDead: this.#keys.dead, textsDead: this.#values.textBytesDead },
      sections,
      tracks: [
        { marks: this.#keyMarks, length: size, sections: [0, 1, 2].map((index) => ({ index, blockBytes: 4 * 2 ** ROW_BLOCK_SHIFT })) },
        this.#keys.track(3),
        ...this.#values.tracks(size, 4),
      ],
    }
  }

  static ofImage(shape: TableShape, image: StateImage): HashTable {
    const table = new HashTable(shape)
    const size = image.header.size
    let capacity = FIRST_CAPACITY
    while (capacity < size) capacity *= 2
    let next = 0
    const section = (): Uint8Array => image.sections[next++]
    table.size = size
    table.#capacity = capacity
    table.#keyMarks.replaced(capacity)
    table.#hashes = uint32Copy(section(), capacity)
    table.#keyAt = uint32Copy(section(), capacity)
    table.#keyLength = uint32Copy(section(), capacity)
    const keys = section()
    table.#keys = new ByteArena(keys.slice(), keys.length, image.header.keysDead)
    table.#values.restore(section, capacity, image.header.textsDead)
    table.#rebuildIndex()
    return table
  }
}
