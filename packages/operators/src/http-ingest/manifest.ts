import type { OperatorManifest } from '@belay/pipeline'
import { Type } from 'typebox'
import { ColumnsSchema, declaredTyping, type DeclaredColumn } from '../typing/columns.ts'

export type HttpIngestConfig = {
  columns: DeclaredColumn[]
  eventTime: string | null
  outOfOrderMs: number
  keepKeysMs: number
  logMb: number
}

export const httpIngest: OperatorManifest<HttpIngestConfig> = {
  type: 'http-ingest',
  typeVersion: 1,
  title: 'HTTP ingest',
  category: 'sources',
  summary: 'Takes rows that are posted to the running pipeline',
  keywords: ['post', 'receive', 'rest', 'api', 'push', 'endpoint', 'webhook', 'json', 'source'],
  icon: 'M8 2v7M5 6.5 8 9.5l3-3M2.5 10v3.5h11V10',
  help: 'Takes rows while the pipeline runs: `POST /api/runs/{run}/operators/{operator}/rows` with an array of objects as JSON, or one object a line as `application/x-ndjson`. The answer 200 means that the rows are on the disk: whatever dies afterwards, they go through. With an `Idempotency-Key` the same rows sent again are taken once; without one, rows that are sent again because no answer came may be there twice. When the pipeline is slower than its senders the log of received rows fills, and the answer is 429 with `Retry-After`. All rows of a post are taken or, if one is wrong, none. It needs the role operator.',
  inputs: [],
  outputs: [{ name: 'out', title: 'Rows' }],
  configSchema: Type.Object({
    columns: ColumnsSchema,
    eventTime: Type.Union([Type.String(), Type.Null()]),
    outOfOrderMs: Type.Number({ minimum: 0 }),
    keepKeysMs: Type.Number({ minimum: 0 }),
    logMb: Type.Integer({ minimum: 1, maximum: 4096 }),
  }),
  form: [
    { path: '/columns', label: 'Columns', control: { kind: 'schema' } },
    {
      path: '/eventTime',
      label: 'Event time',
      help: 'The column that windows go by',
      control: { kind: 'declared-column', declared: '/columns', types: ['timestamp'], optional: true },
    },
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
  defaultConfig: { columns: [], eventTime: null, outOfOrderMs: 0, keepKeysMs: 86_400_000, logMb: 64 },
  summarise: ({ columns }) => (columns.length === 0 ? '' : columns.map(({ name }) => name).join(', ')),
  typing: ({ config }) => declaredTyping(config),
}
