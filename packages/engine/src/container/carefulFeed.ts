/**
 * Gives a suspect its rows one by one, with a crumb for each, and leaves out the rows that are known
 * to be poison (engine-spec H18). Slow on purpose, and only for the windows in which it failed.
 */
import { sliceBatch, type Batch } from '@belay/columns'
import type { Emitter, Operator } from '../operator/operator.ts'
import { Crumb, rowName } from './crumb.ts'
import type { Deployment, RowName } from './protocol.ts'

/** Rows a step may take, so that the container still hears its messages. */
const ROWS_PER_STEP = 256
/** How many windows later than before a row may come again: windows are cut by the clock. */
const SLACK_WINDOWS = 20

export class CarefulFeed {
  readonly #poison: Set<string>
  readonly #until: number
  readonly #crumb: Crumb
  readonly #skip: (row: RowName, batch: Batch, index: number) => void
  #current: RowName | null = null

  constructor(deployment: Deployment, log: string, skip: (row: RowName, batch: Batch, index: number) => void) {
    this.#poison = new Set(deployment.poison)
    this.#until = Math.max(deployment.suspectUntil ?? 0, deployment.reached) + SLACK_WINDOWS
    this.#crumb = new Crumb(log, deployment.instance.id)
    this.#skip = skip
  }

  /** No row of this window can be the one. */
  passed(window: number): boolean {
    return window > this.#until
  }

  /** The row that was given and has not come back; null = it died of something else. */
  get current(): RowName | null {
    return this.#current
  }

  /** As `process` of the operator: the index of the first row that is not processed. */
  process(operator: Exclude<Operator, { role: 'source' }>, port: number, batch: Batch, from: number, out: Emitter): number {
    const end = Math.min(batch.rows, from + ROWS_PER_STEP)
    for (let row = from; row < end; row += 1) {
      const name = rowName(batch, row)
      if (this.#poison.has(name.hash)) {
        this.#skip(name, batch, row)
        continue
      }
      this.#current = name
      this.#crumb.leave(name)
      const taken = operator.process(port, sliceBatch(batch, row, row + 1), 0, out)
      this.#crumb.wipe()
      this.#current = null
      if (taken === 0) return row
    }
    return end
  }

  close(): void {
    this.#crumb.close()
  }
}
