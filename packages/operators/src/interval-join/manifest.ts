import type { EdgeType, OperatorManifest, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { joinedSchema, joinKeyFields, JoinKeysSchema, joinProblems, joinTypeField, rightName, type JoinKey } from '../joining/columns.ts'
import { durationText } from '../typing/durations.ts'
import { eventTimeProblems } from '../window-join/manifest.ts'

export type IntervalJoinConfig = {
  type: 'inner' | 'left'
  on: JoinKey[]
  /** A right row matches from so long after the left row (negative = before it) … */
  fromMs: number
  /** … until so long after it, both included. */
  toMs: number
}

export const intervalJoin: OperatorManifest<IntervalJoinConfig> = {
  type: 'interval-join',
  typeVersion: 1,
  title: 'Interval join',
  category: 'join',
  summary: 'Joins rows of two streams whose times are close',
  keywords: ['within', 'time', 'between', 'correlate', 'stream-stream', 'left', 'inner'],
  icon: 'M2.5 4.5h6M7.5 11.5h6M5.5 4.5v3.5h5v3.5',
  help: [
    'Gives every pair with equal keys where the right row lies between **from** and **to** after the left row, by event time; negative times are before it. Pairs go out as soon as both rows are there.',
    'A row is forgotten when the watermark says that no match can come any more. With **all left rows**, one without a match comes then, with NULLs. NULL never matches; rows that come too late are counted and left out. The event time of the results is that of the left row; windows behind it wait until **to** has passed for all their rows.',
  ].join('\n\n'),
  inputs: [
    { name: 'left', title: 'Left rows', accepts: ['append'] },
    { name: 'right', title: 'Right rows', accepts: ['append'] },
  ],
  outputs: [{ name: 'out', title: 'Joined rows' }],
  configSchema: Type.Object({
    type: Type.Unsafe<'inner' | 'left'>({ type: 'string', enum: ['inner', 'left'] }),
    on: JoinKeysSchema,
    fromMs: Type.Integer(),
    toMs: Type.Integer(),
  }),
  form: [
    joinTypeField(['inner', 'left']),
    ...joinKeyFields,
    { path: '/fromMs', label: 'From', help: 'After the left row; negative = before', unit: 'ms', control: { kind: 'number' } },
    { path: '/toMs', label: 'To', help: 'After the left row', unit: 'ms', control: { kind: 'number' } },
  ],
  guarantee: { role: 'transform', sentence: 'Rows that may still match are in every checkpoint.' },
  flink: { support: 'yes' },
  container: 'compute',
  stateful: true,
  partitioning: { kind: 'key', columns: ({ on }, port) => on.map((pair) => (port === 'left' ? pair.left : pair.right)) },
  carries: ({ inputs }, port, column) => (port === 'left' ? column : rightName(column, inputs['left']?.schema ?? [])),
  defaultConfig: { type: 'inner', on: [{ left: '', right: '' }], fromMs: 0, toMs: 60_000 },
  summarise: ({ fromMs, toMs, on }) =>
    `${on.map((pair) => `${pair.left} = ${pair.right}`).join(', ')}, ${durationText(fromMs)} to ${durationText(toMs)} after`,
  typing({ config, inputs }): TypingResult {
    const { left, right } = inputs
    if (left === undefined || right === undefined) return { outputs: {}, problems: [] }
    const problems = [...joinProblems(config.on, config.type, left, right), ...eventTimeProblems(inputs)]
    if (config.fromMs > config.toMs)
      problems.push({
        code: 'INTERVAL_EMPTY',
        severity: 'error',
        message: `Nothing lies between ${config.fromMs} and ${config.toMs} ms. Swap the two.`,
        configPath: '/fromMs',
        fixes: [{ kind: 'set-config', label: `From ${config.toMs} ms`, configPath: '/fromMs', value: config.toMs }],
      })
    if (problems.length > 0) return { outputs: {}, problems }
    const schema = joinedSchema(config.type, left.schema, right.schema)
    const out: EdgeType = { schema, eventTime: left.eventTime, changes: { kind: 'append', key: null } }
    return { outputs: { out }, problems }
  },
}
