/** A declared list (operator/state.ts): byte strings in one arena, removed from the front. */
import { EngineError } from '../operator/engineError.ts'
import type { StateList } from '../operator/state.ts'
import { ByteArena } from './byteArena.ts'
import { bytesOf, type StateImage, uint32Copy } from './section.ts'

export class ByteList implements StateList {
  readonly formatVersion: number
  #head = 0
  #end = 0
  #offsets: Uint32Array = new Uint32Array(64)
  #lengths: Uint32Array = new Uint32Array(64)
  #arena: ByteArena = new ByteArena()

  constructor(formatVersion: number) {
    this.formatVersion = formatVersion
  }

  get length(): number {
    return this.#end - this.#head
  }

  get sizeBytes(): number {
    return this.length * 8 + this.#arena.used
  }

  push(bytes: Uint8Array): void {
    if (this.#end === this.#offsets.length) {
      this.#dropHead()
      if (this.#end * 2 > this.#offsets.length) {
        this.#offsets = uint32Copy(bytesOf(this.#offsets, this.#end), this.#offsets.length * 2)
        this.#lengths = uint32Copy(bytesOf(this.#lengths, this.#end), this.#lengths.length * 2)
      }
    }
    this.#offsets[this.#end] = this.#arena.append(bytes, 0, bytes.length)
    this.#lengths[this.#end] = bytes.length
    this.#end += 1
  }

  at(index: number): Uint8Array {
    if (!(index >= 0 && index < this.length))
      throw new EngineError('STATE_LIST_INDEX', `The list has ${this.length} entries, there is none at ${index}.`)
    const at = this.#head + index
    return this.#arena.bytes.slice(this.#offsets[at], this.#offsets[at] + this.#lengths[at])
  }

  shift(count: number): void {
    const end = Math.min(this.#end, this.#head + count)
    for (; this.#head < end; this.#head += 1) this.#arena.dead += this.#lengths[this.#head]
    if (this.length === 0) this.clear()
    else if (this.#arena.wasteful) {
      this.#dropHead()
      this.#arena.compact([{ offsets: this.#offsets, lengths: this.#lengths }], this.#end)
    }
  }

  clear(): void {
    this.#head = 0
    this.#end = 0
    this.#arena.used = 0
    this.#arena.dead = 0
  }

  #dropHead(): void {
    this.#offsets.copyWithin(0, this.#head, this.#end)
    this.#lengths.copyWithin(0, this.#head, this.#end)
    this.#end -= this.#head
    this.#head = 0
  }

  image(): StateImage {
    this.#dropHead()
    const sections = [bytesOf(this.#offsets, this.#end), bytesOf(this.#lengths, this.#end), bytesOf(this.#arena.bytes, this.#arena.used)]
    return { kind: 'list', version: this.formatVersion, shape: '', header: { length: this.#end, dead: this.#arena.dead }, sections }
  }

  static ofImage(image: StateImage): ByteList {
    const list = new ByteList(image.version)
    const [offsets, lengths, bytes] = image.sections
    list.#end = image.header.length
    const capacity = Math.max(64, list.#end)
    list.#offsets = uint32Copy(offsets, capacity)
    list.#lengths = uint32Copy(lengths, capacity)
    list.#arena = new ByteArena(bytes.slice(), bytes.length, image.header.dead)
    return list
  }
}
