/**
 * Generator: row `id` is a pure function of the seed and the id, so a restore seeks to any id
 * (engine-spec H9). Times are 1 ms apart from 2024-01-01, so they are the same on every replay.
 *
 * State: the id of the next row.
 */
import { BATCH_ROWS, BatchBuilder } from '@belay/columns'
import type { Emitter, OperatorContext, OperatorModule, SourceOperator, StateValue } from '@belay/engine/operator'
import { Pace } from '../reading/pace.ts'
import { generatedKey, generatedTime, generatedValue } from './generatedRow.ts'
import type { GeneratorConfig } from './manifest.ts'

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
      if (keyTexts?.storage === 'bytes') keyTexts.push(generatedKey(seed, id, keys))
      if (values?.storage === 'number') values.push(generatedValue(seed, id))
      if (times?.storage === 'number') times.push(generatedTime(id))
      this.#builder.endRow()
    }
    this.#id += count
    this.#pace.emitted(count)
    this.#position.set({ id: this.#id })
    if (rows > 0) this.#context.progress(this.#id / rows)
    out.emit(0, this.#builder.finish())
    return rows > 0 && this.#id >= rows ? 'ended' : 'progress'
  }

  configure(config: Readonly<Record<string, unknown>>): void {
    this.#pace.change((config as GeneratorConfig).rowsPerSecond)
  }

  watermark(): number {
    return this.#id === 0 ? -Infinity : generatedTime(this.#id - 1)
  }
}

export const module: OperatorModule<GeneratorConfig> = {
  create: (context) => new Generator(context),
}
