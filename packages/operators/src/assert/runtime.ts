/** Assert: one kernel finds the first rule that a row breaks. Keeps no state. */
import { BATCH_ROWS, BytesBuilder, rowAt, sliceBatch, type Batch, type Schema } from '@belay/columns'
import { EngineError, type Emitter, type OperatorContext, type OperatorModule, type TransformOperator } from '@belay/engine/operator'
import { RowErrors, type Kernel } from '@belay/expressions'
import { firstCondition } from '../rows/firstCondition.ts'
import { partOfBatch } from '../rows/partOfBatch.ts'
import { nameOfRule, type AssertConfig } from './manifest.ts'

const OUT = 0
const BROKEN = 1

class Assert implements TransformOperator {
  readonly role = 'transform'
  readonly #context: OperatorContext<AssertConfig>
  readonly #kernel: Kernel
  readonly #brokenSchema: Schema
  readonly #errors = new RowErrors()
  readonly #rules = new BytesBuilder('string')
  readonly #counts: Uint32Array
  #kept = new Uint32Array(BATCH_ROWS)
  #broken = new Uint32Array(BATCH_ROWS)

  constructor(context: OperatorContext<AssertConfig>, kernel: Kernel) {
    this.#context = context
    this.#kernel = kernel
    this.#brokenSchema = context.outputs['broken'] ?? []
    this.#counts = new Uint32Array(context.config.rules.length)
  }

  process(_port: number, whole: Batch, from: number, out: Emitter): number {
    if (out.full) return from
    const batch = sliceBatch(whole, from, whole.rows)
    if (this.#kept.length < batch.rows) {
      this.#kept = new Uint32Array(batch.rows)
      this.#broken = new Uint32Array(batch.rows)
    }
    this.#errors.clear()
    const rules = this.#kernel.evaluate(batch, this.#errors)
    if (rules.storage !== 'number') throw new TypeError('the rule is no number')
    const { config } = this.#context
    const most = config.rules.length
    let kept = 0
    let broken = 0
    for (let row = 0; row < batch.rows; row += 1) {
      if (this.#errors.count > 0 && this.#errors.has(row)) continue
      const rule = rules.values[row]
      if (rule === most) this.#kept[kept++] = row
      else if (config.onBroken === 'fail') throw this.#failure(batch, row, rule)
      else {
        this.#broken[broken++] = row
        this.#counts[rule] += 1
        this.#rules.push(nameOfRule(config, rule))
      }
    }
    this.#errors.forEach((row, code, message) => this.#context.rowError({ code, message, row: { batch, index: row } }))
    if (kept > 0) out.emit(OUT, partOfBatch(batch, this.#kept, kept))
    if (broken > 0) this.#setAside(batch, broken, out)
    return whole.rows
  }

  #setAside(batch: Batch, count: number, out: Emitter): void {
    const { config } = this.#context
    this.#counts.forEach((rows, rule) => {
      if (rows > 0) this.#context.count(`broken: ${nameOfRule(config, rule)}`, rows)
    })
    this.#counts.fill(0)
    const rules = this.#rules.finish()
    if (!out.connected(BROKEN)) return
    const { columns, kinds } = partOfBatch(batch, this.#broken, count)
    out.emit(BROKEN, { schema: this.#brokenSchema, rows: count, columns: [...columns, rules], kinds })
  }

  #failure(batch: Batch, row: number, rule: number): EngineError {
    const { config, operator } = this.#context
    const { condition } = config.rules[rule]
    return new EngineError(
      'RULE_BROKEN',
      `A row breaks the rule "${nameOfRule(config, rule)}" of ${operator}, ${condition}: ${JSON.stringify({ ...rowAt(batch, row) })}. Correct the rows before it, or let it set broken rows aside.`,
    )
  }
}

export const module: OperatorModule<AssertConfig> = {
  create(context) {
    const conditions = context.config.rules.map(({ condition }) => condition)
    return new Assert(context, firstCondition(context.operator, conditions, context.inputs['in'] ?? [], 'false'))
  },
}
