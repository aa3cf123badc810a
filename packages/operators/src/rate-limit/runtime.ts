/** Rate limit: takes no more rows than its pace allows; what it does not take presses back. Keeps no state. */
import { BATCH_ROWS, sliceBatch, type Batch } from '@belay/columns'
import type { Emitter, OperatorContext, OperatorModule, TransformOperator } from '@belay/engine/operator'
import { Pace } from '../reading/pace.ts'
import type { RateLimitConfig } from './manifest.ts'

/** Below it the pauses between two rows are so long that standing still has to be explained, or it would pass for being stuck. */
const SLOW_ROWS_PER_SECOND = 10

class RateLimit implements TransformOperator {
  readonly role = 'transform'
  readonly #context: OperatorContext<RateLimitConfig>
  readonly #pace: Pace

  constructor(context: OperatorContext<RateLimitConfig>) {
    this.#context = context
    const { rowsPerSecond } = context.config
    this.#pace = new Pace(rowsPerSecond, context)
    if (rowsPerSecond < SLOW_ROWS_PER_SECOND) this.#tellSlow(rowsPerSecond)
  }

  configure(config: Readonly<Record<string, unknown>>): void {
    const { rowsPerSecond } = config as RateLimitConfig
    this.#pace.change(rowsPerSecond)
    if (rowsPerSecond < SLOW_ROWS_PER_SECOND) this.#tellSlow(rowsPerSecond)
    else this.#context.waits(null)
  }

  #tellSlow(rowsPerSecond: number): void {
    this.#context.waits({ code: 'RATE_LIMITED', message: `it lets ${rowsPerSecond} rows a second pass, as set.` })
  }

  process(_port: number, batch: Batch, from: number, out: Emitter): number {
    if (out.full) return from
    const rows = this.#pace.allowance(Math.min(BATCH_ROWS, batch.rows - from))
    if (rows === 0) return from
    out.emit(0, sliceBatch(batch, from, from + rows))
    this.#pace.emitted(rows)
    return from + rows
  }
}

export const module: OperatorModule<RateLimitConfig> = { create: (context) => new RateLimit(context) }
