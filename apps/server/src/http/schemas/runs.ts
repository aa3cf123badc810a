/** Runs, their figures and previews as JSON Schema; the interfaces are those of packages/run. */
import type { PipelineDocument } from '@belay/pipeline'
import type {
  KillPreview,
  OperatorFigures,
  PartitionFigures,
  RunEvent,
  RunFigures,
  RunPlan,
  RunRecord,
  RunSnapshot,
  StreamFigures,
  TableRows,
} from '@belay/run'
import { Type, type Static } from 'typebox'
import { CheckpointSchema, LiveValuesSchema, OperatorStateSchema, RunStateSchema, SkippedSchema } from './events.ts'
import { LogLevelSchema } from './logs.ts'
import { OnRowErrorSchema } from './rowErrors.ts'
import type { Same } from './same.ts'

const Share = Type.Number({ minimum: 0, maximum: 1 })

export const RecordSchema = Type.Object({
  runId: Type.String(),
  pipelineId: Type.String(),
  pipelineName: Type.String(),
  startedAtMs: Type.Number(),
  startedBy: Type.String(),
  endedAtMs: Type.Union([Type.Number(), Type.Null()]),
  state: RunStateSchema,
  reason: Type.Union([Type.String(), Type.Null()]),
  isolation: Type.Optional(
    Type.Object({
      level: Type.Union([Type.Literal('none'), Type.Literal('process'), Type.Literal('namespace')]),
      network: Type.Boolean(),
      limits: Type.Optional(
        Type.Object({ memoryBytes: Type.Number(), tasks: Type.Integer() }, { description: 'Of its control group; absent = it has none' }),
      ),
    }),
  ),
})

true satisfies Same<Static<typeof RecordSchema>, RunRecord>

const InstanceFigures = {
  state: OperatorStateSchema,
  cause: Type.Optional(Type.String()),
  attempt: Type.Integer(),
  container: Type.String(),
  activity: Type.Object(
    { busy: Type.Number(), blocked: Type.Number(), starved: Type.Number(), idle: Type.Number() },
    { description: 'Shares of the last second' },
  ),
  blockedOn: Type.Optional(Type.String()),
  rowsIn: Type.Number(),
  rowsOut: Type.Number(),
  rowsInPerSecond: Type.Number(),
  rowsOutPerSecond: Type.Number(),
  window: Type.Integer(),
  checkpointWindow: Type.Integer(),
  watermark: Type.Union([Type.Number(), Type.Null()], { description: 'Event time in ms since the epoch' }),
  stateSizeBytes: Type.Number(),
  rowErrors: Type.Number(),
  queue: Type.Optional(Type.Number({ description: 'Share of its fullest input log that it has not read' })),
  reachedWindow: Type.Optional(Type.Integer()),
}

const PartitionFiguresSchema = Type.Object({ id: Type.String({ description: 'Instance id' }), ...InstanceFigures })

true satisfies Same<Static<typeof PartitionFiguresSchema>, PartitionFigures>

const OperatorFiguresSchema = Type.Object({
  ...InstanceFigures,
  live: Type.Optional(Type.Object({ from: Type.Integer(), values: LiveValuesSchema })),
  skippedWindows: Type.Optional(Type.Integer()),
  stagedBytes: Type.Optional(Type.Number()),
  progress: Type.Optional(Share),
  extra: Type.Optional(Type.Record(Type.String(), Type.Number())),
  onRowError: Type.Optional(OnRowErrorSchema),
  logLevel: Type.Optional(LogLevelSchema),
  partitions: Type.Optional(Type.Array(PartitionFiguresSchema)),
})

true satisfies Same<Static<typeof OperatorFiguresSchema>, OperatorFigures>

const StreamFiguresSchema = Type.Object({
  rowsPerSecond: Type.Number(),
  fill: Type.Union([Type.Number(), Type.Null()]),
  pinned: Type.Boolean(),
})

true satisfies Same<Static<typeof StreamFiguresSchema>, StreamFigures>

