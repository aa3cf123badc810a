/** Streams with typed columns, and the operators one puts behind them. Each call draws one operator. */
import type { LogicalType } from '@belay/columns'
import { ERRORS_PORT, type PipelineDocument, type PortReference } from '@belay/pipeline'
import { aggregateConfigs, type Aggregates, type Results } from './aggregates.ts'
import {
  declared,
  type Columns,
  type ColumnsOf,
  type ColumnsSpec,
  type ErrorColumns,
  type Joined,
  type Names,
  type Selected,
  type WindowBounds,
} from './columns.ts'
import type { Drawing, OperatorOptions } from './drawing.ts'

/** A column to order by; `-` before it turns the order round. */
type OrderBy<C extends Columns> = Names<C> | `-${Names<C>}`

type Sides = Readonly<Record<string, Columns>>
type NoSides = Readonly<Record<never, Columns>>
type Simple<T> = { readonly [K in keyof T]: T[K] }

export interface WindowAggregateOptions<C extends Columns, K extends Names<C>, A extends Aggregates<C>> extends OperatorOptions {
  readonly window?: 'tumbling' | 'hopping' | 'session' | 'cumulate'
  /** Length of a window; of a session, the gap that ends it. */
  readonly sizeMs: number
  readonly slideMs?: number
  readonly keys?: readonly K[]
  readonly aggregates: A
  readonly latenessMs?: number
  readonly early?: boolean
  readonly updates?: 'accumulate' | 'discard'
}

export interface RankOptions<C extends Columns, R extends string> extends OperatorOptions {
  readonly n: number
  readonly orderBy: readonly OrderBy<C>[]
  /** The first ones of each group; of all rows by default. */
  readonly partition?: readonly Names<C>[]
  /** Name of the column with the rank; `rank` by default. */
  readonly rank?: R
}

export interface JoinOptions<L extends Columns, R extends Columns> extends OperatorOptions {
  /** Left column → right column with the same value. */
  readonly on: { readonly [K in Names<L>]?: Names<R> }
}

export interface LookupOptions<C extends Columns, S extends ColumnsSpec, A extends Extract<keyof S, string>> extends OperatorOptions {
  readonly file: string
  readonly format?: 'csv' | 'json-lines'
  /** Of the file. */
  readonly columns: S
  /** Column of the stream → column of the file with the same value. */
  readonly on: { readonly [K in Names<C>]?: Extract<keyof S, string> }
  /** Columns of the file that are added. */
  readonly add: readonly A[]
  readonly onMiss?: 'keep' | 'drop'
}

export class Stream<C extends Columns = Columns, S extends Sides = NoSides> {
  /** For TypeScript only: there is nothing in it. */
  declare readonly columnTypes?: C
  readonly #drawing: Drawing
  readonly #from: PortReference

  constructor(drawing: Drawing, from: PortReference) {
    this.#drawing = drawing
    this.#from = from
  }

  /** The document of the whole pipeline. */
  toDocument(): PipelineDocument {
    return this.#drawing.document()
  }

