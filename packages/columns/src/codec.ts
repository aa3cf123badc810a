/**
 * The payload of a DATA record: columns as bytes (engine-spec L2), read in place.
 *
 * Layout, everything 8-byte aligned relative to the payload's start (which is itself aligned):
 *   column[n]: 32 bytes each: type u8 · encoding u8 · flags u8 {1 NULLS, 2 ASCII} · 0 ·
 *              nullsAt u32 · dataAt u32 · dataLen u32 · auxAt u32 · auxLen u32 · 0 u64
 *   kinds (if HAS_KIND), then per column nulls, data, aux (string offsets).
 * Encodings: 1 u8 bool · 2 f64 · 3 f64int · 4 i64 (reserved) · 5 utf8 · 6 dictionary (reserved).
 * The row count and HAS_KIND live in the record's header, which belongs to the stream log.
 */
import type { Batch } from './batch.ts'
import type { Column } from './column.ts'
import { TYPE_CODES } from './logicalType.ts'
import type { Schema } from './schema.ts'

const ENTRY_BYTES = 32
const FLAG_NULLS = 1
const FLAG_ASCII = 2

export const ENCODING = { bool8: 1, f64: 2, f64int: 3, i64: 4, utf8: 5, dictionary: 6 } as const

function aligned(sizeBytes: number): number {
  return (sizeBytes + 7) & ~7
}

/** Bytes that `encodeBatch` will write; a multiple of 8. */
export function encodedSizeBytes(batch: Batch): number {
  const rows = batch.rows
  let size = batch.columns.length * ENTRY_BYTES
  if (batch.kinds !== undefined) size += aligned(rows)
  for (const column of batch.columns) {
    if (column.nulls !== undefined) size += aligned(rows)
    switch (column.storage) {
      case 'number':
        size += rows * 8
        break
      case 'bool':
        size += aligned(rows)
        break
      case 'bytes':
        size += aligned(column.offsets[rows] - column.offsets[0]) + aligned((rows + 1) * 4)
        break
    }
  }
  return size
}

/** Writes the batch at `at` (8-byte aligned within `memory`'s buffer) and returns the bytes written. */
export function encodeBatch(batch: Batch, memory: Uint8Array, at: number): number {
  const rows = batch.rows
  const base = memory.byteOffset + at
  const view = new DataView(memory.buffer, base)
  let next = batch.columns.length * ENTRY_BYTES
  if (batch.kinds !== undefined) {
    memory.set(batch.kinds, at + next)
    next += aligned(rows)
  }
  batch.columns.forEach((column, i) => {
    const entry = i * ENTRY_BYTES
    let flags = 0
    let nullsAt = 0
    let auxAt = 0
    let auxLength = 0
    if (column.nulls !== undefined) {
      flags |= FLAG_NULLS
      nullsAt = next
      memory.set(column.nulls, at + next)
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
      case 'bool':
        dataLength = rows
        memory.set(column.values, at + next)
        next += aligned(rows)
        break
      case 'bytes': {
        encoding = ENCODING.utf8
        if (column.ascii) flags |= FLAG_ASCII
        const first = column.offsets[0]
        dataLength = column.offsets[rows] - first
        memory.set(column.bytes.subarray(first, first + dataLength), at + next)
        next += aligned(dataLength)
        auxAt = next
        auxLength = (rows + 1) * 4
        const offsets = new Uint32Array(memory.buffer, base + next, rows + 1)
        if (first === 0) offsets.set(column.offsets.subarray(0, rows + 1))
        else for (let k = 0; k <= rows; k += 1) offsets[k] = column.offsets[k] - first
        next += aligned(auxLength)
        break
      }
    }
    view.setUint8(entry, TYPE_CODES[column.type])
    view.setUint8(entry + 1, encoding)
    view.setUint8(entry + 2, flags)
    view.setUint8(entry + 3, 0)
    view.setUint32(entry + 4, nullsAt, true)
    view.setUint32(entry + 8, dataAt, true)
    view.setUint32(entry + 12, dataLength, true)
    view.setUint32(entry + 16, auxAt, true)
    view.setUint32(entry + 20, auxLength, true)
    view.setUint32(entry + 24, 0, true)
    view.setUint32(entry + 28, 0, true)
  })
  return next
}

/** A record that cannot be what its stream's schema says: a bug or a damaged file, never skipped. */
export class CodecError extends Error {
  override readonly name = 'CodecError'
}

/** The batch at `at`, as views of `memory`; whoever keeps values copies them. */
export function decodeBatch(schema: Schema, rows: number, hasKinds: boolean, memory: Uint8Array, at: number): Batch {
  const base = memory.byteOffset + at
  const view = new DataView(memory.buffer, base)
  const kindsAt = schema.length * ENTRY_BYTES
  const kinds = hasKinds ? new Uint8Array(memory.buffer, base + kindsAt, rows) : undefined
  const columns = schema.map((field, i): Column => {
    const entry = i * ENTRY_BYTES
    if (view.getUint8(entry) !== TYPE_CODES[field.type]) {
      throw new CodecError(`column ${field.name} should be ${field.type} (code ${TYPE_CODES[field.type]}) but the record says code ${view.getUint8(entry)}`)
    }
    const flags = view.getUint8(entry + 2)
    const nulls = (flags & FLAG_NULLS) === 0 ? undefined : new Uint8Array(memory.buffer, base + view.getUint32(entry + 4, true), rows)
    const dataAt = base + view.getUint32(entry + 8, true)
    const dataLength = view.getUint32(entry + 12, true)
    switch (field.type) {
      case 'bool':
        return { storage: 'bool', type: 'bool', values: new Uint8Array(memory.buffer, dataAt, rows), nulls }
      case 'int64':
      case 'float64':
      case 'timestamp':
        return { storage: 'number', type: field.type, values: new Float64Array(memory.buffer, dataAt, rows), nulls }
      case 'string':
      case 'json':
        return {
          storage: 'bytes',
          type: field.type,
          offsets: new Uint32Array(memory.buffer, base + view.getUint32(entry + 16, true), rows + 1),
          bytes: new Uint8Array(memory.buffer, dataAt, dataLength),
          ascii: (flags & FLAG_ASCII) !== 0,
          nulls,
        }
    }
  })
  return { schema, rows, columns, kinds }
}
