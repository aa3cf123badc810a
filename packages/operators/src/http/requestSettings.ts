/** What requests carry beside their body, as operators' settings: headers and a sign-in, each a text or a secret. Browser-safe. */
import { isSecretReference, SecretReferenceSchema, type ConfigField, type ConfigProblem, type SecretReference } from '@belay/pipeline'
import { Type } from 'typebox'

interface HeaderSetting {
  readonly name: string
  readonly value: string | SecretReference
}

/** All of it may be missing: pipelines that were made before have none of it. */
export interface RequestSettings {
  headers?: readonly HeaderSetting[]
  auth?: 'none' | 'bearer' | 'basic'
  authUser?: string
  /** The token, or the password. */
  authSecret?: SecretReference | null
}

export const REQUEST_SCHEMA = {
  headers: Type.Optional(
    Type.Array(Type.Object({ name: Type.String(), value: Type.Union([Type.String(), SecretReferenceSchema]) }), { maxItems: 50 }),
  ),
  auth: Type.Optional(Type.Union([Type.Literal('none'), Type.Literal('bearer'), Type.Literal('basic')])),
  authUser: Type.Optional(Type.String()),
  authSecret: Type.Optional(Type.Union([SecretReferenceSchema, Type.Null()])),
}

export const REQUEST_DEFAULTS = { headers: [], auth: 'none', authUser: '', authSecret: null } as const satisfies RequestSettings

export const REQUEST_FORM: readonly ConfigField[] = [
  {
    path: '/auth',
    label: 'Sign in',
    control: {
      kind: 'choice',
      options: [
        { value: 'none', label: 'no' },
        { value: 'bearer', label: 'with a token' },
        { value: 'basic', label: 'with a password' },
      ],
    },
  },
  { path: '/authSecret', label: 'Token or password', control: { kind: 'secret', optional: true } },
  { path: '/authUser', label: 'User name', help: 'Only beside a password', advanced: true, control: { kind: 'text' } },
  { path: '/headers', label: 'Headers', help: 'Sent with each request', advanced: true, control: { kind: 'headers' } },
]

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** Line breaks would begin a header of somebody else's making; other characters arrive differently everywhere. */
export const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
/** They say how a message is framed and whom it is for, which is not for a pipeline to say. */
const FRAMING = [
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** `own`: names, in small letters, that the operator sends itself. */
export function requestProblems(config: RequestSettings & { readonly url: string }, own: readonly string[]): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const report = (code: string, message: string, configPath: string, severity: ConfigProblem['severity'] = 'error'): void => {
    problems.push({ code, severity, message, configPath })
  }
  const { headers = [], auth = 'none', authUser = '', authSecret = null } = config
  const seen = new Set<string>()
  headers.forEach(({ name, value }, i) => {
    const path = `/headers/${i}`
    const lower = name.toLowerCase()
    if (!NAME.test(name))
      report(
        'HEADER_INVALID',
        name === '' ? 'Give the header a name.' : `${JSON.stringify(name)} cannot be the name of a header: letters, digits and hyphens.`,
        `${path}/name`,
      )
    else if (FRAMING.includes(lower) || lower.startsWith('proxy-') || own.includes(lower))
      report('HEADER_RESERVED', `${name} is set by Belay itself. Remove it.`, `${path}/name`)
    else if (lower === 'authorization' && auth !== 'none')
      report('HEADER_TWICE', 'The sign-in makes an Authorization header already. Remove one of the two.', `${path}/name`)
    else if (seen.has(lower)) report('HEADER_TWICE', `${name} is there twice. Remove one of them.`, `${path}/name`)
    seen.add(lower)
    if (typeof value === 'string' && !HEADER_VALUE.test(value))
      report(
        'HEADER_INVALID',
        `The value of ${name} has a line break or a character that headers cannot carry. Take it out.`,
        `${path}/value`,
      )
    if (typeof value === 'string' && (lower === 'authorization' || lower === 'cookie') && value !== '')
      report(
        'SECRET_IN_DOCUMENT',
        `${name} as a text is seen by everybody who sees the pipeline. Use a secret.`,
        `${path}/value`,
        'warning',
      )
  })
  if (auth !== 'none' && authSecret === null) report('SECRET_MISSING', 'Choose the secret to sign in with.', '/authSecret')
  if (auth === 'none' && authSecret !== null)
    report('SECRET_UNUSED', 'The secret is not sent: choose how to sign in with it.', '/authSecret', 'info')
  if (auth === 'basic' && (authUser === '' || /[:\p{Cc}]/u.test(authUser)))
    report('HEADER_INVALID', authUser === '' ? 'Give the user name.' : 'A user name has no colon and no line break.', '/authUser')
  if (auth !== 'none' || headers.some(({ value }) => isSecretReference(value))) problems.push(...inClear(config.url, '/url'))
  return problems
}

/** Of an address that secrets are sent to. */
export function inClear(url: string, configPath: string): readonly ConfigProblem[] {
  const [, scheme] = /^(http|ws):\/\//i.exec(url) ?? []
  if (scheme === undefined || /^\w+:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/]|$)/i.test(url)) return []
  return [
    {
      code: 'SECRET_IN_CLEAR',
      severity: 'warning',
      message: `Secrets go over ${scheme}: as they are, and everybody on the way can read them. Use ${scheme === 'ws' ? 'wss' : 'https'}.`,
      configPath,
    },
  ]
}
