/**
 * What the server answers, as JSON Schema: named parts of the OpenAPI document. They document and
 * are tested against real answers; nothing is cut off by them.
 */
import { Type, type Static, type TSchema } from 'typebox'
import { PipelineDocumentSchema } from '@belay/pipeline'
import { AlertPreviewSchema, AlertRuleSchema, AlertSchema, DeliverySchema, WebhookSchema } from './alerts.ts'
import { CheckpointSchema, RunEventSchema } from './events.ts'
import { LogPageSchema } from './logs.ts'
import { PeekSampleSchema } from './peeks.ts'
import { RowErrorsSchema } from './rowErrors.ts'
import { RunHistorySchema, RunStandingSchema } from './history.ts'
import { PreviewSchema, RecordSchema, SnapshotSchema } from './runs.ts'
import { CheckpointStateSchema, KeyHistorySchema, StateChangesSchema, StatePageSchema } from './states.ts'
import { ProblemsSchema } from './pipelines.ts'
import type { TestResult } from '../../tests/result.ts'
import { ROLES } from '../rights.ts'
import { ThreadProfileSchema, ThreadStackSchema } from './threads.ts'
import type { Same } from './same.ts'

const Timestamp = Type.Number({ description: 'ms since the epoch, UTC' })

const PipelineViewSchema = Type.Object({
  id: Type.String(),
  document: reference('PipelineDocument'),
  version: Type.Integer({ description: 'Rises by one with each write; also sent as ETag' }),
  updatedAtMs: Timestamp,
  planHash: Type.String({ description: 'The same for documents that run the same; names and layout do not count' }),
  problems: Type.Object({ errors: Type.Integer(), warnings: Type.Integer() }),
})

const PipelineItemSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  operators: Type.Integer({ description: 'How many it has' }),
  version: Type.Integer(),
  updatedAtMs: Timestamp,
  planHash: Type.String(),
  problems: Type.Object({ errors: Type.Integer(), warnings: Type.Integer() }),
})

const ExampleSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: Type.String(),
  document: reference('PipelineDocument'),
})

const HttpProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'urn:belay:problem:<code>' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'What happened, and what to do next' }),
    next: Type.String({ description: 'What to do about a problem of this code; `detail` may know better' }),
    code: Type.String({ description: 'Stable; what programs should look at' }),
  },
  { description: 'RFC 9457. Some codes bring more, e.g. `problems` or `preview`.' },
)

const RootSchema = Type.Object({ name: Type.String(), writable: Type.Boolean() })

const FileEntrySchema = Type.Object({
  name: Type.String(),
  file: Type.String({ description: 'As a config takes it: root:path' }),
  kind: Type.Unsafe<'file' | 'folder'>({ type: 'string', enum: ['file', 'folder'] }),
  sizeBytes: Type.Number(),
})

const SavedVersionSchema = Type.Object({
  version: Type.Number(),
  savedAtMs: Type.Number(),
  name: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
})

const RowSchema = Type.Record(Type.String(), Type.Unknown())

const TestResultSchema = Type.Object({
  name: Type.String(),
  outcome: Type.Unsafe<'passed' | 'failed' | 'invalid'>({
    type: 'string',
    enum: ['passed', 'failed', 'invalid'],
    description: 'invalid: the test cannot be run as it is written',
  }),
  message: Type.Union([Type.String(), Type.Null()], { description: 'Why, where it is not about rows' }),
  wallMs: Type.Number(),
  ports: Type.Array(
    Type.Object({
      port: Type.String(),
      expected: Type.Union([Type.Integer(), Type.Null()], { description: 'null = the test says nothing about it' }),
      got: Type.Integer(),
      matched: Type.Integer(),
      changed: Type.Array(Type.Object({ expected: RowSchema, got: RowSchema, columns: Type.Array(Type.String()) })),
      missing: Type.Array(RowSchema),
      unexpected: Type.Array(RowSchema),
      rows: Type.Array(RowSchema, { description: 'The first 200 that came' }),
    }),
  ),
})

