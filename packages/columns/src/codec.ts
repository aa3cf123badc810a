/**
 * The payload of a DATA record: columns as bytes (engine-spec L2), read in place.
 *
 * Layout, everything 8-byte aligned relative to the payload's start (which is itself aligned):
 *   column[n]: 32 bytes each: type u8 · encoding u8 · flags u8 {1 NULLS, 2 ASCII} · 0 · nullsAt u32 ·
 *              dataAt u32 · dataLen u32 · auxAt u32 · auxLen u32 · precision u8 · scale u8 · 0 u48
 *   kinds (if HAS_KIND), then per column nulls, data, aux (offsets of strings and arrays).
 * The data of an array is the entry of its items, followed by theirs.
 * The row count and HAS_KIND live in the record's header, which belongs to the stream log.
 */
import type { Batch } from './batch.ts'
import { sliceColumn } from './batch.ts'
import type { Column, NumberType } from './column.ts'
import { elementOf, isArray, isDecimal, precisionOf, scaleOf, TYPE_CODES, typeNameOf, type LogicalType } from './logicalType.ts'
import type { Schema } from './schema.ts'

const ENTRY_BYTES = 32
const FLAG_NULLS = 1
const FLAG_ASCII = 2

/** Wire codes of encodings; 6 is reserved (dictionary). */
const ENCODING = { bool8: 1, f64: 2, f64int: 3, i64: 4, utf8: 5, dictionary: 6, list: 7 } as const

function aligned(sizeBytes: number): number {
  return (sizeBytes + 7) & ~7
}

/** Bytes that `encodeBatch` will write; a multiple of 8. */
export function encodedSizeBytes(batch: Batch): number {
  let size = batch.kinds === undefined ? 0 : aligned(batch.rows)
  for (const column of batch.columns) size += columnSizeBytes(column, batch.rows)
  return size
}

function columnSizeBytes(column: Column, rows: number): number {
  const size = ENTRY_BYTES + (column.nulls === undefined ? 0 : aligned(rows))
  switch (column.storage) {
    case 'number':
    case 'i64':
      return size + rows * 8
    case 'bool':
      return size + aligned(rows)
    case 'bytes':
      return size + aligned(column.offsets[rows] - column.offsets[0]) + aligned((rows + 1) * 4)
    case 'array': {
      const items = column.offsets[rows] - column.offsets[0]
      return size + columnSizeBytes(sliceColumn(column.items, column.offsets[0], column.offsets[rows]), items) + aligned((rows + 1) * 4)
    }
  }
}

/** Writes the batch at `at` (8-byte aligned within `memory`'s buffer) and returns the bytes written. */
export function encodeBatch(batch: Batch, memory: Uint8Array, at: number): number {
  const writer = new Writer(memory, at)
  const { columns, rows, kinds } = batch
  let next = columns.length * ENTRY_BYTES
  if (kinds !== undefined) {
    memory.set(kinds, at + next)
    next += aligned(rows)
  }
  for (let i = 0; i < columns.length; i += 1) next = writer.column(columns[i], rows, i * ENTRY_BYTES, next)
  return next
}

class Writer {
  readonly #memory: Uint8Array
  readonly #at: number
  readonly #base: number
  readonly #view: DataView

  constructor(memory: Uint8Array, at: number) {
    this.#memory = memory
    this.#at = at
    this.#base = memory.byteOffset + at
    this.#view = new DataView(memory.buffer, this.#base)
  }

