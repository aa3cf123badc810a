import { SecretReferenceSchema, type ConfigProblem, type OperatorManifest, type SecretReference } from '@belay/pipeline'
import { Type } from 'typebox'
import { inClear, REQUEST_DEFAULTS, REQUEST_FORM, REQUEST_SCHEMA, requestProblems, type RequestSettings } from '../http/requestSettings.ts'
import { urlProblem } from '../http/urlProblem.ts'
import { ColumnsSchema, declaredTyping, type DeclaredColumn } from '../typing/columns.ts'

export type WebSocketConfig = RequestSettings & {
  url: string
  /** Subprotocols with commas between; empty = none. */
  protocols: string
  /** Sent when a connection stands; empty = nothing. */
  subscribe: string
  /** Takes the place of `{{secret}}` in what is sent. */
  messageSecret: SecretReference | null
  /** Where the rows are in a message; messages with nothing there are left out. Empty = the message. */
  rowsPath: string
  columns: DeclaredColumn[]
  eventTime: string | null
  /** Where the id is, in the message or in its last row; empty = there is none. */
  idPath: string
  /** Sent instead of `subscribe` once there is an id, which takes the place of `{{id}}`. */
  resume: string
  /** The id goes into this parameter of the address; empty = into none. */
  resumeParameter: string
  outOfOrderMs: number
  /** 0 = no pings. */
  pingMs: number
  /** Without a sign of life for so long it is connected to anew. */
  silenceMs: number
  timeoutMs: number
  /** Of one message. */
  messageKb: number
  /** A close with code 1000 ends the source. */
  endOnClose: boolean
  logMb: number
}

export const webSocket: OperatorManifest<WebSocketConfig> = {
  type: 'web-socket',
  typeVersion: 1,
  title: 'WebSocket',
  category: 'sources',
  summary: 'Listens to a WebSocket',
  keywords: ['ws', 'wss', 'websocket', 'subscribe', 'push', 'listen', 'live', 'market data', 'source'],
  icon: 'M2.5 5.5h8.5l-2.5-2.5M13.5 10.5H5l2.5 2.5',
  help: 'Keeps a WebSocket open, sends **Subscribe with** as soon as it stands, and takes each message as JSON: an object is a row, an array of objects is several. With **Rows at** the rows lie inside of a message, and messages with nothing there (greetings, receipts) are left out. Messages are on the disk before their rows go on, so what was received is neither lost nor taken twice, whatever dies. When the connection ends, or nothing comes for too long, it is made again, with pauses that grow to 30 s. **What is sent while it is not connected is missed**, unless the sender can go on behind an id: then say where the **Id** is, and what is sent to resume (**Resume with**, in which `{{id}}` is the newest id that was kept) or the parameter of the address it goes into. A secret of messages is written `{{secret}}`. Addresses of this machine and of private nets are refused unless an administrator allows them. Whole numbers beyond 2^53 lose digits.',
  inputs: [],
  outputs: [{ name: 'out', title: 'Rows' }],
  configSchema: Type.Object({
    url: Type.String(),
    ...REQUEST_SCHEMA,
    protocols: Type.String(),
    subscribe: Type.String(),
    messageSecret: Type.Union([SecretReferenceSchema, Type.Null()]),
    rowsPath: Type.String(),
    columns: ColumnsSchema,
    eventTime: Type.Union([Type.String(), Type.Null()]),
    idPath: Type.String(),
    resume: Type.String(),
    resumeParameter: Type.String(),
    outOfOrderMs: Type.Number({ minimum: 0 }),
    pingMs: Type.Integer({ minimum: 0, maximum: 600_000 }),
    silenceMs: Type.Integer({ minimum: 1000 }),
    timeoutMs: Type.Integer({ minimum: 100, maximum: 600_000 }),
    messageKb: Type.Integer({ minimum: 1, maximum: 16_384 }),
    endOnClose: Type.Boolean(),
    logMb: Type.Integer({ minimum: 1, maximum: 4096 }),
  }),
  form: [
    { path: '/url', label: 'Address', placeholder: 'wss://example.org/stream', control: { kind: 'text' } },
    {
      path: '/subscribe',
      label: 'Subscribe with',
      help: 'Sent when the connection stands; empty = nothing',
      placeholder: '{"op":"subscribe","channel":"trades"}',
      control: { kind: 'text' },
    },
    ...REQUEST_FORM,
    {
      path: '/rowsPath',
      label: 'Rows at',
      help: 'Where they are in a message, e.g. data.items; messages without are left out; empty = the message',
      control: { kind: 'text' },
    },
    { path: '/columns', label: 'Columns', control: { kind: 'schema' } },
    {
      path: '/eventTime',
      label: 'Event time',
      help: 'The column that windows go by',
      control: { kind: 'declared-column', declared: '/columns', types: ['timestamp'], optional: true },
    },
    { path: '/idPath', label: 'Id at', help: 'In the message or its last row, e.g. seq; empty = none', control: { kind: 'text' } },
    {
      path: '/resume',
      label: 'Resume with',
      help: 'Sent instead of the first message once there is an id, which is {{id}} in it',
      placeholder: '{"op":"subscribe","channel":"trades","after":{{id}}}',
      control: { kind: 'text' },
    },
    { path: '/resumeParameter', label: 'Id goes into', help: 'Query parameter, e.g. after', advanced: true, control: { kind: 'text' } },
    {
      path: '/messageSecret',
      label: 'Secret in messages',
      help: 'Written {{secret}} in what is sent',
      advanced: true,
      control: { kind: 'secret', optional: true },
    },
    { path: '/protocols', label: 'Subprotocols', help: 'Names with commas between', advanced: true, control: { kind: 'text' } },
    { path: '/outOfOrderMs', label: 'Rows may be late by', unit: 'ms', advanced: true, control: { kind: 'duration' } },
    { path: '/pingMs', label: 'Ping every', help: '0 = never', unit: 'ms', advanced: true, control: { kind: 'duration' } },
    {
      path: '/silenceMs',
      label: 'Connect anew after',
      help: 'So long without a message and without an answer to a ping',
      unit: 'ms',
      advanced: true,
      control: { kind: 'duration' },
    },
    { path: '/timeoutMs', label: 'Wait for an answer', unit: 'ms', advanced: true, control: { kind: 'duration' } },
    { path: '/messageKb', label: 'Largest message', unit: 'KB', advanced: true, control: { kind: 'number', min: 1, max: 16_384 } },
    { path: '/endOnClose', label: 'Ends when the sender closes with code 1000', advanced: true, control: { kind: 'switch' } },
    { path: '/logMb', label: 'Log of received rows', unit: 'MB', advanced: true, control: { kind: 'number', min: 1, max: 4096 } },
  ],
  guarantee: {
    role: 'source',
    replay: 'ingest-log',
    sentence:
      'Keeps each message on the disk before its rows go on. What is sent while it is not connected comes only from a sender that is asked to resume behind an id.',
  },
  flink: { support: 'no', reason: 'Flink SQL has no source that listens to a WebSocket.' },
  container: 'io',
  network: true,
  stateful: true,
  partitioning: { kind: 'none', reason: 'one address is listened to by one.' },
  defaultConfig: {
    url: '',
    ...REQUEST_DEFAULTS,
    protocols: '',
    subscribe: '',
    messageSecret: null,
    rowsPath: '',
    columns: [],
    eventTime: null,
    idPath: '',
    resume: '',
    resumeParameter: '',
    outOfOrderMs: 0,
    pingMs: 30_000,
    silenceMs: 90_000,
    timeoutMs: 30_000,
    messageKb: 1024,
    endOnClose: false,
    logMb: 64,
  },
  summarise: ({ url }) => url.replace(/^wss?:\/\//, ''),
  typing: ({ config }) => {
    const { outputs, problems } = declaredTyping(config)
    const more: ConfigProblem[] = []
    const problem = urlProblem(config.url, 'web-socket')
    if (problem !== null) more.push({ code: 'URL_INVALID', severity: 'error', message: problem, configPath: '/url' })
    more.push(
      ...requestProblems(config, ['sec-websocket-extensions', 'sec-websocket-key', 'sec-websocket-protocol', 'sec-websocket-version']),
    )
    more.push(...messageProblems(config), ...livenessProblems(config))
    return { outputs, problems: [...more, ...problems] }
  },
}

const ID = '{{id}}'
const SECRET = '{{secret}}'
/** A subprotocol is a token of HTTP. */
const PROTOCOL = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

export function protocolsOf(text: string): readonly string[] {
  return [...new Set(text.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()])))]
}

