/**
 * Rows as bytes: for state that keeps whole rows, and to tell whether two rows are the same. Equal
 * rows have equal bytes; NaN equals NaN and −0 is 0, as in keys (engine-spec H23).
 *
 * Per value a tag, then: 0 NULL · 1 f64 · 2 bool, one byte · 3 bytes, u32 length · 4 i64 · 5 array,
 * u32 items, then the items. Little-endian. A state format: changed only with the versions of the
 * states that hold it.
 */
import { copyBytes, exactOf, viewOf, type Column, type ColumnBuilder, type Exact } from '@belay/columns'

const NULL = 0
const NUMBER = 1
const BOOL = 2
const BYTES = 3
const INT64 = 4
const ARRAY = 5

const NO_VALUES = new Float64Array(0)
const NO_OFFSETS = new Uint32Array(0)
const NO_VIEW = new DataView(NO_VALUES.buffer)

/** What `RowWriter` does with a column: numbers and texts are read from arrays of their own, whatever their columns look like. */
const PLAIN_NUMBER = 0
const TEXT = 1
const OTHER = 2

/** One row at a time, in memory that is used again: `bytes[0 … length)`. */
export class RowWriter {
  bytes: Uint8Array = new Uint8Array(256)
  length = 0
  #view = new DataView(this.bytes.buffer)
  /** The columns that rows were last written from, each taken apart. */
  #columns: readonly Column[] = []
  #kinds: number[] = []
  #nulls: (Uint8Array | undefined)[] = []
  #values: Float64Array[] = []
  #offsets: Uint32Array[] = []
  #texts: DataView[] = []

  begin(): void {
    this.length = 0
  }

  row(columns: readonly Column[], row: number): void {
    this.length = 0
    this.values(columns, row)
  }

  /** Adds all values of a row. */
  values(columns: readonly Column[], row: number): void {
    if (columns !== this.#columns) this.#takeApart(columns)
    const kinds = this.#kinds
    for (let i = 0; i < kinds.length; i += 1) {
      const nulls = this.#nulls[i]
      if (nulls !== undefined && nulls[row] === 1) this.null()
      else if (kinds[i] === PLAIN_NUMBER) this.number(this.#values[i][row])
      else if (kinds[i] === TEXT) this.#text(this.#texts[i], this.#offsets[i][row], this.#offsets[i][row + 1])
      else this.value(columns[i], row)
    }
  }

  #takeApart(columns: readonly Column[]): void {
    this.#columns = columns
    this.#kinds = columns.map(({ storage }) => (storage === 'number' ? PLAIN_NUMBER : storage === 'bytes' ? TEXT : OTHER))
    this.#nulls = columns.map(({ nulls }) => nulls)
    this.#values = columns.map((column) => (column.storage === 'number' ? column.values : NO_VALUES))
    this.#offsets = columns.map((column) => (column.storage === 'bytes' ? column.offsets : NO_OFFSETS))
    this.#texts = columns.map((column) => (column.storage === 'bytes' ? viewOf(column.bytes) : NO_VIEW))
  }

  value(column: Column, row: number): void {
    if (column.nulls !== undefined && column.nulls[row] === 1) return this.null()
    switch (column.storage) {
      case 'number':
        return this.number(column.values[row])
      case 'i64':
        return this.exact(exactOf(column.values[row]))
      case 'bool':
        this.#room(2)
        this.bytes[this.length++] = BOOL
        this.bytes[this.length++] = column.values[row]
        return
      case 'bytes':
        return this.#text(viewOf(column.bytes), column.offsets[row], column.offsets[row + 1])
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

  number(value: number): void {
    this.#room(9)
    const view = this.#view
    const at = this.length
    view.setUint8(at, NUMBER)
    // Adding zero turns −0 into 0; every NaN is written as the same one.
    view.setFloat64(at + 1, value === value ? value + 0 : Number.NaN, true)
    this.length = at + 9
  }

  /** A number, exact beyond ±2^53 as well. */
  exact(value: Exact): void {
    if (typeof value === 'number') return this.number(value)
    this.#room(9)
    this.#view.setUint8(this.length, INT64)
    this.#view.setBigInt64(this.length + 1, value, true)
    this.length += 9
  }

  /** Copies what another writer or a state holds. */
  append(source: Uint8Array, from: number, to: number): void {
    this.#room(to - from)
    copyBytes(viewOf(source), from, to, this.#view, this.length)
    this.length += to - from
  }

  #head(tag: number, count: number): void {
    this.#room(5)
    this.#view.setUint8(this.length, tag)
    this.#view.setUint32(this.length + 1, count, true)
    this.length += 5
  }

  #text(source: DataView, from: number, to: number): void {
    this.#room(5 + to - from)
    this.#head(BYTES, to - from)
    copyBytes(source, from, to, this.#view, this.length)
    this.length += to - from
  }

  #room(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
}

/** Appends the row that begins at `at` to columns of its types; returns where it ends. */
export function readRow(bytes: Uint8Array, at: number, columns: readonly ColumnBuilder[], from = 0, to = columns.length): number {
  const view = viewOf(bytes)
  let next = at
  for (let i = from; i < to; i += 1) next = readValue(bytes, view, next, columns[i])
  return next
}

function readValue(bytes: Uint8Array, view: DataView, at: number, builder: ColumnBuilder): number {
  const tag = view.getUint8(at)
  let next = at + 1
  if (tag === NULL) {
    builder.pushNull()
    return next
  }
  switch (builder.storage) {
    case 'number':
      if (tag === INT64) builder.pushExact(view.getBigInt64(next, true))
      else builder.push(view.getFloat64(next, true))
      return next + 8
    case 'bool':
      builder.push(view.getUint8(next) === 1)
      return next + 1
    case 'bytes': {
      const end = next + 4 + view.getUint32(next, true)
      builder.pushText(bytes, next + 4, end)
      return end
    }
    case 'array': {
      const items = view.getUint32(next, true)
      next += 4
      for (let i = 0; i < items; i += 1) next = readValue(bytes, view, next, builder.items)
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
  const view = viewOf(bytes)
  return bytes[at] === INT64 ? Number(view.getBigInt64(at + 1, true)) : view.getFloat64(at + 1, true)
}

/** Of a number of tag 1. */
export const NUMBER_BYTES = 9

/** Whether a float64 begins at `at`. */
export function isNumberAt(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === NUMBER
}

export function isNullAt(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === NULL
}

/** The number that begins at `at` and is not NULL, exact beyond ±2^53 as well. */
export function readExact(bytes: Uint8Array, at: number): Exact {
  const view = viewOf(bytes)
  return bytes[at] === INT64 ? view.getBigInt64(at + 1, true) : view.getFloat64(at + 1, true)
}

export function sameBytes(a: Uint8Array, aFrom: number, aTo: number, b: Uint8Array, bFrom: number, bTo: number): boolean {
  if (aTo - aFrom !== bTo - bFrom) return false
  for (let i = aFrom, k = bFrom; i < aTo; i += 1, k += 1) if (a[i] !== b[k]) return false
  return true
}
