import type { ConfigProblem, OperatorManifest } from '@belay/pipeline'
import { Type } from 'typebox'
import { REQUEST_DEFAULTS, REQUEST_FORM, REQUEST_SCHEMA, requestProblems, type RequestSettings } from '../http/requestSettings.ts'
import { urlProblem } from '../http/urlProblem.ts'
import { ColumnsSchema, declaredTyping, type DeclaredColumn } from '../typing/columns.ts'

export type SseConfig = RequestSettings & {
  url: string
  /** Names of events that are taken; empty = all. */
  events: string
  columns: DeclaredColumn[]
  eventTime: string | null
  outOfOrderMs: number
  /** Without a sign of life for so long it is connected to anew. */
  silenceMs: number
  timeoutMs: number
  logMb: number
}

export const sse: OperatorManifest<SseConfig> = {
  type: 'sse',
  typeVersion: 1,
  title: 'Server-sent events',
  category: 'sources',
  summary: 'Listens to an address that sends events',
  keywords: ['sse', 'eventsource', 'event stream', 'subscribe', 'push', 'http', 'listen', 'live', 'source'],
  icon: 'M2.5 13.5h.01M2.5 9a4.5 4.5 0 0 1 4.5 4.5M2.5 4.5a9 9 0 0 1 9 9',
  help: 'Keeps a connection open to an address that sends events (`text/event-stream`) and takes the data of each as JSON: an object is a row, an array of objects is several. **Events** names those that are taken, e.g. `price, trade`; empty takes all. Each event is on the disk with its id before its rows go on, so what was received is neither lost nor taken twice, whatever dies. When the connection ends it is made again, with growing pauses up to 30 s or as the sender asks, and with `Last-Event-ID`: a sender that keeps its events goes on behind it. **What a sender without ids sends while nobody listens is missed.** The answer 204 ends the source. Addresses of this machine and of private nets are refused unless an administrator allows them; redirects are not followed. Whole numbers beyond 2^53 lose digits.',
  inputs: [],
  outputs: [{ name: 'out', title: 'Rows' }],
  configSchema: Type.Object({
    url: Type.String(),
    ...REQUEST_SCHEMA,
    events: Type.String(),
    columns: ColumnsSchema,
    eventTime: Type.Union([Type.String(), Type.Null()]),
    outOfOrderMs: Type.Number({ minimum: 0 }),
    silenceMs: Type.Integer({ minimum: 1000 }),
    timeoutMs: Type.Integer({ minimum: 100, maximum: 600_000 }),
    logMb: Type.Integer({ minimum: 1, maximum: 4096 }),
  }),
  form: [
    { path: '/url', label: 'Address', placeholder: 'https://example.org/events', control: { kind: 'text' } },
    ...REQUEST_FORM,
    { path: '/events', label: 'Events', help: 'Names with commas between; empty = all', control: { kind: 'text' } },
    { path: '/columns', label: 'Columns', control: { kind: 'schema' } },
    {
      path: '/eventTime',
      label: 'Event time',
      help: 'The column that windows go by',
      control: { kind: 'declared-column', declared: '/columns', types: ['timestamp'], optional: true },
    },
    { path: '/outOfOrderMs', label: 'Rows may be late by', unit: 'ms', advanced: true, control: { kind: 'duration' } },
    {
      path: '/silenceMs',
      label: 'Connect anew after',
      help: 'So long without a byte; a sender should send comments',
      unit: 'ms',
      advanced: true,
      control: { kind: 'duration' },
    },
    { path: '/timeoutMs', label: 'Wait for an answer', unit: 'ms', advanced: true, control: { kind: 'duration' } },
    { path: '/logMb', label: 'Log of received rows', unit: 'MB', advanced: true, control: { kind: 'number', min: 1, max: 4096 } },
  ],
  guarantee: {
    role: 'source',
    replay: 'ingest-log',
    sentence:
      'Keeps each event on the disk with its id before its rows go on. What is sent while it is not connected comes only from a sender that honours ids.',
  },
  flink: { support: 'no', reason: 'Flink SQL has no source that listens to events.' },
  container: 'io',
  network: true,
  stateful: true,
  partitioning: { kind: 'none', reason: 'one address is listened to by one.' },
  defaultConfig: {
    url: '',
    ...REQUEST_DEFAULTS,
    events: '',
    columns: [],
    eventTime: null,
    outOfOrderMs: 0,
    silenceMs: 120_000,
    timeoutMs: 30_000,
    logMb: 64,
  },
  summarise: ({ url }) => url.replace(/^https?:\/\//, ''),
  typing: ({ config }) => {
    const { outputs, problems } = declaredTyping(config)
    const more: ConfigProblem[] = []
    const problem = urlProblem(config.url)
    if (problem !== null) more.push({ code: 'URL_INVALID', severity: 'error', message: problem, configPath: '/url' })
    more.push(...requestProblems(config, ['last-event-id', 'cache-control']))
    return { outputs, problems: [...more, ...problems] }
  },
}