true satisfies Same<Static<typeof TestResultSchema>, TestResult>

const TryStartedSchema = Type.Object({
  runId: Type.String(),
  endsAtMs: Type.Number({ description: 'When it ends by itself, ms since the epoch' }),
})

const UploadedFileSchema = Type.Object({ file: Type.String({ description: 'As a config takes it: root:path' }), sizeBytes: Type.Number() })

const ColumnSchema = Type.Object({ name: Type.String(), type: Type.String(), nullable: Type.Boolean() })

const FileInspectionSchema = Type.Object({
  format: Type.Unsafe<'parquet' | 'csv' | 'json-lines'>({ type: 'string', enum: ['parquet', 'csv', 'json-lines'] }),
  columns: Type.Array(ColumnSchema),
  sample: Type.Array(Type.Record(Type.String(), Type.Unknown())),
  rows: Type.Union([Type.Integer(), Type.Null()], { description: 'null = not known without reading the whole file' }),
  sizeBytes: Type.Number(),
  eventTime: Type.Union([Type.String(), Type.Null()]),
  operatorType: Type.String({ description: 'The source that reads it' }),
  config: Type.Record(Type.String(), Type.Unknown(), { description: 'A config for that source' }),
})

const RoleSchema = Type.Unsafe<string>({ type: 'string', enum: [...ROLES] })

const IssuerSchema = Type.Union([Type.String(), Type.Null()], { description: 'Where they sign in instead of here; null = here' })

const SessionSchema = Type.Object({
  signIn: Type.Boolean({ description: 'Whether people sign in here' }),
  setupNeeded: Type.Boolean({ description: 'There is no user with a password yet' }),
  oidc: Type.Union([Type.Object({ label: Type.String() }), Type.Null()], {
    description: 'A service where people sign in as well, as the button names it',
  }),
  user: Type.Union([
    Type.Object({
      name: Type.String(),
      role: RoleSchema,
      seeData: Type.Boolean(),
      useSecrets: Type.Boolean(),
      issuer: IssuerSchema,
    }),
    Type.Null(),
  ]),
  rights: Type.Array(Type.String()),
})

const UserSchema = Type.Object({
  name: Type.String(),
  role: RoleSchema,
  seeData: Type.Boolean(),
  useSecrets: Type.Boolean(),
  createdAtMs: Timestamp,
  issuer: IssuerSchema,
})

const TOKEN = {
  id: Type.String(),
  label: Type.String(),
  owner: Type.String(),
  role: RoleSchema,
  seeData: Type.Boolean(),
  useSecrets: Type.Boolean(),
  createdAtMs: Timestamp,
  expiresAtMs: Timestamp,
}

const Maybe = Type.Union([Type.String(), Type.Null()])

const AuditEntrySchema = Type.Object({
  seq: Type.Integer(),
  at: Type.String({ description: 'ISO 8601, UTC' }),
  who: Type.String(),
  via: Type.String(),
  address: Maybe,
  action: Type.String({ description: 'Id of the operation' }),
  target: Type.String(),
  request: Type.Record(Type.String(), Type.Unknown()),
  before: Maybe,
  after: Maybe,
  status: Type.Integer(),
  code: Maybe,
  previous: Type.String({ description: 'Hash of the entry before' }),
  hash: Type.String({ description: 'SHA-256 of the entry without it' }),
})

const SecretSchema = Type.Object(
  {
    name: Type.String(),
    changedAtMs: Timestamp,
    changedBy: Type.String(),
    pipelines: Type.Array(Type.Object({ id: Type.String(), name: Type.String() }), { description: 'That refer to it' }),
    runs: Type.Array(Type.String(), { description: 'Ids of runs that go on with it' }),
    webhooks: Type.Array(Type.String(), { description: 'Names of webhooks that sign with it' }),
  },
  { description: 'Its value is told to nobody.' },
)

const StartedSchema = Type.Object({ runId: Type.String() })

const AcceptedSchema = Type.Object({ type: Type.Literal('accepted'), commandId: Type.String() })

