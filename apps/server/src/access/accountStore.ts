/** Users, their sessions and tokens. Of a session's id and of a token only the hash is kept. */
import { createHash, randomBytes } from 'node:crypto'
import { ServerError } from '../http/problems.ts'
import { lesserRole, type Principal, type Role } from '../http/rights.ts'
import { atOnce, type Database } from '../storage/database.ts'

export interface User {
  readonly name: string
  readonly role: Role
  readonly seeData: boolean
  readonly useSecrets: boolean
  readonly createdAtMs: number
  /** Where they sign in instead of here; null = here, with a password. */
  readonly issuer: string | null
}

/** Who signs in with a password. */
export type LocalUser = Omit<User, 'createdAtMs' | 'issuer'>

/** Who somebody is at another service: names may change hands there, this does not. */
export interface Elsewhere {
  readonly issuer: string
  readonly subject: string
}

export interface Token {
  readonly id: string
  readonly label: string
  /** Whose it is: it goes when its owner goes, and never has more rights than its owner. */
  readonly owner: string
  readonly role: Role
  readonly seeData: boolean
  readonly useSecrets: boolean
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

interface UserRow {
  readonly name: string
  readonly password: string
  readonly role: Role
  readonly see_data: number
  readonly use_secrets: number
  readonly created_at_ms: number
  readonly issuer: string | null
}

interface TokenRow {
  readonly id: string
  readonly label: string
  readonly owner: string
  readonly role: Role
  readonly see_data: number
  readonly use_secrets: number
  readonly created_at_ms: number
  readonly expires_at_ms: number
}

interface SessionRow extends UserRow {
  readonly used_at_ms: number
  readonly session_at_ms: number
}

export const SESSION_IDLE_MS = 30 * 60_000
export const SESSION_MS = 12 * 3_600_000
/** Use is written down at most so often. */
const USE_NOTED_EVERY_MS = 60_000
const TOKEN_PREFIX = 'belay_'

function secret(): string {
  return randomBytes(32).toString('base64url')
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

export class AccountStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  users(): User[] {
    return (this.#database.prepare('SELECT * FROM users ORDER BY name').all() as UserRow[]).map(user)
  }

  user(name: string): User | null {
    const row = this.#userRow(name)
    return row === null ? null : user(row)
  }

  #userRow(name: string): UserRow | null {
    return (this.#database.prepare('SELECT * FROM users WHERE name = ?').get(name) as UserRow | undefined) ?? null
  }

  /** Whether somebody can sign in without another service. */
  hasLocalUsers(): boolean {
    return this.#database.prepare('SELECT 1 FROM users WHERE issuer IS NULL LIMIT 1').get() !== undefined
  }

  passwordOf(name: string): string | null {
    return this.#userRow(name)?.password ?? null
  }

  /** Error: USER_EXISTS. */
  addUser(of: LocalUser, passwordHash: string, atMs: number): User {
    const { changes } = this.#database
      .prepare(
        'INSERT INTO users (name, password, role, see_data, use_secrets, created_at_ms) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      )
      .run(of.name, passwordHash, of.role, of.seeData ? 1 : 0, of.useSecrets ? 1 : 0, atMs)
    if (changes === 0) throw new ServerError('USER_EXISTS', `There is a user ${of.name} already. Choose another name.`)
    return this.#known(of.name)
  }

  #known(name: string): User {
    const found = this.user(name)
    if (found === null) throw new ServerError('USER_UNKNOWN', `There is no user ${name}. Look at the list of users.`)
    return found
  }

  #keepAnAdmin(name: string): void {
    const known = this.#known(name)
    const others = this.users().some((other) => other.role === 'admin' && other.issuer === null && other.name !== name)
    if (!others && known.role === 'admin' && known.issuer === null)
      throw new ServerError('LAST_ADMIN', `${name} is the only administrator with a password here. Make another one first.`)
  }

  /** New, or as the other service says now; a user with a password is never taken for one of the same name there. */
  signedInElsewhere({ issuer, subject, name: wanted, role, seeData, useSecrets }: Elsewhere & LocalUser, atMs: number): User {
    return atOnce(this.#database, () => {
      const known = this.#elsewhere({ issuer, subject })
      if (known !== null) return this.#change({ name: known, role, seeData, useSecrets })
      let name = wanted
      for (let n = 2; this.user(name) !== null; n += 1) name = `${wanted}-${n}`
      this.#database
        .prepare(
          "INSERT INTO users (name, password, role, see_data, use_secrets, created_at_ms, issuer, subject) VALUES (?, '', ?, ?, ?, ?, ?, ?)",
        )
        .run(name, role, seeData ? 1 : 0, useSecrets ? 1 : 0, atMs, issuer, subject)
      return this.#known(name)
    })
  }