/** What is sent when a connection stands; '' = nothing. `id` and `secret` are put in as they stand inside of a JSON text. */
export function openingMessage(
  { subscribe, resume }: Pick<WebSocketConfig, 'subscribe' | 'resume'>,
  id: string | null,
  secret: () => string,
): string {
  const text = id === null || resume === '' ? subscribe : resume.replaceAll(ID, () => inside(id))
  return text.includes(SECRET) ? text.replaceAll(SECRET, () => inside(secret())) : text
}

function inside(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function messageProblems(config: WebSocketConfig): readonly ConfigProblem[] {
  const { subscribe, resume, resumeParameter, idPath, messageSecret } = config
  const problems: ConfigProblem[] = []
  const report = (severity: ConfigProblem['severity'], code: string, configPath: string, message: string): void => {
    problems.push({ code, severity, message, configPath })
  }
  if (subscribe.includes(ID))
    report('error', 'RESUME_INVALID', '/subscribe', `The first message has no ${ID} yet. Write the one with it into Resume with.`)
  if (idPath === '' && (resume !== '' || resumeParameter !== ''))
    report('error', 'RESUME_INVALID', '/idPath', 'To resume, say where the id is in a message.')
  if (resume !== '' && !resume.includes(ID))
    report('warning', 'RESUME_INVALID', '/resume', `Without ${ID} the sender is not told where to go on. Write it where the id belongs.`)
  if (idPath !== '' && resume === '' && resumeParameter === '')
    report('warning', 'RESUME_INVALID', '/resume', 'The id is not used: say what is sent to resume, or the parameter it goes into.')
  const named = subscribe.includes(SECRET) || resume.includes(SECRET)
  if (named && messageSecret === null) report('error', 'SECRET_MISSING', '/messageSecret', `Choose the secret that ${SECRET} is.`)
  if (!named && messageSecret !== null)
    report('info', 'SECRET_UNUSED', '/messageSecret', `The secret is not sent: write ${SECRET} where it belongs.`)
  if (named) problems.push(...inClear(config.url, '/url'))
  return problems
}

function livenessProblems({ protocols, pingMs, silenceMs }: WebSocketConfig): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const wrong = protocolsOf(protocols).find((name) => !PROTOCOL.test(name))
  if (wrong !== undefined)
    problems.push({
      code: 'HEADER_INVALID',
      severity: 'error',
      message: `${JSON.stringify(wrong)} cannot be a subprotocol: letters, digits, dots and hyphens.`,
      configPath: '/protocols',
    })
  if (pingMs >= silenceMs)
    problems.push({
      code: 'PING_TOO_RARE',
      severity: 'warning',
      message: 'A quiet connection is given up before its first ping. Ping more often, or wait longer.',
      configPath: '/pingMs',
    })
  return problems
}
