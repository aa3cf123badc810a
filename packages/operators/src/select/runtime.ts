/** Select: one kernel per computed column and batch; columns passed on are not copied. Keeps no state. */
import { BATCH_ROWS, fieldIndex, gatherBatch, sliceBatch, sliceColumn, type Batch, type Column, type Schema } from '@belay/columns'
import { EngineError, type Emitter, type OperatorContext, type OperatorModule, type TransformOperator } from '@belay/engine/operator'
import { compileExpression, RowErrors, type Kernel } from '@belay/expressions'
import type { SelectConfig } from './manifest.ts'
import { planSelection } from './selection.ts'

type Output = { readonly source: number } | { readonly kernel: Kernel }

class Select implements TransformOperator {
  readonly role = 'transform'
  readonly #context: OperatorContext<SelectConfig>
  readonly #schema: Schema
  readonly #outputs: readonly Output[]
  readonly #errors = new RowErrors()
  /** Rows without an error. */
  #good = new Uint32Array(BATCH_ROWS)

  constructor(context: OperatorContext<SelectConfig>, schema: Schema, outputs: readonly Output[]) {
    this.#context = context
    this.#schema = schema
    this.#outputs = outputs
  }

  process(_port: number, whole: Batch, from: number, out: Emitter): number {
    if (out.full) return from
    const batch = sliceBatch(whole, from, whole.rows)
    this.#errors.clear()
    const columns = this.#outputs.map((output): Column =>
      'source' in output ? batch.columns[output.source] : copied(output.kernel.evaluate(batch, this.#errors), batch.rows),
    )
    this.#errors.forEach((row, code, message) => this.#context.rowError({ code, message, row: { batch, index: row } }))
    const selected: Batch = { schema: this.#schema, rows: batch.rows, columns, kinds: batch.kinds }
    if (this.#errors.count === 0) {
      out.emit(0, selected)
      return whole.rows
    }
    if (this.#good.length < batch.rows) this.#good = new Uint32Array(batch.rows)
    let count = 0
    for (let row = 0; row < batch.rows; row += 1) if (!this.#errors.has(row)) this.#good[count++] = row
    if (count > 0) out.emit(0, gatherBatch(selected, this.#good, count))
    return whole.rows
  }
}

/** A kernel's column is valid until its next call, but what is emitted may wait in an outbox for longer. */
function copied(column: Column, rows: number): Column {
  const nulls = column.nulls?.slice(0, rows)
  switch (column.storage) {
    case 'number':
      return { ...column, values: column.values.slice(0, rows), nulls }
    case 'i64':
      return { ...column, values: column.values.slice(0, rows), nulls }
    case 'bool':
      return { ...column, values: column.values.slice(0, rows), nulls }
    case 'bytes': {
      const first = column.offsets[0]
      return { ...column, offsets: movedOffsets(column.offsets, rows), bytes: column.bytes.slice(first, column.offsets[rows]), nulls }
    }
    case 'array': {
      const [first, last] = [column.offsets[0], column.offsets[rows]]
      const items = copied(sliceColumn(column.items, first, last), last - first)
      return { ...column, offsets: movedOffsets(column.offsets, rows), items, nulls }
    }
  }
}

function movedOffsets(offsets: Uint32Array, rows: number): Uint32Array {
  const first = offsets[0]
  const moved = offsets.slice(0, rows + 1)
  if (first > 0) for (let i = 0; i <= rows; i += 1) moved[i] -= first
  return moved
}

export const module: OperatorModule<SelectConfig> = {
  rehearses: true,
  create(context) {
    const input = context.inputs['in'] ?? []
    const { columns, problems } = planSelection(context.config, input)
    const problem = problems.find(({ severity }) => severity === 'error')
    if (problem !== undefined) throw new EngineError('CONFIG_INVALID', `${context.operator} cannot run: ${problem.message}`)
    const outputs = columns.map(({ source, expression }): Output => {
      if (source !== null) return { source: fieldIndex(input, source) }
      if (expression === null)
        throw new EngineError('CONFIG_INVALID', `${context.operator} has a column without an expression. Give it one.`)
      return { kernel: compileExpression(expression, input) }
    })
    const schema = columns.map(({ name, type, nullable }) => ({ name, type, nullable }))
    return new Select(context, schema, outputs)
  },
}
