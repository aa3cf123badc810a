/** Bytes appended one after the other; freed ranges are only counted, the owner compacts. */
export class ByteArena {
  bytes: Uint8Array
  used: number
  dead: number

  constructor(bytes: Uint8Array = new Uint8Array(1024), used = 0, dead = 0) {
    this.bytes = bytes
    this.used = used
    this.dead = dead
  }

  /** Makes room for `sizeBytes` and returns where they go. */
  reserve(sizeBytes: number): number {
    const at = this.used
    if (at + sizeBytes > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.bytes.length * 2, at + sizeBytes))
      grown.set(this.bytes.subarray(0, at))
      this.bytes = grown
    }
    this.used = at + sizeBytes
    return at
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

  /** Keeps only the ranges `(offsets[i], lengths[i])`, in order, and writes their new offsets back. */
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
    this.used = at
    this.dead = 0
  }
}
