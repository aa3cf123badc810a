/**
 * Versions of the right side by key and time.
 *
 * State: every version that a row still to come may need: of each key those from the watermark on
 * and the newest one before.
 */
import { columnBuilder, fieldIndex, type Batch, type Column, type Field, type Schema } from '@belay/columns'
import { writeColumnKey, type StateMultimap, type StateRegistry } from '@belay/engine/operator'
import { numberField } from '../aggregates/accumulator.ts'
import type { KeptRow } from '../joining/pairs.ts'
import { compareEncodedRows } from '../rows/encodedOrder.ts'
import { RowWriter } from '../rows/rowCodec.ts'

const TIME = 0
const ROW = 1

/** A scan for what nothing needs any more pays once there are so many more than after the last one. */
const LEAST_GROWTH = 1024

/** Entries of one key in order of time, of equal times only the one that counts. */
export interface KeyVersions {
  readonly times: readonly number[]
  readonly entries: readonly number[]
}

export class Versions {
  readonly #versions: StateMultimap
  readonly #keys: readonly number[]
  readonly #ttlMs: number
  readonly #row = new RowWriter()
  /** Versions there may be before the next scan. */
  #scanAt = LEAST_GROWTH
  /** Watermark from which on a scan may find expired ones. */
  #expiryAt = Number.NEGATIVE_INFINITY

  /** `ttlMs` 0 = a version is valid until the next one. */
  constructor(state: StateRegistry, schema: Schema, keys: readonly string[], ttlMs: number) {
    this.#keys = keys.map((name) => fieldIndex(schema, name))
    this.#ttlMs = ttlMs
    this.#versions = state.multimap('versions', {
      version: 1,
      key: this.#keys.map((at) => schema[at]),
      value: [numberField('time'), { name: 'row', type: 'string', nullable: false }],
    })
  }

  add(batch: Batch, row: number, time: number): void {
    const versions = this.#versions
    if (this.#keys.some((at) => batch.columns[at].nulls?.[row] === 1)) return
    versions.key.begin()
    for (const at of this.#keys) writeColumnKey(versions.key, batch.columns[at], row)
    const entry = versions.add()
    this.#row.row(batch.columns, row)
    versions.numbers(TIME)[entry] = time
    versions.setBytes(entry, ROW, this.#row.bytes, 0, this.#row.length)
  }

  /** Versions of the key in row `row` of key columns. */
  of(keys: readonly Column[], row: number): KeyVersions {
    const versions = this.#versions
    versions.key.begin()
    for (const column of keys) writeColumnKey(versions.key, column, row)
    const entries: number[] = []
    for (let entry = versions.first(); entry >= 0; entry = versions.next(entry)) entries.push(entry)
    const times = versions.numbers(TIME)
    entries.sort((a, b) => times[a] - times[b] || this.#compareRows(a, b))
    const counting = entries.filter((entry, i) => i === entries.length - 1 || times[entry] !== times[entries[i + 1]])
    return { times: counting.map((entry) => times[entry]), entries: counting }
  }

  /** Entry of the version valid at `time`; −1 = there is none. */
  validAt({ times, entries }: KeyVersions, time: number): number {
    let low = 0
    let high = times.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (times[middle] <= time) low = middle + 1
      else high = middle
    }
    return low === 0 || (this.#ttlMs > 0 && time - times[low - 1] > this.#ttlMs) ? -1 : entries[low - 1]
  }

  /** Where an entry's row lies until the next change. */
  rowOf(entry: number): KeptRow {
    const versions = this.#versions
    return { bytes: versions.textBytes, from: versions.textFrom(entry, ROW), to: versions.textTo(entry, ROW) }
  }

  /** Rows from now on are at `watermark` or later: now and then what none of them can need is removed. */
  forget(watermark: number): void {
    const versions = this.#versions
    if (versions.size < this.#scanAt && watermark < this.#expiryAt) return
    versions.forEachKey((_key, first) => this.#forgetOf(first, watermark))
    this.#scanAt = versions.size * 2 + LEAST_GROWTH
    this.#expiryAt = this.#ttlMs === 0 ? Number.POSITIVE_INFINITY : watermark + this.#ttlMs / 2
  }

  #forgetOf(first: number, watermark: number): void {
    const versions = this.#versions
    const times = versions.numbers(TIME)
    let valid = -1
    for (let entry = first; entry >= 0; entry = versions.next(entry)) {
      if (times[entry] > watermark) continue
      if (valid < 0 || times[entry] > times[valid] || (times[entry] === times[valid] && this.#compareRows(entry, valid) > 0)) valid = entry
    }
    if (valid < 0) return
    const expired = this.#ttlMs > 0 && times[valid] + this.#ttlMs < watermark
    // A version at the watermark itself may still meet a greater one; what lies before it is over all the same.
    for (let entry = first; entry >= 0;) {
      const after = versions.next(entry)
      if (times[entry] <= watermark && (entry !== valid || expired)) versions.remove(entry)
      entry = after
    }
  }

  #compareRows(a: number, b: number): number {
    const versions = this.#versions
    const { textBytes: bytes } = versions
    return compareEncodedRows(bytes, versions.textFrom(a, ROW), versions.textTo(a, ROW), bytes, versions.textFrom(b, ROW))
  }
}

/** Collects keys of a state as columns, so that another state can be asked for them. */
export class KeyColumns {
  readonly #builders

  constructor(fields: readonly Field[]) {
    this.#builders = fields.map((field) => columnBuilder(field.type))
  }

  push(rows: StateMultimap, key: number): void {
    this.#builders.forEach((builder, i) => rows.pushKeyValue(key, i, builder))
  }

  finish(): readonly Column[] {
    return this.#builders.map((builder) => builder.finish())
  }
}
