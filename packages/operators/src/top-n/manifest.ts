import type { Schema } from '@belay/columns'
import type { ConfigProblem, EdgeType, OperatorManifest, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { keyProblems } from '../typing/keys.ts'
import { addedColumnProblems, OrderBySchema, orderProblems } from '../typing/ordering.ts'

export type TopNConfig = {
  n: number
  partition: string[]
  orderBy: { column: string; direction: 'asc' | 'desc' }[]
  rank: string
  /** Rows that are equal by the order share a rank, and all of them stay. Absent = false. */
  ties?: boolean
  /** Tumbling windows of this length by event time; absent = rows of one event time are a window, as those of a window aggregate. */
  windowMs?: number
  /** The rows are the first ones of partitions, each with its rank there as the last column. */
  merges?: true
}

/** The input's columns, the window's bounds if windows are made here, and the rank. */
function topNSchema(config: TopNConfig, input: Schema): Schema {
  const bounds: Schema =
    config.windowMs === undefined
      ? []
      : [
          { name: 'window_start', type: 'timestamp', nullable: false },
          { name: 'window_end', type: 'timestamp', nullable: false },
        ]
  return [...input, ...bounds, { name: config.rank, type: 'int64', nullable: false }]
}

export const topN: OperatorManifest<TopNConfig> = {
  type: 'top-n',
  typeVersion: 1,
  title: 'Top N per window',
  category: 'window',
  summary: 'Keeps the first N rows of each window',
  keywords: ['rank', 'order by', 'limit', 'best', 'leaderboard'],
  icon: 'M1.8 13.6V9.4H6v4.2M6 13.6V3h4v10.6M10 13.6V6.6h4.2v7zM1.8 13.6H10',
  help: [
    'Gives the first N rows of each window in the order you choose, with their rank, when the watermark has passed the window. It takes the results of a window aggregate; with a **window length** it makes tumbling windows of any rows itself.',
    'Rows that are equal by the order are told apart by their other columns, so the result is always the same. With **ties** they share a rank and all of them stay: N = 1 gives every row that has the best value.',
    'Rows that come after their window are counted and left out.',
  ].join('\n\n'),
  inputs: [{ name: 'in', title: 'Window results', accepts: ['append'] }],
  outputs: [{ name: 'out', title: 'Top rows' }],
  configSchema: Type.Object({
    n: Type.Integer({ minimum: 1, maximum: 100_000 }),
    partition: Type.Array(Type.String()),
    orderBy: OrderBySchema,
    rank: Type.String({ minLength: 1 }),
    ties: Type.Optional(Type.Boolean()),
    windowMs: Type.Optional(Type.Integer({ minimum: 1 })),
    merges: Type.Optional(Type.Literal(true)),
  }),
  form: [
    { path: '/n', label: 'How many', control: { kind: 'number', min: 1, max: 100_000 } },
    { path: '/orderBy', label: 'Order', control: { kind: 'ordering', input: 'in' } },
    { path: '/partition', label: 'For each', help: 'Empty = one list for the whole window', control: { kind: 'columns', input: 'in' } },
    { path: '/ties', label: 'Ties stay', help: 'Equal rows share a rank', control: { kind: 'switch' } },
    {
      path: '/windowMs',
      label: 'Window length',
      help: 'Only where the rows are no window results',
      advanced: true,
      control: { kind: 'duration' },
    },
    { path: '/rank', label: 'Name of the rank column', advanced: true, control: { kind: 'text' } },
  ],
  guarantee: { role: 'transform', sentence: 'Rows of open windows are in every checkpoint.' },
  flink: {
    support: 'differs',
    note: 'Rows that are equal by the chosen order are told apart by their other columns here, by arrival there.',
  },
  flinkOptions: { '/ties': { support: 'no', reason: 'A window Top-N there numbers rows; use a join with the best value.' } },
  container: 'compute',
  stateful: true,
  partitioning: {
    kind: 'key',
    columns: ({ partition }) => partition,
    // Rows of partitions have their window's bounds already.
    unifier: { type: 'top-n', config: ({ windowMs: _made, ...config }) => ({ ...config, merges: true }) },
  },
  carries: (_input, _port, column) => column,
  defaultConfig: { n: 10, partition: [], orderBy: [{ column: '', direction: 'desc' }], rank: 'rank' },
  summarise: ({ n, orderBy }) => `top ${n} by ${orderBy.map((order) => `${order.column} ${order.direction}`).join(', ')}`,
  typing({ config, inputs }): TypingResult {
    const input = inputs['in']
    if (input === undefined) return { outputs: {}, problems: [] }
    const problems: ConfigProblem[] = []
    if (input.eventTime === null)
      problems.push({
        code: 'EVENT_TIME_MISSING',
        severity: 'error',
        message: 'The rows do not say which window they belong to. Put a window aggregate before.',
        port: 'in',
      })
    problems.push(
      ...keyProblems(config.partition, input.schema, '/partition'),
      ...orderProblems(config.orderBy, input.schema, '/orderBy'),
      ...addedColumnProblems(config.rank, input.schema, '/rank'),
    )
    if (config.windowMs !== undefined)
      for (const name of ['window_start', 'window_end']) problems.push(...addedColumnProblems(name, input.schema, '/windowMs'))
    if (problems.length > 0 || input.eventTime === null) return { outputs: {}, problems }
    const eventTime = config.windowMs === undefined ? input.eventTime : 'window_end'
    const key = config.ties === true ? null : [...config.partition, eventTime, config.rank]
    const out: EdgeType = { schema: topNSchema(config, input.schema), eventTime, changes: { kind: 'append', key } }
    return { outputs: { out }, problems }
  },
}
