/**
 * One row group as columns. hyparquet gives arrays of values; dictionary values arrive as the same
 * object again and again, so conversion touches each value once and copies bytes, never strings.
 */
import { isUtf8 } from 'node:buffer'
import { columnBuilder, decimalText, exactOf, isDecimal, pushValue, sliceColumn, type Column } from '@belay/columns'
import { valueOfText } from '@belay/expressions'
import type { DeclaredColumn } from '../typing/columns.ts'
import type { FileColumn } from './fileColumns.ts'
import { floorDivided, type FlatValues, type Texts } from './flatColumn.ts'

const sameBytes = (bytes: Uint8Array): Uint8Array => bytes

/** Of flat columns: times as ms and days since the epoch, text and JSON as bytes. */
export const PARSERS = {
  timestampFromMilliseconds: (value: bigint): number => Number(value),
  timestampFromMicroseconds: (value: bigint): number => floorDivided(value, 1000n),
  timestampFromNanoseconds: (value: bigint): number => floorDivided(value, 1_000_000n),
  dateFromDays: (days: number): number => days,
  stringFromBytes: sameBytes,
  jsonFromBytes: sameBytes,
}

/** Texts of rows as numbers of texts that are there once. */
interface CodedTexts {
  readonly codes: Uint32Array
  readonly texts: Texts
  readonly ascii: boolean
}

type Decoded = Float64Array | Uint8Array | readonly Uint8Array[] | CodedTexts | Column

/** A whole column of a row group; `slice` gives rows of it as a column of a batch. */
export interface DecodedColumn {
  readonly nulls: Uint8Array | undefined
  readonly values: Decoded
}

/** Told of a row whose value is not of the declared type, or is missing where it must not be. */
export type RowProblems = (row: number, code: 'FIELD_MISSING' | 'FIELD_INVALID', message: string) => void

const DAY_MS = 86_400_000
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function decodeColumn(file: FileColumn, column: DeclaredColumn, data: ArrayLike<unknown>, problem: RowProblems): DecodedColumn {
  const rows = data.length
  let nulls: Uint8Array | undefined
  const markNull = (row: number): void => {
    nulls ??= new Uint8Array(rows)
    nulls[row] = 1
    if (!column.nullable) problem(row, 'FIELD_MISSING', `${column.name} is missing`)
  }
  if (file.kind !== 'decimal' && file.kind !== 'nested') {
    switch (column.type) {
      case 'int64':
      case 'float64':
      case 'timestamp':
      case 'date':
      case 'interval': {
        if (column.type !== 'float64' && beyondNumbers(data)) break
        const factor = file.kind === 'date' && column.type === 'timestamp' ? DAY_MS : 1
        const values = new Float64Array(rows)
        for (let row = 0; row < rows; row += 1) {
          const value = data[row]
          if (typeof value === 'number') values[row] = value * factor
          else if (typeof value === 'bigint') values[row] = Number(value)
          else markNull(row)
        }
        return { nulls, values }
      }
      case 'bool': {
        const values = new Uint8Array(rows)
        for (let row = 0; row < rows; row += 1) {
          const value = data[row]
          if (typeof value === 'boolean') values[row] = value ? 1 : 0
          else markNull(row)
        }
        return { nulls, values }
      }
      case 'string': {
        const values: Uint8Array[] = []
        for (let row = 0; row < rows; row += 1) {
          const value = data[row]
          if (value instanceof Uint8Array) {
            const sound = isAscii(value) || isUtf8(value)
            if (!sound) problem(row, 'FIELD_INVALID', `${column.name} is not UTF-8`)
            values.push(sound ? value : NO_BYTES)
          } else if (typeof value === 'string') values.push(encoder.encode(value))
          else {
            values.push(NO_BYTES)
            markNull(row)
          }
        }
        return { nulls, values }
      }
      default:
    }
  }
  return decodeOther(file, column, data, problem)
}

/** As `decodeColumn`; null = these values are not of the declared type as they stand. */
export function decodeFlat(file: FileColumn, column: DeclaredColumn, flat: FlatValues, problem: RowProblems): DecodedColumn | null {
  const { nulls } = flat
  if (nulls !== undefined && !column.nullable)
    for (let row = 0; row < nulls.length; row += 1) if (nulls[row] === 1) problem(row, 'FIELD_MISSING', `${column.name} is missing`)
  switch (column.type) {
    case 'int64':
    case 'float64':
    case 'timestamp':
    case 'date':
    case 'interval': {
      if (flat.kind !== 'numbers') return null
      const { values } = flat
      if (file.kind === 'date' && column.type === 'timestamp')
        for (let row = 0; row < values.length; row += 1) values[row] = values[row] * DAY_MS
      return { nulls, values }
    }
    case 'bool':
      return flat.kind === 'bools' ? { nulls, values: flat.values } : null
    case 'string':
      return flat.kind === 'texts' ? { nulls, values: soundTexts(column.name, flat.codes, flat.texts, problem) } : null
    default:
      return null
  }
}

/** Rows whose bytes are not UTF-8 are told and get the empty text. */
function soundTexts(name: string, codes: Uint32Array, texts: Texts, problem: RowProblems): CodedTexts {
  const ascii = isAscii(texts.bytes)
  const unsound = new Set<number>()
  if (!ascii) for (let text = 1; text < texts.count; text += 1) if (!isUtf8(texts.bytesOf(text))) unsound.add(text)
  if (unsound.size > 0)
    for (let row = 0; row < codes.length; row += 1) {
      if (!unsound.has(codes[row])) continue
      problem(row, 'FIELD_INVALID', `${name} is not UTF-8`)
      codes[row] = 0
    }
  return { codes, texts, ascii }
}

