/**
 * Signing in at a provider of OpenID Connect: authorization code with PKCE, state and nonce.
 *
 * Invariant: an answer is taken once, in the browser that began, within ten minutes; whatever it holds then, the
 * sign-in is over.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { ServerError } from '../../http/problems.ts'
import type { Access } from '../access.ts'
import type { OidcConfig } from './config.ts'
import { identityOf } from './identity.ts'
import { Provider, type Challenge } from './provider.ts'
import { returnPath } from './returnPath.ts'

interface Flow extends Challenge {
  readonly returnTo: string
  readonly untilMs: number
}

const FLOW_MS = 600_000
const MAX_FLOWS = 1000

export interface OidcOptions {
  readonly config: OidcConfig
  readonly access: Access
  /** ms since the epoch */
  readonly now: () => number
  /** The value of a secret of the store; null = there is none of that name. */
  readonly secret: (name: string) => string | null
}

export class OidcSignIn {
  readonly label: string
  readonly #options: OidcOptions
  readonly #provider: Provider
  /** By hash of the cookie's value. */
  readonly #flows = new Map<string, Flow>()

  constructor(options: OidcOptions) {
    this.#options = options
    this.label = options.config.label
    this.#provider = new Provider(options.config, () => this.#clientSecret())
  }

  #clientSecret(): string | null {
    const { clientSecret } = this.#options.config
    switch (clientSecret.kind) {
      case 'none':
        return null
      case 'value':
        return clientSecret.value
      case 'secret': {
        const value = this.#options.secret(clientSecret.name)
        if (value !== null) return value
        throw new ServerError(
          'OIDC_UNREACHABLE',
          `The secret ${clientSecret.name}, with which this server asks the sign-in service, is not set. An administrator can set it; until then sign in with a name and a password.`,
        )
      }
    }
  }

  /** `flowId` goes into a cookie of the browser. Error: OIDC_UNREACHABLE. */
  async begin(origin: string, returnTo: string | undefined): Promise<{ readonly url: string; readonly flowId: string }> {
    const { url, challenge } = await this.#provider.begin(`${origin}/oidc/callback`)
    const flowId = randomBytes(32).toString('base64url')
    const nowMs = this.#options.now()
    for (const [id, { untilMs }] of this.#flows) {
      if (this.#flows.size < MAX_FLOWS && untilMs > nowMs) break
      this.#flows.delete(id)
    }
    this.#flows.set(digest(flowId), { ...challenge, returnTo: returnPath(returnTo), untilMs: nowMs + FLOW_MS })
    return { url, flowId }
  }

  /** The new session's id. Errors: OIDC_EXPIRED, OIDC_REFUSED, OIDC_NO_ROLE, OIDC_UNREACHABLE. */
  async finish(
    callback: URLSearchParams,
    flowId: string | null,
  ): Promise<{ readonly sessionId: string; readonly name: string; readonly returnTo: string }> {
    const { access, config, now } = this.#options
    const key = flowId === null ? '' : digest(flowId)
    const flow = this.#flows.get(key)
    // Somebody else's link must not end the sign-in that this browser has begun.
    if (flow === undefined || flow.untilMs <= now() || !same(callback.get('state') ?? '', flow.state))
      throw new ServerError('OIDC_EXPIRED', 'That sign-in was not begun in this browser, or is over. Sign in again.')
    this.#flows.delete(key)
    const identity = identityOf(await this.#provider.finish(callback, flow), config)
    const of = { issuer: config.issuer.href, subject: identity.subject }
    const { role } = identity
    if (role === null) {
      access.accounts.withdraw(of)
      throw new ServerError(
        'OIDC_NO_ROLE',
        `The sign-in service knows you as ${identity.name}, but you have no role here. Ask an administrator for one.`,
      )
    }
    const { name } = access.accounts.signedInElsewhere({ ...identity, ...of, role }, now())
    return { sessionId: access.accounts.openSession(name, now()), name, returnTo: flow.returnTo }
  }

  close(): Promise<void> {
    return this.#provider.close()
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

function same(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(digest(a)), Buffer.from(digest(b)))
}
