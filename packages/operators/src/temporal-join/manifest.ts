import type { EdgeType, OperatorManifest, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { joinedSchema, joinKeyFields, JoinKeysSchema, joinProblems, joinTypeField, rightName, type JoinKey } from '../joining/columns.ts'
import { ttlField, ttlProblems, TtlSchema } from '../typing/timeToLive.ts'
import { eventTimeProblems } from '../window-join/manifest.ts'

export type TemporalJoinConfig = {
  type: 'inner' | 'left'
  on: JoinKey[]
  /** A version counts for so long after its time; 0 = until the next one. */
  ttlMs?: number
}

export const temporalJoin: OperatorManifest<TemporalJoinConfig> = {
  type: 'temporal-join',
  typeVersion: 1,
  title: 'Temporal join',
  category: 'join',
  summary: 'Adds to each row the version of its key that was valid at its time',
  keywords: [
    'as of',
    'system time',
    'versioned table',
    'exchange rate',
    'history',
    'slowly changing',
    'dimension',
    'enrich',
    'left',
    'inner',
  ],
  icon: 'M2.5 4.5h4.5M9.5 4.5h4M2.5 11.5h2M7 11.5h6.5M7 2.5v4M4.5 9.5v4M7 6.5v1.5h-2.5v1.5',
  help: [
    'The right rows are versions: each is valid for its key from its event time until the next one of that key. A left row is joined with the version that was valid at its own event time, so the same rows give the same result, however late the one or the other arrives. Prices with their rate of exchange, orders with the address of that day.',
    'A left row waits until the watermark says that no version for its time can come any more: the slower of the two streams decides. With **all left rows**, one without a version comes with NULLs. NULL never matches; rows that come too late are counted and left out. Of two versions of a key with the same time, the one whose columns are greater counts.',
    'Versions that nothing can need any more are forgotten, but the last one of every key stays; **forgets after** ends a version some time after it began.',
  ].join('\n\n'),
  inputs: [
    { name: 'left', title: 'Rows', accepts: ['append'] },
    { name: 'right', title: 'Versions', accepts: ['append'] },
  ],
  outputs: [{ name: 'out', title: 'Joined rows' }],
  configSchema: Type.Object({
    type: Type.Unsafe<'inner' | 'left'>({ type: 'string', enum: ['inner', 'left'] }),
    on: JoinKeysSchema,
    ttlMs: TtlSchema,
  }),
  form: [
    joinTypeField(['inner', 'left']),
    ...joinKeyFields,
    { ...ttlField, help: 'A version is valid for at most so long after its time; 0 = until the next one' },
  ],
  guarantee: { role: 'transform', sentence: 'Versions and rows that wait are in every checkpoint.' },
  flink: {
    support: 'differs',
    note: 'Late rows are joined there as long as a version is kept; of two versions with the same time the last to arrive counts.',
  },
  flinkOptions: { '/ttlMs': { support: 'differs', note: 'State is forgotten by processing time there.' } },
  container: 'compute',
  stateful: true,
  partitioning: { kind: 'key', columns: ({ on }, port) => on.map((pair) => (port === 'left' ? pair.left : pair.right)) },
  carries: ({ inputs }, port, column) => (port === 'left' ? column : rightName(column, inputs['left']?.schema ?? [])),
  defaultConfig: { type: 'left', on: [{ left: '', right: '' }] },
  summarise: ({ on }) => `${on.map((pair) => `${pair.left} = ${pair.right}`).join(', ')}, as of its time`,
  typing({ config, inputs }): TypingResult {
    const { left, right } = inputs
    if (left === undefined || right === undefined) return { outputs: {}, problems: [] }
    const problems = [...joinProblems(config.on, config.type, left, right), ...eventTimeProblems(inputs)]
    const wrong = problems.length > 0
    problems.push(...ttlProblems(config.ttlMs, [right], `the last version of every ${config.on.map((pair) => pair.right).join(' and ')}`))
    if (wrong) return { outputs: {}, problems }
    const schema = joinedSchema(config.type, left.schema, right.schema)
    // At most one result a left row: what told left rows apart still does.
    const out: EdgeType = { schema, eventTime: left.eventTime, changes: { kind: 'append', key: left.changes.key } }
    return { outputs: { out }, problems }
  },
}
