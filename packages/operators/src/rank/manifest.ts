import type { Schema } from '@belay/columns'
import type { ConfigProblem, EdgeType, OperatorManifest, StreamKind, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { keyProblems } from '../typing/keys.ts'
import { addedColumnProblems, OrderBySchema, orderProblems } from '../typing/ordering.ts'
import { ttlField, ttlProblems, TtlSchema } from '../typing/timeToLive.ts'

export type RankConfig = {
  n: number
  partition: string[]
  orderBy: { column: string; direction: 'asc' | 'desc' }[]
  /** Name of the rank column; empty = the rank is not shown. */
  rank: string
  ttlMs?: number
}

function rankSchema(config: RankConfig, input: Schema): Schema {
  return config.rank === '' ? input : [...input, { name: config.rank, type: 'int64', nullable: false }]
}

export const rank: OperatorManifest<RankConfig> = {
  type: 'rank',
  typeVersion: 1,
  title: 'Top N',
  category: 'changelog',
  summary: 'The first N rows of each group, kept up to date',
  keywords: ['rank', 'order by', 'limit', 'row number', 'best', 'latest', 'leaderboard', 'changes'],
  icon: 'M1.8 13.6V9.4H6v4.2M6 13.6V3h4v10.6M10 13.6V6.6h4.2v7zM1.8 13.6H14.2',
  help: [
    'Keeps the first N rows of each group in the order you choose. When they change, the old rows are taken back and the new ones given, once at the end of each streaming window.',
    'Rows that are equal by the order are told apart by their other columns, so the result never depends on what came first. N = 1 gives the best, or the latest, row of each group.',
    'From rows that only come it keeps N a group; where rows are taken back it has to keep them all.',
  ].join('\n\n'),
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append', 'changes'] }],
  outputs: [{ name: 'out', title: 'First rows' }],
  configSchema: Type.Object({
    n: Type.Integer({ minimum: 1, maximum: 10_000 }),
    partition: Type.Array(Type.String()),
    orderBy: OrderBySchema,
    rank: Type.String(),
    ttlMs: TtlSchema,
  }),
  form: [
    { path: '/n', label: 'How many', control: { kind: 'number', min: 1, max: 10_000 } },
    { path: '/orderBy', label: 'Order', control: { kind: 'ordering', input: 'in' } },
    { path: '/partition', label: 'For each', help: 'Empty = one list of all rows', control: { kind: 'columns', input: 'in' } },
    { path: '/rank', label: 'Name of the rank column', help: 'Empty = not shown', control: { kind: 'text' } },
    ttlField,
  ],
  guarantee: { role: 'transform', sentence: 'Its rows are in every checkpoint; after a crash they go on from there.' },
  flink: {
    support: 'differs',
    note: 'Rows that are equal by the chosen order are told apart by their other columns here, by arrival there.',
  },
  flinkOptions: { '/ttlMs': { support: 'differs', note: 'State is forgotten by processing time there.' } },
  container: 'compute',
  stateful: true,
  partitioning: { kind: 'key', columns: ({ partition }) => partition },
  carries: (_input, _port, column) => column,
  defaultConfig: { n: 10, partition: [], orderBy: [{ column: '', direction: 'desc' }], rank: 'rank' },
  summarise: ({ n, orderBy }) => `first ${n} by ${orderBy.map((order) => `${order.column} ${order.direction}`).join(', ')}`,
  typing({ config, inputs }): TypingResult {
    const input = inputs['in']
    if (input === undefined) return { outputs: {}, problems: [] }
    const problems: ConfigProblem[] = [
      ...keyProblems(config.partition, input.schema, '/partition'),
      ...orderProblems(config.orderBy, input.schema, '/orderBy'),
      ...(config.rank === '' ? [] : addedColumnProblems(config.rank, input.schema, '/rank')),
    ]
    const wrong = problems.length > 0
    if (config.partition.length > 0 || input.changes.kind === 'changes')
      problems.push(
        ...ttlProblems(config.ttlMs, [input], config.partition.length > 0 ? `every ${config.partition.join(' and ')}` : 'every row'),
      )
    if (wrong) return { outputs: {}, problems }
    const key = config.rank !== '' ? [...config.partition, config.rank] : config.n === 1 ? config.partition : input.changes.key
    const changes: StreamKind = { kind: 'changes', key }
    const out: EdgeType = { schema: rankSchema(config, input.schema), eventTime: null, changes }
    return { outputs: { out }, problems }
  },
}