const FiguresSchema = Type.Object({
  state: RunStateSchema,
  reason: Type.Optional(Type.String()),
  lineage: Type.Integer(),
  attempt: Type.Integer(),
  targetWindow: Type.Integer(),
  committedWindow: Type.Integer(),
  uptimeMs: Type.Number(),
  checkpointIntervalMs: Type.Optional(Type.Integer({ description: "Where it is other than the document's" })),
  sharedBytes: Type.Number(),
  memoryBytes: Type.Number(),
  residentBytes: Type.Number(),
  operators: Type.Record(Type.String(), OperatorFiguresSchema),
  streams: Type.Record(Type.String(), StreamFiguresSchema),
  planStreams: Type.Optional(
    Type.Record(Type.String(), Type.Object({ rowsPerSecond: Type.Number(), fill: Type.Union([Type.Number(), Type.Null()]) }), {
      description: 'Streams of the plan that are only a part of one of the document, by their id in the plan',
    }),
  ),
})

true satisfies Same<Static<typeof FiguresSchema>, RunFigures>

const Cell = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])

const TableRowsSchema = Type.Object({
  columns: Type.Array(Type.Object({ name: Type.String(), type: Type.String() })),
  rows: Type.Array(Type.Array(Cell)),
  total: Type.Number(),
  window: Type.Integer(),
  version: Type.Number(),
})

true satisfies Same<Static<typeof TableRowsSchema>, TableRows>

const PlanSchema = Type.Object({
  instances: Type.Array(
    Type.Object({
      id: Type.String(),
      operator: Type.String(),
      part: Type.Unsafe<'whole' | 'partition' | 'merge'>({ type: 'string', enum: ['whole', 'partition', 'merge'] }),
      container: Type.String(),
      keyGroups: Type.Optional(
        Type.Object({ first: Type.Integer(), last: Type.Integer() }, { description: 'Of the 128: those whose rows come to it' }),
      ),
    }),
  ),
  streams: Type.Array(
    Type.Object({
      id: Type.String(),
      edge: Type.Union([Type.String(), Type.Null()], { description: "The document's stream; null = from partitions to their unifier" }),
      from: Type.String({ description: 'Instance' }),
      to: Type.Array(Type.String(), { description: 'Instances' }),
      share: Type.Unsafe<'all' | 'key' | 'spread'>({ type: 'string', enum: ['all', 'key', 'spread'] }),
      columns: Type.Optional(Type.Array(Type.String())),
    }),
  ),
})

true satisfies Same<Static<typeof PlanSchema>, RunPlan>

export const SnapshotSchema = Type.Object({
  runId: Type.String(),
  pipelineId: Type.String(),
  document: Type.Unsafe<PipelineDocument>({ $ref: 'PipelineDocument#' }),
  parameters: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  startedAtMs: Type.Number(),
  seq: Type.Integer({ description: 'Of the newest event included' }),
  figures: FiguresSchema,
  checkpoints: Type.Array(CheckpointSchema),
  events: Type.Array(Type.Unsafe<RunEvent>({ $ref: 'RunEvent#' })),
  tables: Type.Record(Type.String(), TableRowsSchema),
  containers: Type.Array(Type.Object({ id: Type.String(), operators: Type.Array(Type.String()), instances: Type.Array(Type.String()) })),
  plan: Type.Optional(PlanSchema),
  outputs: Type.Optional(
    Type.Array(Type.String(), { description: 'Of a run that has ended: absolute paths of what its sinks have written' }),
  ),
})

true satisfies Same<Static<typeof SnapshotSchema>, RunSnapshot>

export const PreviewSchema = Type.Object({
  target: Type.String(),
  killed: Type.Array(Type.String()),
  restart: Type.Array(
    Type.Object({
      operator: Type.String(),
      windowNow: Type.Integer(),
      cut: Type.Integer(),
      windowsToReplay: Type.Integer(),
      rowsToReplay: Type.Union([Type.Number(), Type.Null()]),
      reason: Type.Unsafe<'killed' | 'same-container' | 'downstream' | 'not-retained'>({
        type: 'string',
        enum: ['killed', 'same-container', 'downstream', 'not-retained'],
      }),
    }),
  ),
  unaffected: Type.Array(Type.String()),
  instances: Type.Object(
    { killed: Type.Array(Type.String()), restart: Type.Array(Type.String()) },
    { description: 'By instance, as the plan of the snapshot names them' },
  ),
  cut: Type.Integer(),
  committedWindow: Type.Integer(),
  skipped: Type.Union([SkippedSchema, Type.Null()]),
  sinks: Type.Array(Type.Object({ operator: Type.String(), duplicates: Type.Boolean(), sentence: Type.String() })),
  expectedMs: Type.Union([Type.Object({ median: Type.Number(), of: Type.Integer() }), Type.Null()]),
})

true satisfies Same<Static<typeof PreviewSchema>, KillPreview>
