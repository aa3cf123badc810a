/**
 * The pipeline document: what the designer draws, what is stored, exported and run.
 *
 * Invariants: state belongs to an operator's `id`, never to its name or position; `name` and
 * `layout` are outside the plan hash; the format is versioned and only ever migrated forward.
 */
import { Type, type Static } from 'typebox'

export const DOCUMENT_FORMAT = 1

export const OPERATOR_ID_PATTERN = '^[a-z][a-z0-9-]*$'

const ParameterSchema = Type.Object({
  type: Type.Unsafe<'string' | 'number' | 'boolean'>({ type: 'string', enum: ['string', 'number', 'boolean'] }),
  default: Type.Optional(Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  label: Type.Optional(Type.String()),
  help: Type.Optional(Type.String()),
})

const SettingsSchema = Type.Object({
  /** Length of a streaming window in ms. */
  windowMs: Type.Integer({ minimum: 10, maximum: 60_000, default: 500 }),
  /** Time between two checkpoints in ms. */
  checkpointIntervalMs: Type.Integer({ minimum: 200, maximum: 3_600_000, default: 1000 }),
  /** Bound of the run's shared memory: stream logs and snapshot buffers. */
  memoryBytes: Type.Integer({ minimum: 16_777_216, maximum: 17_179_869_184, default: 268_435_456 }),
  /** Checkpoints kept (the newest ones; pinned ones come on top). */
  keepCheckpoints: Type.Optional(Type.Integer({ minimum: 2, maximum: 1000, default: 10 })),
  /** An operator whose input waits and whose progress counter stands still this long is stuck. */
  stuckAfterMs: Type.Optional(Type.Integer({ minimum: 500, maximum: 3_600_000, default: 10_000 })),
  /** Resident memory of the run's process above which the operator that takes it is ended. Default: three quarters of the machine's. */
  maxResidentBytes: Type.Optional(Type.Integer({ minimum: 402_653_184, maximum: 17_592_186_044_416 })),
})

const OperatorNodeSchema = Type.Object({
  id: Type.String({ pattern: OPERATOR_ID_PATTERN, maxLength: 64 }),
  type: Type.String({ minLength: 1, maxLength: 64 }),
  typeVersion: Type.Integer({ minimum: 1 }),
  name: Type.String({ maxLength: 200 }),
  config: Type.Record(Type.String(), Type.Unknown()),
  partitions: Type.Optional(Type.Integer({ minimum: 1, maximum: 128, default: 1 })),
  /** A number parameter that says how many partitions there are, in place of `partitions`. */
  partitionsParameter: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  /** What happens to a row that the operator cannot process, when its `errors` port is not connected. */
  onRowError: Type.Optional(Type.Unsafe<'fail' | 'skip'>({ type: 'string', enum: ['fail', 'skip'], default: 'fail' })),
  /**
   * After a failure of this operator: replay = go back and get every row again; skip = at most once, go on behind
   * the rows that went by (engine-spec §3 Modes). What reads from one that skips must skip too. Absent = replay.
   */
  onFailure: Type.Optional(Type.Unsafe<'replay' | 'skip'>({ type: 'string', enum: ['replay', 'skip'], default: 'replay' })),
  /** A container of its own even where the planner would fuse it (engine-spec H3). */
  isolate: Type.Optional(Type.Boolean({ default: false })),
  /** The container of the only operator before it even where the planner would give it one of its own: fewer threads, one fault domain. */
  fuse: Type.Optional(Type.Boolean({ default: false })),
  /** The group it is drawn in. Outside the plan hash, as the name is. */
  group: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
})

const PortReferenceSchema = Type.Object({ operator: Type.String(), port: Type.String() })

const StreamSchema = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64 }),
  from: PortReferenceSchema,
  to: Type.Array(PortReferenceSchema),
})

