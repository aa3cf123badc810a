/**
 * Writes canonical key bytes: per value a tag, then its bytes. A file format (engine-spec H25).
 *
 * 0 NULL · 1 number, f64 little-endian, one NaN, no −0 · 2 bool, one byte · 3 text, u32 length, UTF-8 ·
 * 4 whole number beyond ±2^53, i64 little-endian.
 */
import { type ColumnBuilder, exactOf, textOfBytes, type Exact } from '@belay/columns'
import type { KeyWriter } from '../operator/state.ts'

export const KEY_TAG = { null: 0, number: 1, bool: 2, text: 3, int64: 4 } as const

const scratch = new Float64Array(1)
const scratchBytes = new Uint8Array(scratch.buffer)
const scratchWords = new Uint32Array(scratch.buffer)
const scratchInt64 = new BigInt64Array(scratch.buffer)
const encoder = new TextEncoder()

export class KeyBuffer implements KeyWriter {
  buffer: Uint8Array = new Uint8Array(256)
  length = 0

  begin(): void {
    this.length = 0
  }

  number(value: number): void {
    // Adding zero turns −0 into 0; every NaN is written as the same one.
    scratch[0] = value === value ? value + 0 : Number.NaN
    if (this.length + 9 > this.buffer.length) this.#grow(9)
    const bytes = this.buffer
    const at = this.length
    bytes[at] = KEY_TAG.number
    const low = scratchWords[0]
    const high = scratchWords[1]
    bytes[at + 1] = low
    bytes[at + 2] = low >>> 8
    bytes[at + 3] = low >>> 16
    bytes[at + 4] = low >>> 24
    bytes[at + 5] = high
    bytes[at + 6] = high >>> 8
    bytes[at + 7] = high >>> 16
    bytes[at + 8] = high >>> 24
    this.length = at + 9
  }

  int64(value: bigint): void {
    const exact = exactOf(value)
    if (typeof exact === 'number') return this.number(exact)
    if (this.length + 9 > this.buffer.length) this.#grow(9)
    scratchInt64[0] = exact
    this.buffer[this.length] = KEY_TAG.int64
    this.buffer.set(scratchBytes, this.length + 1)
    this.length += 9
  }

  bool(value: number): void {
    if (this.length + 2 > this.buffer.length) this.#grow(2)
    this.buffer[this.length++] = KEY_TAG.bool
    this.buffer[this.length++] = value === 0 ? 0 : 1
  }

  #head(at: number, length: number): void {
    const bytes = this.buffer
    bytes[at] = KEY_TAG.text
    bytes[at + 1] = length
    bytes[at + 2] = length >>> 8
    bytes[at + 3] = length >>> 16
    bytes[at + 4] = length >>> 24
  }

  null(): void {
    if (this.length + 1 > this.buffer.length) this.#grow(1)
    this.buffer[this.length++] = KEY_TAG.null
  }

  text(value: string): void {
    if (this.length + 5 + value.length * 3 > this.buffer.length) this.#grow(5 + value.length * 3)
    const bytes = this.buffer
    const start = this.length
    let at = start + 5
    for (let i = 0; i < value.length; i += 1) {
      const code = value.charCodeAt(i)
      if (code >= 128) {
        at = start + 5 + encoder.encodeInto(value, bytes.subarray(start + 5)).written
        break
      }
      bytes[at++] = code
    }
    this.#head(start, at - start - 5)
    this.length = at
  }

  #grow(more: number): void {
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + more))
    grown.set(this.buffer)
    this.buffer = grown
  }

  /** UTF-8 bytes `[from, to)` of `source` as one text value. */
  bytes(source: Uint8Array, from: number, to: number): void {
    const length = to - from
    if (this.length + 5 + length > this.buffer.length) this.#grow(5 + length)
    const bytes = this.buffer
    let at = this.length
    this.#head(at, length)
    at += 5
    for (let i = from; i < to; i += 1) bytes[at++] = source[i]
    this.length = at
  }
}

/** The `index`-th value of canonical key bytes starting at `at`; numbers as they are stored. */
export function keyValueAt(bytes: Uint8Array, at: number, index: number): Exact | string | boolean | null {
  let next = at
  for (let i = 0; ; i += 1) {
    const tag = bytes[next++]
    const wanted = i === index
    switch (tag) {
      case KEY_TAG.null:
        if (wanted) return null
        break
      case KEY_TAG.number:
        if (wanted) {
          for (let k = 0; k < 8; k += 1) scratchBytes[k] = bytes[next + k]
          return scratch[0]
        }
        next += 8
        break
      case KEY_TAG.int64:
        if (wanted) {
          for (let k = 0; k < 8; k += 1) scratchBytes[k] = bytes[next + k]
          return scratchInt64[0]
        }
        next += 8
        break
      case KEY_TAG.bool:
        if (wanted) return bytes[next] === 1
        next += 1
        break
      default: {
        const length = bytes[next] | (bytes[next + 1] << 8) | (bytes[next + 2] << 16) | (bytes[next + 3] << 24)
        next += 4
        if (wanted) return textOfBytes(bytes, next, next + length)
        next += length
      }
    }
  }
}

/** Appends the `index`-th value of canonical key bytes to a column of its type, without a string in between. */
export function pushKeyValueAt(bytes: Uint8Array, at: number, index: number, builder: ColumnBuilder): void {
  let next = at
  for (let i = 0; i < index; i += 1) next = keyValueEnd(bytes, next)
  const tag = bytes[next++]
  if (tag === KEY_TAG.null) return builder.pushNull()
  switch (builder.storage) {
    case 'number':
      for (let k = 0; k < 8; k += 1) scratchBytes[k] = bytes[next + k]
      return tag === KEY_TAG.int64 ? builder.pushExact(scratchInt64[0]) : builder.push(scratch[0])
    case 'bool':
      return builder.push(bytes[next] === 1)
    case 'bytes': {
      const end = keyValueEnd(bytes, next - 1)
      return builder.pushText(bytes, next + 4, end)
    }
    case 'array':
      throw new TypeError('an array is not a key')
  }
}

/** Where the value that begins at `at` ends. */
export function keyValueEnd(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
    case KEY_TAG.null:
      return at + 1
    case KEY_TAG.number:
    case KEY_TAG.int64:
      return at + 9
    case KEY_TAG.bool:
      return at + 2
    default:
      return at + 5 + (bytes[at + 1] | (bytes[at + 2] << 8) | (bytes[at + 3] << 16) | (bytes[at + 4] << 24))
  }
}
