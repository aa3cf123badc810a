/** The aggregate functions: what they take, what they give, and whether they can take rows back (engine-spec §2). */
import { arrayType, decimalType, isArray, isDecimal, scaleOf, type Field, type LogicalType, type Schema } from '@belay/columns'
import type { ConfigProblem, EdgeType } from '@belay/pipeline'
import { Type } from 'typebox'
import { unknownColumn } from '../typing/columns.ts'
import { conditionProblems } from '../typing/configProblems.ts'

export type AggregateFunction =
  | 'count'
  | 'count-distinct'
  | 'sum'
  | 'avg'
  | 'min'
  | 'max'
  | 'first'
  | 'last'
  | 'stddev'
  | 'stddev-pop'
  | 'var-samp'
  | 'var-pop'
  | 'approx-count-distinct'
  | 'percentile'
  | 'array-agg'
  | 'top-k'

export interface AggregateConfig {
  readonly name: string
  readonly function: AggregateFunction
  /** null = count of rows. */
  readonly column: string | null
  /** Only rows for which it is true. */
  readonly filter?: string
  /** Of percentile: which, 0 to 1. Absent = the median. */
  readonly percentile?: number
  /** Of top-k: how many values. Absent = 10. */
  readonly k?: number
}

export const DEFAULT_PERCENTILE = 0.5
export const DEFAULT_K = 10

interface FunctionFacts {
  readonly title: string
  takes(type: LogicalType): boolean
  result(type: LogicalType): LogicalType
  /** What it takes, for the message. */
  readonly wanted: string
  /** `by-time` aggregates need the event time to say which row is first. */
  readonly byTime?: true
  readonly never?: 'null'
  /** Not if all values are NULL: they are in the result. */
  readonly keepsNulls?: true
  /** What went into it cannot be taken out again. */
  readonly retractable?: false
  /** NULL of one value, too. */
  readonly needsTwo?: true
}

function isNumeric(type: LogicalType): boolean {
  return type === 'int64' || type === 'float64' || type === 'interval' || isDecimal(type)
}

/** Everything with an order of its own. */
function isPlain(type: LogicalType): boolean {
  return type !== 'json' && !isArray(type)
}

const same = (type: LogicalType): LogicalType => type
const widened = (type: LogicalType): LogicalType => (isDecimal(type) ? decimalType(18, scaleOf(type)) : type)

const plain = { takes: isPlain, wanted: 'a column that is no json and no array' }
const listed = (type: LogicalType): LogicalType => (isArray(type) ? type : arrayType(type))

const spread = {
  takes: (type: LogicalType): boolean => type === 'int64' || type === 'float64' || isDecimal(type),
  result: (): LogicalType => 'float64',
  wanted: 'numbers',
}

const AGGREGATES: Readonly<Record<AggregateFunction, FunctionFacts>> = {
  count: { title: 'count', takes: () => true, result: () => 'int64', wanted: 'any column', never: 'null' },
  'count-distinct': {
    title: 'distinct count',
    result: () => 'int64',
    ...plain,
    never: 'null',
  },
  sum: { title: 'sum', takes: isNumeric, result: widened, wanted: 'numbers' },
  avg: { title: 'mean', takes: isNumeric, result: widened, wanted: 'numbers' },
  min: { title: 'least', result: same, ...plain },
  max: { title: 'greatest', result: same, ...plain },
  first: { title: 'first by event time', takes: () => true, result: same, wanted: 'any column', byTime: true },
  last: { title: 'last by event time', takes: () => true, result: same, wanted: 'any column', byTime: true },
  stddev: { title: 'standard deviation of a sample', ...spread, needsTwo: true },
  'stddev-pop': { title: 'standard deviation', ...spread },
  'var-samp': { title: 'variance of a sample', ...spread, needsTwo: true },
  'var-pop': { title: 'variance', ...spread },
  'approx-count-distinct': {
    title: 'approximate distinct count',
    result: () => 'int64',
    ...plain,
    never: 'null',
    retractable: false,
  },
  percentile: { title: 'percentile', ...spread },
  'array-agg': {
    title: 'array',
    takes: (type) => !isArray(type),
    result: listed,
    wanted: 'a column that is no array',
    keepsNulls: true,
  },
  'top-k': {
    title: 'most frequent values',
    result: listed,
    ...plain,
  },
}

