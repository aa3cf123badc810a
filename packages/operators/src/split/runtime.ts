/**
 * Split: all conditions are one CASE, so that a later one is worked out only for rows that no earlier
 * one has taken; rows leave unchanged and in order. Keeps no state.
 */
import { sliceBatch, type Batch } from '@belay/columns'
import type { Emitter, OperatorContext, OperatorModule, TransformOperator } from '@belay/engine/operator'
import { RowErrors, type Kernel } from '@belay/expressions'
import { firstCondition } from '../rows/firstCondition.ts'
import { partOfBatch } from '../rows/partOfBatch.ts'
import { WAY_PORTS, type SplitConfig } from './manifest.ts'

/** Port of the rows that no condition holds for. */
const REST = WAY_PORTS.length

class Split implements TransformOperator {
  readonly role = 'transform'
  readonly #context: OperatorContext<SplitConfig>
  readonly #kernel: Kernel
  readonly #errors = new RowErrors()
  /** Rows by port, and how many there are. */
  readonly #rows: Uint32Array[] = Array.from({ length: REST + 1 }, () => new Uint32Array(1024))
  readonly #counts = new Uint32Array(REST + 1)

  constructor(context: OperatorContext<SplitConfig>, kernel: Kernel) {
    this.#context = context
    this.#kernel = kernel
  }

  process(_port: number, whole: Batch, from: number, out: Emitter): number {
    if (out.full) return from
    const batch = sliceBatch(whole, from, whole.rows)
    this.#errors.clear()
    const ways = this.#kernel.evaluate(batch, this.#errors)
    if (ways.storage !== 'number') throw new TypeError('the way is no number')
    this.#errors.forEach((row, code, message) => this.#context.rowError({ code, message, row: { batch, index: row } }))
    this.#share(ways.values, batch.rows)
    for (let port = 0; port <= REST; port += 1) {
      const count = this.#counts[port]
      if (count > 0 && out.connected(port)) out.emit(port, partOfBatch(batch, this.#rows[port], count))
    }
    return whole.rows
  }

  #share(ways: Float64Array, rows: number): void {
    const most = this.#context.config.ways.length
    this.#counts.fill(0)
    for (let row = 0; row < rows; row += 1) {
      if (this.#errors.count > 0 && this.#errors.has(row)) continue
      const port = ways[row] === most ? REST : ways[row]
      const count = this.#counts[port]
      if (count === this.#rows[port].length) {
        const grown = new Uint32Array(Math.max(rows, count * 2))
        grown.set(this.#rows[port])
        this.#rows[port] = grown
      }
      this.#rows[port][count] = row
      this.#counts[port] = count + 1
    }
  }
}

export const module: OperatorModule<SplitConfig> = {
  rehearses: true,
  create(context) {
    const conditions = context.config.ways.map(({ condition }) => condition)
    return new Split(context, firstCondition(context.operator, conditions, context.inputs['in'] ?? [], 'true'))
  },
}
