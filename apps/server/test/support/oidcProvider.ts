/**
 * A provider of OpenID Connect in this process (oidc-provider), and before it somebody who may tamper with what it
 * answers: it holds the provider's keys, so only what is in a token can tell a false one.
 */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'

interface JwtParts {
  readonly header: Record<string, unknown>
  readonly claims: Record<string, unknown>
}

interface SigningKey {
  readonly kid: string
  readonly private: KeyObject
  readonly jwk: Record<string, unknown>
}

export const CLIENT_ID = 'belay'
export const CLIENT_SECRET = 'told-to-both-sides-0123456789'

export function signingKey(kid: string): SigningKey {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { kid, private: pair.privateKey, jwk: { ...pair.privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' } }
}

export class TestProvider {
  /** What accounts claim, by their names there. */
  readonly accounts = new Map<string, Record<string, unknown>>()
  /** What the ID token of the next answers becomes; signed with `key` unless its `alg` is none. */
  tamper: ((token: JwtParts) => void) | null = null
  key = signingKey('first')
  issuer = ''
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  #handle: (request: IncomingMessage, response: ServerResponse) => unknown = () => undefined

  async listen(redirectUri: string): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.issuer = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    const provider = new Provider(this.issuer, {
      clients: [{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uris: [redirectUri] }],
      jwks: { keys: [this.key.jwk] },
      ttl: { AccessToken: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
      pkce: { required: () => true },
      cookies: { keys: ['of-the-test'] },
      claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email'] },
      findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: `of-${id}`, ...this.accounts.get(id) }) }),
      // Nobody has to consent.
      loadExistingGrant: async (context: GrantContext) => {
        const grant = new context.oidc.provider.Grant({ clientId: CLIENT_ID, accountId: context.oidc.session.accountId })
        grant.addOIDCScope('openid profile email')
        await grant.save()
        return grant
      },
    })
    this.#handle = provider.callback()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/jwks') {
      const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...open } = this.key.jwk
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [open] }))
      return
    }
    if (request.url === '/token') {
      const end = response.end.bind(response) as (body?: unknown) => ServerResponse
      response.end = ((body: unknown) => {
        response.removeHeader('content-length')
        return end(this.#tampered(String(body)))
      }) as typeof response.end
    }
    await this.#handle(request, response)
  }

  #tampered(body: string): string {
    const answer = JSON.parse(body) as { id_token?: string }
    if (answer.id_token === undefined || this.tamper === null) return body
    const [header, claims] = answer.id_token.split('.', 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
    const token: JwtParts = { header, claims }
    this.tamper(token)
    const text = [token.header, token.claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
    const signature = token.header['alg'] === 'none' ? '' : sign('sha256', Buffer.from(text), this.key.private).toString('base64url')
    return JSON.stringify({ ...answer, id_token: `${text}.${signature}` })
  }

  /** What a browser does with the address that signing in begins at: `account` signs in. Gives where it is sent back to. */
  async signIn(url: string, account: string): Promise<URL> {
    const cookies = new Map<string, string>()
    let next = url
    let form: URLSearchParams | null = null
    for (let steps = 0; steps < 10; steps += 1) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const answer: Response = await fetch(next, {
        redirect: 'manual',
        headers: { cookie },
        ...(form === null ? {} : { method: 'POST', body: form }),
      })
      form = null
      for (const line of answer.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        cookies.set(name, value)
      }
      const location = answer.headers.get('location')
      if (location === null) {
        if (!next.includes('/interaction/')) throw new Error(`the provider answered ${answer.status}: ${await answer.text()}`)
        form = new URLSearchParams({ prompt: 'login', login: account, password: 'any' })
        await answer.arrayBuffer()
        continue
      }
      next = new URL(location, next).href
      if (!next.startsWith(this.issuer)) return new URL(next)
    }
    throw new Error('the provider does not come to an end')
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

interface GrantContext {
  readonly oidc: {
    readonly session: { readonly accountId: string }
    readonly provider: { readonly Grant: new (of: object) => { addOIDCScope(scope: string): void; save(): Promise<string> } }
  }
}
