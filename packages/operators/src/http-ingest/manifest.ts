import { SecretReferenceSchema, type ConfigProblem, type OperatorManifest, type SecretReference } from '@belay/pipeline'
import { Type } from 'typebox'
import { ColumnsSchema, declaredTyping, type DeclaredColumn } from '../typing/columns.ts'

export type HttpIngestConfig = {
  columns: DeclaredColumn[]
  eventTime: string | null
  outOfOrderMs: number
  keepKeysMs: number
  logMb: number
  /** Who may send; absent = as `role`: pipelines that were made before have none. */
  access?: 'role' | 'token' | 'signature'
  accessSecret?: SecretReference | null
}

/** A signature is good for five minutes to either side: so long its id has to be known. */
const REPLAYABLE_MS = 600_000

function accessProblems({ access = 'role', accessSecret = null, keepKeysMs }: HttpIngestConfig): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = []
  if (access !== 'role' && accessSecret === null)
    problems.push({
      code: 'SECRET_MISSING',
      severity: 'error',
      message: access === 'token' ? 'Choose the secret that senders send as their token.' : 'Choose the secret that senders sign with.',
      configPath: '/accessSecret',
    })
  if (access === 'role' && accessSecret !== null)
    problems.push({
      code: 'SECRET_UNUSED',
      severity: 'info',
      message: 'The secret is not asked for: choose who may send.',
      configPath: '/accessSecret',
    })
  if (access === 'signature' && keepKeysMs < REPLAYABLE_MS)
    problems.push({
      code: 'INGEST_REPLAY',
      severity: 'error',
      message: 'A signed post could be sent again after its id is forgotten. Keep keys for ten minutes at least.',
      configPath: '/keepKeysMs',
    })
  return problems
}

export const httpIngest: OperatorManifest<HttpIngestConfig> = {
  type: 'http-ingest',
  typeVersion: 1,
  title: 'HTTP ingest',
  category: 'sources',
  summary: 'Takes rows that are posted to the running pipeline',
  keywords: ['post', 'receive', 'rest', 'api', 'push', 'endpoint', 'webhook', 'json', 'source'],
  icon: 'M8 2v7M5 6.5 8 9.5l3-3M2.5 10v3.5h11V10',
  help: 'Takes rows while the pipeline runs: `POST /api/runs/{run}/operators/{operator}/rows` with an array of objects as JSON, or one object a line as `application/x-ndjson`. The answer 200 means that the rows are on the disk: whatever dies afterwards, they go through. With an `Idempotency-Key` the same rows sent again are taken once; without one, rows that are sent again because no answer came may be there twice. When the pipeline is slower than its senders the log of received rows fills, and the answer is 429 with `Retry-After`. All rows of a post are taken or, if one is wrong, none. **Who may send**: whoever has the role operator; or instead whoever sends this source’s own token as `Authorization: Bearer`, or signs as Standard Webhooks has it (`webhook-id`, `webhook-timestamp`, `webhook-signature`), for which nobody needs to be a user. A signature holds for five minutes, and its id is the key: what is sent again has no second effect.',
  inputs: [],
  outputs: [{ name: 'out', title: 'Rows' }],
  configSchema: Type.Object({
    columns: ColumnsSchema,
    eventTime: Type.Union([Type.String(), Type.Null()]),
    outOfOrderMs: Type.Number({ minimum: 0 }),
    keepKeysMs: Type.Number({ minimum: 0 }),
    logMb: Type.Integer({ minimum: 1, maximum: 4096 }),
    access: Type.Optional(Type.Union([Type.Literal('role'), Type.Literal('token'), Type.Literal('signature')])),
    accessSecret: Type.Optional(Type.Union([SecretReferenceSchema, Type.Null()])),
  }),
  form: [
    { path: '/columns', label: 'Columns', control: { kind: 'schema' } },
    {
      path: '/eventTime',
      label: 'Event time',
      help: 'The column that windows go by',
      control: { kind: 'declared-column', declared: '/columns', types: ['timestamp'], optional: true },
    },
    {
      path: '/access',
      label: 'Who may send',
      control: {
        kind: 'choice',
        options: [
          { value: 'role', label: 'operators of this server' },
          { value: 'token', label: 'who has the token' },
          { value: 'signature', label: 'who signs' },
        ],
      },
    },
    { path: '/accessSecret', label: 'Token or signing key', control: { kind: 'secret', optional: true } },
    { path: '/outOfOrderMs', label: 'Rows may be late by', unit: 'ms', advanced: true, control: { kind: 'duration' } },
    {
      path: '/keepKeysMs',
      label: 'Keys are known for',
      help: 'So long the same Idempotency-Key has no second effect',
      unit: 'ms',
      advanced: true,
      control: { kind: 'duration' },
    },
    {
      path: '/logMb',
      label: 'Log of received rows',
      help: 'At most so much waits on the disk; above it senders are asked to wait',
      unit: 'MB',
      advanced: true,
      control: { kind: 'number', min: 1, max: 4096 },
    },
  ],
  guarantee: {
    role: 'source',
    replay: 'ingest-log',
    sentence:
      'Keeps rows on the disk before it says that it has them, so nothing that was answered is lost, and nothing with a key comes twice.',
  },
  flink: { support: 'no', reason: 'Flink has no address that rows can be posted to.' },
  container: 'io',
  stateful: true,
  partitioning: { kind: 'none', reason: 'all rows come to one address and one log.' },
  defaultConfig: { columns: [], eventTime: null, outOfOrderMs: 0, keepKeysMs: 86_400_000, logMb: 64, access: 'role', accessSecret: null },
  summarise: ({ columns }) => (columns.length === 0 ? '' : columns.map(({ name }) => name).join(', ')),
  typing: ({ config }) => {
    const { outputs, problems } = declaredTyping(config)
    return { outputs, problems: [...problems, ...accessProblems(config)] }
  },
}
