/** Sample: a row passes by a hash of what it holds, so the choice needs no state and is always the same. */
import { BATCH_ROWS, fieldIndex, sliceBatch, type Batch } from '@belay/columns'
import { murmur3, type Emitter, type OperatorContext, type OperatorModule, type TransformOperator } from '@belay/engine/operator'
import { partOfBatch } from '../rows/partOfBatch.ts'
import { RowWriter } from '../rows/rowCodec.ts'
import type { SampleConfig } from './manifest.ts'

const HASHES = 4_294_967_296

class Sample implements TransformOperator {
  readonly role = 'transform'
  /** Hashes below it pass. */
  #limit: number
  readonly #seed: number
  /** Columns that decide; empty = all. */
  readonly #keys: readonly number[]
  readonly #writer = new RowWriter()
  #chosen = new Uint32Array(BATCH_ROWS)

  constructor({ config, inputs }: OperatorContext<SampleConfig>) {
    const input = inputs['in'] ?? []
    this.#limit = HASHES / config.oneIn
    this.#seed = Math.imul(config.seed + 1, 0x9e3779b1)
    this.#keys = config.keys.length === 0 ? input.map((_, at) => at) : config.keys.map((name) => fieldIndex(input, name))
  }

  configure(config: Readonly<Record<string, unknown>>): void {
    this.#limit = HASHES / (config as SampleConfig).oneIn
  }

  process(_port: number, whole: Batch, from: number, out: Emitter): number {
    if (out.full) return from
    const batch = sliceBatch(whole, from, whole.rows)
    if (this.#chosen.length < batch.rows) this.#chosen = new Uint32Array(batch.rows)
    let count = 0
    for (let row = 0; row < batch.rows; row += 1) if (this.#hash(batch, row) < this.#limit) this.#chosen[count++] = row
    if (count > 0) out.emit(0, partOfBatch(batch, this.#chosen, count))
    return whole.rows
  }

  #hash(batch: Batch, row: number): number {
    const writer = this.#writer
    writer.begin()
    for (const at of this.#keys) writer.value(batch.columns[at], row)
    // Mixed once more: the hash itself decides where a key is kept, and a sample of one kind would crowd there.
    let hash = murmur3(writer.bytes, 0, writer.length) ^ this.#seed
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    return (hash ^ (hash >>> 16)) >>> 0
  }
}

export const module: OperatorModule<SampleConfig> = { create: (context) => new Sample(context) }