  /** They have no role any more: sessions and tokens end, and the least rights stay. Nothing if they were never here. */
  withdraw(of: Elsewhere): void {
    atOnce(this.#database, () => {
      const name = this.#elsewhere(of)
      if (name === null) return
      this.#change({ name, role: 'viewer', seeData: false, useSecrets: false })
      this.#database.prepare('DELETE FROM sessions WHERE owner = ?').run(name)
      this.#database.prepare('DELETE FROM tokens WHERE owner = ?').run(name)
    })
  }

  #elsewhere({ issuer, subject }: Elsewhere): string | null {
    const row = this.#database.prepare('SELECT name FROM users WHERE issuer = ? AND subject = ?').get(issuer, subject)
    return (row as { readonly name: string } | undefined)?.name ?? null
  }

  /** What rights are left takes effect at once, in sessions and tokens too. Errors: USER_UNKNOWN, LAST_ADMIN. */
  changeUser(to: LocalUser): User {
    this.#known(to.name)
    if (to.role !== 'admin') this.#keepAnAdmin(to.name)
    return this.#change(to)
  }

  #change({ name, role, seeData, useSecrets }: LocalUser): User {
    this.#database
      .prepare('UPDATE users SET role = ?, see_data = ?, use_secrets = ? WHERE name = ?')
      .run(role, seeData ? 1 : 0, useSecrets ? 1 : 0, name)
    return this.#known(name)
  }

  /** Ends all sessions of the user. Errors: USER_UNKNOWN, USER_ELSEWHERE. */
  setPassword(name: string, passwordHash: string): void {
    const { issuer } = this.#known(name)
    if (issuer !== null) throw new ServerError('USER_ELSEWHERE', `${name} signs in at ${issuer} and has no password here. Change it there.`)
    this.#database.prepare('UPDATE users SET password = ? WHERE name = ?').run(passwordHash, name)
    this.#database.prepare('DELETE FROM sessions WHERE owner = ?').run(name)
  }

  /** With sessions and tokens. Errors: USER_UNKNOWN, LAST_ADMIN. */
  removeUser(name: string): void {
    this.#known(name)
    this.#keepAnAdmin(name)
    for (const sql of ['DELETE FROM sessions WHERE owner = ?', 'DELETE FROM tokens WHERE owner = ?', 'DELETE FROM users WHERE name = ?'])
      this.#database.prepare(sql).run(name)
  }

  /** The session's id, for the cookie. */
  openSession(name: string, atMs: number): string {
    this.#database.prepare('DELETE FROM sessions WHERE created_at_ms < ? OR used_at_ms < ?').run(atMs - SESSION_MS, atMs - SESSION_IDLE_MS)
    const id = secret()
    this.#database
      .prepare('INSERT INTO sessions (id_hash, owner, created_at_ms, used_at_ms) VALUES (?, ?, ?, ?)')
      .run(hashOf(id), name, atMs, atMs)
    return id
  }

  /** null = unknown, idle too long, or too old. Counts as use. */
  session(id: string, nowMs: number): Principal | null {
    const hash = hashOf(id)
    const row = this.#database
      .prepare(
        'SELECT users.*, sessions.used_at_ms, sessions.created_at_ms AS session_at_ms FROM sessions JOIN users ON users.name = sessions.owner WHERE id_hash = ?',
      )
      .get(hash) as SessionRow | undefined
    if (row === undefined || nowMs >= row.session_at_ms + SESSION_MS || nowMs >= row.used_at_ms + SESSION_IDLE_MS) return null
    if (nowMs - row.used_at_ms >= USE_NOTED_EVERY_MS)
      this.#database.prepare('UPDATE sessions SET used_at_ms = ? WHERE id_hash = ?').run(nowMs, hash)
    return { name: row.name, role: row.role, seeData: row.see_data === 1, useSecrets: row.use_secrets === 1, via: 'session' }
  }

  closeSession(id: string): void {
    this.#database.prepare('DELETE FROM sessions WHERE id_hash = ?').run(hashOf(id))
  }

  /** All, or those of one user. */
  tokens(owner: string | null): Token[] {
    const rows = (
      owner === null
        ? this.#database.prepare('SELECT * FROM tokens ORDER BY created_at_ms').all()
        : this.#database.prepare('SELECT * FROM tokens WHERE owner = ? ORDER BY created_at_ms').all(owner)
    ) as TokenRow[]
    return rows.map((row) => ({
      id: row.id,
      label: row.label,
      owner: row.owner,
      role: row.role,
      seeData: row.see_data === 1,
      useSecrets: row.use_secrets === 1,
      createdAtMs: row.created_at_ms,
      expiresAtMs: row.expires_at_ms,
    }))
  }

  /** `text` is told once and not kept. Error: USER_UNKNOWN. */
  createToken(of: Omit<Token, 'id' | 'createdAtMs'>, atMs: number): { readonly token: Token; readonly text: string } {
    const owner = this.#known(of.owner)
    const token: Token = {
      ...of,
      role: lesserRole(of.role, owner.role),
      seeData: of.seeData && owner.seeData,
      useSecrets: of.useSecrets && owner.useSecrets,
      id: randomBytes(6).toString('hex'),
      createdAtMs: atMs,
    }
    const text = TOKEN_PREFIX + secret()
    this.#database
      .prepare(
        'INSERT INTO tokens (id, hash, label, owner, role, see_data, use_secrets, created_at_ms, expires_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
        token.id,
        hashOf(text),
        token.label,
        token.owner,
        token.role,
        token.seeData ? 1 : 0,
        token.useSecrets ? 1 : 0,
        atMs,
        token.expiresAtMs,
      )
    return { token, text }
  }

  /** null = unknown or expired. */
  token(text: string, nowMs: number): Principal | null {
    const row = this.#database
      .prepare(
        'SELECT tokens.*, users.role AS owner_role, users.see_data AS owner_sees, users.use_secrets AS owner_uses FROM tokens JOIN users ON users.name = tokens.owner WHERE hash = ? AND expires_at_ms > ?',
      )
      .get(hashOf(text), nowMs) as
      | (TokenRow & { readonly owner_role: Role; readonly owner_sees: number; readonly owner_uses: number })
      | undefined
    if (row === undefined) return null
    return {
      name: row.owner,
      role: lesserRole(row.role, row.owner_role),
      seeData: row.see_data === 1 && (row.owner_sees === 1 || row.owner_role === 'admin'),
      useSecrets: row.use_secrets === 1 && (row.owner_uses === 1 || row.owner_role === 'admin'),
      via: 'token',
    }
  }

  /** `owner` null = whosever it is. Error: TOKEN_UNKNOWN. */
  revokeToken(id: string, owner: string | null): void {
    const { changes } =
      owner === null
        ? this.#database.prepare('DELETE FROM tokens WHERE id = ?').run(id)
        : this.#database.prepare('DELETE FROM tokens WHERE id = ? AND owner = ?').run(id, owner)
    if (changes === 0) throw new ServerError('TOKEN_UNKNOWN', `There is no token ${id}. Look at the list of tokens.`)
  }
}

function user(row: UserRow): User {
  const admin = row.role === 'admin'
  return {
    name: row.name,
    role: row.role,
    seeData: row.see_data === 1 || admin,
    useSecrets: row.use_secrets === 1 || admin,
    createdAtMs: row.created_at_ms,
    issuer: row.issuer,
  }
}
