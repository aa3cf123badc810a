/** Discard: drops every row; there is nothing to stage or to commit. */
import type { Batch } from '@belay/columns'
import type { OperatorModule, SinkOperator } from '@belay/engine/operator'

class NullSink implements SinkOperator {
  readonly role = 'sink'

  process(_port: number, batch: Batch): number {
    return batch.rows
  }

  prepare(): boolean {
    return true
  }

  commit(): number {
    return 0
  }
}

export const module: OperatorModule<Record<string, never>> = {
  create: () => new NullSink(),
}