const NO_BYTES = new Uint8Array(0)

function isAscii(bytes: Uint8Array): boolean {
  let high = 0
  for (let i = 0; i < bytes.length; i += 1) high |= bytes[i]
  return high < 128
}

function beyondNumbers(data: ArrayLike<unknown>): boolean {
  for (let row = 0; row < data.length; row += 1) {
    const value = data[row]
    if (typeof value === 'bigint' && typeof exactOf(value) === 'bigint') return true
  }
  return false
}

/** Value by value, for what has no faster way: int64 beyond ±2^53, decimals, JSON, arrays. */
function decodeOther(file: FileColumn, column: DeclaredColumn, data: ArrayLike<unknown>, problem: RowProblems): DecodedColumn {
  const builder = columnBuilder(column.type)
  for (let row = 0; row < data.length; row += 1) {
    const value = data[row]
    if (value === null || value === undefined) {
      builder.pushNull()
      if (!column.nullable) problem(row, 'FIELD_MISSING', `${column.name} is missing`)
      continue
    }
    const text = textOf(value, file)
    const read = text === undefined ? undefined : valueOfText(text, column.type)
    if (read === undefined) {
      builder.pushNull()
      problem(row, 'FIELD_INVALID', `${column.name} is not ${column.type}: ${text ?? 'it is not UTF-8'}`)
    } else pushValue(builder, read)
  }
  return { nulls: undefined, values: builder.finish() }
}

function textOf(value: unknown, file: FileColumn): string | undefined {
  if (file.kind === 'decimal') {
    const unscaled = value instanceof Uint8Array ? signedOf(value) : BigInt(value as number | bigint)
    return isDecimal(file.type) ? decimalText(exactOf(unscaled), file.scale) : String(Number(`${unscaled}e-${file.scale}`))
  }
  if (file.kind === 'nested') return JSON.stringify(value, plainly)
  if (value instanceof Uint8Array) return isUtf8(value) ? decoder.decode(value) : undefined
  return String(value)
}

/** Two's complement, the highest byte first. */
function signedOf(bytes: Uint8Array): bigint {
  let value = 0n
  for (const byte of bytes) value = value * 256n + BigInt(byte)
  return BigInt.asIntN(bytes.length * 8, value)
}

/** For JSON.stringify: integers beyond ±2^53 as their digits, bytes as base64. */
export function plainly(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return typeof exactOf(value) === 'bigint' ? String(value) : Number(value)
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
}

/** Rows `[from, to)` as a column of a batch. */
export function sliceDecoded(column: DeclaredColumn, decoded: DecodedColumn, from: number, to: number): Column {
  const nulls = decoded.nulls?.subarray(from, to)
  const { values } = decoded
  if ('storage' in values) return sliceColumn(values, from, to)
  switch (column.type) {
    case 'int64':
    case 'float64':
    case 'timestamp':
    case 'date':
    case 'interval':
      return { storage: 'number', type: column.type, values: (values as Float64Array).subarray(from, to), nulls }
    case 'bool':
      return { storage: 'bool', type: 'bool', values: (values as Uint8Array).subarray(from, to), nulls }
    case 'string':
      return 'codes' in values ? codedColumn(values, from, to, nulls) : textColumn(values as readonly Uint8Array[], from, to, nulls)
    default:
      throw new TypeError(`a ${column.type} column is decoded value by value`)
  }
}

function textColumn(values: readonly Uint8Array[], from: number, to: number, nulls: Uint8Array | undefined): Column {
  const rows = to - from
  const offsets = new Uint32Array(rows + 1)
  let size = 0
  for (let i = 0; i < rows; i += 1) {
    size += values[from + i].length
    offsets[i + 1] = size
  }
  const bytes = new Uint8Array(size)
  let high = 0
  for (let i = 0; i < rows; i += 1) {
    const value = values[from + i]
    let at = offsets[i]
    for (let k = 0; k < value.length; k += 1) {
      const byte = value[k]
      high |= byte
      bytes[at++] = byte
    }
  }
  return { storage: 'bytes', type: 'string', offsets, bytes, ascii: high < 128, nulls }
}

function codedColumn({ codes, texts, ascii }: CodedTexts, from: number, to: number, nulls: Uint8Array | undefined): Column {
  const rows = to - from
  const { offsets: starts, bytes: source } = texts
  const offsets = new Uint32Array(rows + 1)
  let size = 0
  for (let i = 0; i < rows; i += 1) {
    const code = codes[from + i]
    size += starts[code + 1] - starts[code]
    offsets[i + 1] = size
  }
  const bytes = new Uint8Array(size)
  let high = 0
  let at = 0
  for (let i = 0; i < rows; i += 1) {
    const code = codes[from + i]
    const end = starts[code + 1]
    for (let k = starts[code]; k < end; k += 1) {
      const byte = source[k]
      high |= byte
      bytes[at++] = byte
    }
  }
  return { storage: 'bytes', type: 'string', offsets, bytes, ascii: ascii || high < 128, nulls }
}
