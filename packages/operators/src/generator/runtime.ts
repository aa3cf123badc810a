/**
 * Generator: row `id` is a pure function of the seed and the id, so a restore seeks to any id
 * (engine-spec H9). Times are 1 ms apart from 2024-01-01, so they are the same on every replay.
 *
 * State: the id of the next row.
 */
import { BATCH_ROWS, BatchBuilder } from '@belay/columns'
import type { Emitter, OperatorContext, OperatorModule, SourceOperator, StateValue } from '@belay/engine/operator'
import { Pace } from '../reading/pace.ts'
import type { GeneratorConfig } from './manifest.ts'

/** 2024-01-01T00:00:00Z */
const FIRST_TIME_MS = 1_704_067_200_000
/** 32 well-mixed bits of seed, id and lane (the finaliser of MurmurHash3). */
function mixed(seed: number, id: number, lane: number): number {
  let hash = Math.imul(seed ^ Math.imul(lane + 1, 0x9e3779b1), 0x85ebca6b)
  hash ^= Math.imul(id >>> 0, 0xcc9e2d51) ^ Math.imul(Math.floor(id / 4_294_967_296), 0x1b873593)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

class Generator implements SourceOperator {
  readonly role = 'source'
  readonly #context: OperatorContext<GeneratorConfig>
  readonly #builder: BatchBuilder
  readonly #position: StateValue<{ id: number }>
  readonly #pace: Pace
  #id: number

  constructor(context: OperatorContext<GeneratorConfig>) {
    this.#context = context
    this.#builder = new BatchBuilder(context.outputs['out'] ?? [])
    this.#position = context.state.value('position', 1, { id: 0 })
    this.#id = this.#position.get().id
    this.#pace = new Pace(context.config.rowsPerSecond, context)
  }

  read(out: Emitter): 'progress' | 'idle' | 'ended' {
    const { rows, seed, keys } = this.#context.config
    const left = rows === 0 ? BATCH_ROWS : rows - this.#id
    if (left <= 0) return 'ended'
    if (out.full) return 'progress'
    const count = this.#pace.allowance(Math.min(BATCH_ROWS, left))
    if (count === 0) return 'idle'
    const [ids, keyTexts, values, times] = this.#builder.columns
    for (let i = 0; i < count; i += 1) {
      const id = this.#id + i
      if (ids?.storage === 'number') ids.push(id)
      if (keyTexts?.storage === 'bytes') keyTexts.push(`k${mixed(seed, id, 0) % keys}`)
      if (values?.storage === 'number') values.push((mixed(seed, id, 1) % 1_000_000) / 10_000)
      if (times?.storage === 'number') times.push(FIRST_TIME_MS + id)
      this.#builder.endRow()
    }
    this.#id += count
    this.#pace.emitted(count)
    this.#position.set({ id: this.#id })
    if (rows > 0) this.#context.progress(this.#id / rows)
    out.emit(0, this.#builder.finish())
    return rows > 0 && this.#id >= rows ? 'ended' : 'progress'
  }

  watermark(): number {
    return this.#id === 0 ? -Infinity : FIRST_TIME_MS + this.#id - 1
  }
}

export const module: OperatorModule<GeneratorConfig> = {
  create: (context) => new Generator(context),
}
