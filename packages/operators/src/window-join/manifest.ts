import type { Schema } from '@belay/columns'
import type { ConfigProblem, EdgeType, OperatorManifest, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import {
  joinedSchema,
  joinKeyFields,
  JoinKeysSchema,
  joinProblems,
  joinTypeField,
  leftOnly,
  rightName,
  type JoinKey,
  type JoinType,
} from '../joining/columns.ts'
import { durationText } from '../typing/durations.ts'
import { addedColumnProblems } from '../typing/ordering.ts'

export type WindowJoinConfig = { type: JoinType; on: JoinKey[]; sizeMs: number }

const TYPES: readonly JoinType[] = ['inner', 'left', 'right', 'full', 'semi', 'anti']
const BOUNDS: Schema = [
  { name: 'window_start', type: 'timestamp', nullable: false },
  { name: 'window_end', type: 'timestamp', nullable: false },
]

/** The joined columns and the bounds of the window. */
function windowJoinSchema(config: WindowJoinConfig, left: Schema, right: Schema): Schema {
  return [...joinedSchema(config.type, left, right), ...BOUNDS]
}

export const windowJoin: OperatorManifest<WindowJoinConfig> = {
  type: 'window-join',
  typeVersion: 1,
  title: 'Window join',
  category: 'join',
  summary: 'Joins rows of two streams that fall into the same time window',
  keywords: ['tumbling', 'inner', 'left', 'outer', 'semi', 'anti', 'same time', 'correlate'],
  icon: 'M2 2.5v11M14 2.5v11M4.5 5h3l1.5 3h2.5M4.5 11h3L9 8',
  help: [
    'Puts the rows of both sides into windows of equal length by their event time and gives the pairs with equal keys of each window, once, when the watermark has reached its end. It keeps the rows of open windows only.',
    'NULL never matches. Rows that come after their window are counted and left out. Results come in the order of windows, keys and rows, whatever came first.',
  ].join('\n\n'),
  inputs: [
    { name: 'left', title: 'Left rows', accepts: ['append'] },
    { name: 'right', title: 'Right rows', accepts: ['append'] },
  ],
  outputs: [{ name: 'out', title: 'Joined rows' }],
  configSchema: Type.Object({
    type: Type.Unsafe<JoinType>({ type: 'string', enum: [...TYPES] }),
    on: JoinKeysSchema,
    sizeMs: Type.Integer({ minimum: 1 }),
  }),
  form: [joinTypeField(TYPES), ...joinKeyFields, { path: '/sizeMs', label: 'Window', control: { kind: 'duration' } }],
  guarantee: { role: 'transform', sentence: 'Rows of open windows are in every checkpoint.' },
  flink: { support: 'yes' },
  container: 'compute',
  stateful: true,
  partitioning: { kind: 'key', columns: ({ on }, port) => on.map((pair) => (port === 'left' ? pair.left : pair.right)) },
  carries: ({ config, inputs }, port, column) =>
    port === 'left' ? column : leftOnly(config.type) ? null : rightName(column, inputs['left']?.schema ?? []),
  defaultConfig: { type: 'inner', on: [{ left: '', right: '' }], sizeMs: 60_000 },
  summarise: ({ type, on, sizeMs }) =>
    `${type} in ${durationText(sizeMs)} on ${on.map((pair) => `${pair.left} = ${pair.right}`).join(', ')}`,
  typing({ config, inputs }): TypingResult {
    const { left, right } = inputs
    if (left === undefined || right === undefined) return { outputs: {}, problems: [] }
    const problems: ConfigProblem[] = [
      ...joinProblems(config.on, config.type, left, right),
      ...eventTimeProblems(inputs),
      ...BOUNDS.flatMap(({ name }) => addedColumnProblems(name, joinedSchema(config.type, left.schema, right.schema), '/sizeMs')),
    ]
    if (problems.length > 0) return { outputs: {}, problems }
    const out: EdgeType = {
      schema: windowJoinSchema(config, left.schema, right.schema),
      eventTime: 'window_end',
      changes: { kind: 'append', key: leftOnly(config.type) ? left.changes.key : null },
    }
    return { outputs: { out }, problems }
  },
}

/** Both sides of a join by time need one. */
export function eventTimeProblems(inputs: Readonly<Record<string, EdgeType | undefined>>): readonly ConfigProblem[] {
  return ['left', 'right'].flatMap((port): readonly ConfigProblem[] => {
    if (inputs[port]?.eventTime !== null) return []
    const message = `The ${port} rows have no event time, and the join goes by it. Choose the event time at the source.`
    return [{ code: 'EVENT_TIME_MISSING', severity: 'error', message, port }]
  })
}
