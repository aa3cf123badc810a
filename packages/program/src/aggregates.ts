/** Aggregates of a group or a window: `{ flights: count(), mean: avg('delay') }`. */
import type { LogicalType, ScalarType } from '@belay/columns'
import type { Columns, Names } from './columns.ts'

type ResultType = LogicalType | 'same' | 'array'

export interface Aggregate<Column extends string | null = string | null, Result extends ResultType = ResultType> {
  readonly function: string
  readonly column: Column
  /** Only rows for which it is true. */
  readonly filter?: string
  readonly percentile?: number
  readonly k?: number
  /** The type of the result; `same` = that of the column, `array` = an array of it. For TypeScript only. */
  readonly result: Result
}

export type Aggregates<C extends Columns> = Readonly<Record<string, Aggregate<Names<C> | null>>>

export type Results<C extends Columns, A extends Aggregates<C>> = {
  readonly [K in keyof A]: A[K]['result'] extends 'same'
    ? A[K]['column'] extends keyof C
      ? C[A[K]['column']]
      : LogicalType
    : A[K]['result'] extends 'array'
      ? A[K]['column'] extends keyof C
        ? C[A[K]['column']] extends ScalarType
          ? `array<${C[A[K]['column']]}>`
          : LogicalType
        : LogicalType
      : Exclude<A[K]['result'], 'same' | 'array'>
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

/** By HyperLogLog, with a standard error of 1.6 %. */
export function approxCountDistinct<const Column extends string>(column: Column, options: Options = {}): Aggregate<Column, 'int64'> {
  return { function: 'approx-count-distinct', column, result: 'int64', ...options }
}

/** By DDSketch, within 1 % of the value; `which` is 0 to 1. */
export function percentile<const Column extends string>(
  column: Column,
  which: number,
  options: Options = {},
): Aggregate<Column, 'float64'> {
  return { function: 'percentile', column, percentile: which, result: 'float64', ...options }
}

/** All values, sorted. */
export function arrayAgg<const Column extends string>(column: Column, options: Options = {}): Aggregate<Column, 'array'> {
  return { function: 'array-agg', column, result: 'array', ...options }
}

/** The `k` most frequent values. */
export function topK<const Column extends string>(column: Column, k: number, options: Options = {}): Aggregate<Column, 'array'> {
  return { function: 'top-k', column, k, result: 'array', ...options }
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
  return Object.entries(aggregates).map(([name, { function: made, column, filter, percentile: which, k }]) => ({
    name,
    function: made,
    column,
    ...(filter === undefined ? {} : { filter }),
    ...(which === undefined ? {} : { percentile: which }),
    ...(k === undefined ? {} : { k }),
  }))
}
