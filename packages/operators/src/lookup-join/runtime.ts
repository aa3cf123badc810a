/** Lookup join: the file is read when the operator starts; each row's key bytes are looked up once. */
import { columnBuilder, fieldIndex, gatherBatch, pushFrom, sliceBatch, valueAt, type Batch, type Column, type Schema } from '@belay/columns'
import type { Emitter, OperatorContext, OperatorModule, TransformOperator } from '@belay/engine/operator'
import { KeyIndex } from './keyIndex.ts'
import { readLookupFile } from './lookupFile.ts'
import type { LookupJoinConfig } from './manifest.ts'

const encoder = new TextEncoder()

class LookupJoin implements TransformOperator {
  readonly role = 'transform'
  readonly #context: OperatorContext<LookupJoinConfig>
  readonly #schema: Schema
  readonly #index = new KeyIndex()
  readonly #keys: readonly number[]
  readonly #added: readonly Column[]
  #matches = new Int32Array(1024)
  #key = new Uint8Array(256)

  constructor(context: OperatorContext<LookupJoinConfig>, lines: Batch, input: Schema) {
    const { config } = context
    this.#context = context
    this.#schema = context.outputs['out'] ?? []
    this.#keys = config.on.map((pair) => fieldIndex(input, pair.input))
    this.#added = config.add.map((entry) => lines.columns[fieldIndex(lines.schema, entry.column)])
    const fileKeys = config.on.map((pair) => lines.columns[fieldIndex(lines.schema, pair.file)])
    for (let line = 0; line < lines.rows; line += 1) {
      const length = this.#keyOf(fileKeys, line)
      if (length >= 0) this.#index.add(this.#key, length, line)
    }
    if (this.#index.duplicates > 0) context.count('lines with a key seen before', this.#index.duplicates)
  }

  process(_port: number, whole: Batch, from: number, out: Emitter): number {
    if (out.full) return from
    let batch = sliceBatch(whole, from, whole.rows)
    if (this.#matches.length < batch.rows) this.#matches = new Int32Array(batch.rows)
    const matches = this.#matches
    const keys = this.#keys.map((at) => batch.columns[at])
    const misses = keys.length === 1 && keys[0].storage === 'bytes' ? this.#findText(keys[0], batch.rows) : this.#find(keys, batch.rows)
    if (misses > 0) {
      this.#context.count('misses', misses)
      if (this.#context.config.onMiss === 'drop') batch = this.#dropMisses(batch, misses)
    }
    if (batch.rows > 0)
      out.emit(0, {
        schema: this.#schema,
        rows: batch.rows,
        columns: [...batch.columns, ...this.#added.map((column) => pick(column, matches, batch.rows))],
        kinds: batch.kinds,
      })
    return whole.rows
  }

  #findText(column: Extract<Column, { storage: 'bytes' }>, rows: number): number {
    const { offsets, bytes, nulls } = column
    const matches = this.#matches
    let misses = 0
    for (let row = 0; row < rows; row += 1) {
      const line = nulls !== undefined && nulls[row] === 1 ? -1 : this.#index.find(bytes, offsets[row], offsets[row + 1])
      matches[row] = line
      if (line < 0) misses += 1
    }
    return misses
  }

  #find(keys: readonly Column[], rows: number): number {
    let misses = 0
    for (let row = 0; row < rows; row += 1) {
      const length = this.#keyOf(keys, row)
      const line = length < 0 ? -1 : this.#index.find(this.#key, 0, length)
      this.#matches[row] = line
      if (line < 0) misses += 1
    }
    return misses
  }

  #dropMisses(batch: Batch, misses: number): Batch {
    const kept = new Uint32Array(batch.rows - misses)
    let count = 0
    for (let row = 0; row < batch.rows; row += 1) {
      const line = this.#matches[row]
      if (line < 0) continue
      this.#matches[count] = line
      kept[count++] = row
    }
    return gatherBatch(batch, kept, count)
  }

  /** Writes a row's key into `#key`; returns its length, −1 if a part is NULL (NULL never matches). One text column is written as it is. */
  #keyOf(columns: readonly Column[], row: number): number {
    let at = 0
    for (const column of columns) {
      if (column.nulls !== undefined && column.nulls[row] === 1) return -1
      if (column.storage === 'bytes') {
        const length = column.offsets[row + 1] - column.offsets[row]
        this.#makeRoom(at + length + 4)
        if (columns.length > 1) {
          new DataView(this.#key.buffer).setUint32(at, length)
          at += 4
        }
        this.#key.set(column.bytes.subarray(column.offsets[row], column.offsets[row + 1]), at)
        at += length
      } else {
        // −0 equals 0.
        const value = valueAt(column, row)
        const text = encoder.encode(`${typeof value === 'number' ? value + 0 : String(value)};`)
        this.#makeRoom(at + text.length)
        this.#key.set(text, at)
        at += text.length
      }
    }
    return at
  }

  #makeRoom(sizeBytes: number): void {
    if (sizeBytes <= this.#key.length) return
    const grown = new Uint8Array(sizeBytes * 2)
    grown.set(this.#key)
    this.#key = grown
  }
}

/** Values of the matched lines; NULL where there is none. */
function pick(column: Column, matches: Int32Array, rows: number): Column {
  const builder = columnBuilder(column.type)
  for (let row = 0; row < rows; row += 1) {
    const line = matches[row]
    if (line < 0) builder.pushNull()
    else pushFrom(builder, column, line)
  }
  return builder.finish()
}

export const module: OperatorModule<LookupJoinConfig> = {
  create(context) {
    const path = context.files.readable(context.config.file)
    return new LookupJoin(context, readLookupFile(path, context.config), context.inputs['in'] ?? [])
  },
}
