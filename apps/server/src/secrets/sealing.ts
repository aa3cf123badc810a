/**
 * How a secret lies on the disk: AES-256-GCM under a key that is kept apart, with a nonce of its own for each
 * write. The name and the key's id are bound to it: a value that somebody moves to another name does not open.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

export const KEY_BYTES = 32
const FORMAT = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16

export interface SealingKey {
  /** Of the key, so that the right one of several is found; tells nothing about it. */
  readonly id: string
  readonly bytes: Buffer
}

export function keyOf(bytes: Buffer): SealingKey {
  return { id: createHash('sha256').update('belay secrets key').update(bytes).digest('hex').slice(0, 16), bytes }
}

export function newKey(): SealingKey {
  return keyOf(randomBytes(KEY_BYTES))
}

function boundTo(name: string, key: SealingKey): Buffer {
  return Buffer.from(JSON.stringify(['belay secret', FORMAT, key.id, name]), 'utf8')
}

/** Base64. */
export function seal(name: string, value: string, key: SealingKey): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(boundTo(name, key))
  const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()])
  return Buffer.concat([Buffer.from([FORMAT]), nonce, cipher.getAuthTag(), sealed]).toString('base64')
}

/** null = it was not sealed under this name with this key, or was changed since. */
export function unseal(name: string, sealed: string, key: SealingKey): string | null {
  const bytes = Buffer.from(sealed, 'base64')
  if (bytes[0] !== FORMAT || bytes.length < 1 + NONCE_BYTES + TAG_BYTES) return null
  const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(1, 1 + NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(boundTo(name, key))
  decipher.setAuthTag(bytes.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(1 + NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
  } catch {
    return null
  }
}
