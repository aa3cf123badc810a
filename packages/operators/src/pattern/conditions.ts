/** Which conditions rows fit: rows are gathered, with what is asked for of the row before, and tested a batch at a time. */
import { BatchBuilder, BATCH_ROWS, fieldIndex, type Schema } from '@belay/columns'
import { EngineError, type OperatorContext } from '@belay/engine/operator'
import { checkExpression, compileExpression, RowErrors, selectTrue, type Kernel } from '@belay/expressions'
import type { KeptRow } from '../joining/pairs.ts'
import { readRow, valueEnd } from '../rows/rowCodec.ts'
import { columnsBefore, conditionSchema, type PatternConfig } from './manifest.ts'

export class Conditions {
  /** By condition its bit. */
  readonly names: readonly string[]
  /** Conditions look at the row before. */
  readonly lookBack: boolean
  readonly #context: OperatorContext<PatternConfig>
  readonly #kernels: readonly Kernel[]
  readonly #builder: BatchBuilder
  readonly #width: number
  /** Positions in the input of the columns of the row before. */
  readonly #before: readonly number[]
  readonly #chosen = new Uint32Array(BATCH_ROWS)
  readonly #errors = new RowErrors()
  #fits: number[] = []

  constructor(context: OperatorContext<PatternConfig>, input: Schema) {
    const { config } = context
    const schema = conditionSchema(config, input)
    this.#context = context
    this.names = config.conditions.map(({ name }) => name)
    this.#kernels = config.conditions.map(({ name, condition }) => {
      const checked = checkExpression(condition, schema)
      if (!checked.ok)
        throw new EngineError('EXPRESSION_INVALID', `Condition ${name} of ${context.operator} is not valid: ${checked.problems[0].message}`)
      return compileExpression(checked.expression, schema)
    })
    this.#builder = new BatchBuilder(schema)
    this.#width = input.length
    this.#before = columnsBefore(config, input).map(({ name }) => fieldIndex(input, name.slice('prev_'.length)))
    this.lookBack = this.#before.length > 0
  }

  add(row: KeptRow, before: KeptRow | null): void {
    const { columns } = this.#builder
    readRow(row.bytes, row.from, columns, 0, this.#width)
    this.#before.forEach((column, i) => {
      const at = this.#width + i
      if (before === null) columns[at].pushNull()
      else readRow(before.bytes, valueAt(before, column), columns, at, at + 1)
    })
    this.#builder.endRow()
    if (this.#builder.full) this.#test()
  }

  /** By row in the order added its fitting conditions as bits. */
  finish(): readonly number[] {
    if (this.#builder.rows > 0) this.#test()
    const fits = this.#fits
    this.#fits = []
    return fits
  }

  #test(): void {
    const batch = this.#builder.finish()
    const first = this.#fits.length
    for (let row = 0; row < batch.rows; row += 1) this.#fits.push(0)
    this.#errors.clear()
    this.#kernels.forEach((kernel, bit) => {
      const count = selectTrue(kernel.evaluate(batch, this.#errors), batch.rows, this.#chosen)
      for (let i = 0; i < count; i += 1) this.#fits[first + this.#chosen[i]] |= 1 << bit
    })
    this.#errors.forEach((row, code, message) => {
      this.#fits[first + row] = 0
      this.#context.rowError({ code, message, row: { batch, index: row } })
    })
  }
}

function valueAt({ bytes, from }: KeptRow, column: number): number {
  let at = from
  for (let i = 0; i < column; i += 1) at = valueEnd(bytes, at)
  return at
}
