import type { Field, Schema } from '@belay/columns'
import type { ConfigProblem, EdgeType, OperatorManifest, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { conditionProblems } from '../typing/configProblems.ts'
import { durationText } from '../typing/durations.ts'
import { keyProblems } from '../typing/keys.ts'
import { addedColumnProblems } from '../typing/ordering.ts'
import { parseMeasure, type Measure } from './measureText.ts'
import { parsePattern, type PatternStep } from './patternText.ts'

export type PatternConfig = {
  keys: string[]
  /** Names of conditions with quantifiers, e.g. `A B+ C{2,3}`. */
  pattern: string
  /** A name without a condition fits every row. */
  conditions: { name: string; condition: string }[]
  /** All rows of a match lie within less than this. */
  withinMs: number
  after: 'past-last' | 'next-row'
  measures: { name: string; expression: string }[]
}

const START: Field = { name: 'match_start', type: 'timestamp', nullable: false }
const END: Field = { name: 'match_end', type: 'timestamp', nullable: false }
/** Put before a column's name: its value in the row before, of the same key. */
const BEFORE = 'prev_'

/** Columns of the row before that conditions name; they are NULL where there is no such row. */
export function columnsBefore(config: PatternConfig, input: Schema): readonly Field[] {
  const used = (name: string): boolean => config.conditions.some(({ condition }) => condition.includes(name))
  return input.flatMap((field): readonly Field[] => {
    const name = `${BEFORE}${field.name}`
    return used(name) && !input.some((other) => other.name === name) ? [{ ...field, name, nullable: true }] : []
  })
}

/** What conditions are over: the row, then what they name of the one before. */
export function conditionSchema(config: PatternConfig, input: Schema): Schema {
  return [...input, ...columnsBefore(config, input)]
}

/** The measures that are right. */
export function measuresOf(config: PatternConfig, steps: readonly PatternStep[], input: Schema): readonly Measure[] {
  return config.measures.flatMap(({ expression }) => {
    const parsed = parseMeasure(expression, namesOf(steps), optionalNames(steps), input)
    return parsed.ok ? [parsed.measure] : []
  })
}

function namesOf(steps: readonly PatternStep[]): readonly string[] {
  return [...new Set(steps.map(({ name }) => name))]
}

function optionalNames(steps: readonly PatternStep[]): ReadonlySet<string> {
  return new Set(namesOf(steps).filter((name) => steps.every((step) => step.name !== name || step.least === 0)))
}

export const pattern: OperatorManifest<PatternConfig> = {
  type: 'pattern',
  typeVersion: 1,
  title: 'Pattern',
  category: 'window',
  summary: 'Finds sequences of rows that fit a pattern',
  keywords: ['match_recognize', 'cep', 'sequence', 'complex event', 'followed by', 'detect', 'fraud', 'rise', 'fall', 'regular expression'],
  icon: 'M2 11.5l3-6l2.5 4l2.5-6l2 8h2M3 13.5h10',
  help: [
    'Looks for rows of one key that come one right after the other, by event time, and fit the **pattern**: names of conditions, each with how many rows may fit it: `A` one, `A?` one or none, `A*` any number, `A+` one or more, `A{2,5}` two to five. `A B+ C` is an A, at least one B, then a C. A part takes as many rows as it can; with a further `?` (`B*?`) as few as will do. A name without a condition fits every row, so `A X*? B` is an A and the next B after it, whatever lies between.',
    'A condition is over the columns of its row; `prev_price` is `price` in the row before, or NULL where there is none, or none less than **within** before. All rows of a match lie within less than that time, so an attempt that could take for ever ends.',
    'A match gives its keys, when it began and ended, and what you ask for: `FIRST(A.price)`, `LAST(B.price)`, `COUNT(B.*)`, `SUM`, `AVG`, `MIN`, `MAX`, or without a name over all its rows: `MAX(price)`. The next match is looked for **after the last row** of one, or already **from the next row** on.',
    'Rows are taken in order of time once the watermark has passed them; of rows with the same time the one whose columns are less comes first. Rows that come too late are counted and left out. The event time of a match is its end; windows behind it wait for **within**, as a match may be known only then. A row whose condition cannot be computed goes to **errors** and fits nothing.',
  ].join('\n\n'),
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append'] }],
  outputs: [{ name: 'out', title: 'Matches' }],
  configSchema: Type.Object({
    keys: Type.Array(Type.String()),
    pattern: Type.String({ maxLength: 1000 }),
    conditions: Type.Array(Type.Object({ name: Type.String(), condition: Type.String() }), { maxItems: 20 }),
    withinMs: Type.Integer({ minimum: 1 }),
    after: Type.Unsafe<'past-last' | 'next-row'>({ type: 'string', enum: ['past-last', 'next-row'] }),
    measures: Type.Array(Type.Object({ name: Type.String(), expression: Type.String() })),
  }),
  form: [
    { path: '/pattern', label: 'Pattern', placeholder: 'A B+ C', help: '? * + {2,5} after a name', control: { kind: 'text' } },
    {
      path: '/conditions',
      label: 'Conditions',
      help: 'prev_… is a column of the row before',
      control: { kind: 'conditions', input: 'in' },
    },
    { path: '/keys', label: 'For each', help: 'Empty = all rows are one sequence', control: { kind: 'columns', input: 'in' } },
    { path: '/withinMs', label: 'Within', help: 'A match takes less than this', control: { kind: 'duration' } },
    { path: '/measures', label: 'Gives', help: 'FIRST(A.price), COUNT(B.*), MAX(price) …', control: { kind: 'assignments', input: 'in' } },
    {
      path: '/after',
      label: 'Looks on',
      control: {
        kind: 'choice',
        options: [
          { value: 'past-last', label: 'after the last row of a match' },
          { value: 'next-row', label: 'from the second row of a match' },
        ],
      },
    },
  ],
  guarantee: { role: 'transform', sentence: 'Rows that may still be in a match are in every checkpoint.' },
  flink: {
    support: 'differs',
    note: 'There the last part must not take as many rows as it can, and a match comes only with the row that ends it; rows with the same time are taken as they arrive.',
  },
  container: 'compute',
  stateful: true,
  partitioning: { kind: 'key', columns: ({ keys }) => keys },
  carries: ({ config }, _port, column) => (config.keys.includes(column) ? column : null),
  defaultConfig: {
    keys: [],
    pattern: 'A B+',
    conditions: [
      { name: 'A', condition: '' },
      { name: 'B', condition: '' },
    ],
    withinMs: 60_000,
    after: 'past-last',
    measures: [],
  },
  summarise: ({ pattern: text, withinMs }) => `${text} within ${durationText(withinMs)}`,
  typing({ config, inputs }): TypingResult {
    const input = inputs['in']
    const parsed = parsePattern(config.pattern)
    const problems: ConfigProblem[] = []
    if (!parsed.ok) {
      const { message, from, to } = parsed
      problems.push({ code: 'PATTERN_INVALID', severity: 'error', message, configPath: '/pattern', range: { from, to } })
    }
    if (input === undefined) return { outputs: {}, problems }
    const { schema } = input
    problems.push(...keyProblems(config.keys, schema, '/keys'))
    if (input.eventTime === null) {
      const message = 'The rows have no event time, and their order goes by it. Choose the event time at the source.'
      problems.push({ code: 'EVENT_TIME_MISSING', severity: 'error', message, port: 'in' })
    }
    if (parsed.ok) problems.push(...nameProblems(config, parsed.steps), ...measureProblems(config, parsed.steps, schema))
    config.conditions.forEach(({ condition }, i) => {
      problems.push(...conditionProblems(condition, conditionSchema(config, schema), `/conditions/${i}/condition`))
    })
    if (!parsed.ok || problems.some(({ severity }) => severity === 'error')) return { outputs: {}, problems }
    const keys = config.keys.flatMap((name) => schema.filter((field) => field.name === name))
    const measures = measuresOf(config, parsed.steps, schema)
    const measured = config.measures.map(({ name }, i): Field => ({ name, type: measures[i].type, nullable: measures[i].nullable }))
    const out: EdgeType = { schema: [...keys, START, END, ...measured], eventTime: END.name, changes: { kind: 'append', key: null } }
    return { outputs: { out }, problems }
  },
}

function nameProblems(config: PatternConfig, steps: readonly PatternStep[]): readonly ConfigProblem[] {
  const names = namesOf(steps)
  return config.conditions.flatMap(({ name }, i): readonly ConfigProblem[] => {
    const configPath = `/conditions/${i}/name`
    if (config.conditions.findIndex((other) => other.name === name) !== i) {
      const message = `There are two conditions for ${name}. Join them with AND, or give one another name.`
      return [{ code: 'CONDITION_TWICE', severity: 'error', message, configPath }]
    }
    if (names.includes(name)) return []
    const message = `${name === '' ? 'This condition has no name' : `${name} is not in the pattern`}. The pattern has: ${names.join(', ')}.`
    return [{ code: 'CONDITION_UNUSED', severity: 'error', message, configPath }]
  })
}

function measureProblems(config: PatternConfig, steps: readonly PatternStep[], schema: Schema): readonly ConfigProblem[] {
  const taken = [...config.keys.map((name): Field => ({ ...START, name })), START, END]
  return config.measures.flatMap(({ name, expression }, i): readonly ConfigProblem[] => {
    if (name === '')
      return [{ code: 'NAME_MISSING', severity: 'error', message: 'Give the result a name.', configPath: `/measures/${i}/name` }]
    const twice = addedColumnProblems(name, taken, `/measures/${i}/name`)
    taken.push({ ...START, name })
    const parsed = parseMeasure(expression, namesOf(steps), optionalNames(steps), schema)
    if (parsed.ok) return twice
    const range = { from: 0, to: expression.length }
    return [
      ...twice,
      { code: 'MEASURE_INVALID', severity: 'error', message: parsed.message, configPath: `/measures/${i}/expression`, range },
    ]
  })
}
