import type { OperatorManifest, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { keyProblems } from '../typing/keys.ts'

export type SampleConfig = {
  /** One row, or one key, in so many. */
  oneIn: number
  /** All rows of a key or none; empty = row by row. */
  keys: string[]
  seed: number
}

export const sample: OperatorManifest<SampleConfig> = {
  type: 'sample',
  typeVersion: 1,
  title: 'Sample',
  category: 'transform',
  summary: 'Lets one row in so many pass, or all rows of one key in so many',
  keywords: ['random', 'subset', 'thin out', 'percent', 'tablesample', 'bernoulli'],
  icon: 'M2.5 4h.01M6 4h.01M9.5 4h.01M13 4h.01M2.5 8h.01M9.5 8h.01M6 12h.01M13 12h.01M5 8a1 1 0 1 0 2 0a1 1 0 1 0-2 0',
  help: [
    'Lets about one row in **n** pass. With **keys**, all rows of about one key in n pass and none of the others, so that whole visits, orders or machines stay together.',
    'Which ones is decided by a hash of the row, or of its key, and the seed: the same rows again, in any order and after any failure, give the same sample, and a row that is taken back is taken back from the sample. Rows that are equal in every column pass together or not at all. Another seed gives another sample.',
  ].join('\n\n'),
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append', 'changes'] }],
  outputs: [{ name: 'out', title: 'Sample' }],
  configSchema: Type.Object({
    oneIn: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }),
    keys: Type.Array(Type.String()),
    seed: Type.Integer({ minimum: 0, maximum: 4_294_967_295 }),
  }),
  form: [
    { path: '/oneIn', label: 'One in', live: true, control: { kind: 'number', min: 1, max: 1_000_000_000 } },
    { path: '/keys', label: 'Whole keys', help: 'Empty = row by row', control: { kind: 'columns', input: 'in' } },
    { path: '/seed', label: 'Seed', advanced: true, control: { kind: 'number', min: 0, max: 4_294_967_295 } },
  ],
  guarantee: { role: 'transform', sentence: 'Keeps no state; replayed rows give the same sample.' },
  flink: { support: 'differs', note: 'Write a WHERE with MOD(HASH_CODE(…), n) there; it takes another sample.' },
  container: 'compute',
  stateful: false,
  partitioning: { kind: 'any' },
  carries: (_input, _port, column) => column,
  defaultConfig: { oneIn: 100, keys: [], seed: 1 },
  summarise: ({ oneIn, keys }) => (keys.length === 0 ? `1 in ${oneIn}` : `1 in ${oneIn} by ${keys.join(', ')}`),
  typing({ config, inputs }): TypingResult {
    const input = inputs['in']
    if (input === undefined) return { outputs: {}, problems: [] }
    return { outputs: { out: input }, problems: keyProblems(config.keys, input.schema, '/keys') }
  },
}
