/**
 * Declared state: the only state an operator has (engine-spec H22). Declared in `create`, in the
 * same order and with the same names each time; contents are restored before `create` runs, so a
 * declaration returns the restored contents.
 *
 * Tables are open-addressing hash tables on typed arrays with keys as canonical bytes; each key
 * belongs to one of 128 key groups by MurmurHash3-32 (frozen vectors: a file format, H25).
 */
import type { ColumnBuilder, LogicalType, Value } from '@belay/columns'

export interface StateField {
  readonly name: string
  readonly type: LogicalType
  readonly nullable: boolean
}

export interface StateRegistry {
  table(name: string, shape: TableShape): StateTable
  /** Several entries a key, each with values of its own. */
  multimap(name: string, shape: TableShape): StateMultimap
  /** An append-only list of byte strings with removal from the front. */
  list(name: string, version: number): StateList
  /** One small JSON value, e.g. a source position. */
  value<T>(name: string, version: number, initial: T): StateValue<T>
}

export interface TableShape {
  /** Raised when the meaning of the columns changes; a mismatch is refused on restore. */
  readonly version: number
  readonly key: readonly StateField[]
  readonly value: readonly StateField[]
  /**
   * `found`: numbers and NULL flags of a row are written only after `slotFor`, `find` or `add` has given the row since the
   * last window end, or after `touch`. They are then copied for a checkpoint beside the work, as all else is; otherwise
   * they are compared and copied while the operator stands still. Default: `anytime`.
   */
  readonly writes?: 'found' | 'anytime'
}

/**
 * Rows are addressed by slot. A slot stays valid until the next `remove`, `clear` or growing
 * `slotFor`; hot loops take the typed arrays once per batch and re-read them after `version` changed.
 */
export interface StateTable {
  readonly size: number
  readonly sizeBytes: number
  /** Begins a key; then push its values in order; then `slotFor` or `find`. */
  readonly key: KeyWriter
  /** Slot of the written key, inserted if new (`inserted` tells), values zeroed and NULL where nullable. */
  slotFor(): number
  readonly inserted: boolean
  /** Slot of the written key, or −1. */
  find(): number
  /** Of a table with `writes: 'found'`: the numbers or NULL flags of a slot that was not found since the last window end are about to be written. */
  touch(slot: number): void
  remove(slot: number): void
  clear(): void
  /** Changes whenever arrays were reallocated. */
  readonly version: number
  /** Value columns by position: number/bool/timestamp columns. */
  numbers(valueIndex: number): Float64Array
  /** 1 = NULL, for nullable value columns. */
  nulls(valueIndex: number): Uint8Array
  /** string/json value columns. */
  text(slot: number, valueIndex: number): string | null
  setText(slot: number, valueIndex: number, value: string | null): void
  /** Any bytes into a string or json value column. */
  setBytes(slot: number, valueIndex: number, source: Uint8Array, from: number, to: number): void
  /** Where the bytes of text columns lie, until the next change of a text or removal: `textBytes[textFrom … textTo)`. */
  readonly textBytes: Uint8Array
  textFrom(slot: number, valueIndex: number): number
  textTo(slot: number, valueIndex: number): number
  /** Appends one key column of a slot to a column of its type. */
  pushKeyValue(slot: number, keyIndex: number, builder: ColumnBuilder): void
  /** One key column of a slot, copied out. */
  keyValue(slot: number, keyIndex: number): Value
  /** Canonical key bytes, for canonical order. */
  keyBytes(slot: number): Uint8Array
  /** Order of two slots by their key bytes, the last `without` bytes left out. */
  compareKeys(a: number, b: number, without?: number): number
  /** Visits every slot; removal of the visited slot is allowed. */
  forEach(visit: (slot: number) => void): void
}

/**
 * Entries are numbers that stay valid until `remove`. Hot loops take the typed arrays once per batch
 * and re-read them after `version` changed. Newest entries of a key come first.
 */
export interface StateMultimap {
  /** Entries of all keys. */
  readonly size: number
  readonly keys: number
  readonly sizeBytes: number
  /** Begins a key; then push its values in order; then `first` or `add`. */
  readonly key: KeyWriter
  /** First entry of the written key, or −1. */
  first(): number
  /** The entry after it, or −1. */
  next(entry: number): number
  /** A new entry of the written key, values zeroed and NULL where nullable. */
  add(): number
  /** With `writes: 'found'`: the numbers or NULL flags of an entry that was not added since the last window end are about to be written. */
  touch(entry: number): void
  remove(entry: number): void
  clear(): void
  readonly version: number
  numbers(valueIndex: number): Float64Array
  nulls(valueIndex: number): Uint8Array
  text(entry: number, valueIndex: number): string | null
  setText(entry: number, valueIndex: number, value: string | null): void
  setBytes(entry: number, valueIndex: number, source: Uint8Array, from: number, to: number): void
  readonly textBytes: Uint8Array
  textFrom(entry: number, valueIndex: number): number
  textTo(entry: number, valueIndex: number): number
  /** Visits every key with its first entry; entries of the visited key may be removed. */
  forEachKey(visit: (key: number, first: number) => void): void
  keyValue(key: number, keyIndex: number): Value
  keyBytes(key: number): Uint8Array
  pushKeyValue(key: number, keyIndex: number, builder: ColumnBuilder): void
}

/** Canonical key bytes: NULLs equal each other, NaN equals NaN, −0 = 0. */
export interface KeyWriter {
  begin(): void
  number(value: number): void
  /** A whole number over the whole range; the same key as `number` up to ±2^53. */
  int64(value: bigint): void
  bool(value: number): void
  /** UTF-8 bytes `[from, to)`. */
  bytes(source: Uint8Array, from: number, to: number): void
  text(value: string): void
  null(): void
}

export interface StateList {
  readonly length: number
  readonly sizeBytes: number
  push(bytes: Uint8Array): void
  at(index: number): Uint8Array
  /** Drops the first `count` entries. */
  shift(count: number): void
  clear(): void
}

export interface StateValue<T> {
  get(): T
  /** Values are JSON; set a new one rather than mutate. */
  set(value: T): void
}
