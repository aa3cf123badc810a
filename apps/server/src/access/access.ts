/**
 * Who asks: a session's cookie, a token, or, where nobody signs in, whoever reaches the port.
 *
 * Invariant: a principal is looked up anew for every request and, for open sockets, every second, so
 * what is revoked is gone at once.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { LOOPBACK, type Reach } from '../http/origin.ts'
import { ServerError } from '../http/problems.ts'
import type { Principal } from '../http/rights.ts'
import type { AccountStore, LocalUser } from './accountStore.ts'
import { KeyedBudget } from './keyedBudget.ts'
import { hashPassword, passwordFits } from './passwords.ts'

/** What HTTP and sockets ask before they do anything. */
export interface Gate {
  readonly reach: Reach
  /** null = nobody has signed in. */
  principalOf(headers: IncomingHttpHeaders): Principal | null
}

/** Until people sign in there is one, and events call them so. */
const YOU: Principal = { name: 'you', role: 'admin', seeData: true, useSecrets: true, via: 'loopback' }

/** Without sign-in, on loopback. */
export const OPEN_GATE: Gate = { reach: LOOPBACK, principalOf: () => YOU }

export interface AccessOptions {
  readonly accounts: AccountStore
  readonly signIn: boolean
  readonly reach: Reach
  /** ms since the epoch */
  readonly now: () => number
}

export class Access implements Gate {
  readonly accounts: AccountStore
  readonly signIn: boolean
  readonly reach: Reach
  readonly #now: () => number
  readonly #setupHash: Buffer | null
  /** Goes into the setup link; null = there are users, or nobody signs in. */
  readonly setupSecret: string | null
  readonly #tries = new KeyedBudget(5, 5 / 60)
  readonly #triesOfAddress = new KeyedBudget(30, 30 / 60)
  readonly #requests = new KeyedBudget(600, 100)

  constructor({ accounts, signIn, reach, now }: AccessOptions) {
    this.accounts = accounts
    this.signIn = signIn
    this.reach = reach
    this.#now = now
    this.setupSecret = signIn && !accounts.hasLocalUsers() ? randomBytes(32).toString('base64url') : null
    this.#setupHash = this.setupSecret === null ? null : digest(this.setupSecret)
  }

  get #cookie(): string {
    return this.reach.secure ? '__Host-belay' : 'belay-session'
  }

  principalOf(headers: IncomingHttpHeaders): Principal | null {
    if (!this.signIn) return YOU
    const bearer = /^Bearer ([\w-]{1,200})$/i.exec(headers.authorization ?? '')
    if (bearer !== null) return this.accounts.token(bearer[1], this.#now())
    const id = this.sessionId(headers)
    return id === null ? null : this.accounts.session(id, this.#now())
  }

  sessionId(headers: IncomingHttpHeaders): string | null {
    return cookieOf(headers, this.#cookie)
  }

  /** Of a sign-in at another service that this browser has begun. */
  flowId(headers: IncomingHttpHeaders): string | null {
    return cookieOf(headers, `${this.#cookie}-oidc`)
  }

  /** `id` null = the cookie goes. */
  cookieFor(id: string | null): string {
    return `${this.#cookie}=${id ?? ''}; Path=/; HttpOnly; SameSite=Strict${this.reach.secure ? '; Secure' : ''}${id === null ? '; Max-Age=0' : ''}`
  }

  /** `id` null = the cookie goes. Sent along as well when the browser comes back from the other service (Lax). */
  flowCookieFor(id: string | null): string {
    return `${this.#cookie}-oidc=${id ?? ''}; Path=/; HttpOnly; SameSite=Lax${this.reach.secure ? '; Secure' : ''}; Max-Age=${id === null ? 0 : 600}`
  }

  /** Error: TOO_MANY_REQUESTS. Where nobody signs in there is nobody to keep apart. */
  checkRate(who: string): void {
    if (this.signIn && !this.#requests.spend(who, performance.now()))
      throw new ServerError('TOO_MANY_REQUESTS', 'You ask too often. Wait a second, then go on.')
  }

  /** Signing in through a provider, where no name is known yet: only the attempts of the address count. Error: TOO_MANY_REQUESTS. */
  checkSignIns(address: string): void {
    if (!this.#triesOfAddress.spend(address, performance.now())) throw tooManyTries()
  }

  #checkTries(name: string, address: string): void {
    const nowMs = performance.now()
    if (!this.#triesOfAddress.spend(address, nowMs) || !this.#tries.spend(`${address} ${name}`, nowMs)) throw tooManyTries()
  }

  /** The new session's id. Errors: SIGN_IN_FAILED, TOO_MANY_REQUESTS. */
  async open(name: string, password: string, address: string): Promise<string> {
    this.#checkTries(name, address)
    if (!(await passwordFits(password, this.accounts.passwordOf(name))))
      throw new ServerError('SIGN_IN_FAILED', 'Name and password do not fit. Try again, or ask an administrator for a new password.')
    return this.accounts.openSession(name, this.#now())
  }

  /** The first user, an administrator. Error: SETUP_REFUSED. */
  async setUp(given: string, name: string, password: string, address: string): Promise<string> {
    this.#checkTries('', address)
    const refused = (): ServerError =>
      new ServerError(
        'SETUP_REFUSED',
        'That setup link is not valid any more. Sign in, or start the server again for a new link if there is no user yet.',
      )
    if (this.#setupHash === null || !timingSafeEqual(digest(given), this.#setupHash) || this.accounts.hasLocalUsers()) throw refused()
    const hash = await hashPassword(password)
    // Hashing takes time: somebody else may have been faster.
    if (this.accounts.hasLocalUsers()) throw refused()
    this.accounts.addUser({ name, role: 'admin', seeData: true, useSecrets: true }, hash, this.#now())
    return this.accounts.openSession(name, this.#now())
  }

  async addUser(of: LocalUser, password: string): Promise<void> {
    this.accounts.addUser(of, await hashPassword(password), this.#now())
  }

  /** Errors: SIGN_IN_FAILED, PASSWORD_WEAK, TOO_MANY_REQUESTS. */
  async changeOwnPassword(name: string, current: string, next: string, address: string): Promise<string> {
    this.#checkTries(name, address)
    if (!(await passwordFits(current, this.accounts.passwordOf(name))))
      throw new ServerError('SIGN_IN_FAILED', 'The current password is another one.')
    this.accounts.setPassword(name, await hashPassword(next))
    return this.accounts.openSession(name, this.#now())
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function tooManyTries(): ServerError {
  return new ServerError('TOO_MANY_REQUESTS', 'Too many tries. Wait a minute, then sign in again.')
}

function cookieOf(headers: IncomingHttpHeaders, name: string): string | null {
  const found = (headers.cookie ?? '').split(/; */).find((pair) => pair.startsWith(`${name}=`))
  return found === undefined ? null : found.slice(name.length + 1)
}
