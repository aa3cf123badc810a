/** Passwords as scrypt hashes. Two are worked on at once and few wait: hashing must not be a way to stop the server. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { ServerError } from '../http/problems.ts'

/** N = 2^15, r = 8, p = 3: 32 MB and about half a second. */
const COST = { N: 32_768, r: 8, p: 3, maxmem: 67_108_864 } as const
const HASH_BYTES = 32
const AT_ONCE = 2
const WAITING = 20
export const PASSWORD_CHARACTERS = { least: 12, most: 200 } as const

let working = 0
const waiting: (() => void)[] = []

async function derive(password: string, salt: Buffer): Promise<Buffer> {
  if (working >= AT_ONCE) {
    if (waiting.length >= WAITING)
      throw new ServerError('TOO_MANY_REQUESTS', 'Too many people sign in at the moment. Try again in a few seconds.')
    // Whoever ends hands its place on, so `working` stays.
    await new Promise<void>((resolve) => waiting.push(resolve))
  } else working += 1
  try {
    return await new Promise((resolve, reject) => {
      scrypt(password.normalize('NFKC'), salt, HASH_BYTES, COST, (error, hash) => (error === null ? resolve(hash) : reject(error)))
    })
  } finally {
    const next = waiting.shift()
    if (next === undefined) working -= 1
    else next()
  }
}

/** Error: PASSWORD_WEAK. */
export async function hashPassword(password: string): Promise<string> {
  if (password.length < PASSWORD_CHARACTERS.least || password.length > PASSWORD_CHARACTERS.most)
    throw new ServerError(
      'PASSWORD_WEAK',
      `A password has ${PASSWORD_CHARACTERS.least} to ${PASSWORD_CHARACTERS.most} characters. Choose another.`,
    )
  const salt = randomBytes(16)
  return `scrypt-15-8-3.${salt.toString('base64url')}.${(await derive(password, salt)).toString('base64url')}`
}

/** `null` = there is no such user: the same work is done, so that the time does not tell. */
export async function passwordFits(password: string, stored: string | null): Promise<boolean> {
  const [, salt, hash] = (stored ?? '').split('.')
  const derived = await derive(password.slice(0, PASSWORD_CHARACTERS.most), Buffer.from(salt ?? 'AAAAAAAAAAAAAAAAAAAAAA', 'base64url'))
  return hash !== undefined && timingSafeEqual(derived, Buffer.from(hash, 'base64url'))
}
