import type { ConfigProblem, OperatorManifest } from '@belay/pipeline'
import { Type } from 'typebox'
import { REQUEST_DEFAULTS, REQUEST_FORM, REQUEST_SCHEMA, requestProblems, type RequestSettings } from '../http/requestSettings.ts'
import { urlProblem } from '../http/urlProblem.ts'
import { ColumnsSchema, declaredTyping, unknownColumn, type DeclaredColumn } from '../typing/columns.ts'

export type HttpPollConfig = RequestSettings & {
  url: string
  intervalMs: number
  rowsPath: string
  columns: DeclaredColumn[]
  eventTime: string | null
  key: string | null
  cursorFrom: 'none' | 'answer' | 'last-row'
  cursorPath: string
  cursorParameter: string
  outOfOrderMs: number
  timeoutMs: number
  logMb: number
}

export const httpPoll: OperatorManifest<HttpPollConfig> = {
  type: 'http-poll',
  typeVersion: 1,
  title: 'HTTP poll',
  category: 'sources',
  summary: 'Asks an address for rows again and again',
  keywords: ['get', 'rest', 'api', 'fetch', 'pull', 'json', 'interval', 'cursor', 'source'],
  icon: 'M13.5 8a5.5 5.5 0 1 1-1.6-3.9M12.5 1.5v3h-3M8 5v3.2l2 1.3',
  help: 'Asks an address for JSON every so often; the rows are the array at **Rows at**, or the whole answer. Each answer is kept on the disk with its cursor before its rows go on, so what was fetched is neither lost nor taken twice, whatever dies. **Key** leaves out rows that were there before (the newest 100,000 keys are known). **Cursor** asks for what is new only: a value of the answer, or of its last row, goes into the next request. Without both, what the address gives again comes again. Addresses of this machine and of private nets are refused unless an administrator allows them. **Sign in** and **Headers** take secrets by name; redirects are not followed, so nobody else is sent them. Whole numbers beyond 2^53 lose digits.',
  inputs: [],
  outputs: [{ name: 'out', title: 'Rows' }],
  configSchema: Type.Object({
    url: Type.String(),
    ...REQUEST_SCHEMA,
    intervalMs: Type.Integer({ minimum: 100 }),
    rowsPath: Type.String(),
    columns: ColumnsSchema,
    eventTime: Type.Union([Type.String(), Type.Null()]),
    key: Type.Union([Type.String(), Type.Null()]),
    cursorFrom: Type.Union([Type.Literal('none'), Type.Literal('answer'), Type.Literal('last-row')]),
    cursorPath: Type.String(),
    cursorParameter: Type.String(),
    outOfOrderMs: Type.Number({ minimum: 0 }),
    timeoutMs: Type.Integer({ minimum: 100, maximum: 600_000 }),
    logMb: Type.Integer({ minimum: 1, maximum: 4096 }),
  }),
  form: [
    { path: '/url', label: 'Address', placeholder: 'https://example.org/items', control: { kind: 'text' } },
    ...REQUEST_FORM,
    { path: '/intervalMs', label: 'Ask every', unit: 'ms', control: { kind: 'duration' } },
    {
      path: '/rowsPath',
      label: 'Rows at',
      help: 'Where the array is in the answer, e.g. data.items; empty = the answer',
      control: { kind: 'text' },
    },
    { path: '/columns', label: 'Columns', control: { kind: 'schema' } },
    {
      path: '/eventTime',
      label: 'Event time',
      help: 'The column that windows go by',
      control: { kind: 'declared-column', declared: '/columns', types: ['timestamp'], optional: true },
    },
    {
      path: '/key',
      label: 'Key',
      help: 'Rows with a key that came before are left out',
      control: { kind: 'declared-column', declared: '/columns', optional: true },
    },
    {
      path: '/cursorFrom',
      label: 'Cursor',
      control: {
        kind: 'choice',
        options: [
          { value: 'none', label: 'none' },
          { value: 'answer', label: 'in the answer' },
          { value: 'last-row', label: 'in the last row' },
        ],
      },
    },
    { path: '/cursorPath', label: 'Cursor at', help: 'E.g. next, or id', control: { kind: 'text' } },
    { path: '/cursorParameter', label: 'Goes into', help: 'Query parameter, e.g. after', control: { kind: 'text' } },
    { path: '/outOfOrderMs', label: 'Rows may be late by', unit: 'ms', advanced: true, control: { kind: 'duration' } },
    { path: '/timeoutMs', label: 'Wait for an answer', unit: 'ms', advanced: true, control: { kind: 'duration' } },
    { path: '/logMb', label: 'Log of fetched rows', unit: 'MB', advanced: true, control: { kind: 'number', min: 1, max: 4096 } },
  ],
  guarantee: {
    role: 'source',
    replay: 'ingest-log',
    sentence: 'Keeps each answer on the disk with its cursor before its rows go on, so what was fetched is neither lost nor taken twice.',
  },
  flink: { support: 'no', reason: 'Flink SQL has no source that asks an address.' },
  container: 'io',
  network: true,
  stateful: true,
  partitioning: { kind: 'none', reason: 'one address is asked by one.' },
  defaultConfig: {
    url: '',
    ...REQUEST_DEFAULTS,
    intervalMs: 10_000,
    rowsPath: '',
    columns: [],
    eventTime: null,
    key: null,
    cursorFrom: 'none',
    cursorPath: '',
    cursorParameter: '',
    outOfOrderMs: 0,
    timeoutMs: 30_000,
    logMb: 64,
  },
  summarise: ({ url }) => url.replace(/^https?:\/\//, ''),
  typing: ({ config }) => {
    const { outputs, problems } = declaredTyping(config)
    const more: ConfigProblem[] = []
    const problem = urlProblem(config.url)
    if (problem !== null) more.push({ code: 'URL_INVALID', severity: 'error', message: problem, configPath: '/url' })
    more.push(...requestProblems(config, ['if-none-match']))
    const { key, columns, cursorFrom, cursorPath, cursorParameter } = config
    if (key !== null && columns.length > 0 && !columns.some(({ name }) => name === key)) more.push(unknownColumn(key, columns, '/key'))
    if (cursorFrom !== 'none' && (cursorPath === '' || cursorParameter === ''))
      more.push({
        code: 'CURSOR_INCOMPLETE',
        severity: 'error',
        message: 'Say where the cursor is, and which query parameter it goes into.',
        configPath: cursorPath === '' ? '/cursorPath' : '/cursorParameter',
      })
    return { outputs, problems: [...more, ...problems] }
  },
}
