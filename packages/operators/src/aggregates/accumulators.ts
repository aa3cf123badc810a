/** From configs to running values: which accumulator each aggregate gets, and where its values lie. */
import { fieldIndex, isDecimal, scaleOf, typeNameOf, type Batch, type ColumnBuilder, type Schema } from '@belay/columns'
import { EngineError, type OperatorContext, type StateField, type StateRegistry } from '@belay/engine/operator'
import { checkExpression, compileExpression, RowErrors, RowFailure, type Kernel } from '@belay/expressions'
import type { Accumulator, Assigned, StateRows } from './accumulator.ts'
import { ApproxDistinct } from './approxDistinct.ts'
import { DEFAULT_K, DEFAULT_PERCENTILE, type AggregateConfig } from './catalogue.ts'
import { Collected } from './collected.ts'
import { DistinctCount } from './distinct.ts'
import { Extreme, NumberExtreme } from './extremes.ts'
import { Percentile } from './percentile.ts'
import { Spread } from './spread.ts'
import { Count, FloatSum, WholeSum } from './sums.ts'

export interface AccumulatorsOptions {
  readonly aggregates: readonly AggregateConfig[]
  readonly input: Schema
  readonly eventTime: string | null
  /** First value column of the aggregates in the state row; the group's number stands before it. */
  readonly base: number
  /** Position of the group's number in the state row. */
  readonly id: number
  /** Rows may be taken back. */
  readonly retractable: boolean
  /** Groups end or are merged. */
  readonly ends: boolean
}

interface Member {
  readonly accumulator: Accumulator
  readonly base: number
  readonly filter: Kernel | null
}

export class Accumulators {
  readonly fields: readonly StateField[]
  readonly #members: readonly Member[]
  readonly #errors = new RowErrors()
  #passes: Uint8Array[] = []

  constructor(options: AccumulatorsOptions, registry: StateRegistry) {
    const fields: StateField[] = []
    this.#members = options.aggregates.map((aggregate): Member => {
      const accumulator = accumulatorOf(aggregate, options, registry)
      const base = options.base + fields.length
      fields.push(...accumulator.fields)
      return { accumulator, base, filter: filterOf(aggregate, options.input) }
    })
    this.fields = fields
  }

  /** Evaluates the filters; rows on which one fails are reported, and `failed` from then on. */
  filter(batch: Batch, context: Pick<OperatorContext<unknown>, 'rowError'>): void {
    this.#errors.clear()
    this.#members.forEach(({ filter }, i) => {
      if (filter === null) return
      const condition = filter.evaluate(batch, this.#errors)
      if (condition.storage !== 'bool') return
      let passes = this.#passes[i]
      if (passes === undefined || passes.length < batch.rows) this.#passes[i] = passes = new Uint8Array(Math.max(1024, batch.rows))
      const { values, nulls } = condition
      for (let row = 0; row < batch.rows; row += 1) passes[row] = nulls !== undefined && nulls[row] === 1 ? 0 : values[row]
    })
    if (this.#errors.count === 0) return
    this.#errors.forEach((row, code, message) => context.rowError({ code, message, row: { batch, index: row } }))
  }

  /** Whether a row of the batch filtered last is to be left out. */
  failed(row: number): boolean {
    return this.#errors.count > 0 && this.#errors.has(row)
  }

  /** After `filter` of the same batch. */
  add(state: StateRows, batch: Batch, slots: Int32Array, signs: Int8Array | undefined): void {
    for (let i = 0; i < this.#members.length; i += 1) {
      const { accumulator, base, filter } = this.#members[i]
      const assigned: Assigned = { rows: batch.rows, slots, signs, passes: filter === null ? undefined : this.#passes[i] }
      accumulator.add(state, base, batch, assigned)
    }
  }

  merge(state: StateRows, into: number, from: number): void {
    for (const { accumulator, base } of this.#members) accumulator.merge(state, base, into, from)
  }

  /** Appends the results of a state row, from column `at` on; with a failure, NULL from there on, so that the row is whole. */
  result(state: StateRows, row: number, columns: readonly ColumnBuilder[], at: number): RowFailure | null {
    for (let i = 0; i < this.#members.length; i += 1) {
      const { accumulator, base } = this.#members[i]
      try {
        accumulator.result(state, base, row, columns[at + i])
      } catch (error) {
        if (!(error instanceof RowFailure)) throw error
        for (let k = i; k < this.#members.length; k += 1) columns[at + k].pushNull()
        return error
      }
    }
    return null
  }

  forget(state: StateRows, row: number): void {
    for (const { accumulator, base } of this.#members) accumulator.forget(state, base, row)
  }
}

function filterOf({ name, filter }: AggregateConfig, input: Schema): Kernel | null {
  if (filter === undefined || filter === '') return null
  const checked = checkExpression(filter, input)
  if (!checked.ok) throw new EngineError('EXPRESSION_INVALID', `The filter of ${name} is not valid: ${checked.problems[0].message}`)
  return compileExpression(checked.expression, input)
}

const SPREADS = {
  stddev: { sample: true, root: true },
  'stddev-pop': { sample: false, root: true },
  'var-samp': { sample: true, root: false },
  'var-pop': { sample: false, root: false },
}

function accumulatorOf(aggregate: AggregateConfig, options: AccumulatorsOptions, registry: StateRegistry): Accumulator {
  const { name } = aggregate
  const { input, retractable, id, ends } = options
  const column = aggregate.column === null ? -1 : fieldIndex(input, aggregate.column)
  const type = column < 0 ? 'int64' : input[column].type
  const scale = isDecimal(type) ? scaleOf(type) : 0
  const extreme = (greatest: boolean, time: number): Accumulator => new Extreme({ name, column, time, greatest, retractable, id }, registry)
  const time = fieldIndex(input, options.eventTime ?? '')
  switch (aggregate.function) {
    case 'count':
      return new Count(name, column)
    case 'count-distinct':
      return new DistinctCount({ name, column, id, ends }, registry)
    case 'sum':
    case 'avg': {
      const mean = aggregate.function === 'avg'
      return type === 'float64' ? new FloatSum(name, column, mean) : new WholeSum(name, column, type, mean)
    }
    case 'min':
    case 'max': {
      const greatest = aggregate.function === 'max'
      const asNumbers = !['string', 'json', 'bool', 'array'].includes(typeNameOf(type))
      return asNumbers && !retractable ? new NumberExtreme(name, column, greatest) : extreme(greatest, -1)
    }
    case 'first':
      return extreme(false, time)
    case 'last':
      return extreme(true, time)
    case 'stddev':
    case 'stddev-pop':
    case 'var-samp':
    case 'var-pop': {
      const spread = SPREADS[aggregate.function]
      return new Spread({ name, column, scale, ...spread })
    }
    case 'approx-count-distinct':
      return new ApproxDistinct({ name, column, id }, registry)
    case 'percentile':
      return new Percentile({ name, column, scale, percentile: aggregate.percentile ?? DEFAULT_PERCENTILE, id }, registry)
    case 'array-agg':
      return new Collected({ name, column, most: null, id }, registry)
    case 'top-k':
      return new Collected({ name, column, most: aggregate.k ?? DEFAULT_K, id }, registry)
  }
}
