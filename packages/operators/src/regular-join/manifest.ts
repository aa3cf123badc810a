import type { EdgeType, OperatorManifest, StreamKind, TypingResult } from '@belay/pipeline'
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
import { ttlField, ttlProblems, TtlSchema } from '../typing/timeToLive.ts'

export type RegularJoinConfig = { type: JoinType; on: JoinKey[]; ttlMs?: number }

const TYPES: readonly JoinType[] = ['inner', 'left', 'right', 'full', 'semi', 'anti']

export const regularJoin: OperatorManifest<RegularJoinConfig> = {
  type: 'regular-join',
  typeVersion: 1,
  title: 'Join',
  category: 'join',
  summary: 'Joins two streams by key, whichever row comes first',
  keywords: ['inner', 'left', 'right', 'full', 'outer', 'semi', 'anti', 'merge', 'combine', 'enrich'],
  icon: 'M2.5 3.5h4l3 4.5h4M2.5 12.5h4l3-4.5',
  help: [
    'Keeps the rows of both sides and gives every pair with equal keys, whichever side comes first. NULL never matches. Columns of the right side whose names are taken are called `right_…`.',
    'An **inner** join of rows that only come gives rows that only come. Every other join, and joins of rows that are taken back, give changes: a left row without a match comes with NULLs and is taken back when its match comes. They are given once, at the end of each streaming window.',
    'It keeps every row until it is taken back or forgotten. Where rows only match within a time, use an interval join or a window join.',
  ].join('\n\n'),
  inputs: [
    { name: 'left', title: 'Left rows', accepts: ['append', 'changes'] },
    { name: 'right', title: 'Right rows', accepts: ['append', 'changes'] },
  ],
  outputs: [{ name: 'out', title: 'Joined rows' }],
  configSchema: Type.Object({
    type: Type.Unsafe<JoinType>({ type: 'string', enum: [...TYPES] }),
    on: JoinKeysSchema,
    ttlMs: TtlSchema,
  }),
  form: [joinTypeField(TYPES), ...joinKeyFields, ttlField],
  guarantee: { role: 'transform', sentence: 'The rows of both sides are in every checkpoint; after a crash it goes on from there.' },
  flink: { support: 'yes' },
  flinkOptions: { '/ttlMs': { support: 'differs', note: 'State is forgotten by processing time there.' } },
  container: 'compute',
  stateful: true,
  partitioning: { kind: 'key', columns: ({ on }, port) => on.map((pair) => (port === 'left' ? pair.left : pair.right)) },
  carries: ({ config, inputs }, port, column) =>
    port === 'left' ? column : leftOnly(config.type) ? null : rightName(column, inputs['left']?.schema ?? []),
  defaultConfig: { type: 'inner', on: [{ left: '', right: '' }] },
  summarise: ({ type, on }) => `${type} on ${on.map((pair) => `${pair.left} = ${pair.right}`).join(', ')}`,
  typing({ config, inputs }): TypingResult {
    const { left, right } = inputs
    if (left === undefined || right === undefined) return { outputs: {}, problems: [] }
    const wrong = joinProblems(config.on, config.type, left, right)
    const problems = [...wrong, ...ttlProblems(config.ttlMs, [left, right], 'every row of both sides')]
    if (wrong.length > 0) return { outputs: {}, problems }
    const out: EdgeType = {
      schema: joinedSchema(config.type, left.schema, right.schema),
      eventTime: null,
      changes: kindOf(config, left, right),
    }
    return { outputs: { out }, problems }
  },
}

/** Rows only come out of an inner join of rows that only come; a key needs a key of both sides. */
function kindOf(config: RegularJoinConfig, left: EdgeType, right: EdgeType): StreamKind {
  const appends = config.type === 'inner' && left.changes.kind === 'append' && right.changes.kind === 'append'
  return { kind: appends ? 'append' : 'changes', key: keyOf(config, left, right) }
}

function keyOf(config: RegularJoinConfig, left: EdgeType, right: EdgeType): readonly string[] | null {
  const leftKey = left.changes.key
  if (leftOnly(config.type)) return leftKey
  // Outer rows have NULLs where a key would be.
  if (config.type !== 'inner' && config.type !== 'left') return null
  const rightKey = right.changes.key
  const within = (key: readonly string[] | null, columns: readonly string[]): boolean =>
    key !== null && key.length > 0 && key.every((name) => columns.includes(name))
  const rightUnique = within(
    rightKey,
    config.on.map((pair) => pair.right),
  )
  if (rightUnique && leftKey !== null) return leftKey
  if (config.type === 'left') return null
  const renamed = rightKey?.map((name) => rightName(name, left.schema)) ?? null
  if (
    within(
      leftKey,
      config.on.map((pair) => pair.left),
    ) &&
    renamed !== null
  )
    return renamed
  return leftKey !== null && renamed !== null ? [...leftKey, ...renamed] : null
}