  /** Writes the entry at `entry` and the rest from `from` on; returns where the next column may begin. */
  column(column: Column, rows: number, entry: number, from: number): number {
    const memory = this.#memory
    const base = this.#base
    let next = from
    let flags = 0
    let nullsAt = 0
    let auxAt = 0
    let auxLength = 0
    if (column.nulls !== undefined) {
      flags |= FLAG_NULLS
      nullsAt = next
      memory.set(column.nulls, this.#at + next)
      next += aligned(rows)
    }
    const dataAt = next
    let dataLength = 0
    let encoding: number = ENCODING.bool8
    switch (column.storage) {
      case 'number':
        encoding = column.type === 'float64' ? ENCODING.f64 : ENCODING.f64int
        dataLength = rows * 8
        new Float64Array(memory.buffer, base + next, rows).set(column.values)
        next += dataLength
        break
      case 'i64':
        encoding = ENCODING.i64
        dataLength = rows * 8
        new BigInt64Array(memory.buffer, base + next, rows).set(column.values)
        next += dataLength
        break
      case 'bool':
        dataLength = rows
        memory.set(column.values, this.#at + next)
        next += aligned(rows)
        break
      case 'bytes': {
        encoding = ENCODING.utf8
        if (column.ascii) flags |= FLAG_ASCII
        const first = column.offsets[0]
        dataLength = column.offsets[rows] - first
        memory.set(column.bytes.subarray(first, first + dataLength), this.#at + next)
        next += aligned(dataLength)
        auxAt = next
        auxLength = (rows + 1) * 4
        next = this.#offsets(column.offsets, rows, next)
        break
      }
      case 'array': {
        encoding = ENCODING.list
        const first = column.offsets[0]
        const last = column.offsets[rows]
        dataLength = last - first
        next = this.column(sliceColumn(column.items, first, last), last - first, next, next + ENTRY_BYTES)
        auxAt = next
        auxLength = (rows + 1) * 4
        next = this.#offsets(column.offsets, rows, next)
        break
      }
    }
    const view = this.#view
    view.setUint8(entry, TYPE_CODES[typeNameOf(column.type)])
    view.setUint8(entry + 1, encoding)
    view.setUint8(entry + 2, flags)
    view.setUint8(entry + 3, 0)
    view.setUint32(entry + 4, nullsAt, true)
    view.setUint32(entry + 8, dataAt, true)
    view.setUint32(entry + 12, dataLength, true)
    view.setUint32(entry + 16, auxAt, true)
    view.setUint32(entry + 20, auxLength, true)
    view.setUint32(entry + 24, decimalCode(column.type), true)
    view.setUint32(entry + 28, 0, true)
    return next
  }

  #offsets(offsets: Uint32Array, rows: number, at: number): number {
    const out = new Uint32Array(this.#memory.buffer, this.#base + at, rows + 1)
    const first = offsets[0]
    if (first === 0) out.set(offsets.subarray(0, rows + 1))
    else for (let k = 0; k <= rows; k += 1) out[k] = offsets[k] - first
    return at + aligned((rows + 1) * 4)
  }
}

/** Precision and scale in the two low bytes; 0 for other types. */
function decimalCode(type: LogicalType): number {
  return isDecimal(type) ? precisionOf(type) + scaleOf(type) * 256 : 0
}

/** A record that cannot be what its stream's schema says: a bug or a damaged file, never skipped. */
export class CodecError extends Error {
  override readonly name = 'CodecError'
}

/** The batch at `at`, as views of `memory`; whoever keeps values copies them. */
export function decodeBatch(schema: Schema, rows: number, hasKinds: boolean, memory: Uint8Array, at: number): Batch {
  const base = memory.byteOffset + at
  const view = new DataView(memory.buffer, base)
  const kinds = hasKinds ? new Uint8Array(memory.buffer, base + schema.length * ENTRY_BYTES, rows) : undefined
  const columns = schema.map((field, i) => readColumn(field.name, field.type, rows, view, i * ENTRY_BYTES))
  return { schema, rows, columns, kinds }
}

function readColumn(name: string, type: LogicalType, rows: number, view: DataView, entry: number): Column {
  const code = view.getUint8(entry)
  const decimal = view.getUint32(entry + 24, true)
  if (code !== TYPE_CODES[typeNameOf(type)] || decimal !== decimalCode(type)) {
    throw new CodecError(
      `column ${name} should be ${type} (code ${TYPE_CODES[typeNameOf(type)]}) but the record says code ${code}, digits ${decimal & 255},${decimal >> 8}`,
    )
  }
  const memory = view.buffer
  const base = view.byteOffset
  const encoding = view.getUint8(entry + 1)
  const flags = view.getUint8(entry + 2)
  const nulls = (flags & FLAG_NULLS) === 0 ? undefined : new Uint8Array(memory, base + view.getUint32(entry + 4, true), rows)
  const dataAt = view.getUint32(entry + 8, true)
  const dataLength = view.getUint32(entry + 12, true)
  const auxAt = view.getUint32(entry + 16, true)
  if (isArray(type)) {
    const items = readColumn(name, elementOf(type), dataLength, view, dataAt)
    return { storage: 'array', type, offsets: new Uint32Array(memory, base + auxAt, rows + 1), items, nulls }
  }
  switch (type) {
    case 'bool':
      return { storage: 'bool', type: 'bool', values: new Uint8Array(memory, base + dataAt, rows), nulls }
    case 'string':
    case 'json':
      return {
        storage: 'bytes',
        type,
        offsets: new Uint32Array(memory, base + auxAt, rows + 1),
        bytes: new Uint8Array(memory, base + dataAt, dataLength),
        ascii: (flags & FLAG_ASCII) !== 0,
        nulls,
      }
    default:
      return readNumbers(type, encoding, memory, base + dataAt, rows, nulls)
  }
}

function readNumbers(
  type: NumberType,
  encoding: number,
  memory: ArrayBufferLike,
  at: number,
  rows: number,
  nulls: Uint8Array | undefined,
): Column {
  if (encoding === ENCODING.i64) {
    if (type !== 'int64' && !isDecimal(type)) throw new CodecError(`the record holds ${type} in the encoding i64, which has no meaning`)
    return { storage: 'i64', type, values: new BigInt64Array(memory, at, rows), nulls }
  }
  return { storage: 'number', type, values: new Float64Array(memory, at, rows), nulls }
}
