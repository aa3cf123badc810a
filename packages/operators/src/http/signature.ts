/** Signatures of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, made and checked. Node only. */
import { createHmac, timingSafeEqual } from 'node:crypto'

export const SIGNATURE_HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const
/** What was signed longer ago, or lies further ahead, is not taken. */
export const REPLAY_WINDOW_MS = 300_000

const ENCODED_KEY = /^whsec_([A-Za-z0-9+/]+={0,2})$/
const MAX_ID_CHARACTERS = 200
const MAX_SIGNATURES = 10

/** A key that begins with `whsec_` is Base64, as that says; any other is taken as UTF-8. */
function signatureOf(key: string, id: string, timestamp: string, body: Buffer): string {
  const encoded = ENCODED_KEY.exec(key)
  const bytes = encoded === null ? Buffer.from(key, 'utf8') : Buffer.from(encoded[1], 'base64')
  return createHmac('sha256', bytes).update(`${id}.${timestamp}.`).update(body).digest('base64')
}

/** `atMs`: ms since the epoch. */
export function signatureHeaders(key: string, id: string, body: Buffer, atMs: number): Record<(typeof SIGNATURE_HEADERS)[number], string> {
  const timestamp = String(Math.floor(atMs / 1000))
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signatureOf(key, id, timestamp, body)}` }
}

/** What a request says of its signature; nothing of it is believed before `signatureFits`. */
export interface SignedRequest {
  readonly id: string
  /** Seconds since the epoch, as it was signed. */
  readonly timestamp: string
  /** More than one while a key is exchanged. */
  readonly signatures: readonly string[]
}

/** null = it is not signed, or not like that. */
export function signedRequest(headers: Readonly<Record<string, string | readonly string[] | undefined>>): SignedRequest | null {
  const [id, timestamp, given] = SIGNATURE_HEADERS.map((name) => headers[name])
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof given !== 'string') return null
  const signatures = given
    .split(' ')
    .slice(0, MAX_SIGNATURES)
    .flatMap((text) => (text.startsWith('v1,') ? [text.slice(3)] : []))
  const whole = id !== '' && id.length <= MAX_ID_CHARACTERS && /^\d{1,12}$/.test(timestamp) && signatures.length > 0
  return whole ? { id, timestamp, signatures } : null
}

/** How far from now it was signed, in ms; behind is positive. */
export function signatureAgeMs({ timestamp }: SignedRequest, nowMs: number): number {
  return nowMs - Number(timestamp) * 1000
}

export function signatureFits(key: string, { id, timestamp, signatures }: SignedRequest, body: Buffer): boolean {
  const wanted = Buffer.from(signatureOf(key, id, timestamp, body))
  return signatures.some((text) => {
    const given = Buffer.from(text)
    return given.length === wanted.length && timingSafeEqual(given, wanted)
  })
}
