/** Order of values as the row codec writes them. */
import { readNumber, valueEnd } from './rowCodec.ts'

const NULL = 0
const BOOL = 2
const BYTES = 3
const INT64 = 4

const scratch = new DataView(new ArrayBuffer(8))

function int64At(bytes: Uint8Array, at: number): bigint {
  for (let k = 0; k < 8; k += 1) scratch.setUint8(k, bytes[at + 1 + k])
  return scratch.getBigInt64(0, true)
}

/**
 * Below, at or above 0. NULL comes first, NaN last; text by its UTF-8 bytes, false before true. What
 * has no order of its own (json, arrays) is ordered by its bytes.
 */
export function compareEncoded(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): number {
  const tag = a[aAt]
  const other = b[bAt]
  if (tag === NULL || other === NULL) return Number(other === NULL) - Number(tag === NULL)
  if (tag === INT64 || other === INT64) {
    const x = tag === INT64 ? int64At(a, aAt) : readNumber(a, aAt)
    const y = other === INT64 ? int64At(b, bAt) : readNumber(b, bAt)
    return x < y ? -1 : x > y ? 1 : 0
  }
  if (tag === BOOL) return a[aAt + 1] - b[bAt + 1]
  if (tag === BYTES) {
    const aEnd = valueEnd(a, aAt)
    const bEnd = valueEnd(b, bAt)
    return compareRanges(a, aAt + 5, aEnd, b, bAt + 5, bEnd)
  }
  if (tag === 1) {
    const x = readNumber(a, aAt)
    const y = readNumber(b, bAt)
    if (x < y) return -1
    if (x > y) return 1
    return Number(Number.isNaN(x)) - Number(Number.isNaN(y))
  }
  return compareRanges(a, aAt, valueEnd(a, aAt), b, bAt, valueEnd(b, bAt))
}

/** Order of two whole rows, column by column. */
export function compareEncodedRows(a: Uint8Array, aFrom: number, aTo: number, b: Uint8Array, bFrom: number): number {
  for (let i = aFrom, k = bFrom; i < aTo; i = valueEnd(a, i), k = valueEnd(b, k)) {
    const order = compareEncoded(a, i, b, k)
    if (order !== 0) return order
  }
  return 0
}

export function compareRanges(a: Uint8Array, aFrom: number, aTo: number, b: Uint8Array, bFrom: number, bTo: number): number {
  const length = Math.min(aTo - aFrom, bTo - bFrom)
  for (let i = 0; i < length; i += 1) if (a[aFrom + i] !== b[bFrom + i]) return a[aFrom + i] - b[bFrom + i]
  return aTo - aFrom - (bTo - bFrom)
}
