/**
 * What a piece of state hands to the snapshot: a small JSON header and byte ranges that are copied
 * as they are (engine-spec H22).
 */
import type { ChangeMarks } from './changeMarks.ts'

/** Sections that are written only after `marks` were told. */
export interface Track {
  readonly marks: ChangeMarks
  /** Elements in use. */
  readonly length: number
  /** Places among the sections, each with the bytes of one block. */
  readonly sections: readonly { readonly index: number; readonly blockBytes: number }[]
}

export interface StateImage {
  readonly kind: 'table' | 'multimap' | 'list' | 'value'
  readonly version: number
  /** Shape of the columns as text; a difference is refused on restore. */
  readonly shape: string
  readonly header: Readonly<Record<string, number>>
  readonly sections: readonly Uint8Array[]
  /** The others may be written at any time. Not in images that were read. */
  readonly tracks?: readonly Track[]
}

/** The bytes of a typed array's first `count` elements. */
export function bytesOf(values: Uint32Array | Float64Array | Uint8Array, count: number): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, count * values.BYTES_PER_ELEMENT)
}

export function uint32Copy(section: Uint8Array, capacity: number): Uint32Array {
  const values = new Uint32Array(capacity)
  bytesOf(values, capacity).set(section)
  return values
}

export function float64Copy(section: Uint8Array, capacity: number): Float64Array {
  const values = new Float64Array(capacity)
  new Uint8Array(values.buffer).set(section)
  return values
}

export function uint8Copy(section: Uint8Array, capacity: number): Uint8Array {
  const values = new Uint8Array(capacity)
  values.set(section)
  return values
}
