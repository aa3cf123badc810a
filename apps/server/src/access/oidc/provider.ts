/**
 * A provider of OpenID Connect, asked over the dispatcher that checks what it connects to. The protocol itself
 * (what a request holds, what an answer must hold) is oauth4webapi's.
 */
import type * as Oauth from 'oauth4webapi'
import type { Dispatcher } from '@belay/operators/outgoing-http'
import { ServerError } from '../../http/problems.ts'
import { isLoopbackHost, type OidcConfig } from './config.ts'
import { saysEnough, type Claims } from './identity.ts'

/** What this server made up for one sign-in, and compares the answer with. */
export interface Challenge {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  readonly redirectUri: string
}

const TIMEOUT_MS = 10_000
const ANSWER_BYTES = 1_048_576
/** What the provider says of itself is asked again so often. */
const METADATA_MS = 3_600_000
const CLOCK_TOLERANCE_SECONDS = 30
/** Answers of HTTP that have no body. */
const BODILESS = new Set([101, 204, 205, 304])

interface Known {
  readonly oauth: typeof Oauth
  readonly server: Oauth.AuthorizationServer
}

export class Provider {
  readonly #config: OidcConfig
  readonly #clientSecret: () => string | null
  #dispatcher: Promise<Dispatcher> | null = null
  #known: { readonly untilMs: number; readonly known: Promise<Known> } | null = null

  /** `clientSecret` is asked at each use: the store may have another one by then. */
  constructor(config: OidcConfig, clientSecret: () => string | null) {
    this.#config = config
    this.#clientSecret = clientSecret
  }

  /** Where the browser goes to sign in, and what to keep until it comes back. Error: OIDC_UNREACHABLE. */
  async begin(redirectUri: string): Promise<{ readonly url: string; readonly challenge: Challenge }> {
    const { oauth, server } = await this.#provider()
    if (server.authorization_endpoint === undefined) throw unreachable('it names no address to sign in at')
    const challenge: Challenge = {
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      codeVerifier: oauth.generateRandomCodeVerifier(),
      redirectUri,
    }
    const url = new URL(server.authorization_endpoint)
    this.#checkAddress(url)
    const parameters: Readonly<Record<string, string>> = {
      client_id: this.#config.clientId,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: this.#config.scopes.join(' '),
      state: challenge.state,
      nonce: challenge.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(challenge.codeVerifier),
      code_challenge_method: 'S256',
    }
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    return { url: url.href, challenge }
  }

  /** The claims of whoever has signed in, from a token whose every part was checked. Errors: OIDC_REFUSED, OIDC_UNREACHABLE. */
  async finish(callback: URLSearchParams, challenge: Challenge): Promise<Claims> {
    const { oauth, server } = await this.#provider()
    const client: Oauth.Client = { client_id: this.#config.clientId, [oauth.clockTolerance]: CLOCK_TOLERANCE_SECONDS }
    try {
      const parameters = oauth.validateAuthResponse(server, client, callback, challenge.state)
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        this.#clientAuth(oauth, server),
        parameters,
        challenge.redirectUri,
        challenge.codeVerifier,
        this.#options(oauth),
      )
      const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: challenge.nonce,
        requireIdToken: true,
      })
      await oauth.validateApplicationLevelSignature(server, response, this.#options(oauth))
      const claims = oauth.getValidatedIdTokenClaims(tokens)
      if (claims === undefined) throw refused('it sent no ID token')
      if (saysEnough(claims, this.#config) || server.userinfo_endpoint === undefined) return claims
      const info = await oauth.userInfoRequest(server, client, tokens.access_token, this.#options(oauth))
      // What the signed token says counts more.
      return { ...(await oauth.processUserInfoResponse(server, client, claims.sub, info)), ...claims }
    } catch (error) {
      throw this.#told(oauth, error)
    }
  }

  async close(): Promise<void> {
    ;(await this.#dispatcher)?.close()
  }

  #provider(): Promise<Known> {
    const nowMs = performance.now()
    if (this.#known === null || nowMs >= this.#known.untilMs) {
      const known = this.#discover()
      this.#known = { untilMs: nowMs + METADATA_MS, known }
      // The next sign-in asks again.
      known.catch(() => (this.#known = null))
    }
    return this.#known.known
  }

  async #discover(): Promise<Known> {
    const oauth = await import('oauth4webapi')
    const { issuer } = this.#config
    try {
      const response = await oauth.discoveryRequest(issuer, { algorithm: 'oidc', ...this.#options(oauth) })
      return { oauth, server: await oauth.processDiscoveryResponse(issuer, response) }
    } catch (error) {
      throw unreachable(reasonOf(error), error)
    }
  }

  #clientAuth(oauth: typeof Oauth, server: Oauth.AuthorizationServer): Oauth.ClientAuth {
    const secret = this.#clientSecret()
    if (secret === null) return oauth.None()
    const methods = server.token_endpoint_auth_methods_supported
    return methods === undefined || methods.includes('client_secret_basic') || !methods.includes('client_secret_post')
      ? oauth.ClientSecretBasic(secret)
      : oauth.ClientSecretPost(secret)
  }

  #options(oauth: typeof Oauth): Oauth.HttpRequestOptions<'GET'> & Oauth.HttpRequestOptions<'POST', URLSearchParams> {
    return {
      [oauth.customFetch]: (url: string, request: SentRequest) => this.#fetch(url, request),
      // What may be asked without TLS is checked address by address.
      [oauth.allowInsecureRequests]: true,
    }
  }

  async #fetch(url: string, { method, headers, body }: SentRequest): Promise<Response> {
    this.#checkAddress(new URL(url))
    this.#dispatcher ??= import('@belay/operators/outgoing-http').then((outgoing) => new outgoing.Dispatcher(this.#config.allowedAddresses))
    const answer = await (
      await this.#dispatcher
    ).send({
      method,
      url,
      headers,
      ...(body === undefined || body === null ? {} : { body: Buffer.from(body.toString()) }),
      timeoutMs: TIMEOUT_MS,
      maxBytes: ANSWER_BYTES,
    })
    const told = new Headers(Object.entries(answer.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])))
    return new Response(BODILESS.has(answer.status) ? null : new Uint8Array(answer.body), { status: answer.status, headers: told })
  }

  /** Without TLS only this machine is spoken to, whatever the provider's metadata names. */
  #checkAddress(url: URL): void {
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopbackHost(url.hostname)))
      throw unreachable(`it names ${url.origin}, which is not https`)
  }

  #told(oauth: typeof Oauth, error: unknown): ServerError {
    if (error instanceof ServerError) return error
    if (error instanceof oauth.AuthorizationResponseError) return refused(`it answered ${error.error}`, error)
    const { code } = error as { code?: unknown }
    // Whatever the library says is about an answer; anything else is of the way there.
    return typeof code === 'string' && code.startsWith('OAUTH_') ? refused(reasonOf(error), error) : unreachable(reasonOf(error), error)
  }
}

interface SentRequest {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: URLSearchParams | null | undefined
}

function reasonOf(error: unknown): string {
  const { message, error: code } = error as { message?: unknown; error?: unknown }
  return typeof code === 'string' ? `it answered ${code}` : String(message ?? error)
}

function refused(why: string, cause?: unknown): ServerError {
  return new ServerError('OIDC_REFUSED', `What the sign-in service sent was not taken: ${why}. Sign in again.`, { cause })
}

function unreachable(why: string, cause?: unknown): ServerError {
  return new ServerError(
    'OIDC_UNREACHABLE',
    `The sign-in service cannot be used now: ${why}. Try again later, or sign in with a name and a password.`,
    { cause },
  )
}
