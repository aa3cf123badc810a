/** A hash table from key bytes to a line of the lookup file; the first line of a key counts. */

const START = 0x811c9dc5
const PRIME = 0x01000193

export class KeyIndex {
  #slots = new Int32Array(1024)
  #bytes = new Uint8Array(8192)
  #starts: number[] = []
  #ends: number[] = []
  #lines: number[] = []
  #used = 0
  duplicates = 0

  get size(): number {
    return this.#lines.length
  }

  add(key: Uint8Array, length: number, line: number): void {
    if (this.find(key, 0, length) >= 0) {
      this.duplicates += 1
      return
    }
    if ((this.#lines.length + 1) * 2 > this.#slots.length) this.#grow()
    while (this.#used + length > this.#bytes.length) {
      const bytes = new Uint8Array(this.#bytes.length * 2)
      bytes.set(this.#bytes)
      this.#bytes = bytes
    }
    this.#bytes.set(key.subarray(0, length), this.#used)
    this.#starts.push(this.#used)
    this.#used += length
    this.#ends.push(this.#used)
    this.#lines.push(line)
    this.#place(this.#lines.length)
  }

  /** Line of the key `[from, to)`; −1 = none. */
  find(key: Uint8Array, from: number, to: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    const bytes = this.#bytes
    const length = to - from
    let at = hash(key, from, to) & mask
    for (let entry = slots[at]; entry !== 0; entry = slots[at]) {
      const start = this.#starts[entry - 1]
      if (this.#ends[entry - 1] - start === length) {
        let i = 0
        while (i < length && bytes[start + i] === key[from + i]) i += 1
        if (i === length) return this.#lines[entry - 1]
      }
      at = (at + 1) & mask
    }
    return -1
  }

  #place(entry: number): void {
    const mask = this.#slots.length - 1
    let at = hash(this.#bytes, this.#starts[entry - 1], this.#ends[entry - 1]) & mask
    while (this.#slots[at] !== 0) at = (at + 1) & mask
    this.#slots[at] = entry
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2)
    for (let entry = 1; entry <= this.#lines.length; entry += 1) this.#place(entry)
  }
}

/** FNV-1a; only for this table, never stored. */
function hash(bytes: Uint8Array, from: number, to: number): number {
  let value = START
  for (let i = from; i < to; i += 1) value = Math.imul(value ^ bytes[i], PRIME)
  return value ^ (value >>> 15)
}
