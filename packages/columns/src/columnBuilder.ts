/**
 * Builds one column value by value. `finish` hands the values over in memory of their own and starts
 * again empty; hot writers fill the public arrays themselves.
 */
import { BATCH_ROWS } from './batch.ts'
import { parseDate } from './calendar.ts'
import type { BytesColumn, Column, NumberType, Value } from './column.ts'
import { copyBytes, viewOf } from './copyBytes.ts'
import { exactOf, parseDecimal, parseInt64, type Exact } from './decimal.ts'
import { elementOf, isArray, isDecimal, precisionOf, scaleOf, type ArrayType, type LogicalType } from './logicalType.ts'

const encoder = new TextEncoder()

/** Values held as numbers; of a decimal the unscaled ones, of a date the days. */
export class NumberBuilder {
  readonly storage = 'number'
  values: Float64Array = new Float64Array(BATCH_ROWS)
  nulls: Uint8Array | undefined
  rows = 0
  readonly type: NumberType
  /** Values beyond ±2^53 by their row; there are some only if the column has to become `i64`. */
  readonly #beyond = new Map<number, bigint>()

  constructor(type: NumberType) {
    this.type = type
  }

  push(value: number): void {
    if (this.rows === this.values.length) this.#grow()
    this.values[this.rows++] = value
  }

  /** Copies values of which none is NULL. */
  pushAll(values: Float64Array): void {
    while (this.rows + values.length > this.values.length) this.#grow()
    this.values.set(values, this.rows)
    this.rows += values.length
  }

  /** A whole number of an int64 or decimal column, exact over the whole range. */
  pushExact(value: Exact): void {
    if (typeof value === 'bigint') this.#beyond.set(this.rows, value)
    this.push(Number(value))
  }

  pushNull(): void {
    if (this.rows === this.values.length) this.#grow()
    this.nulls ??= new Uint8Array(this.values.length)
    this.nulls[this.rows] = 1
    this.values[this.rows++] = 0
  }

  #grow(): void {
    this.values = grownNumbers(this.values)
    if (this.nulls !== undefined) this.nulls = grownBytes(this.nulls, this.nulls.length * 2)
  }

  /** Starts again empty, keeping the memory. */
  reset(): void {
    this.rows = 0
    this.nulls = undefined
    if (this.#beyond.size > 0) this.#beyond.clear()
  }

  finish(): Column {
    const { type, rows } = this
    const nulls = this.nulls?.slice(0, rows)
    const column: Column =
      this.#beyond.size > 0 && (type === 'int64' || isDecimal(type))
        ? { storage: 'i64', type, values: this.#wideValues(), nulls }
        : { storage: 'number', type, values: this.values.slice(0, rows), nulls }
    this.reset()
    return column
  }

  #wideValues(): BigInt64Array {
    const values = new BigInt64Array(this.rows)
    for (let i = 0; i < this.rows; i += 1) values[i] = this.#beyond.get(i) ?? BigInt(this.values[i])
    return values
  }
}

/** bool values. */
export class BoolBuilder {
  readonly storage = 'bool'
  readonly type = 'bool'
  values: Uint8Array = new Uint8Array(BATCH_ROWS)
  nulls: Uint8Array | undefined
  rows = 0

  push(value: boolean): void {
    if (this.rows === this.values.length) this.#grow()
    this.values[this.rows++] = value ? 1 : 0
  }

  pushNull(): void {
    if (this.rows === this.values.length) this.#grow()
    this.nulls ??= new Uint8Array(this.values.length)
    this.nulls[this.rows] = 1
    this.values[this.rows++] = 0
  }

  #grow(): void {
    const size = this.values.length * 2
    this.values = grownBytes(this.values, size)
    if (this.nulls !== undefined) this.nulls = grownBytes(this.nulls, size)
  }

  reset(): void {
    this.rows = 0
    this.nulls = undefined
  }

  finish(): Column {
    const nulls = this.nulls?.slice(0, this.rows)
    const column: Column = { storage: 'bool', type: 'bool', values: this.values.slice(0, this.rows), nulls }
    this.reset()
    return column
  }
}

/** string and json values as UTF-8. */
export class BytesBuilder {
  readonly storage = 'bytes'
  bytes: Uint8Array = new Uint8Array(16_384)
  offsets: Uint32Array = new Uint32Array(BATCH_ROWS + 1)
  nulls: Uint8Array | undefined
  ascii = true
  rows = 0
  size = 0
  readonly type: 'string' | 'json'
  /** Of `bytes`. */
  #view: DataView = new DataView(this.bytes.buffer)

  constructor(type: 'string' | 'json') {
    this.type = type
  }

