/** How people sign in at a provider of OpenID Connect: the file that `belay start --oidc` names. */
import { readFileSync, statSync } from 'node:fs'
import { resolve, dirname } from 'node:path'
import { parseRange } from '@belay/operators/outgoing-http'
import { isSecretName } from '@belay/pipeline'
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { ServerError } from '../../http/problems.ts'
import { ROLES, type Role } from '../../http/rights.ts'

const Text = Type.String({ minLength: 1, maxLength: 500 })
const Groups = Type.Array(Text, { maxItems: 1000 })
const RoleName = Type.Unsafe<Role>({ type: 'string', enum: [...ROLES] })

const FileSchema = Type.Object(
  {
    issuer: Text,
    clientId: Text,
    clientSecretFile: Type.Optional(Text),
    clientSecret: Type.Optional(Type.Object({ secret: Text }, { additionalProperties: false })),
    label: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
    scopes: Type.Optional(Type.Array(Text, { maxItems: 20 })),
    nameClaim: Type.Optional(Text),
    groupsClaim: Type.Optional(Text),
    roles: Type.Optional(Type.Record(Type.String(), RoleName)),
    defaultRole: Type.Optional(RoleName),
    seeData: Type.Optional(Groups),
    useSecrets: Type.Optional(Groups),
    allowAddresses: Type.Optional(Type.Array(Text, { maxItems: 100 })),
  },
  { additionalProperties: false },
)

/** Where the provider's secret for this server is; a client without one is public, and PKCE is all it has. */
export type ClientSecret =
  | { readonly kind: 'none' }
  | { readonly kind: 'value'; readonly value: string }
  /** Of the secret store; read anew at each use. */
  | { readonly kind: 'secret'; readonly name: string }

export interface OidcConfig {
  readonly issuer: URL
  readonly clientId: string
  readonly clientSecret: ClientSecret
  /** On the button: "Sign in with …". */
  readonly label: string
  /** `openid` is among them. */
  readonly scopes: readonly string[]
  /** null = preferred_username, else email, else sub. */
  readonly nameClaim: string | null
  readonly groupsClaim: string
  /** By group. */
  readonly roles: ReadonlyMap<string, Role>
  /** Of who is in none of these groups; null = they are not let in. */
  readonly defaultRole: Role | null
  readonly seeData: readonly string[]
  readonly useSecrets: readonly string[]
  /** Ranges in which the provider may be, beside the public internet. */
  readonly allowedAddresses: readonly string[]
}

const LOOPBACK_RANGES = ['127.0.0.0/8', '::1/128']

export function isLoopbackHost(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname)
}

/** Error: OIDC_CONFIG_INVALID. */
export function oidcConfigOf(path: string): OidcConfig {
  const wrong = (why: string): ServerError =>
    new ServerError(
      'OIDC_CONFIG_INVALID',
      `--oidc ${path}: ${why} Correct the file and start again; the page Security of the docs describes its settings.`,
    )
  let given: unknown
  try {
    given = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw wrong(`it cannot be read as JSON: ${(error as Error).message}.`)
  }
  if (!Value.Check(FileSchema, given)) {
    const [first] = Value.Errors(FileSchema, given)
    throw wrong(`${first.instancePath === '' ? 'the file' : first.instancePath} ${first.message}.`)
  }
  const issuer = issuerOf(given.issuer)
  if (issuer === null)
    throw wrong('issuer has to be an https address without query (http only on this machine: 127.0.0.1, localhost, [::1]).')
  // Everybody whom the provider knows would be one.
  if (given.defaultRole === 'admin') throw wrong('defaultRole cannot be admin. Map a group to admin in roles.')
  const range = given.allowAddresses?.find((text) => parseRange(text) === null)
  if (range !== undefined) throw wrong(`${range} in allowAddresses is no range of addresses. Write it as 10.1.0.0/16.`)
  return {
    issuer,
    clientId: given.clientId,
    clientSecret: secretOf(given, path, wrong),
    label: given.label ?? issuer.host,
    scopes: [...new Set(['openid', ...(given.scopes ?? ['profile', 'email'])])],
    nameClaim: given.nameClaim ?? null,
    groupsClaim: given.groupsClaim ?? 'groups',
    roles: new Map(Object.entries(given.roles ?? {})),
    defaultRole: given.defaultRole ?? null,
    seeData: given.seeData ?? [],
    useSecrets: given.useSecrets ?? [],
    allowedAddresses: [...(given.allowAddresses ?? []), ...(isLoopbackHost(issuer.hostname) ? LOOPBACK_RANGES : [])],
  }
}

function issuerOf(text: string): URL | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  const safe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))
  return safe && url.search === '' && url.hash === '' && url.username === '' ? url : null
}

function secretOf(given: Static<typeof FileSchema>, path: string, wrong: (why: string) => ServerError): ClientSecret {
  const { clientSecretFile: file, clientSecret: reference } = given
  if (file !== undefined && reference !== undefined) throw wrong('give clientSecretFile or clientSecret, not both.')
  if (reference !== undefined) {
    if (!isSecretName(reference.secret)) throw wrong(`${reference.secret} cannot be the name of a secret.`)
    return { kind: 'secret', name: reference.secret }
  }
  if (file === undefined) return { kind: 'none' }
  const at = resolve(dirname(path), file)
  try {
    const { mode } = statSync(at)
    if ((mode & 0o077) !== 0)
      throw wrong(`${at} may be read by others than its owner (mode ${(mode & 0o777).toString(8)}). Run chmod 600 on it.`)
    const value = readFileSync(at, 'utf8').replace(/\r?\n$/, '')
    if (value === '') throw wrong(`${at} is empty. It holds the client secret that the provider gave.`)
    return { kind: 'value', value }
  } catch (error) {
    throw error instanceof ServerError ? error : wrong(`${at} cannot be read: ${(error as Error).message}.`)
  }
}
