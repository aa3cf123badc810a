/** To changelog: the kind of each row becomes a column. Keeps no state. */
import { BytesBuilder, sliceBatch, type Batch, type Schema } from '@belay/columns'
import type { Emitter, OperatorContext, OperatorModule, TransformOperator } from '@belay/engine/operator'
import { OPS } from '../rows/ops.ts'
import type { ToChangelogConfig } from './manifest.ts'

class ToChangelog implements TransformOperator {
  readonly role = 'transform'
  readonly #schema: Schema
  readonly #ops = new BytesBuilder('string')

  constructor(context: OperatorContext<ToChangelogConfig>) {
    this.#schema = context.outputs['out'] ?? []
  }

  process(_port: number, whole: Batch, from: number, out: Emitter): number {
    if (out.full) return from
    const batch = sliceBatch(whole, from, whole.rows)
    for (let row = 0; row < batch.rows; row += 1) this.#ops.push(OPS[batch.kinds?.[row] ?? 0])
    out.emit(0, { schema: this.#schema, rows: batch.rows, columns: [this.#ops.finish(), ...batch.columns], kinds: undefined })
    return whole.rows
  }
}

export const module: OperatorModule<ToChangelogConfig> = {
  rehearses: true,
  create: (context) => new ToChangelog(context),
}
