/**
 * Who may do what: one table for HTTP and sockets alike (engine-spec §5, 9). Every route and message
 * names its right; what the table does not give is refused.
 */
import type { ClientMessages } from '@belay/run'
import { ServerError } from './problems.ts'

/** Each may all that the ones before it may. */
export const ROLES = ['viewer', 'operator', 'designer', 'admin'] as const
export type Role = (typeof ROLES)[number]
/** Beside the role. */
const GRANTS = ['see-data', 'use-secrets'] as const
/** `anonymous` = nobody has signed in. */
type Grant = (typeof GRANTS)[number]
type Holder = Role | 'anonymous' | Grant

interface Entry {
  readonly holders: readonly Holder[]
  /** Whether it is for changing something: such requests are audited. */
  readonly changes: boolean
}

const reads = (...holders: readonly Holder[]): Entry => ({ holders, changes: false })
const changes = (...holders: readonly Holder[]): Entry => ({ holders, changes: true })

const RIGHTS = {
  /** The page itself, the probes, who one is: neither data nor effect. */
  open: reads('anonymous', ...ROLES),
  'sign-in': changes('anonymous', ...ROLES),
  /** One's own password, tokens and session. */
  'read-account': reads(...ROLES),
  'use-account': changes(...ROLES),
  'read-pipelines': reads(...ROLES),
  'write-pipelines': changes('designer', 'admin'),
  'read-runs': reads(...ROLES),
  'start-runs': changes('operator', 'designer', 'admin'),
  'command-runs': changes('operator', 'designer', 'admin'),
  /** Rows for running pipelines. They are data: what they change is the pipeline's result, and the audit log would be nothing but them. */
  'send-rows': reads('operator', 'designer', 'admin'),
  'delete-runs': changes('operator', 'designer', 'admin'),
  'read-files': reads('operator', 'designer', 'admin'),
  'write-files': changes('designer', 'admin'),
  /** Rows themselves: table views and samples of files. */
  'see-data': reads('see-data', 'admin'),
  'read-alerts': reads(...ROLES),
  /** Rules, and acknowledging what they fire. */
  'write-alerts': changes('operator', 'designer', 'admin'),
  /** Where the server sends what it knows of runs: as with sinks of pipelines. */
  'write-webhooks': changes('designer', 'admin'),
  /** To save and to run pipelines that refer to secrets, and to see their names. Values nobody sees. */
  'use-secrets': reads('use-secrets', 'admin'),
  'manage-secrets': changes('admin'),
  'read-metrics': reads(...ROLES),
  'read-users': reads('admin'),
  'manage-users': changes('admin'),
  'read-audit': reads('admin'),
} as const satisfies Readonly<Record<string, Entry>>

export type Right = keyof typeof RIGHTS

/** Who asks. */
export interface Principal {
  /** As events say it. */
  readonly name: string
  readonly role: Role
  readonly seeData: boolean
  readonly useSecrets: boolean
  /** `loopback` = nobody signs in here: whoever reaches the port is the administrator. */
  readonly via: 'loopback' | 'session' | 'token'
}

/** null = nobody has signed in. */
export function may(principal: Principal | null, right: Right): boolean {
  const holders: readonly Holder[] = RIGHTS[right].holders
  if (principal === null) return holders.includes('anonymous')
  if (holders.includes(principal.role)) return true
  return (principal.seeData && holders.includes('see-data')) || (principal.useSecrets && holders.includes('use-secrets'))
}

export function changesSomething(right: Right): boolean {
  return RIGHTS[right].changes
}

export function rightsOf(principal: Principal | null): Right[] {
  return (Object.keys(RIGHTS) as Right[]).filter((right) => may(principal, right))
}

/** In words, for refusals: the first role that has the right, or the grant. */
export function neededFor(right: Right): string {
  const holders: readonly Holder[] = RIGHTS[right].holders
  const grant = GRANTS.find((candidate) => holders.includes(candidate))
  return grant !== undefined ? `the grant ${grant}` : `the role ${ROLES.find((role) => holders.includes(role)) ?? 'admin'}`
}

/** Throws SIGN_IN_NEEDED or RIGHT_MISSING. */
export function checkRight(principal: Principal | null, right: Right): void {
  if (may(principal, right)) return
  if (principal === null)
    throw new ServerError(
      'SIGN_IN_NEEDED',
      'Sign in first; programs send a token as `Authorization: Bearer` (BELAY_TOKEN on the command line).',
    )
  throw new ServerError('RIGHT_MISSING', `You need ${neededFor(right)} for that; you are ${principal.role}. Ask an administrator.`)
}

export function lesserRole(a: Role, b: Role): Role {
  return ROLES.indexOf(a) < ROLES.indexOf(b) ? a : b
}

/** Messages of the socket and the right each needs. */
export const SOCKET_RIGHTS: Readonly<Record<keyof ClientMessages, Right>> = {
  join: 'read-runs',
  leave: 'read-runs',
  peek: 'see-data',
  unpeek: 'see-data',
}
