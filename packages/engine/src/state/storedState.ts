/**
 * Declared states read from the bytes of a checkpoint without being restored: nothing is copied and no
 * hash table is built, so that looking at a million keys costs no more memory than the file.
 *
 * The sections are those that HashTable, Multimap, ByteList and StateStore write; the shape says their types.
 */
import { storageOf, valueOfNumber, type LogicalType } from '@belay/columns'
import type { StateCell, StateColumn, StateEntry, StateShape } from '@belay/run'
import type { StateField } from '../operator/state.ts'
import { KEY_TAG, keyValueAt, keyValueEnd } from './keyBuffer.ts'
import type { StateImage } from './section.ts'
import { cutOff, storedText } from './storedText.ts'

/** Rows of one multimap key that are shown; the others are counted. */
const ROWS_OF_A_KEY = 20

/** Tag and length before a text in a key. */
const TEXT_HEAD_BYTES = 5

const decoder = new TextDecoder()

/** Keys in stored order, each with the rows that it has. */
export interface StoredState {
  readonly size: number
  readonly key: readonly StateColumn[]
  readonly value: readonly StateColumn[]
  hash(index: number): number
  sameKey(index: number, other: StoredState, otherIndex: number): boolean
  keyBytes(index: number): Uint8Array
  keyCells(index: number): StateCell[]
  entry(index: number): StateEntry
  /** Of a table, whose keys have one row each, for comparing without making texts; null = compare digests. */
  readonly rows: Rows | null
  /** All of a key's rows as one text, for comparing: equal exactly if the rows are. */
  digest(index: number): string
}

export function storedState(image: StateImage): StoredState {
  switch (image.kind) {
    case 'table':
      return tableOf(image)
    case 'multimap':
      return multimapOf(image)
    case 'list':
      return listOf(image)
    case 'value':
      return valueOf(image)
  }
}

export function shapeOf(name: string, image: StateImage): StateShape {
  const [key, value] = fieldsOf(image)
  const { header } = image
  const size = { table: header.size, multimap: header.keys, list: header.length, value: 1 }[image.kind]
  return { name, kind: image.kind, size, key: key.map(columnOf), value: value.map(columnOf) }
}

function columnOf({ name, type }: StateField): StateColumn {
  return { name, type }
}

const LIST_KEY: readonly StateField[] = [{ name: 'position', type: 'int64', nullable: false }]
const ONE_TEXT: readonly StateField[] = [{ name: 'value', type: 'string', nullable: false }]

function fieldsOf({ kind, shape }: StateImage): readonly [key: readonly StateField[], value: readonly StateField[]] {
  switch (kind) {
    case 'list':
      return [LIST_KEY, ONE_TEXT]
    case 'value':
      return [[], [{ ...ONE_TEXT[0], type: 'json' }]]
    case 'table':
    case 'multimap': {
      const [key, value] = (JSON.parse(shape) as readonly (readonly [string, LogicalType, boolean])[][]).map((fields) =>
        fields.map(([name, type, nullable]) => ({ name, type, nullable })),
      )
      return [key, value]
    }
  }
}

class Words {
  readonly #view: DataView

  constructor(section: Uint8Array) {
    this.#view = new DataView(section.buffer, section.byteOffset, section.byteLength)
  }

  u32(index: number): number {
    return this.#view.getUint32(index * 4, true)
  }

  i32(index: number): number {
    return this.#view.getInt32(index * 4, true)
  }

  f64(index: number): number {
    return this.#view.getFloat64(index * 8, true)
  }
}

/** The key part of tables and multimaps. */
class Keys {
  readonly size: number
  readonly #types: readonly LogicalType[]
  readonly #hashes: Words
  readonly #at: Words
  readonly #lengths: Words
  readonly #bytes: Uint8Array

  constructor(size: number, fields: readonly StateField[], section: () => Uint8Array) {
    this.size = size
    this.#types = fields.map(({ type }) => type)
    this.#hashes = new Words(section())
    this.#at = new Words(section())
    this.#lengths = new Words(section())
    this.#bytes = section()
  }

  hash(index: number): number {
    return this.#hashes.u32(index)
  }

  bytes(index: number): Uint8Array {
    const at = this.#at.u32(index)
    return this.#bytes.subarray(at, at + this.#lengths.u32(index))
  }

  cells(index: number): StateCell[] {
    const bytes = this.#bytes
    let at = this.#at.u32(index)
    return this.#types.map((type) => {
      const from = at
      at = keyValueEnd(bytes, from)
      if (bytes[from] === KEY_TAG.text) return storedText(bytes.subarray(from + TEXT_HEAD_BYTES, at))
      const value = keyValueAt(bytes, from, 0)
      return typeof value === 'string' ? value : cellOf(value, type)
    })
  }
}

function cellOf(value: number | bigint | boolean | null, type: LogicalType): StateCell {
  if (value === null || typeof value === 'boolean') return value
  const shown = valueOfNumber(value, type)
  if (typeof shown === 'number') return type === 'bool' ? shown !== 0 : Number.isFinite(shown) ? shown : String(shown)
  return typeof shown === 'string' || typeof shown === 'boolean' ? shown : JSON.stringify(shown)
}

interface ValueSections {
  readonly type: LogicalType
  readonly numbers: Words | null
  readonly nulls: Uint8Array | null
  readonly textAt: Words | null
  readonly textLength: Words | null
}

/** The value columns of tables and multimaps. */
class Rows {
  readonly #texts: Uint8Array
  readonly #columns: readonly ValueSections[]

