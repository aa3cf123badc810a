/** Events of a run as JSON Schema; the interfaces are those of packages/run. */
import type { CheckpointSummary, LiveValues, OperatorState, RowErrorRule, RunEvent, RunState, SkippedWindows } from '@belay/run'
import { Type, type Static } from 'typebox'
import { LogLevelSchema } from './logs.ts'
import { OnRowErrorSchema } from './rowErrors.ts'
import type { Same } from './same.ts'

const RUN_STATES = [
  'starting',
  'running',
  'recovering',
  'degraded',
  'pausing',
  'paused',
  'stopping',
  'stopped',
  'finished',
  'needs-decision',
  'failed',
  'unreachable',
] as const satisfies readonly RunState[]

const OPERATOR_STATES = [
  'pending',
  'starting',
  'restoring',
  'replaying',
  'running',
  'rolling-back',
  'stuck',
  'down',
  'held',
  'paused',
  'finishing',
  'finished',
  'failed',
] as const satisfies readonly OperatorState[]

/** Whether a list names every member of a union. */
type Complete<Union, Listed> = [Exclude<Union, Listed>] extends [never] ? true : false

true satisfies Complete<RunState, (typeof RUN_STATES)[number]>
true satisfies Complete<OperatorState, (typeof OPERATOR_STATES)[number]>

export const RunStateSchema = Type.Unsafe<RunState>({ type: 'string', enum: RUN_STATES })
export const OperatorStateSchema = Type.Unsafe<OperatorState>({ type: 'string', enum: OPERATOR_STATES })

export const CheckpointSchema = Type.Object({
  manifest: Type.Integer({ description: 'What `restore` takes' }),
  window: Type.Integer(),
  lineage: Type.Integer(),
  attempt: Type.Integer(),
  atMs: Type.Number(),
  durationMs: Type.Number({ description: 'From the window end at the first source to the manifest on disk' }),
  sizeBytes: Type.Number(),
  pinned: Type.Boolean(),
  phases: Type.Optional(
    Type.Array(
      Type.Object({
        instance: Type.String(),
        endMs: Type.Number({ description: 'All rows of the window had come to it' }),
        workedMs: Type.Number({ description: 'Its own work at the end of the window was done' }),
        copiedMs: Type.Number(),
        stoodMs: Type.Number({
          description: 'No end but a time: what it stood still for the copy, of which the most is made beside the work',
        }),
        writingMs: Type.Number({ description: 'The store began to write' }),
        storedMs: Type.Number(),
      }),
      { description: 'Ends of phases, ms after the checkpoint began; known of kept checkpoints that the present process has taken' },
    ),
  ),
})

true satisfies Same<Static<typeof CheckpointSchema>, CheckpointSummary>

export const SkippedSchema = Type.Object(
  { from: Type.Integer(), to: Type.Integer(), rows: Type.Number({ description: 'At least so many' }) },
  { description: 'Windows left out by operators with `onFailure: skip`' },
)

true satisfies Same<Static<typeof SkippedSchema>, SkippedWindows>

export const LiveValuesSchema = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
  description: 'By config key: what differs from the document',
})

true satisfies Same<Static<typeof LiveValuesSchema>, LiveValues>

const OptionalMs = Type.Union([Type.Number(), Type.Null()])
const Names = Type.Array(Type.String())
const Numbered = { seq: Type.Integer({ description: 'Without gaps in a run' }), atMs: Type.Number() }

