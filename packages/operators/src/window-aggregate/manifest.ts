import type { Schema } from '@belay/columns'
import type { ConfigProblem, EdgeType, OperatorManifest, StreamKind, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { aggregateFields, aggregateProblems, AggregatesSchema, FUNCTIONS_HELP, type AggregateConfig } from '../aggregates/catalogue.ts'
import { durationText } from '../typing/durations.ts'
import { keyProblems } from '../typing/keys.ts'

export type WindowKind = 'tumbling' | 'hopping' | 'cumulate' | 'session'

export type WindowAggregateConfig = {
  /** Absent = tumbling. */
  window?: WindowKind
  /** Length of a window; of a session, the gap that ends it. */
  sizeMs: number
  /** Hopping: a window begins so often. Cumulate: a result comes so often. */
  slideMs?: number
  keys: string[]
  aggregates: AggregateConfig[]
  /** How long a window takes rows that come after it has given its result. */
  latenessMs?: number
  /** Results before the window is complete, at the end of each streaming window. */
  early?: boolean
  /** What a second result of a window is: the whole one, in place of the first, or only what has been added. */
  updates?: 'accumulate' | 'discard'
}

export const windowKindOf = (config: WindowAggregateConfig): WindowKind => config.window ?? 'tumbling'

/** Several results a window: early ones, or later ones for rows that came late. */
export function updatesWindows(config: WindowAggregateConfig): boolean {
  return config.early === true || (config.latenessMs ?? 0) > 0
}

/** Columns of the results: keys, window_start, window_end, aggregates. */
function resultSchema(config: WindowAggregateConfig, input: Schema): Schema {
  return [
    ...config.keys.flatMap((name) => input.find((candidate) => candidate.name === name) ?? []),
    { name: 'window_start', type: 'timestamp', nullable: false },
    { name: 'window_end', type: 'timestamp', nullable: false },
    ...aggregateFields(config.aggregates, input),
  ]
}

function summary(config: WindowAggregateConfig): string {
  const size = durationText(config.sizeMs)
  const slide = durationText(config.slideMs ?? config.sizeMs)
  switch (windowKindOf(config)) {
    case 'tumbling':
      return size
    case 'hopping':
      return `${size} every ${slide}`
    case 'cumulate':
      return `up to ${size} by ${slide}`
    case 'session':
      return `sessions, gap ${size}`
  }
}

export const windowAggregate: OperatorManifest<WindowAggregateConfig> = {
  type: 'window-aggregate',
  typeVersion: 1,
  title: 'Window aggregate',
  category: 'window',
  summary: 'Counts, sums and averages by key and time window',
  keywords: ['tumbling', 'hopping', 'sliding', 'session', 'cumulate', 'group by', 'count', 'sum', 'average', 'min', 'max', 'hourly'],
  icon: 'M1.6 4h3.2v8H1.6zM6.4 4h3.2v8H6.4zM11.2 4h3.2v8h-3.2z',
  help: [
    'Groups rows into windows by their event time and gives one row for each key and window when the watermark has reached the end of the window.',
    '**Tumbling** windows follow each other; **hopping** ones of the same length overlap; **cumulate** gives the sum so far within each window, step by step; a **session** ends when a key has had no row for longer than the gap (rows exactly the gap apart belong together). Windows hold their start and not their end, and are aligned to 1970-01-01 UTC.',
    'Rows that come after their window leave by **late** and are counted. With **lateness** the window takes them for so long and corrects its result; with **early** results come before the window is complete. Then the results are changes of a table, or, with **only what was added**, further rows.',
    'AVG of int64 is int64, cut towards zero; sums are exact.',
    FUNCTIONS_HELP,
  ].join('\n\n'),
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append'] }],
  outputs: [
    { name: 'out', title: 'Results' },
    { name: 'late', title: 'Late rows' },
  ],
  configSchema: Type.Object({
    window: Type.Optional(Type.Unsafe<WindowKind>({ type: 'string', enum: ['tumbling', 'hopping', 'cumulate', 'session'] })),
    sizeMs: Type.Integer({ minimum: 1 }),
    slideMs: Type.Optional(Type.Integer({ minimum: 1 })),
    keys: Type.Array(Type.String()),
    aggregates: AggregatesSchema,
    latenessMs: Type.Optional(Type.Integer({ minimum: 0 })),
    early: Type.Optional(Type.Boolean()),
    updates: Type.Optional(Type.Unsafe<'accumulate' | 'discard'>({ type: 'string', enum: ['accumulate', 'discard'] })),
  }),
  form: [
    {
      path: '/window',
      label: 'Windows',
      control: {
        kind: 'choice',
        options: [
          { value: 'tumbling', label: 'one after the other' },
          { value: 'hopping', label: 'overlapping' },
          { value: 'cumulate', label: 'growing, step by step' },
          { value: 'session', label: 'sessions' },
        ],
      },
    },
    { path: '/sizeMs', label: 'Length', help: 'Of a session: the gap that ends it', control: { kind: 'duration' } },
    { path: '/slideMs', label: 'Step', help: 'Overlapping and growing windows', control: { kind: 'duration' } },
    { path: '/keys', label: 'For each', control: { kind: 'columns', input: 'in' } },
    { path: '/aggregates', label: 'Results', control: { kind: 'aggregates', input: 'in' } },
    { path: '/latenessMs', label: 'Takes late rows for', advanced: true, control: { kind: 'duration' } },
    { path: '/early', label: 'Early results', advanced: true, control: { kind: 'switch' } },
    {
      path: '/updates',
      label: 'A further result is',
      advanced: true,
      control: {
        kind: 'choice',
        options: [
          { value: 'accumulate', label: 'the whole, in place of the first' },
          { value: 'discard', label: 'only what was added' },
        ],
      },
    },
  ],
  guarantee: { role: 'transform', sentence: 'Its counts are in every checkpoint; after a crash they go on from there.' },
  flink: { support: 'yes' },
  flinkOptions: {
    '/window=session': { support: 'differs', note: 'Sessions as a table function work in streaming mode only.' },
    '/latenessMs': { support: 'no', reason: 'Window table functions there have no lateness: late rows are dropped.' },
    '/early': { support: 'differs', note: 'By an experimental setting of the job, and for grouped windows only.' },
    '/updates=discard': { support: 'no', reason: 'Window results there are always whole.' },
  },
  container: 'compute',
  stateful: true,
  partitioning: { kind: 'key', columns: ({ keys }) => keys },
  carries: ({ config }, _port, column) => (config.keys.includes(column) ? column : null),
  defaultConfig: { window: 'tumbling', sizeMs: 60_000, keys: [], aggregates: [{ name: 'rows', function: 'count', column: null }] },
  summarise: (config) => (config.keys.length === 0 ? `each ${summary(config)}` : `${summary(config)} by ${config.keys.join(', ')}`),
  typing({ config, inputs }): TypingResult {
    const input = inputs['in']
    if (input === undefined) return { outputs: {}, problems: windowProblems(config) }
    const problems = [...windowProblems(config), ...inputProblems(config, input)]
    if (problems.length > 0) return { outputs: { late: input }, problems }
    const key = [...config.keys, 'window_start', 'window_end']
    const changes: StreamKind = !updatesWindows(config)
      ? { kind: 'append', key: windowKindOf(config) === 'session' ? key : [...config.keys, 'window_end'] }
      : config.updates === 'discard'
        ? { kind: 'append', key: null }
        : { kind: 'changes', key: [...config.keys, 'window_end'] }
    return { outputs: { out: { schema: resultSchema(config, input.schema), eventTime: 'window_end', changes }, late: input }, problems }
  },
}

function windowProblems(config: WindowAggregateConfig): readonly ConfigProblem[] {
  const kind = windowKindOf(config)
  const problems: ConfigProblem[] = []
  const { sizeMs, slideMs } = config
  if ((kind === 'hopping' || kind === 'cumulate') && slideMs === undefined)
    problems.push({
      code: 'SLIDE_MISSING',
      severity: 'error',
      message: `${kind === 'hopping' ? 'Overlapping' : 'Growing'} windows need a step. Set it.`,
      configPath: '/slideMs',
      fixes: [{ kind: 'set-config', label: `Use ${durationText(sizeMs)}`, configPath: '/slideMs', value: sizeMs }],
    })
  else if (kind === 'cumulate' && slideMs !== undefined && sizeMs % slideMs !== 0)
    problems.push({
      code: 'SLIDE_UNEVEN',
      severity: 'error',
      message: `A window of ${durationText(sizeMs)} cannot be cut into steps of ${durationText(slideMs)}. Choose a step that goes into it without rest.`,
      configPath: '/slideMs',
      fixes: [{ kind: 'set-config', label: `Use ${durationText(sizeMs)}`, configPath: '/slideMs', value: sizeMs }],
    })
  else if (kind === 'hopping' && slideMs !== undefined && slideMs > sizeMs)
    problems.push({
      code: 'SLIDE_LONG',
      severity: 'error',
      message: `With a step of ${durationText(slideMs)} windows of ${durationText(sizeMs)} would leave rows out. Choose a shorter step.`,
      configPath: '/slideMs',
      fixes: [{ kind: 'set-config', label: `Use ${durationText(sizeMs)}`, configPath: '/slideMs', value: sizeMs }],
    })
  if (kind === 'session' && updatesWindows(config))
    problems.push({
      code: 'SESSION_UPDATES',
      severity: 'error',
      message:
        'A session gives one result, when it is over. Let the source say how late rows may be instead of lateness and early results.',
      configPath: (config.latenessMs ?? 0) > 0 ? '/latenessMs' : '/early',
      fixes: [
        (config.latenessMs ?? 0) > 0
          ? { kind: 'set-config', label: 'No lateness', configPath: '/latenessMs', value: 0 }
          : { kind: 'set-config', label: 'No early results', configPath: '/early', value: false },
      ],
    })
  return problems
}

function inputProblems(config: WindowAggregateConfig, input: EdgeType): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = []
  if (input.eventTime === null)
    problems.push({
      code: 'EVENT_TIME_MISSING',
      severity: 'error',
      message: 'The rows have no event time, so they cannot be put into windows. Choose the event time at the source.',
      port: 'in',
    })
  problems.push(...keyProblems(config.keys, input.schema, '/keys'), ...aggregateProblems(config.aggregates, input, '/aggregates'))
  const schema = resultSchema(config, input.schema)
  const twice = schema.find((field, i) => schema.findIndex((other) => other.name === field.name) !== i)
  if (twice !== undefined)
    problems.push({
      code: 'COLUMN_TWICE',
      severity: 'error',
      message: `Two results are called ${twice.name}. Rename one.`,
      configPath: '/aggregates',
    })
  return problems
}
