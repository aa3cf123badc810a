/** Filter: one column kernel per batch; rows leave by `true` or `false`, unchanged and in order. */
import { sliceBatch, type Batch } from '@belay/columns'
import { EngineError, type Emitter, type OperatorContext, type OperatorModule, type TransformOperator } from '@belay/engine/operator'
import { checkExpression, compileExpression, RowErrors, selectTrue, type Kernel } from '@belay/expressions'
import { partOfBatch } from '../rows/partOfBatch.ts'
import type { FilterConfig } from './manifest.ts'

const TRUE = 0
const FALSE = 1

class Filter implements TransformOperator {
  readonly role = 'transform'
  readonly #context: OperatorContext<FilterConfig>
  #kernel: Kernel
  readonly #errors = new RowErrors()
  #chosen = new Uint32Array(1024)
  #others = new Uint32Array(1024)

  constructor(context: OperatorContext<FilterConfig>) {
    this.#context = context
    this.#kernel = kernelOf(context, context.config.condition)
  }

  configure(config: Readonly<Record<string, unknown>>): void {
    this.#kernel = kernelOf(this.#context, (config as FilterConfig).condition)
  }

  process(_port: number, whole: Batch, from: number, out: Emitter): number {
    if (out.full) return from
    const batch = sliceBatch(whole, from, whole.rows)
    const { rows } = batch
    if (this.#chosen.length < rows) {
      this.#chosen = new Uint32Array(rows)
      this.#others = new Uint32Array(rows)
    }
    this.#errors.clear()
    const condition = this.#kernel.evaluate(batch, this.#errors)
    const chosen = selectTrue(condition, rows, this.#chosen)
    this.#errors.forEach((row, code, message) => this.#context.rowError({ code, message, row: { batch, index: row } }))
    if (out.connected(TRUE) && chosen > 0) out.emit(TRUE, partOfBatch(batch, this.#chosen, chosen))
    if (out.connected(FALSE)) {
      const others = this.#complement(chosen, rows)
      if (others > 0) out.emit(FALSE, partOfBatch(batch, this.#others, others))
    }
    return whole.rows
  }

  /** Rows that are neither chosen nor in error. */
  #complement(chosen: number, rows: number): number {
    let count = 0
    let next = 0
    for (let row = 0; row < rows; row += 1) {
      if (next < chosen && this.#chosen[next] === row) next += 1
      else if (this.#errors.count === 0 || !this.#errors.has(row)) this.#others[count++] = row
    }
    return count
  }
}

function kernelOf(context: OperatorContext<FilterConfig>, condition: string): Kernel {
  const schema = context.inputs['in'] ?? []
  const checked = checkExpression(condition, schema)
  if (!checked.ok)
    throw new EngineError('EXPRESSION_INVALID', `The condition of ${context.operator} is not valid: ${checked.problems[0].message}`)
  return compileExpression(checked.expression, schema)
}

export const module: OperatorModule<FilterConfig> = {
  rehearses: true,
  create: (context) => new Filter(context),
}
