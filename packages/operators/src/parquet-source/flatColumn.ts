/**
 * A column chunk of a flat column, straight from its pages into typed arrays.
 *
 * hyparquet reads the page headers and decompresses; the values are read here, because an array of
 * boxed values per page costs several times what all operators of a pipeline do with them. What is not
 * in `FlatShape`, or in an encoding other than PLAIN and dictionary, is left to hyparquet (`null`).
 *
 * Layout of pages: Apache Parquet format, Encodings.md (RLE / bit-packing hybrid, PLAIN, dictionary).
 */
import { compressors } from 'hyparquet-compressors'
import { parquetHeader } from 'hyparquet/src/column.js'
import { decompressPage } from 'hyparquet/src/datapage.js'
import type { ColumnMetaData, PageHeader, SchemaElement } from 'hyparquet'

/** What of a flat column is needed to read its pages. */
export interface FlatShape {
  readonly physical: 'INT32' | 'INT64' | 'FLOAT' | 'DOUBLE' | 'BOOLEAN' | 'BYTE_ARRAY'
  /** Units of the stored integer per unit of the value: 1, or 1000 and 1,000,000 of times in µs and ns. */
  readonly divisor: number
  readonly optional: boolean
}

/** Values of a row group's rows. `nulls`: 1 = missing; undefined = none is. */
export type FlatValues =
  | { readonly kind: 'numbers'; readonly values: Float64Array; readonly nulls: Uint8Array | undefined }
  | { readonly kind: 'bools'; readonly values: Uint8Array; readonly nulls: Uint8Array | undefined }
  /** `codes[row]` is the row's text in `texts`. */
  | { readonly kind: 'texts'; readonly codes: Uint32Array; readonly texts: Texts; readonly nulls: Uint8Array | undefined }

/** Texts one after the other; the text 0 is the empty one that missing values have. */
export class Texts {
  #bytes = new Uint8Array(1024)
  #offsets = new Uint32Array(256)
  #count = 1

