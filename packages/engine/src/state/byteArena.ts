/** Bytes appended one after the other; freed ranges are only counted, the owner compacts. */
import { EngineError } from '../operator/engineError.ts'
import { BYTE_BLOCK_SHIFT, ChangeMarks } from './changeMarks.ts'
import type { Track } from './section.ts'

/** Places are kept as u32. */
const MOST_BYTES = 2 ** 32 - 1
/** Below it memory is not worth saving, above it growth by much costs nothing until it is written to. */
const SMALL_BYTES = 1_048_576
const LARGE_BYTES = 268_435_456

export class ByteArena {
  bytes: Uint8Array
  used: number
  dead: number
  /** Whoever writes what was not reserved just now tells it. */
  readonly marks: ChangeMarks

  constructor(bytes: Uint8Array = new Uint8Array(1024), used = 0, dead = 0) {
    this.bytes = bytes
    this.used = used
    this.dead = dead
    this.marks = new ChangeMarks(BYTE_BLOCK_SHIFT, bytes.length)
  }

  /** As section `index` of an image. */
  track(index: number): Track {
    return { marks: this.marks, length: this.used, sections: [{ index, blockBytes: 2 ** BYTE_BLOCK_SHIFT }] }
  }

  /** Makes room for `sizeBytes`, which the caller fills, and returns where they go. */
  reserve(sizeBytes: number): number {
    const at = this.used
    if (at + sizeBytes > this.bytes.length) this.#grow(at + sizeBytes)
    this.marks.touchRange(at, at + sizeBytes)
    this.used = at + sizeBytes
    return at
  }

  /**
   * Zeroed memory is the kernel's promise until it is touched: room for eight times as much costs address space
   * only, while each growth copies everything and touches it anew.
   */
  #grow(neededBytes: number): void {
    if (neededBytes > MOST_BYTES)
      throw new EngineError(
        'STATE_TOO_LARGE',
        'Texts and keys of one state table take 4 GB at most. Give the operator more partitions, or let it forget earlier.',
      )
    const { length } = this.bytes
    const factor = length >= SMALL_BYTES && length < LARGE_BYTES ? 8 : 2
    const grown = new Uint8Array(Math.min(MOST_BYTES, Math.max(length * factor, neededBytes)))
    grown.set(this.bytes.subarray(0, this.used))
    this.bytes = grown
    this.marks.grown(grown.length)
  }

  append(source: Uint8Array, from: number, to: number): number {
    const at = this.reserve(to - from)
    const bytes = this.bytes
    if (to - from > 64) bytes.set(source.subarray(from, to), at)
    else for (let i = from, k = at; i < to; i += 1) bytes[k++] = source[i]
    return at
  }

  /** More than half of a large arena is dead. */
  get wasteful(): boolean {
    return this.dead > 65_536 && this.dead * 2 > this.used
  }

  /** Keeps only the ranges `(offsets[i], lengths[i])`, in order, and writes their new offsets back: the caller marks them. */
  compact(parts: readonly { offsets: Uint32Array; lengths: Uint32Array }[], count: number): void {
    const kept = new Uint8Array(Math.max(1024, (this.used - this.dead) * 2))
    let at = 0
    for (const { offsets, lengths } of parts) {
      for (let i = 0; i < count; i += 1) {
        const length = lengths[i]
        if (length > 0) kept.set(this.bytes.subarray(offsets[i], offsets[i] + length), at)
        offsets[i] = at
        at += length
      }
    }
    this.bytes = kept
    this.marks.replaced(kept.length)
    this.used = at
    this.dead = 0
  }
}