  /** Another output of the operator that this stream comes from, e.g. `false` of a filter or `late` of a window. */
  side<const P extends Extract<keyof S, string>>(port: P): Stream<S[P]> {
    return new Stream(this.#drawing, { operator: this.#from.operator, port })
  }

  /** Rows that the operator could not process. */
  errors(): Stream<ErrorColumns> {
    return new Stream(this.#drawing, { operator: this.#from.operator, port: ERRORS_PORT })
  }

  /** Any operator with one input. `columns` says what its output has, for TypeScript. */
  apply<const O extends ColumnsSpec = Readonly<Record<string, LogicalType>>>(
    id: string,
    type: string,
    config: Readonly<Record<string, unknown>> = {},
    options: OperatorOptions & { readonly input?: string; readonly output?: string; readonly columns?: O } = {},
  ): Stream<ColumnsOf<O>, Readonly<Record<string, Columns>>> {
    const { input, output, columns: _columns, ...rest } = options
    this.#put(id, type, config, rest, input)
    return new Stream(this.#drawing, { operator: id, port: this.#drawing.portOf(id, 'outputs', output) })
  }

  /** Any operator at the end of a path. The stream goes on. */
  into(
    id: string,
    type: string,
    config: Readonly<Record<string, unknown>> = {},
    options: OperatorOptions & { readonly input?: string } = {},
  ): this {
    const { input, ...rest } = options
    this.#put(id, type, config, rest, input)
    return this
  }

  #put(id: string, type: string, config: Readonly<Record<string, unknown>>, options: OperatorOptions, input?: string): void {
    this.#drawing.add(id, type, config, options)
    this.#drawing.connect(this.#from, { operator: id, port: this.#drawing.portOf(id, 'inputs', input) })
  }

  #then<O extends Columns, T extends Sides = NoSides>(
    id: string,
    type: string,
    config: Readonly<Record<string, unknown>>,
    options: OperatorOptions,
    output = 'out',
  ): Stream<O, T> {
    this.#put(id, type, config, options)
    return new Stream(this.#drawing, { operator: id, port: output })
  }

  #with<O extends Columns>(
    id: string,
    type: string,
    other: Stream,
    config: Readonly<Record<string, unknown>>,
    options: OperatorOptions,
  ): Stream<O> {
    this.#put(id, type, config, options, 'left')
    this.#drawing.connect(other.#from, { operator: id, port: 'right' })
    return new Stream(this.#drawing, { operator: id, port: 'out' })
  }

  /** Rows for which the condition is true; the others leave by `side('false')`. */
  filter(id: string, condition: string, options: OperatorOptions = {}): Stream<C, { readonly false: C }> {
    return this.#then(id, 'filter', { condition }, options, 'true')
  }

  /** These columns and no others: `{ state: 'state', minutes: 'delay / 60' }`. */
  select<const E extends Readonly<Record<string, string>>>(id: string, columns: E, options: OperatorOptions = {}): Stream<Selected<C, E>> {
    return this.#then(id, 'select', { mode: 'listed', columns: expressions(columns), drop: [] }, options)
  }

  /** All columns but those in `drop`, and these, which are computed. */
  add<const E extends Readonly<Record<string, string>>, const D extends Names<C> = never>(
    id: string,
    columns: E,
    options: OperatorOptions & { readonly drop?: readonly D[] } = {},
  ): Stream<Simple<Omit<C, D | keyof E> & Selected<C, E>>> {
    const { drop = [], ...rest } = options
    return this.#then(id, 'select', { mode: 'all', columns: expressions(columns), drop }, rest)
  }

  /** Results of windows of event time; late rows leave by `side('late')`. */
  windowAggregate<const K extends Names<C>, const A extends Aggregates<C>>(
    id: string,
    options: WindowAggregateOptions<C, K, A>,
  ): Stream<Simple<Pick<C, K> & WindowBounds & Results<C, A>>, { readonly late: C }> {
    const { window = 'tumbling', sizeMs, slideMs, keys = [], aggregates, latenessMs, early, updates, ...rest } = options
    const config = { window, sizeMs, slideMs, keys, aggregates: aggregateConfigs(aggregates), latenessMs, early, updates }
    return this.#then(id, 'window-aggregate', present(config), rest)
  }

  /** One row a group, kept up to date. */
  aggregate<const K extends Names<C>, const A extends Aggregates<C>>(
    id: string,
    options: OperatorOptions & { readonly keys?: readonly K[]; readonly aggregates: A; readonly ttlMs?: number },
  ): Stream<Simple<Pick<C, K> & Results<C, A>>> {
    const { keys = [], aggregates, ttlMs, ...rest } = options
    return this.#then(id, 'aggregate', present({ keys, aggregates: aggregateConfigs(aggregates), ttlMs }), rest)
  }

  /** The first rows of each window. */
  topN<const R extends string = 'rank'>(
    id: string,
    options: RankOptions<C, R> & { readonly ties?: boolean; readonly windowMs?: number },
  ): Stream<Simple<C & Readonly<Record<R, 'int64'>>>> {
    const { ties, windowMs, ...rest } = options
    return this.#ranked(id, 'top-n', rest, { ties, windowMs })
  }

  /** The first rows of all that have come, kept up to date. */
  rank<const R extends string = 'rank'>(
    id: string,
    options: RankOptions<C, R> & { readonly ttlMs?: number },
  ): Stream<Simple<C & Readonly<Record<R, 'int64'>>>> {
    const { ttlMs, ...rest } = options
    return this.#ranked(id, 'rank', rest, { ttlMs })
  }

  #ranked<R extends string, O extends Columns>(
    id: string,
    type: string,
    options: RankOptions<C, R>,
    more: Readonly<Record<string, unknown>>,
  ): Stream<O> {
    const { n, orderBy, partition = [], rank = 'rank', ...rest } = options
    const order = orderBy.map((text) =>
      text.startsWith('-') ? { column: text.slice(1), direction: 'desc' } : { column: text, direction: 'asc' },
    )
    return this.#then(id, type, present({ n, partition, orderBy: order, rank, ...more }), rest)
  }

  /** The first row of each key; the others leave by `side('duplicates')`. */
  dedup(
    id: string,
    options: OperatorOptions & { readonly keys: readonly Names<C>[]; readonly withinMs?: number },
  ): Stream<C, { readonly duplicates: C }> {
    const { keys, withinMs, ...rest } = options
    return this.#then(id, 'dedup', present({ keys, withinMs }), rest)
  }

  /** Columns of a file, looked up by key. */
  lookup<const F extends ColumnsSpec, const A extends Extract<keyof F, string>>(
    id: string,
    options: LookupOptions<C, F, A>,
  ): Stream<Simple<C & Pick<ColumnsOf<F>, A>>> {
    const { file, format = 'csv', columns, on, add, onMiss = 'keep', ...rest } = options
    const config = {
      file,
      format,
      fileColumns: declared(columns),
      on: Object.entries(on).map(([input, column]) => ({ input, file: column })),
      add: add.map((column) => ({ column, name: column })),
      onMiss,
    }
    return this.#then(id, 'lookup-join', config, rest)
  }

  /** Pairs of rows with equal keys, whichever side comes first. */
  join<R extends Columns>(
    id: string,
    right: Stream<R, Sides>,
    options: JoinOptions<C, R> & { readonly type?: 'inner' | 'left' | 'right' | 'full'; readonly ttlMs?: number },
  ): Stream<Joined<C, R>> {
    const { on, type = 'inner', ttlMs, ...rest } = options
    return this.#with(id, 'regular-join', right as unknown as Stream, present({ type, on: keys(on), ttlMs }), rest)
  }

  /** Pairs of rows with equal keys whose event times are close. */
  intervalJoin<R extends Columns>(
    id: string,
    right: Stream<R, Sides>,
    options: JoinOptions<C, R> & { readonly type?: 'inner' | 'left'; readonly fromMs: number; readonly toMs: number },
  ): Stream<Joined<C, R>> {
    const { on, type = 'inner', fromMs, toMs, ...rest } = options
    return this.#with(id, 'interval-join', right as unknown as Stream, { type, on: keys(on), fromMs, toMs }, rest)
  }

  /** To each row the version of its key that was valid at its time. */
  temporalJoin<R extends Columns>(
    id: string,
    versions: Stream<R, Sides>,
    options: JoinOptions<C, R> & { readonly type?: 'inner' | 'left'; readonly ttlMs?: number },
  ): Stream<Joined<C, R>> {
    const { on, type = 'left', ttlMs, ...rest } = options
    return this.#with(id, 'temporal-join', versions as unknown as Stream, present({ type, on: keys(on), ttlMs }), rest)
  }

  /** Up to four streams with the same columns, as one. */
  union(id: string, others: readonly Stream<C, Sides>[], options: OperatorOptions = {}): Stream<C> {
    this.#put(id, 'union', {}, options, 'in1')
    others.forEach((other, i) => this.#drawing.connect((other as unknown as Stream).#from, { operator: id, port: `in${i + 2}` }))
    return new Stream(this.#drawing, { operator: id, port: 'out' })
  }

  /** JavaScript for each row; `columns` are what it gives, those of the input by default. */
  script<const O extends ColumnsSpec = C>(
    id: string,
    code: string,
    options: OperatorOptions & { readonly columns?: O; readonly keys?: readonly Names<C>[]; readonly ttlMs?: number } = {},
  ): Stream<ColumnsOf<O>> {
    const { columns, keys: shared = [], ttlMs, ...rest } = options
    return this.#then(id, 'script', present({ code, columns: columns === undefined ? [] : declared(columns), keys: shared, ttlMs }), rest)
  }

  /** Rows in files, exactly once. */
  file(
    id: string,
    options: OperatorOptions & {
      readonly folder: string
      /** Of the files; the id by default. */
      readonly fileName?: string
      readonly format?: 'json-lines' | 'csv' | 'parquet'
      readonly layout?: 'parts' | 'single'
      readonly mode?: 'append' | 'changelog' | 'final'
      readonly key?: readonly Names<C>[]
    },
  ): this {
    const { folder, fileName = id, format, layout, mode, key, ...rest } = options
    return this.into(id, 'file-sink', present({ folder, name: fileName, format, layout, mode, key }), rest)
  }

  /** Rows in a table of the monitor. */
  table(id: string, options: OperatorOptions & { readonly rows?: number; readonly key?: readonly Names<C>[] } = {}): this {
    const { rows, key, ...rest } = options
    return this.into(id, 'table-view', present({ rows, key }), rest)
  }
}

function expressions(columns: Readonly<Record<string, string>>): { readonly name: string; readonly expression: string }[] {
  return Object.entries(columns).map(([name, expression]) => ({ name, expression }))
}

function keys(on: Readonly<Record<string, string | undefined>>): { readonly left: string; readonly right: string }[] {
  return Object.entries(on).flatMap(([left, right]) => (right === undefined ? [] : [{ left, right }]))
}

function present(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined))
}