/** Words on the canvas, for people: Markdown. Outside the plan hash, as names and layout are. */
const NoteSchema = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64 }),
  text: Type.String({ maxLength: 10_000 }),
  x: Type.Number(),
  y: Type.Number(),
  width: Type.Number({ minimum: 40, maximum: 4000 }),
  height: Type.Number({ minimum: 24, maximum: 4000 }),
})

export const GROUP_COLOURS = ['grey', 'blue', 'teal', 'green', 'violet', 'pink'] as const
export type GroupColour = (typeof GROUP_COLOURS)[number]

/** Operators that are drawn together and can be folded into one node: operators say which group they are in, groups which they are in. Outside the plan hash. */
const GroupSchema = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64 }),
  name: Type.String({ maxLength: 200 }),
  /** The group that this one is in. */
  parent: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  collapsed: Type.Optional(Type.Boolean({ default: false })),
  colour: Type.Optional(Type.Unsafe<GroupColour>({ type: 'string', enum: [...GROUP_COLOURS], default: 'grey' })),
})

const TestRowSchema = Type.Record(Type.String(), Type.Unknown())

/**
 * One step of a test: rows come in, then the watermark rises, then an operator is killed. The next step
 * begins when everything before it has been worked off.
 */
const TestStepSchema = Type.Object({
  /** By `operator` (a source, or any other: what comes into it) or `operator.port`. */
  rows: Type.Optional(Type.Record(Type.String(), Type.Array(TestRowSchema, { maxItems: 10_000 }))),
  /** Event time that no later row is expected below: ISO 8601, or ms since the epoch. */
  watermark: Type.Optional(Type.Unsafe<string | number>({ type: ['string', 'number'] })),
  /** The operator that dies when it has taken the rows of this step. */
  kill: Type.Optional(Type.String()),
})

/** What a pipeline gives for rows that are written down here. Outside the plan hash, as names and layout are. */
const TestSchema = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 200 }),
  /** Values for parameters; missing ones take their default. */
  parameters: Type.Optional(Type.Record(Type.String(), Type.Unsafe<string | number | boolean>({ type: ['string', 'number', 'boolean'] }))),
  steps: Type.Array(TestStepSchema, { minItems: 1, maxItems: 50 }),
  /** The rows there are at the end, in any order, by sink, `operator` or `operator.port`; columns that are left out are not compared. */
  expected: Type.Record(Type.String(), Type.Array(TestRowSchema, { maxItems: 10_000 })),
})

export const PipelineDocumentSchema = Type.Object({
  format: Type.Integer({ minimum: 1 }),
  id: Type.String({ pattern: OPERATOR_ID_PATTERN, maxLength: 64 }),
  name: Type.String({ minLength: 1, maxLength: 200 }),
  description: Type.Optional(Type.String({ maxLength: 10_000 })),
  parameters: Type.Record(Type.String(), ParameterSchema),
  settings: SettingsSchema,
  operators: Type.Array(OperatorNodeSchema, { maxItems: 2000 }),
  streams: Type.Array(StreamSchema, { maxItems: 5000 }),
  layout: Type.Record(Type.String(), Type.Object({ x: Type.Number(), y: Type.Number() })),
  notes: Type.Optional(Type.Array(NoteSchema, { maxItems: 500 })),
  groups: Type.Optional(Type.Array(GroupSchema, { maxItems: 500 })),
  tests: Type.Optional(Type.Array(TestSchema, { maxItems: 200 })),
})

export type Parameter = Static<typeof ParameterSchema>
export type Settings = Static<typeof SettingsSchema>
export type OperatorNode = Static<typeof OperatorNodeSchema>
export type PortReference = Static<typeof PortReferenceSchema>
export type StreamNode = Static<typeof StreamSchema>
export type Group = Static<typeof GroupSchema>
export type Note = Static<typeof NoteSchema>
export type TestRow = Static<typeof TestRowSchema>
export type TestStep = Static<typeof TestStepSchema>
export type PipelineTest = Static<typeof TestSchema>
export type PipelineDocument = Static<typeof PipelineDocumentSchema>
export type ParameterValue = string | number | boolean