  /** The number of the text that is `bytes[from, to)`. */
  add(bytes: Uint8Array, from: number, to: number): number {
    const number = this.#count
    const start = this.#offsets[number]
    const end = start + to - from
    if (number + 2 > this.#offsets.length) this.#offsets = grown(this.#offsets, number + 2)
    if (end > this.#bytes.length) this.#bytes = grown(this.#bytes, end)
    for (let i = from, at = start; i < to; i += 1, at += 1) this.#bytes[at] = bytes[i]
    this.#count = number + 1
    this.#offsets[this.#count] = end
    return number
  }

  get count(): number {
    return this.#count
  }

  /** Text i is `bytes[offsets[i], offsets[i + 1])`. */
  get offsets(): Uint32Array {
    return this.#offsets
  }

  get bytes(): Uint8Array {
    return this.#bytes
  }

  bytesOf(number: number): Uint8Array {
    return this.#bytes.subarray(this.#offsets[number], this.#offsets[number + 1])
  }
}

function grown<T extends Uint8Array | Uint32Array>(array: T, atLeast: number): T {
  const larger = new (array.constructor as new (length: number) => T)(Math.max(atLeast, array.length * 2))
  larger.set(array)
  return larger
}

const PLAIN_TYPES = new Set([
  undefined,
  'UTF8',
  'ENUM',
  'JSON',
  'DATE',
  'TIMESTAMP_MILLIS',
  'TIMESTAMP_MICROS',
  'INT_8',
  'INT_16',
  'INT_32',
  'INT_64',
])

/** `null` = its values are not what their bytes say, or it is nested: not read here. */
export function flatShape(element: SchemaElement): FlatShape | null {
  const { type, converted_type: converted, logical_type: logical } = element
  if (element.repetition_type === 'REPEATED' || (element.num_children ?? 0) > 0) return null
  if (!PLAIN_TYPES.has(converted)) return null
  let divisor = converted === 'TIMESTAMP_MICROS' ? 1000 : 1
  switch (logical?.type) {
    case undefined:
    case 'STRING':
    case 'ENUM':
    case 'JSON':
    case 'DATE':
      break
    case 'INTEGER':
      if (!logical.isSigned) return null
      break
    case 'TIMESTAMP':
      divisor = { MILLIS: 1, MICROS: 1000, NANOS: 1_000_000 }[logical.unit]
      break
    default:
      return null
  }
  switch (type) {
    case 'INT32':
    case 'INT64':
    case 'FLOAT':
    case 'DOUBLE':
    case 'BOOLEAN':
    case 'BYTE_ARRAY':
      return { physical: type, divisor, optional: element.repetition_type !== 'REQUIRED' }
    default:
      return null
  }
}

/** The bytes of the file that hold a column chunk. */
export function chunkRange(metadata: ColumnMetaData): { readonly from: number; readonly to: number } {
  const dictionary = Number(metadata.dictionary_page_offset ?? 0n)
  const data = Number(metadata.data_page_offset)
  const from = dictionary > 0 && dictionary < data ? dictionary : data
  return { from, to: from + Number(metadata.total_compressed_size) }
}

/** A page's values, behind its levels. */
interface Page {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly at: number
  /** Values that are there, the missing ones not counted. */
  readonly values: number
  readonly encoding: string
}

/** One chunk being read. `read` answers null if a page is in an encoding that is not read here. */
class ChunkReader {
  readonly #shape: FlatShape
  readonly #codec: ColumnMetaData['codec']
  readonly #rows: number
  readonly #numbers: Float64Array
  readonly #bools: Uint8Array
  readonly #codes: Uint32Array
  readonly #texts = new Texts()
  #dictionary = new Float64Array(0)
  #dictionaryTexts = 0
  #nulls: Uint8Array | undefined
  #levels = new Uint8Array(0)
  #indexes = new Uint32Array(0)
  #row = 0

  constructor(shape: FlatShape, codec: ColumnMetaData['codec'], rows: number) {
    this.#shape = shape
    this.#codec = codec
    this.#rows = rows
    const { physical } = shape
    this.#numbers = new Float64Array(physical === 'BOOLEAN' || physical === 'BYTE_ARRAY' ? 0 : rows)
    this.#bools = new Uint8Array(physical === 'BOOLEAN' ? rows : 0)
    this.#codes = new Uint32Array(physical === 'BYTE_ARRAY' ? rows : 0)
  }

  read(chunk: ArrayBuffer): FlatValues | null {
    const reader = { view: new DataView(chunk), offset: 0 }
    while (this.#row < this.#rows && reader.offset < chunk.byteLength) {
      const header = parquetHeader(reader)
      const bytes = new Uint8Array(chunk, reader.offset, header.compressed_page_size)
      reader.offset += header.compressed_page_size
      const known = header.type === 'DICTIONARY_PAGE' ? this.#readDictionary(header, bytes) : this.#readData(header, bytes)
      if (!known) return null
    }
    if (this.#row < this.#rows) throw new Error(`a column ends after ${this.#row} of ${this.#rows} rows`)
    const nulls = this.#nulls
    switch (this.#shape.physical) {
      case 'BOOLEAN':
        return { kind: 'bools', values: this.#bools, nulls }
      case 'BYTE_ARRAY':
        return { kind: 'texts', codes: this.#codes, texts: this.#texts, nulls }
      default:
        return { kind: 'numbers', values: this.#numbers, nulls }
    }
  }

  #readDictionary(header: PageHeader, compressed: Uint8Array): boolean {
    const count = header.dictionary_page_header?.num_values ?? 0
    const bytes = decompressPage(compressed, header.uncompressed_page_size, this.#codec, compressors)
    if (count < 0 || count > bytes.length) throw new Error('a dictionary has more values than bytes')
    const page = { bytes, view: viewOf(bytes), at: 0, values: count, encoding: 'PLAIN' }
    if (this.#shape.physical === 'BYTE_ARRAY') {
      this.#dictionaryTexts = this.#texts.count
      addTexts(page, this.#texts)
      return true
    }
    if (this.#shape.physical === 'BOOLEAN') return false
    this.#dictionary = new Float64Array(count)
    return plainNumbers(page, this.#shape, this.#dictionary)
  }

  #readData(header: PageHeader, compressed: Uint8Array): boolean {
    const v1 = header.data_page_header
    if (v1 !== undefined) {
      this.#checkCount(v1.num_values)
      const bytes = decompressPage(compressed, header.uncompressed_page_size, this.#codec, compressors)
      const view = viewOf(bytes)
      let at = 0
      let missing = 0
      if (this.#shape.optional) {
        if (v1.definition_level_encoding !== 'RLE') return false
        const length = view.getUint32(0, true)
        at = 4 + length
        missing = this.#readLevels(bytes, 4, at, v1.num_values)
      }
      return this.#place({ bytes, view, at, values: v1.num_values - missing, encoding: v1.encoding }, v1.num_values)
    }
    const v2 = header.data_page_header_v2
    if (v2 === undefined) throw new Error(`a page of type ${header.type} stands among the data`)
    if (v2.repetition_levels_byte_length > 0) return false
    this.#checkCount(v2.num_values)
    const levels = v2.definition_levels_byte_length
    const missing = this.#shape.optional ? this.#readLevels(compressed, 0, levels, v2.num_values) : 0
    const rest = compressed.subarray(levels)
    const bytes = v2.is_compressed === false ? rest : decompressPage(rest, header.uncompressed_page_size - levels, this.#codec, compressors)
    return this.#place({ bytes, view: viewOf(bytes), at: 0, values: v2.num_values - missing, encoding: v2.encoding }, v2.num_values)
  }

  /** A flat column has a value or a gap for every row, and no more. */
  #checkCount(count: number): void {
    if (count < 0 || count > this.#rows - this.#row) throw new Error('a page of a column has more values than its row group has rows')
  }

  /** Definition levels of 0 and 1; how many are 0. */
  #readLevels(bytes: Uint8Array, from: number, to: number, count: number): number {
    if (this.#levels.length < count) this.#levels = new Uint8Array(count)
    const levels = this.#levels
    readHybrid(bytes, from, to, 1, levels, count)
    let there = 0
    for (let i = 0; i < count; i += 1) there += levels[i]
    return count - there
  }

  /** Reads the values of a page with `rows` rows; those that are missing are left 0. */
  #place(page: Page, rows: number): boolean {
    const start = this.#row
    const missing = page.values < rows
    if (missing) this.#markNulls(start, rows)
    this.#row = start + rows
    return this.#placeValues(page, start, rows, missing)
  }

  #placeValues(page: Page, start: number, taken: number, missing: boolean): boolean {
    switch (page.encoding) {
      case 'PLAIN_DICTIONARY':
      case 'RLE_DICTIONARY': {
        const indexes = this.#readIndexes(page)
        if (indexes === null) return false
        if (this.#shape.physical === 'BYTE_ARRAY') this.#placeCodes(indexes, this.#dictionaryTexts, start, taken, missing)
        else this.#placeLookups(indexes, start, taken, missing)
        return true
      }
      case 'PLAIN':
        switch (this.#shape.physical) {
          case 'BYTE_ARRAY': {
            const first = this.#texts.count
            addTexts(page, this.#texts)
            this.#placeCodes(null, first, start, taken, missing)
            return true
          }
          case 'BOOLEAN': {
            const { bytes, at } = page
            if (at + page.values / 8 > bytes.length) throw new Error('a page of a column ends too early')
            const bits = this.#indexesOf(page.values)
            for (let n = 0; n < page.values; n += 1) bits[n] = (bytes[at + (n >> 3)] >> (n & 7)) & 1
            this.#placeBools(bits, start, taken, missing)
            return true
          }
          default: {
            if (!missing) return plainNumbers(page, this.#shape, this.#numbers.subarray(start, start + taken))
            const values = new Float64Array(page.values)
            if (!plainNumbers(page, this.#shape, values)) return false
            for (let row = 0, n = 0; row < taken; row += 1) if (this.#levels[row] !== 0) this.#numbers[start + row] = values[n++]
            return true
          }
        }
      case 'RLE': {
        if (this.#shape.physical !== 'BOOLEAN') return false
        const bits = this.#indexesOf(page.values)
        if (page.values > 0) readHybrid(page.bytes, page.at + 4, page.bytes.length, 1, bits, page.values)
        this.#placeBools(bits, start, taken, missing)
        return true
      }
      default:
        return false
    }
  }

  #indexesOf(values: number): Uint32Array {
    if (this.#indexes.length < values) this.#indexes = new Uint32Array(values)
    return this.#indexes
  }

  #readIndexes({ bytes, at, values }: Page): Uint32Array | null {
    const width = values === 0 ? 0 : bytes[at]
    if (width > 24) return null
    const indexes = this.#indexesOf(values)
    if (width === 0) indexes.fill(0, 0, values)
    else readHybrid(bytes, at + 1, bytes.length, width, indexes, values)
    return indexes
  }

  #placeBools(bits: Uint32Array, start: number, taken: number, missing: boolean): void {
    for (let row = 0, n = 0; row < taken; row += 1) {
      if (missing && this.#levels[row] === 0) continue
      this.#bools[start + row] = bits[n]
      n += 1
    }
  }

  #placeCodes(indexes: Uint32Array | null, first: number, start: number, taken: number, missing: boolean): void {
    const codes = this.#codes
    const levels = this.#levels
    const { count } = this.#texts
    for (let row = 0, n = 0; row < taken; row += 1) {
      if (missing && levels[row] === 0) continue
      const code = first + (indexes === null ? n : indexes[n])
      if (code >= count) throw new Error('a value is not in the dictionary of its column')
      codes[start + row] = code
      n += 1
    }
  }

  #placeLookups(indexes: Uint32Array, start: number, taken: number, missing: boolean): void {
    const numbers = this.#numbers
    const dictionary = this.#dictionary
    const levels = this.#levels
    for (let row = 0, n = 0; row < taken; row += 1) {
      if (missing && levels[row] === 0) continue
      const index = indexes[n++]
      if (index >= dictionary.length) throw new Error('a value is not in the dictionary of its column')
      numbers[start + row] = dictionary[index]
    }
  }

  #markNulls(start: number, taken: number): void {
    this.#nulls ??= new Uint8Array(this.#rows)
    for (let row = 0; row < taken; row += 1) this.#nulls[start + row] = 1 - this.#levels[row]
  }
}

/** `chunk`: the bytes of `chunkRange`. Throws if they are damaged. */
export function readFlatColumn(chunk: ArrayBuffer, shape: FlatShape, codec: ColumnMetaData['codec'], rows: number): FlatValues | null {
  return new ChunkReader(shape, codec, rows).read(chunk)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** RLE / bit-packing hybrid in `bytes[from, to)`: `count` values of `width` bits, at most 24. */
function readHybrid(bytes: Uint8Array, from: number, to: number, width: number, out: Uint8Array | Uint32Array, count: number): void {
  const mask = (1 << width) - 1
  let at = from
  let n = 0
  while (n < count) {
    let header = 0
    for (let shift = 0; ; shift += 7) {
      if (at >= to) throw new Error('a page of a column ends too early')
      const byte = bytes[at++]
      header |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    if ((header & 1) === 0) {
      let value = 0
      for (let shift = 0; shift < width; shift += 8) value |= bytes[at++] << shift
      const end = Math.min(count, n + (header >>> 1))
      if (end === n) throw new Error('a page of a column has an empty run')
      out.fill(value, n, end)
      n = end
    } else {
      const packed = (header >>> 1) * 8
      const end = Math.min(count, n + packed)
      const next = at + (header >>> 1) * width
      let buffer = 0
      let bits = 0
      while (n < end) {
        while (bits < width) {
          buffer |= bytes[at++] << bits
          bits += 8
        }
        out[n++] = buffer & mask
        buffer >>>= width
        bits -= width
      }
      // The last run may be cut where its values end.
      at = Math.min(next, to)
    }
    if (at > to) throw new Error('a page of a column ends too early')
  }
}

function addTexts({ bytes, view, at: from, values }: Page, texts: Texts): void {
  let at = from
  for (let n = 0; n < values; n += 1) {
    const start = at + 4
    if (start > bytes.length) throw new Error('a page of a column ends too early')
    at = start + view.getUint32(at, true)
    if (at > bytes.length) throw new Error('a text of a column ends too late')
    texts.add(bytes, start, at)
  }
}

/** The first `out.length` numbers of a page; false = some are beyond what a number holds. */
function plainNumbers({ view, at: from }: Page, { physical, divisor }: FlatShape, out: Float64Array): boolean {
  let at = from
  switch (physical) {
    case 'INT32':
      for (let n = 0; n < out.length; n += 1, at += 4) out[n] = Math.floor(view.getInt32(at, true) / divisor)
      return true
    case 'INT64':
      for (let n = 0; n < out.length; n += 1, at += 8) {
        const value = view.getInt32(at + 4, true) * 4_294_967_296 + view.getUint32(at, true)
        if (Number.isSafeInteger(value)) out[n] = divisor === 1 ? value : Math.floor(value / divisor)
        else if (divisor === 1) return false
        else out[n] = floorDivided(view.getBigInt64(at, true), BigInt(divisor))
      }
      return true
    case 'FLOAT':
      for (let n = 0; n < out.length; n += 1, at += 4) out[n] = view.getFloat32(at, true)
      return true
    case 'DOUBLE':
      for (let n = 0; n < out.length; n += 1, at += 8) out[n] = view.getFloat64(at, true)
      return true
    case 'BOOLEAN':
    case 'BYTE_ARRAY':
      throw new TypeError(`${physical} is no number`)
  }
}

/** Towards minus infinity, as times before 1970 need it. */
export function floorDivided(value: bigint, by: bigint): number {
  const quotient = value / by
  return Number(value < 0n && quotient * by !== value ? quotient - 1n : quotient)
}
