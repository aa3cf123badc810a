/**
 * Secrets by name, sealed at rest. Nothing but a run is ever given a value.
 *
 * The server and the command line may use a home at once, and the key may be exchanged meanwhile: what seals does so
 * within a transaction that writes, and takes the key that is first then.
 */
import { isSecretName } from '@belay/pipeline'
import { ServerError } from '../http/problems.ts'
import { atOnce, type Database } from '../storage/database.ts'
import { KEY_VARIABLE, OLD_KEY_VARIABLE, type KeyRing } from './keyRing.ts'
import { newKey, seal, unseal, type SealingKey } from './sealing.ts'

export interface StoredSecret {
  readonly name: string
  readonly changedAtMs: number
  readonly changedBy: string
}

interface Row {
  readonly name: string
  readonly sealed: string
  readonly key_id: string
  readonly revision: number
  readonly changed_at_ms: number
  readonly changed_by: string
}

export const SECRET_CHARACTERS = 16_384

export class SecretStore {
  readonly #database: Database
  readonly #ring: KeyRing

  constructor(database: Database, ring: KeyRing) {
    this.#database = database
    this.#ring = ring
  }

  list(): StoredSecret[] {
    return this.#rows().map((row) => ({ name: row.name, changedAtMs: row.changed_at_ms, changedBy: row.changed_by }))
  }

  #rows(): Row[] {
    return this.#database.prepare('SELECT * FROM secrets ORDER BY name').all() as Row[]
  }

  has(name: string): boolean {
    return this.#database.prepare('SELECT 1 FROM secrets WHERE name = ?').get(name) !== undefined
  }

  /** Whether it is new. Errors: SECRET_INVALID, SECRETS_KEY_…. */
  put(name: string, value: string, by: string, atMs: number): 'set' | 'replaced' {
    if (!isSecretName(name))
      throw new ServerError(
        'SECRET_INVALID',
        `${JSON.stringify(name)} cannot be the name of a secret: small letters, digits and hyphens, at most 64, beginning with a letter.`,
      )
    if (value === '' || value.length > SECRET_CHARACTERS)
      throw new ServerError('SECRET_INVALID', `A secret has 1 to ${SECRET_CHARACTERS} characters; this one has ${value.length}.`)
    return atOnce(this.#database, () => {
      const before = this.has(name)
      const key = this.#sealingKey()
      this.#database
        .prepare(
          `INSERT INTO secrets (name, sealed, key_id, revision, changed_at_ms, changed_by)
             VALUES (?, ?, ?, (SELECT COALESCE(MAX(revision), 0) + 1 FROM secrets), ?, ?)
             ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, key_id = excluded.key_id, revision = excluded.revision,
               changed_at_ms = excluded.changed_at_ms, changed_by = excluded.changed_by`,
        )
        .run(name, seal(name, value, key), key.id, atMs, by)
      return before ? 'replaced' : 'set'
    })
  }

  /** Error: SECRET_UNKNOWN. */
  remove(name: string): void {
    if (this.#database.prepare('DELETE FROM secrets WHERE name = ?').run(name).changes === 0)
      throw new ServerError('SECRET_UNKNOWN', `There is no secret ${name}. Look at the list of secrets.`)
  }

  /** For runs. Names that are not there are left out. Errors: SECRETS_KEY_…. */
  values(names: readonly string[]): Record<string, string> {
    const wanted = new Set(names)
    const open = (): Record<string, string> => {
      const rows = this.#rows().filter(({ name }) => wanted.has(name))
      const keys = rows.length === 0 ? [] : this.#ring.keys()
      return Object.fromEntries(rows.map((row) => [row.name, this.#open(row, keys)]))
    }
    try {
      return open()
    } catch (error) {
      // The key may have been exchanged between the look at the rows and the look at the keys.
      if (error instanceof ServerError && error.code === 'SECRETS_KEY_WRONG') return open()
      throw error
    }
  }

  /** Names that were put since then, and the newest revision there is. */
  changedAfter(revision: number): { readonly names: readonly string[]; readonly revision: number } {
    const rows = this.#database.prepare('SELECT name, revision FROM secrets WHERE revision > ?').all(revision) as Pick<
      Row,
      'name' | 'revision'
    >[]
    return { names: rows.map(({ name }) => name), revision: Math.max(revision, ...rows.map((row) => row.revision)) }
  }

  /** Seals everything with another key; how many there are. Nothing is lost whenever it is interrupted. Errors: SECRETS_KEY_…. */
  rotateKey(): number {
    const { fromEnvironment } = this.#ring
    const before = this.#ring.keys()
    if (fromEnvironment && before.length < 2)
      throw new ServerError(
        'SECRETS_KEY_GIVEN',
        `The key comes from ${KEY_VARIABLE}. Give the new one there and the one before as ${OLD_KEY_VARIABLE}, then say it again.`,
      )
    const count = atOnce(this.#database, () => {
      const keys = this.#ring.keys()
      const rows = this.#rows()
      const values = rows.map((row) => this.#open(row, keys))
      const key = fromEnvironment ? keys[0] : newKey()
      // Both are there until no row needs the old one.
      if (!fromEnvironment) this.#ring.write([key, ...keys])
      rows.forEach(({ name }, i) => {
        this.#database.prepare('UPDATE secrets SET sealed = ?, key_id = ? WHERE name = ?').run(seal(name, values[i], key), key.id, name)
      })
      return rows.length
    })
    if (!fromEnvironment) this.#ring.write(this.#ring.keys().slice(0, 1))
    return count
  }

  /** Made at first need; never where something was sealed with another one. */
  #sealingKey(): SealingKey {
    const [known] = this.#ring.keys()
    if (known !== undefined) return known
    if (this.#rows().length > 0) throw this.#keyMissing()
    const key = newKey()
    this.#ring.write([key])
    return key
  }

  #open(row: Row, keys: readonly SealingKey[]): string {
    if (keys.length === 0) throw this.#keyMissing()
    const key = keys.find(({ id }) => id === row.key_id)
    const value = key === undefined ? null : unseal(row.name, row.sealed, key)
    if (value !== null) return value
    throw new ServerError(
      'SECRETS_KEY_WRONG',
      key === undefined
        ? `The secret ${row.name} was sealed with another key than the one that is here. Put back the key that belongs to this home, or set the secret anew after removing it.`
        : `The secret ${row.name} was changed on the disk and does not open. Set it anew.`,
    )
  }

  #keyMissing(): ServerError {
    return new ServerError(
      'SECRETS_KEY_MISSING',
      `There are secrets but no key to open them. Put back ${this.#ring.path} (mode 600) or ${KEY_VARIABLE} from where you keep a copy; without it, remove the secrets and set them anew.`,
    )
  }
}