/** Of both operators that aggregate. */
export const FUNCTIONS_HELP =
  '**approx-count-distinct** (HyperLogLog, standard error 1.6 %) and **percentile** (DDSketch, within 1 % of the value) keep no values; **array-agg** gives all, sorted, at most 10,000; **top-k** the most frequent, the smaller first of equals.'

export const AggregatesSchema = Type.Array(
  Type.Object({
    name: Type.String(),
    function: Type.Unsafe<AggregateFunction>({ type: 'string', enum: Object.keys(AGGREGATES) }),
    column: Type.Union([Type.String(), Type.Null()]),
    filter: Type.Optional(Type.String()),
    percentile: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    k: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
  }),
  { minItems: 1 },
)

/** The columns of the results, of those aggregates that are right. */
export function aggregateFields(aggregates: readonly AggregateConfig[], input: Schema): Field[] {
  return aggregates.map((aggregate): Field => {
    const field = input.find((candidate) => candidate.name === aggregate.column)
    const facts = AGGREGATES[aggregate.function]
    const filtered = aggregate.filter !== undefined && aggregate.filter !== ''
    // Of nothing SUM, MIN, MAX and AVG are NULL (SQL), and so is what a sample of one value says about spread.
    const nullable =
      facts.never !== 'null' && (filtered || facts.needsTwo === true || (field?.nullable === true && facts.keepsNulls !== true))
    return { name: aggregate.name, type: field === undefined ? 'int64' : facts.result(field.type), nullable }
  })
}

/** What is wrong with the aggregates at `path`, given what the input carries. */
export function aggregateProblems(aggregates: readonly AggregateConfig[], input: EdgeType, path: string): readonly ConfigProblem[] {
  return aggregates.flatMap((aggregate, i) => aggregateProblem(aggregate, input, `${path}/${i}`))
}

function aggregateProblem(aggregate: AggregateConfig, input: EdgeType, path: string): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const { schema } = input
  const facts = AGGREGATES[aggregate.function]
  if (aggregate.name === '')
    problems.push({ code: 'NAME_MISSING', severity: 'error', message: 'Give the result a name.', configPath: `${path}/name` })
  const field = schema.find((candidate) => candidate.name === aggregate.column)
  if (aggregate.column === null) {
    if (aggregate.function !== 'count')
      problems.push({
        code: 'COLUMN_MISSING',
        severity: 'error',
        message: `${facts.title} needs a column. Choose one.`,
        configPath: `${path}/column`,
      })
  } else if (field === undefined) problems.push(unknownColumn(aggregate.column, schema, `${path}/column`))
  else if (!facts.takes(field.type))
    problems.push({
      code: 'AGGREGATE_TYPE',
      severity: 'error',
      message: `${facts.title} needs ${facts.wanted}, and ${field.name} is ${field.type}. Choose another column or function.`,
      configPath: `${path}/column`,
    })
  if (facts.byTime === true && input.eventTime === null)
    problems.push({
      code: 'EVENT_TIME_MISSING',
      severity: 'error',
      message: `${facts.title} goes by the event time, and the rows have none. Choose the event time at the source.`,
      configPath: `${path}/function`,
    })
  if (facts.retractable === false && input.changes.kind !== 'append')
    problems.push({
      code: 'AGG_NOT_RETRACTABLE',
      severity: 'error',
      message: `${facts.title} cannot take rows back, and here they are taken back. Use the exact count.`,
      configPath: `${path}/function`,
      fixes: [{ kind: 'set-config', label: 'Use count-distinct', configPath: `${path}/function`, value: 'count-distinct' }],
    })
  if (aggregate.filter !== undefined && aggregate.filter !== '')
    problems.push(...conditionProblems(aggregate.filter, schema, `${path}/filter`))
  return problems
}
