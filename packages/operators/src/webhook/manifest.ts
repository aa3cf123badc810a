import { SecretReferenceSchema, type ConfigProblem, type OperatorManifest, type SecretReference } from '@belay/pipeline'
import { Type } from 'typebox'
import { REQUEST_DEFAULTS, REQUEST_FORM, REQUEST_SCHEMA, requestProblems, type RequestSettings } from '../http/requestSettings.ts'
import { urlProblem } from '../http/urlProblem.ts'

export type WebhookConfig = RequestSettings & {
  url: string
  signWith?: SecretReference | null
  body: 'json' | 'json-lines'
  batchRows: number
  timeoutMs: number
  attempts: number
  onGiveUp: 'fail' | 'dead-letters'
  deadLetters: string
}

export const webhook: OperatorManifest<WebhookConfig> = {
  type: 'webhook',
  typeVersion: 1,
  title: 'Webhook',
  category: 'sinks',
  summary: 'Posts committed rows to an address, with a key that tells repeats',
  keywords: ['http', 'post', 'rest', 'api', 'push', 'notify', 'send', 'sink'],
  icon: 'M5 9.5a3 3 0 1 0 2.5 3h4.5M8 2.5a2.5 2.5 0 0 1 1.2 4.7l2.3 4M6.8 7.2 4.5 11.5',
  help: 'Posts rows in batches once they are committed, as an array of objects or one object a line. **At least once**: after a crash the same batch may be posted again, with the same `Idempotency-Key` (run/operator/lineage/window/number) and the same bytes, so a receiver that keeps the keys has each row once. An answer 2xx takes a batch. No answer, 408, 425, 429 and 5xx are tried again with growing pauses, or after `Retry-After`; other answers are final, and redirects are not followed. After **Tries** of one batch the run fails and can be resumed, or the batch goes to the file of dead letters. **Sign in** and **Headers** take secrets by name. **Sign with** adds `webhook-id`, `webhook-timestamp` and `webhook-signature` as Standard Webhooks has them: `v1,` and the HMAC-SHA256 of `id.timestamp.body` in Base64, with the seconds of the try; the id is the idempotency key. Addresses of this machine and of private nets are refused unless an administrator allows them.',
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append'] }],
  outputs: [],
  configSchema: Type.Object({
    url: Type.String(),
    ...REQUEST_SCHEMA,
    signWith: Type.Optional(Type.Union([SecretReferenceSchema, Type.Null()])),
    body: Type.Union([Type.Literal('json'), Type.Literal('json-lines')]),
    batchRows: Type.Integer({ minimum: 1, maximum: 10_000 }),
    timeoutMs: Type.Integer({ minimum: 100, maximum: 600_000 }),
    attempts: Type.Integer({ minimum: 0, maximum: 1000 }),
    onGiveUp: Type.Union([Type.Literal('fail'), Type.Literal('dead-letters')]),
    deadLetters: Type.String(),
  }),
  form: [
    { path: '/url', label: 'Address', placeholder: 'https://example.org/hook', control: { kind: 'text' } },
    ...REQUEST_FORM,
    {
      path: '/signWith',
      label: 'Sign with',
      help: 'A key that the receiver knows: it can tell then that a request is yours',
      advanced: true,
      control: { kind: 'secret', optional: true },
    },
    {
      path: '/body',
      label: 'Body',
      control: {
        kind: 'choice',
        options: [
          { value: 'json', label: 'an array of objects' },
          { value: 'json-lines', label: 'one object a line' },
        ],
      },
    },
    { path: '/batchRows', label: 'Rows a request', help: 'At most', control: { kind: 'number', min: 1, max: 10_000 } },
    {
      path: '/onGiveUp',
      label: 'Given up',
      control: {
        kind: 'choice',
        options: [
          { value: 'fail', label: 'fail the run' },
          { value: 'dead-letters', label: 'keep in a file, go on' },
        ],
      },
    },
    {
      path: '/deadLetters',
      label: 'Folder of dead letters',
      help: 'Only where given up batches are kept',
      control: { kind: 'file', access: 'write', extensions: [] },
    },
    {
      path: '/attempts',
      label: 'Tries',
      help: 'Of one batch; 0 = for ever',
      advanced: true,
      control: { kind: 'number', min: 0, max: 1000 },
    },
    { path: '/timeoutMs', label: 'Wait for an answer', unit: 'ms', advanced: true, control: { kind: 'duration' } },
  ],
  guarantee: {
    role: 'sink',
    delivery: 'at-least-once',
    verbs: ['keep'],
    sentence: 'Posts committed rows at least once; a repeat has the same key, so a receiver that keeps keys has each row once.',
  },
  flink: { support: 'no', reason: 'Flink SQL has no sink that posts to an address.' },
  container: 'io',
  network: true,
  stateful: true,
  partitioning: { kind: 'none', reason: 'one sender keeps the order of requests.' },
  defaultConfig: {
    url: '',
    ...REQUEST_DEFAULTS,
    signWith: null,
    body: 'json',
    batchRows: 500,
    timeoutMs: 30_000,
    attempts: 20,
    onGiveUp: 'fail',
    deadLetters: '',
  },
  summarise: ({ url }) => url.replace(/^https?:\/\//, ''),
  typing: ({ config }) => {
    const problems: ConfigProblem[] = []
    const problem = urlProblem(config.url)
    if (problem !== null) problems.push({ code: 'URL_INVALID', severity: 'error', message: problem, configPath: '/url' })
    problems.push(...requestProblems(config, ['idempotency-key', 'webhook-id', 'webhook-timestamp', 'webhook-signature']))
    if (config.onGiveUp === 'dead-letters' && config.deadLetters === '')
      problems.push({
        code: 'FOLDER_MISSING',
        severity: 'error',
        message: 'Choose the folder for batches that are given up.',
        configPath: '/deadLetters',
      })
    return { outputs: {}, problems }
  },
}
