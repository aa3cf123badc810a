import type { Schema } from '@belay/columns'
import type { ConfigProblem, OperatorManifest, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { aggregateFields, aggregateProblems, AggregatesSchema, FUNCTIONS_HELP, type AggregateConfig } from '../aggregates/catalogue.ts'
import { keyProblems } from '../typing/keys.ts'
import { ttlField, ttlProblems, TtlSchema } from '../typing/timeToLive.ts'

export type AggregateOperatorConfig = {
  keys: string[]
  aggregates: AggregateConfig[]
  /** A group without a row for so long is forgotten; 0 = never. Absent = never, with a warning. */
  ttlMs?: number
}

function aggregateSchema(config: AggregateOperatorConfig, input: Schema): Schema {
  return [
    ...config.keys.flatMap((name) => input.find((candidate) => candidate.name === name) ?? []),
    ...aggregateFields(config.aggregates, input),
  ]
}

export const aggregate: OperatorManifest<AggregateOperatorConfig> = {
  type: 'aggregate',
  typeVersion: 1,
  title: 'Aggregate',
  category: 'changelog',
  summary: 'Counts, sums and averages by key, kept up to date',
  keywords: ['group by', 'count', 'sum', 'average', 'total', 'running', 'changes', 'materialised view'],
  icon: 'M3 2.5h10L8.5 8L13 13.5H3',
  help: [
    'Keeps one row a key with the results over all rows so far. When results change, the old row is taken back and the new one given, once at the end of each streaming window.',
    'It takes rows that are taken back as well: every function but **approx-count-distinct** can take them out again. A group whose last row is gone is taken back.',
    FUNCTIONS_HELP,
    'Write it to a sink that can change rows, or to a file as a changelog or as the table at the end.',
  ].join('\n\n'),
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append', 'changes'] }],
  outputs: [{ name: 'out', title: 'Results' }],
  configSchema: Type.Object({ keys: Type.Array(Type.String()), aggregates: AggregatesSchema, ttlMs: TtlSchema }),
  form: [
    { path: '/keys', label: 'For each', control: { kind: 'columns', input: 'in' } },
    { path: '/aggregates', label: 'Results', control: { kind: 'aggregates', input: 'in' } },
    ttlField,
  ],
  guarantee: { role: 'transform', sentence: 'Its results are in every checkpoint; after a crash they go on from there.' },
  flink: { support: 'yes' },
  flinkOptions: { '/ttlMs': { support: 'differs', note: 'State is forgotten by processing time there.' } },
  container: 'compute',
  stateful: true,
  partitioning: { kind: 'key', columns: ({ keys }) => keys },
  carries: ({ config }, _port, column) => (config.keys.includes(column) ? column : null),
  defaultConfig: { keys: [], aggregates: [{ name: 'rows', function: 'count', column: null }] },
  summarise: ({ keys }) => (keys.length === 0 ? 'over all rows' : `by ${keys.join(', ')}`),
  typing({ config, inputs }): TypingResult {
    const input = inputs['in']
    if (input === undefined) return { outputs: {}, problems: [] }
    const schema = aggregateSchema(config, input.schema)
    const twice = schema.find((field, i) => schema.findIndex((other) => other.name === field.name) !== i)
    const problems: ConfigProblem[] = [
      ...keyProblems(config.keys, input.schema, '/keys'),
      ...aggregateProblems(config.aggregates, input, '/aggregates'),
    ]
    if (twice !== undefined)
      problems.push({
        code: 'COLUMN_TWICE',
        severity: 'error',
        message: `Two results are called ${twice.name}. Rename one.`,
        configPath: '/aggregates',
      })
    const wrong = problems.length > 0
    if (config.keys.length > 0) problems.push(...ttlProblems(config.ttlMs, [input], `every ${config.keys.join(' and ')}`))
    if (wrong) return { outputs: {}, problems }
    return { outputs: { out: { schema, eventTime: null, changes: { kind: 'changes', key: config.keys } } }, problems }
  },
}