export const RunEventSchema = Type.Union([
  Type.Object({ type: Type.Literal('run-state'), ...Numbered, state: RunStateSchema, reason: Type.Optional(Type.String()) }),
  Type.Object({
    type: Type.Literal('operator-state'),
    ...Numbered,
    operator: Type.String(),
    state: OperatorStateSchema,
    attempt: Type.Integer(),
    cause: Type.Optional(Type.String()),
    partition: Type.Optional(Type.String({ description: 'The instance whose state it shows, where the operator has several' })),
  }),
  Type.Object({ type: Type.Literal('checkpoint-started'), ...Numbered, window: Type.Integer() }),
  Type.Object({ type: Type.Literal('checkpoint-completed'), ...Numbered, checkpoint: CheckpointSchema }),
  Type.Object({
    type: Type.Literal('checkpoint-failed'),
    ...Numbered,
    window: Type.Integer(),
    code: Type.String(),
    message: Type.String(),
  }),
  Type.Object({ type: Type.Literal('committed'), ...Numbered, window: Type.Integer(), manifest: Type.Integer() }),
  Type.Object({ type: Type.Literal('sink-committed'), ...Numbered, operator: Type.String(), window: Type.Integer() }),
  Type.Object({
    type: Type.Literal('failure'),
    ...Numbered,
    incident: Type.String(),
    operators: Names,
    partitions: Type.Optional(Names),
    code: Type.String(),
    message: Type.String(),
    stack: Type.Optional(Type.String()),
    row: Type.Optional(Type.String()),
    by: Type.Optional(Type.String()),
    process: Type.Optional(
      Type.Object(
        {
          pid: Type.Union([Type.Integer(), Type.Null()]),
          exitCode: Type.Union([Type.Integer(), Type.Null()]),
          signal: Type.Union([Type.String(), Type.Null()]),
          downMs: Type.Union([Type.Number(), Type.Null()], { description: 'From its end to this event' }),
        },
        { description: "The run's whole process died: how it ended, as far as somebody saw it" },
      ),
    ),
  }),
  Type.Object({
    type: Type.Literal('recovery-planned'),
    ...Numbered,
    incident: Type.String(),
    attempt: Type.Integer(),
    cut: Type.Integer(),
    restart: Names,
    partitions: Type.Optional(Names),
    foretold: Type.Optional(Names),
    reason: Type.Optional(Type.String()),
    skipped: Type.Optional(SkippedSchema),
  }),
  Type.Object({
    type: Type.Literal('config-set'),
    ...Numbered,
    operator: Type.String(),
    window: Type.Integer({ description: 'From which on it holds' }),
    by: Type.String(),
    values: LiveValuesSchema,
    before: LiveValuesSchema,
  }),
  Type.Object({
    type: Type.Literal('checkpoint-interval-set'),
    ...Numbered,
    by: Type.String(),
    intervalMs: Type.Integer(),
    before: Type.Integer(),
  }),
  Type.Object({
    type: Type.Literal('on-row-error-set'),
    ...Numbered,
    operator: Type.String(),
    by: Type.String(),
    action: OnRowErrorSchema,
    before: OnRowErrorSchema,
  }),
  Type.Object({
    type: Type.Literal('row-error-rule-set'),
    ...Numbered,
    operator: Type.String(),
    by: Type.String(),
    skip: Type.Boolean({ description: 'Left out from now on, or no longer' }),
    kind: Type.Unsafe<RowErrorRule['kind']>({ type: 'string', enum: ['error', 'row'] }),
    code: Type.Optional(Type.String()),
    shape: Type.Optional(Type.String()),
    row: Type.Optional(Type.String({ description: 'Its mark; only with see-data' })),
  }),
  Type.Object({
    type: Type.Literal('log-level-set'),
    ...Numbered,
    operator: Type.String(),
    by: Type.String(),
    level: LogLevelSchema,
    before: LogLevelSchema,
  }),
  Type.Object({
    type: Type.Literal('recovered'),
    ...Numbered,
    incident: Type.String(),
    durations: Type.Object({
      undeployedMs: OptionalMs,
      restoredMs: OptionalMs,
      firstNewRowMs: OptionalMs,
      caughtUpMs: Type.Number(),
    }),
  }),
  Type.Object({
    type: Type.Literal('command-accepted'),
    ...Numbered,
    commandId: Type.String(),
    command: Type.String(),
    by: Type.String(),
    operator: Type.Optional(Type.String()),
  }),
  Type.Object({
    type: Type.Literal('row-error'),
    ...Numbered,
    operator: Type.String(),
    window: Type.Integer(),
    code: Type.String(),
    message: Type.String(),
    row: Type.Optional(Type.String()),
    action: Type.Unsafe<'fail' | 'skip' | 'error-output'>({ type: 'string', enum: ['fail', 'skip', 'error-output'] }),
    count: Type.Integer(),
  }),
  Type.Object({
    type: Type.Literal('restored'),
    ...Numbered,
    manifest: Type.Integer(),
    window: Type.Integer(),
    lineage: Type.Integer(),
    verbs: Type.Record(Type.String(), Type.String()),
  }),
  Type.Object({ type: Type.Literal('decision-needed'), ...Numbered, code: Type.String(), message: Type.String(), choices: Names }),
  Type.Object({
    type: Type.Literal('process-started'),
    ...Numbered,
    pid: Type.Integer(),
    attempt: Type.Integer(),
    adopted: Type.Boolean(),
  }),
  Type.Object({
    type: Type.Literal('notice'),
    ...Numbered,
    level: Type.Unsafe<'info' | 'warning' | 'error'>({ type: 'string', enum: ['info', 'warning', 'error'] }),
    code: Type.String(),
    message: Type.String(),
    operator: Type.Optional(Type.String()),
  }),
])

true satisfies Same<Static<typeof RunEventSchema>, RunEvent>