/** By the name they have in the OpenAPI document. */
export const ANSWERS = {
  Accepted: AcceptedSchema,
  Alert: AlertSchema,
  AlertPreview: AlertPreviewSchema,
  AlertRule: AlertRuleSchema,
  AuditEntry: AuditEntrySchema,
  Checkpoint: CheckpointSchema,
  CheckpointState: CheckpointStateSchema,
  Delivery: DeliverySchema,
  Example: ExampleSchema,
  FileEntry: FileEntrySchema,
  FileInspection: FileInspectionSchema,
  KillPreview: PreviewSchema,
  NewToken: Type.Object({ ...TOKEN, text: Type.String({ description: 'For `Authorization: Bearer`; told once' }) }),
  PipelineDocument: PipelineDocumentSchema,
  PipelineItem: PipelineItemSchema,
  PipelineView: PipelineViewSchema,
  OwnOperator: Type.Object({
    type: Type.String(),
    typeVersion: Type.Integer(),
    title: Type.String(),
    version: Type.String({ description: 'Changes with its manifest' }),
  }),
  Problem: HttpProblemSchema,
  Problems: ProblemsSchema,
  Root: RootSchema,
  RowsKept: Type.Object({
    rows: Type.Integer(),
    repeated: Type.Boolean({ description: 'They had been sent under this key before; nothing was taken now' }),
  }),
  RunEvent: RunEventSchema,
  RunHistory: RunHistorySchema,
  RunStanding: RunStandingSchema,
  RunRecord: RecordSchema,
  RunSnapshot: SnapshotSchema,
  Secret: SecretSchema,
  OidcBegun: Type.Object({ url: Type.String({ description: 'Of the service, with all that it has to know' }) }),
  Session: SessionSchema,
  SavedVersion: SavedVersionSchema,
  Started: StartedSchema,
  StateChanges: StateChangesSchema,
  StatePage: StatePageSchema,
  TestResult: TestResultSchema,
  ThreadProfile: ThreadProfileSchema,
  KeyHistory: KeyHistorySchema,
  LogPage: LogPageSchema,
  PeekSample: PeekSampleSchema,
  RowErrors: RowErrorsSchema,
  ThreadStack: ThreadStackSchema,
  TryStarted: TryStartedSchema,
  ScriptColumns: Type.Object({
    columns: Type.Array(Type.Object({ name: Type.String(), type: Type.String(), nullable: Type.Boolean() })),
    rows: Type.Integer({ description: 'That the script gave for the sample' }),
    errors: Type.Array(Type.Object({ message: Type.String(), count: Type.Integer() }), {
      description: 'What it could not process of the sample; only with see-data',
    }),
  }),
  WrittenRows: Type.Object({ file: Type.String({ description: 'root:path' }), rows: Type.Integer() }),
  UploadedFile: UploadedFileSchema,
  Token: Type.Object(TOKEN),
  User: UserSchema,
  Webhook: WebhookSchema,
} as const satisfies Readonly<Record<string, TSchema>>

function reference(name: string): TSchema {
  return Type.Unsafe<unknown>({ $ref: `${name}#` })
}

type Name = keyof typeof ANSWERS

/** The problems a route answers with instead, by status. */
type Problems = readonly number[]

/** The `response` part of a route's schema: the answer under `status`, and problems as RFC 9457. */
export function answers(
  status: number,
  answer: Name | readonly [Name] | null,
  description: string,
  problems: Problems = [],
): Record<string, unknown> {
  const responses: Record<string, unknown> = {}
  const schema = answer === null ? null : typeof answer === 'string' ? reference(answer) : Type.Array(reference(answer[0]))
  responses[status] = schema === null ? { description, type: 'null' } : { description, content: { 'application/json': { schema } } }
  for (const problem of [400, ...problems].sort((a, b) => a - b))
    responses[problem] = { description: 'A problem', content: { 'application/problem+json': { schema: reference('Problem') } } }
  return responses
}
