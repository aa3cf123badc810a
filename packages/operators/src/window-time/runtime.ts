/** Window time. State: where the clock began, and the last window that has ended. */
import { sliceBatch, type Batch, type Schema } from '@belay/columns'
import type { Emitter, OperatorContext, OperatorModule, StateValue, TransformOperator, WindowEnd } from '@belay/engine/operator'
import type { WindowTimeConfig } from './manifest.ts'

interface Clock {
  /** Wall time of the first window's beginning, ms. */
  readonly originMs: number
  /** The last window that has ended. */
  readonly ended: number
}

class WindowTime implements TransformOperator {
  readonly role = 'transform'
  readonly #context: OperatorContext<WindowTimeConfig>
  readonly #schema: Schema
  readonly #clock: StateValue<Clock>

  constructor(context: OperatorContext<WindowTimeConfig>) {
    this.#context = context
    this.#schema = context.outputs['out'] ?? []
    this.#clock = context.state.value<Clock>('clock', 1, { originMs: Date.now(), ended: 0 })
  }

  process(_port: number, whole: Batch, from: number, out: Emitter): number {
    if (out.full) return from
    const { rows, columns, kinds } = sliceBatch(whole, from, whole.rows)
    const { originMs, ended } = this.#clock.get()
    const { roundMs } = this.#context.config
    const time = originMs + ended * this.#context.windowMs
    const values = new Float64Array(rows).fill(roundMs === 0 ? time : Math.floor(time / roundMs) * roundMs)
    const added = { storage: 'number', type: 'timestamp', values, nulls: undefined } as const
    out.emit(0, { schema: this.#schema, rows, columns: [...columns, added], kinds })
    return whole.rows
  }

  endWindow(end: WindowEnd): boolean {
    this.#clock.set({ originMs: this.#clock.get().originMs, ended: end.window })
    return true
  }
}

export const module: OperatorModule<WindowTimeConfig> = {
  rehearses: true,
  create: (context) => new WindowTime(context),
}
