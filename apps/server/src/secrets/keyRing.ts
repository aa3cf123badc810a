/**
 * The keys that secrets are sealed with: from the environment, or from a file that only its owner can read. The
 * first one seals; there are more only while one is exchanged for another.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ServerError } from '../http/problems.ts'
import { KEY_BYTES, keyOf, type SealingKey } from './sealing.ts'

const FILE_HEAD = 'belay secrets key 1'

export const KEY_VARIABLE = 'BELAY_SECRETS_KEY'
export const OLD_KEY_VARIABLE = 'BELAY_SECRETS_KEY_OLD'
/** In the home, unless another place is named. */
export const KEY_FILE = 'secrets.key'
const KEY_FILE_VARIABLE = 'BELAY_SECRETS_KEY_FILE'

export function keyFilePath(home: string): string {
  return process.env[KEY_FILE_VARIABLE] ?? join(home, KEY_FILE)
}

export class KeyRing {
  readonly path: string

  constructor(home: string) {
    this.path = keyFilePath(home)
  }

  get fromEnvironment(): boolean {
    return (process.env[KEY_VARIABLE] ?? '') !== ''
  }

  /** Read anew each time: another process may exchange them. Empty = there are none yet. Errors: SECRETS_KEY_INVALID, SECRETS_KEY_OPEN. */
  keys(): readonly SealingKey[] {
    if (this.fromEnvironment) return [KEY_VARIABLE, OLD_KEY_VARIABLE].flatMap((name) => keysOfVariable(name))
    if (!existsSync(this.path)) return []
    const { mode } = statSync(this.path)
    if ((mode & 0o077) !== 0)
      throw new ServerError(
        'SECRETS_KEY_OPEN',
        `${this.path} may be read by others than its owner (mode ${(mode & 0o777).toString(8)}), so it is not used. Run chmod 600 on it; if somebody may have read it, exchange the key with belay secret rotate-key, and the secrets too.`,
      )
    const [head, ...lines] = readFileSync(this.path, 'utf8').split('\n')
    const keys = lines.filter((line) => line !== '').map(keyOfText)
    if (head !== FILE_HEAD || keys.length === 0 || keys.includes(null))
      throw new ServerError(
        'SECRETS_KEY_INVALID',
        `${this.path} holds no key. Put back the file as it was, from where you keep a copy of it.`,
      )
    return keys.flatMap((key) => key ?? [])
  }

  /** Whole or not at all, and durable. */
  write(keys: readonly SealingKey[]): void {
    const temporary = `${this.path}.${process.pid}.new`
    rmSync(temporary, { force: true })
    const file = openSync(temporary, 'wx', 0o600)
    try {
      writeFileSync(file, [FILE_HEAD, ...keys.map(({ bytes }) => bytes.toString('base64')), ''].join('\n'))
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, this.path)
    const folder = openSync(dirname(this.path), 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  }
}

function keysOfVariable(name: string): readonly SealingKey[] {
  const text = process.env[name] ?? ''
  if (text === '') return []
  const key = keyOfText(text)
  if (key === null)
    throw new ServerError(
      'SECRETS_KEY_INVALID',
      `${name} is no key: it takes ${KEY_BYTES} random bytes as Base64 or hexadecimal, e.g. from openssl rand -base64 ${KEY_BYTES}.`,
    )
  return [key]
}

function keyOfText(text: string): SealingKey | null {
  const given = text.trim()
  const bytes = /^[0-9a-fA-F]{64}$/.test(given) ? Buffer.from(given, 'hex') : Buffer.from(given, 'base64')
  return bytes.length === KEY_BYTES ? keyOf(bytes) : null
}