  constructor(fields: readonly StateField[], section: () => Uint8Array) {
    this.#texts = section()
    this.#columns = fields.map(({ type, nullable }) => {
      const text = storageOf(type) === 'bytes'
      const numbers = text ? null : new Words(section())
      const nulls = nullable ? section() : null
      return { type, numbers, nulls, textAt: text ? new Words(section()) : null, textLength: text ? new Words(section()) : null }
    })
  }

  cells(row: number): StateCell[] {
    return this.#columns.map(({ type, numbers, nulls, textAt, textLength }) => {
      if (nulls !== null && nulls[row] === 1) return null
      return numbers !== null ? cellOf(numbers.f64(row), type) : storedText(this.#text(row, textAt, textLength))
    })
  }

  /** Whether a row is that of another checkpoint, to the bit. */
  same(row: number, other: Rows, otherRow: number): boolean {
    if (this.#columns.length !== other.#columns.length) return false
    for (let i = 0; i < this.#columns.length; i += 1) {
      const own = this.#columns[i]
      const its = other.#columns[i]
      if (own.type !== its.type) return false
      const isNull = own.nulls !== null && own.nulls[row] === 1
      if (isNull !== (its.nulls !== null && its.nulls[otherRow] === 1)) return false
      if (isNull) continue
      if (own.numbers !== null && its.numbers !== null) {
        if (!Object.is(own.numbers.f64(row), its.numbers.f64(otherRow))) return false
      } else if (!sameBytes(this.#text(row, own.textAt, own.textLength), other.#text(otherRow, its.textAt, its.textLength))) return false
    }
    return true
  }

  digest(row: number): string {
    return this.#columns
      .map(({ numbers, nulls, textAt, textLength }) => {
        if (nulls !== null && nulls[row] === 1) return 'n'
        if (numbers !== null) return Object.is(numbers.f64(row), -0) ? '-0' : String(numbers.f64(row))
        const bytes = this.#text(row, textAt, textLength)
        return `${bytes.length}:${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')}`
      })
      .join(' ')
  }

  #text(row: number, textAt: Words | null, textLength: Words | null): Uint8Array {
    const at = textAt?.u32(row) ?? 0
    return this.#texts.subarray(at, at + (textLength?.u32(row) ?? 0))
  }
}

function sectionsOf(image: StateImage, first = 0): () => Uint8Array {
  let next = first
  return () => image.sections[next++]
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  if (a.length > 64) return Buffer.compare(a, b) === 0
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false
  return true
}

function keyed(
  keys: Keys,
  fields: readonly [readonly StateField[], readonly StateField[]],
): Omit<StoredState, 'entry' | 'digest' | 'rows'> {
  return {
    size: keys.size,
    key: fields[0].map(columnOf),
    value: fields[1].map(columnOf),
    hash: (index) => keys.hash(index),
    sameKey: (index, other, otherIndex) => sameBytes(keys.bytes(index), other.keyBytes(otherIndex)),
    keyBytes: (index) => keys.bytes(index),
    keyCells: (index) => keys.cells(index),
  }
}

function tableOf(image: StateImage): StoredState {
  const fields = fieldsOf(image)
  const section = sectionsOf(image)
  const keys = new Keys(image.header.size, fields[0], section)
  const rows = new Rows(fields[1], section)
  return {
    ...keyed(keys, fields),
    rows,
    entry: (index) => ({ key: keys.cells(index), rows: [rows.cells(index)], more: 0 }),
    digest: (index) => rows.digest(index),
  }
}

function multimapOf(image: StateImage): StoredState {
  const fields = fieldsOf(image)
  const section = sectionsOf(image)
  const keys = new Keys(image.header.keys, fields[0], section)
  // The key table's values: an arena that stays empty, then the first entry of each key.
  section()
  const heads = new Words(section())
  const entries = sectionsOf(image, image.header.keySections)
  const next = new Words(entries())
  entries()
  const rows = new Rows(fields[1], entries)
  const each = (index: number, visit: (row: number) => void): void => {
    for (let row = heads.f64(index); row >= 0; row = next.i32(row)) visit(row)
  }
  return {
    ...keyed(keys, fields),
    rows: null,
    entry: (index) => {
      const shown: StateCell[][] = []
      let count = 0
      each(index, (row) => {
        if (count < ROWS_OF_A_KEY) shown.push(rows.cells(row))
        count += 1
      })
      return { key: keys.cells(index), rows: shown, more: count - shown.length }
    },
    // As a bag: the order of the chain says nothing.
    digest: (index) => {
      const all: string[] = []
      each(index, (row) => all.push(rows.digest(row)))
      return all.sort().join('\n')
    },
  }
}

function listOf(image: StateImage): StoredState {
  const [offsets, lengths, bytes] = image.sections
  const at = new Words(offsets)
  const length = new Words(lengths)
  const item = (index: number): Uint8Array => bytes.subarray(at.u32(index), at.u32(index) + length.u32(index))
  const size = image.header.length
  return {
    size,
    key: LIST_KEY.map(columnOf),
    value: ONE_TEXT.map(columnOf),
    hash: (index) => index,
    sameKey: (index, _other, otherIndex) => index === otherIndex,
    keyBytes: () => new Uint8Array(0),
    keyCells: (index) => [index],
    rows: null,
    entry: (index) => ({ key: [index], rows: [[storedText(item(index))]], more: 0 }),
    digest: (index) => Buffer.from(item(index)).toString('latin1'),
  }
}

function valueOf(image: StateImage): StoredState {
  const text = decoder.decode(image.sections[0])
  const [key, value] = fieldsOf(image)
  return {
    size: 1,
    key: key.map(columnOf),
    value: value.map(columnOf),
    hash: () => 0,
    sameKey: () => true,
    keyBytes: () => new Uint8Array(0),
    keyCells: () => [],
    rows: null,
    entry: () => ({ key: [], rows: [[cutOff(text)]], more: 0 }),
    digest: () => text,
  }
}
