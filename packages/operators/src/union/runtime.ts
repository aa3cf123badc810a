/** Union: passes batches of every input on as they come; keeps no state. */
import { sliceBatch, type Batch, type Schema } from '@belay/columns'
import type { Emitter, OperatorContext, OperatorModule, TransformOperator } from '@belay/engine/operator'

class Union implements TransformOperator {
  readonly role = 'transform'
  readonly #schema: Schema

  constructor(context: OperatorContext<Record<string, never>>) {
    this.#schema = context.outputs['out'] ?? []
  }

  process(_port: number, whole: Batch, from: number, out: Emitter): number {
    if (out.full) return from
    if (out.connected(0)) {
      const batch = sliceBatch(whole, from, whole.rows)
      // The output may be nullable where this input is not, so the batch takes the output's schema.
      out.emit(0, { schema: this.#schema, rows: batch.rows, columns: batch.columns, kinds: batch.kinds })
    }
    return whole.rows
  }
}

export const module: OperatorModule<Record<string, never>> = {
  rehearses: true,
  create: (context) => new Union(context),
}
