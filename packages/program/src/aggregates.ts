/** Aggregates of a group or a window: `{ flights: count(), mean: avg('delay') }`. */
import type { LogicalType } from '@belay/columns'
import type { Columns, Names } from './columns.ts'

export interface Aggregate<Column extends string | null = string | null, Result extends LogicalType | 'same' = LogicalType | 'same'> {
  readonly function: string
  readonly column: Column
  /** Only rows for which it is true. */
  readonly filter?: string
  /** The type of the result; `same` = that of the column. For TypeScript only. */
  readonly result: Result
}

export type Aggregates<C extends Columns> = Readonly<Record<string, Aggregate<Names<C> | null>>>

export type Results<C extends Columns, A extends Aggregates<C>> = {
  readonly [K in keyof A]: A[K]['result'] extends 'same'
    ? A[K]['column'] extends keyof C
      ? C[A[K]['column']]
      : LogicalType
    : Exclude<A[K]['result'], 'same'>
}

interface Options {
  readonly filter?: string
}

const of =
  (name: string) =>
  <const Column extends string>(column: Column, options: Options = {}): Aggregate<Column, 'same'> => ({
    function: name,
    column,
    result: 'same',
    ...options,
  })

/** How many rows; with a column, those in which it is not NULL. */
export function count<const Column extends string | null = null>(column?: Column, options: Options = {}): Aggregate<Column, 'int64'> {
  return { function: 'count', column: (column ?? null) as Column, result: 'int64', ...options }
}

export function countDistinct<const Column extends string>(column: Column, options: Options = {}): Aggregate<Column, 'int64'> {
  return { function: 'count-distinct', column, result: 'int64', ...options }
}

const spread =
  (name: string) =>
  <const Column extends string>(column: Column, options: Options = {}): Aggregate<Column, 'float64'> => ({
    function: name,
    column,
    result: 'float64',
    ...options,
  })

/** Of a sample, as is `varSamp`. */
export const stddev = spread('stddev')
export const stddevPop = spread('stddev-pop')
export const varSamp = spread('var-samp')
export const varPop = spread('var-pop')

export const sum = of('sum')
/** Of int64 it is int64, as in Flink. */
export const avg = of('avg')
export const min = of('min')
export const max = of('max')
/** By event time. */
export const first = of('first')
/** By event time. */
export const last = of('last')

/** As configs have them. */
export function aggregateConfigs(aggregates: Readonly<Record<string, Aggregate>>): Record<string, unknown>[] {
  return Object.entries(aggregates).map(([name, { function: made, column, filter }]) => ({
    name,
    function: made,
    column,
    ...(filter === undefined ? {} : { filter }),
  }))
}
