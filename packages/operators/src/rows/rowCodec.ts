/**
 * Rows as bytes: for state that keeps whole rows, and to tell whether two rows are the same. Equal
 * rows have equal bytes; NaN equals NaN and −0 is 0, as in keys (engine-spec H23).
 *
 * Per value a tag, then: 0 NULL · 1 f64 · 2 bool, one byte · 3 bytes, u32 length · 4 i64 · 5 array,
 * u32 items, then the items. Little-endian. A state format: changed only with the versions of the
 * states that hold it.
 */
import { exactOf, type Column, type ColumnBuilder, type Exact } from '@belay/columns'

const NULL = 0
const NUMBER = 1
const BOOL = 2
const BYTES = 3
const INT64 = 4
const ARRAY = 5

const scratch = new Float64Array(1)
const scratchBytes = new Uint8Array(scratch.buffer)
const scratchInt64 = new BigInt64Array(scratch.buffer)

/** One row at a time, in memory that is used again: `bytes[0 … length)`. */
export class RowWriter {
  bytes: Uint8Array = new Uint8Array(256)
  length = 0

  begin(): void {
    this.length = 0
  }

  row(columns: readonly Column[], row: number): void {
    this.length = 0
    for (let i = 0; i < columns.length; i += 1) this.value(columns[i], row)
  }

  value(column: Column, row: number): void {
    if (column.nulls !== undefined && column.nulls[row] === 1) return this.null()
    switch (column.storage) {
      case 'number': {
        const value = column.values[row]
        scratch[0] = value === value ? value + 0 : Number.NaN
        return this.#eight(NUMBER)
      }
      case 'i64':
        return this.exact(exactOf(column.values[row]))
      case 'bool':
        this.#room(2)
        this.bytes[this.length++] = BOOL
        this.bytes[this.length++] = column.values[row]
        return
      case 'bytes':
        return this.#text(column.bytes, column.offsets[row], column.offsets[row + 1])
      case 'array': {
        const from = column.offsets[row]
        const to = column.offsets[row + 1]
        this.#head(ARRAY, to - from)
        for (let i = from; i < to; i += 1) this.value(column.items, i)
      }
    }
  }

  null(): void {
    this.#room(1)
    this.bytes[this.length++] = NULL
  }

  /** A number, exact beyond ±2^53 as well. */
  exact(value: Exact): void {
    if (typeof value === 'number') {
      scratch[0] = value === value ? value + 0 : Number.NaN
      return this.#eight(NUMBER)
    }
    scratchInt64[0] = value
    this.#eight(INT64)
  }

  /** Copies what another writer or a state holds. */
  append(source: Uint8Array, from: number, to: number): void {
    this.#room(to - from)
    this.bytes.set(source.subarray(from, to), this.length)
    this.length += to - from
  }

  #eight(tag: number): void {
    this.#room(9)
    const { bytes } = this
    let at = this.length
    bytes[at++] = tag
    for (let k = 0; k < 8; k += 1) bytes[at++] = scratchBytes[k]
    this.length = at
  }

  #head(tag: number, count: number): void {
    this.#room(5)
    const { bytes } = this
    const at = this.length
    bytes[at] = tag
    bytes[at + 1] = count
    bytes[at + 2] = count >>> 8
    bytes[at + 3] = count >>> 16
    bytes[at + 4] = count >>> 24
    this.length = at + 5
  }

  #text(source: Uint8Array, from: number, to: number): void {
    this.#head(BYTES, to - from)
    this.#room(to - from)
    const { bytes } = this
    let at = this.length
    if (to - from > 32) {
      bytes.set(source.subarray(from, to), at)
      at += to - from
    } else for (let i = from; i < to; i += 1) bytes[at++] = source[i]
    this.length = at
  }

  #room(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
}

/** Appends the row that begins at `at` to columns of its types; returns where it ends. */
export function readRow(bytes: Uint8Array, at: number, columns: readonly ColumnBuilder[], from = 0, to = columns.length): number {
  let next = at
  for (let i = from; i < to; i += 1) next = readValue(bytes, next, columns[i])
  return next
}

function readValue(bytes: Uint8Array, at: number, builder: ColumnBuilder): number {
  const tag = bytes[at]
  let next = at + 1
  if (tag === NULL) {
    builder.pushNull()
    return next
  }
  switch (builder.storage) {
    case 'number':
      for (let k = 0; k < 8; k += 1) scratchBytes[k] = bytes[next + k]
      if (tag === INT64) builder.pushExact(scratchInt64[0])
      else builder.push(scratch[0])
      return next + 8
    case 'bool':
      builder.push(bytes[next] === 1)
      return next + 1
    case 'bytes': {
      const end = next + 4 + lengthAt(bytes, next)
      let high = 0
      for (let i = next + 4; i < end; i += 1) high |= bytes[i]
      builder.pushBytes(bytes, next + 4, end, high < 128)
      return end
    }
    case 'array': {
      const items = lengthAt(bytes, next)
      next += 4
      for (let i = 0; i < items; i += 1) next = readValue(bytes, next, builder.items)
      builder.endArray()
      return next
    }
  }
}

/** Where the value that begins at `at` ends. */
export function valueEnd(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
    case NULL:
      return at + 1
    case BOOL:
      return at + 2
    case NUMBER:
    case INT64:
      return at + 9
    case BYTES:
      return at + 5 + lengthAt(bytes, at + 1)
    default: {
      let next = at + 5
      for (let items = lengthAt(bytes, at + 1); items > 0; items -= 1) next = valueEnd(bytes, next)
      return next
    }
  }
}

/** The number that begins at `at`, of a column that holds times or plain numbers; NaN for NULL. */
export function readNumber(bytes: Uint8Array, at: number): number {
  if (bytes[at] === NULL) return Number.NaN
  for (let k = 0; k < 8; k += 1) scratchBytes[k] = bytes[at + 1 + k]
  return bytes[at] === INT64 ? Number(scratchInt64[0]) : scratch[0]
}

export function isNullAt(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === NULL
}

/** The number that begins at `at` and is not NULL, exact beyond ±2^53 as well. */
export function readExact(bytes: Uint8Array, at: number): Exact {
  for (let k = 0; k < 8; k += 1) scratchBytes[k] = bytes[at + 1 + k]
  return bytes[at] === INT64 ? scratchInt64[0] : scratch[0]
}

export function sameBytes(a: Uint8Array, aFrom: number, aTo: number, b: Uint8Array, bFrom: number, bTo: number): boolean {
  if (aTo - aFrom !== bTo - bFrom) return false
  for (let i = aFrom, k = bFrom; i < aTo; i += 1, k += 1) if (a[i] !== b[k]) return false
  return true
}