  /** A lone surrogate becomes U+FFFD (engine-spec H21). */
  push(text: string): void {
    this.#reserve(text.length * 3)
    const bytes = this.bytes
    let at = this.size
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i)
      if (code >= 128) {
        at = this.size + encoder.encodeInto(text, bytes.subarray(this.size)).written
        this.ascii = false
        break
      }
      bytes[at++] = code
    }
    this.size = at
    this.offsets[++this.rows] = at
  }

  /** Copies UTF-8 bytes `[from, to)`; the caller says whether they are all ASCII. */
  pushBytes(source: Uint8Array, from: number, to: number, ascii: boolean): void {
    this.#reserve(to - from)
    copyBytes(viewOf(source), from, to, this.#view, this.size)
    this.size += to - from
    if (!ascii) this.ascii = false
    this.offsets[++this.rows] = this.size
  }

  /** Copies UTF-8 bytes `[from, to)` of which nobody knows whether they are all ASCII. */
  pushText(source: Uint8Array, from: number, to: number): void {
    this.#reserve(to - from)
    if (!copyBytes(viewOf(source), from, to, this.#view, this.size)) this.ascii = false
    this.size += to - from
    this.offsets[++this.rows] = this.size
  }

  /** Adds bytes to the row in work, which `endText` closes. */
  append(source: Uint8Array, from: number, to: number, ascii: boolean): void {
    this.#reserve(to - from)
    copyBytes(viewOf(source), from, to, this.#view, this.size)
    this.size += to - from
    if (!ascii) this.ascii = false
  }

  /** Adds bytes to the row in work of which nobody knows whether they are all ASCII. */
  appendText(source: Uint8Array, from: number, to: number): void {
    this.#reserve(to - from)
    if (!copyBytes(viewOf(source), from, to, this.#view, this.size)) this.ascii = false
    this.size += to - from
  }

  /** Adds one byte to the row in work. */
  appendByte(byte: number): void {
    this.#reserve(1)
    this.bytes[this.size++] = byte
    if (byte >= 128) this.ascii = false
  }

  endText(): void {
    this.#reserve(0)
    this.offsets[++this.rows] = this.size
  }

  /** Copies one row of another column. */
  pushFrom(column: BytesColumn, row: number): void {
    this.pushBytes(column.bytes, column.offsets[row], column.offsets[row + 1], column.ascii)
  }

  /** Copies the first rows of another column, of which none is NULL. */
  pushAll(column: BytesColumn, rows: number): void {
    const from = column.offsets[0]
    const to = column.offsets[rows]
    this.reserve(rows, to - from)
    this.bytes.set(column.bytes.subarray(from, to), this.size)
    const shift = this.size - from
    for (let row = 1; row <= rows; row += 1) this.offsets[this.rows + row] = column.offsets[row] + shift
    this.rows += rows
    this.size += to - from
    if (!column.ascii) this.ascii = false
  }

  pushNull(): void {
    this.#reserve(0)
    this.nulls ??= new Uint8Array(this.offsets.length - 1)
    this.nulls[this.rows] = 1
    this.offsets[++this.rows] = this.size
  }

  #reserve(sizeBytes: number): void {
    if (this.rows === this.offsets.length - 1) this.#growOffsets()
    if (this.size + sizeBytes > this.bytes.length) {
      this.bytes = grownBytes(this.bytes, Math.max(this.bytes.length * 2, this.size + sizeBytes))
      this.#view = new DataView(this.bytes.buffer)
    }
  }

  #growOffsets(): void {
    const grown = new Uint32Array((this.offsets.length - 1) * 2 + 1)
    grown.set(this.offsets)
    this.offsets = grown
    if (this.nulls !== undefined) this.nulls = grownBytes(this.nulls, grown.length - 1)
  }

  /** Makes room for so many rows and bytes more: hot writers then fill `bytes` and `offsets` themselves. */
  reserve(rows: number, sizeBytes: number): void {
    while (this.rows + rows > this.offsets.length - 1) this.#growOffsets()
    this.#reserve(sizeBytes)
  }

  finish(): Column {
    const column: Column = {
      storage: 'bytes',
      type: this.type,
      offsets: this.offsets.slice(0, this.rows + 1),
      bytes: this.bytes.slice(0, this.size),
      ascii: this.ascii,
      nulls: this.nulls?.slice(0, this.rows),
    }
    this.reset()
    return column
  }

  reset(): void {
    this.rows = 0
    this.size = 0
    this.ascii = true
    this.nulls = undefined
  }
}

/** Arrays: push the items of a row into `items`, then `endArray`. */
export class ArrayBuilder {
  readonly storage = 'array'
  readonly type: ArrayType
  readonly items: ColumnBuilder
  offsets: Uint32Array = new Uint32Array(BATCH_ROWS + 1)
  nulls: Uint8Array | undefined
  rows = 0

  constructor(type: ArrayType) {
    this.type = type
    this.items = columnBuilder(elementOf(type))
  }

  endArray(): void {
    this.#reserve()
    this.offsets[++this.rows] = this.items.rows
  }

  pushNull(): void {
    this.#reserve()
    this.nulls ??= new Uint8Array(this.offsets.length - 1)
    this.nulls[this.rows] = 1
    this.offsets[++this.rows] = this.items.rows
  }

  #reserve(): void {
    if (this.rows < this.offsets.length - 1) return
    const grown = new Uint32Array(this.rows * 2 + 1)
    grown.set(this.offsets)
    this.offsets = grown
    if (this.nulls !== undefined) this.nulls = grownBytes(this.nulls, grown.length - 1)
  }

  reset(): void {
    this.rows = 0
    this.nulls = undefined
    this.items.reset()
  }

  finish(): Column {
    const offsets = this.offsets.slice(0, this.rows + 1)
    const nulls = this.nulls?.slice(0, this.rows)
    const column: Column = { storage: 'array', type: this.type, offsets, items: this.items.finish(), nulls }
    this.reset()
    return column
  }
}

export type ColumnBuilder = NumberBuilder | BoolBuilder | BytesBuilder | ArrayBuilder

export function columnBuilder(type: LogicalType): ColumnBuilder {
  if (isArray(type)) return new ArrayBuilder(type)
  switch (type) {
    case 'bool':
      return new BoolBuilder()
    case 'string':
    case 'json':
      return new BytesBuilder(type)
    default:
      return new NumberBuilder(type)
  }
}

/** Copies one row of a column of the builder's type. */
export function pushFrom(builder: ColumnBuilder, column: Column, row: number): void {
  if (column.nulls !== undefined && column.nulls[row] === 1) return builder.pushNull()
  switch (column.storage) {
    case 'number':
      if (builder.storage === 'number') return builder.push(column.values[row])
      break
    case 'i64':
      if (builder.storage === 'number') return builder.pushExact(exactOf(column.values[row]))
      break
    case 'bool':
      if (builder.storage === 'bool') return builder.push(column.values[row] === 1)
      break
    case 'bytes':
      if (builder.storage === 'bytes') return builder.pushFrom(column, row)
      break
    case 'array':
      if (builder.storage === 'array') {
        for (let i = column.offsets[row]; i < column.offsets[row + 1]; i += 1) pushFrom(builder.items, column.items, i)
        return builder.endArray()
      }
      break
  }
  throw new TypeError(`a ${column.type} column cannot be copied into a ${builder.type} column`)
}

/** Copies the first rows of a column of the builder's type. */
export function pushRows(builder: ColumnBuilder, column: Column, rows: number): void {
  if (column.nulls === undefined) {
    if (builder.storage === 'number' && column.storage === 'number') return builder.pushAll(column.values.subarray(0, rows))
    if (builder.storage === 'bytes' && column.storage === 'bytes') return builder.pushAll(column, rows)
  }
  for (let row = 0; row < rows; row += 1) pushFrom(builder, column, row)
}

/** Appends a plain value. Throws TypeError if the column's type cannot hold it. */
export function pushValue(builder: ColumnBuilder, value: Value): void {
  if (value === null || value === undefined) return builder.pushNull()
  switch (builder.storage) {
    case 'number': {
      const { type } = builder
      if (typeof value === 'number' && !isDecimal(type) && type !== 'date') return builder.push(value)
      const stored = typeof value === 'string' || typeof value === 'number' ? storedNumber(String(value), type) : undefined
      if (stored !== undefined) return builder.pushExact(stored)
      break
    }
    case 'bool':
      if (typeof value === 'boolean') return builder.push(value)
      break
    case 'bytes':
      if (typeof value === 'string') return builder.push(value)
      break
    case 'array':
      if (typeof value === 'object') {
        for (const item of value) pushValue(builder.items, item)
        return builder.endArray()
      }
      break
  }
  throw new TypeError(`${JSON.stringify(value)} is not a value of type ${builder.type}`)
}

/** The stored form of a number's Value that is text. */
function storedNumber(text: string, type: NumberType): Exact | undefined {
  if (isDecimal(type)) return parseDecimal(text, precisionOf(type), scaleOf(type))
  if (type === 'int64') return parseInt64(text)
  return type === 'date' ? parseDate(text) : undefined
}

function grownNumbers(values: Float64Array): Float64Array {
  const grown = new Float64Array(values.length * 2)
  grown.set(values)
  return grown
}

function grownBytes(bytes: Uint8Array, size: number): Uint8Array {
  const grown = new Uint8Array(size)
  grown.set(bytes)
  return grown
}
