import type { EdgeType, OperatorManifest, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { durationText } from '../typing/durations.ts'
import { keyProblems } from '../typing/keys.ts'
import { ttlProblems } from '../typing/timeToLive.ts'

export type DedupConfig = {
  keys: string[]
  /** A key seen so long ago, by event time, counts as new; 0 = never. Absent = never, with a warning. */
  withinMs?: number
}

export const dedup: OperatorManifest<DedupConfig> = {
  type: 'dedup',
  typeVersion: 1,
  title: 'Deduplicate',
  category: 'transform',
  summary: 'Passes the first row of each key on, once',
  keywords: ['distinct', 'unique', 'duplicates', 'idempotent', 'once'],
  icon: 'M2.5 2.5h8v8h-8zM5.5 13.5h8v-8',
  help: [
    'Passes a row on if its key has not been seen within the time, and sends the others to **duplicates**. Which of two rows comes first is decided by their arrival; for the first or last row by time use a Top N of 1.',
    'The time goes by the event time of the rows: a key is remembered until the watermark is that much behind its first row. NULL is a key like any other.',
  ].join('\n\n'),
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append'] }],
  outputs: [
    { name: 'out', title: 'First rows' },
    { name: 'duplicates', title: 'Duplicates' },
  ],
  configSchema: Type.Object({ keys: Type.Array(Type.String(), { minItems: 1 }), withinMs: Type.Optional(Type.Integer({ minimum: 0 })) }),
  form: [
    { path: '/keys', label: 'Same if equal in', control: { kind: 'columns', input: 'in' } },
    { path: '/withinMs', label: 'Within', help: 'By event time; 0 = for ever', control: { kind: 'duration' } },
  ],
  guarantee: { role: 'transform', sentence: 'What it has seen is in every checkpoint, so a replayed row is no duplicate of itself.' },
  flink: { support: 'yes' },
  flinkOptions: { '/withinMs': { support: 'differs', note: 'State is forgotten by processing time there.' } },
  container: 'compute',
  stateful: true,
  partitioning: { kind: 'key', columns: ({ keys }) => keys },
  carries: (_input, _port, column) => column,
  defaultConfig: { keys: [''] },
  summarise: ({ keys, withinMs }) =>
    `by ${keys.join(', ')}${withinMs === undefined || withinMs === 0 ? '' : ` within ${durationText(withinMs)}`}`,
  typing({ config, inputs }): TypingResult {
    const input = inputs['in']
    if (input === undefined) return { outputs: {}, problems: [] }
    const wrong = keyProblems(config.keys, input.schema, '/keys')
    const problems = [
      ...wrong,
      ...ttlProblems(config.withinMs, [input], `every ${config.keys.join(' and ')}`).map((problem) => ({
        ...problem,
        configPath: '/withinMs',
        fixes: (problem.fixes ?? []).map((fix) => (fix.kind === 'set-config' ? { ...fix, configPath: '/withinMs' } : fix)),
      })),
    ]
    if (wrong.length > 0) return { outputs: {}, problems }
    const unique = config.withinMs === undefined || config.withinMs === 0
    const out: EdgeType = { ...input, changes: { kind: 'append', key: unique ? config.keys : input.changes.key } }
    return { outputs: { out, duplicates: input }, problems }
  },
}
