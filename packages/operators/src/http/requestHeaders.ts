/** Headers as they are sent: secrets are put in for each request, so that a new value is used from then on. */
import { createHmac } from 'node:crypto'
import { EngineError, type SecretAccess } from '@belay/engine/operator'
import { isSecretReference, type SecretReference } from '@belay/pipeline'
import { HEADER_VALUE, type RequestSettings } from './requestSettings.ts'

/** `own`: what the operator sends itself. Throws EngineError SECRET_MISSING or SECRET_UNUSABLE. */
export function requestHeaders(
  { headers = [], auth = 'none', authUser = '', authSecret = null }: RequestSettings,
  secrets: SecretAccess,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const sent: Record<string, string> = { ...own }
  for (const { name, value } of headers) sent[name.toLowerCase()] = isSecretReference(value) ? headerValue(value, secrets) : value
  if (authSecret !== null && auth === 'bearer') sent['authorization'] = `Bearer ${headerValue(authSecret, secrets)}`
  if (authSecret !== null && auth === 'basic')
    sent['authorization'] = `Basic ${Buffer.from(`${authUser}:${secrets.value(authSecret)}`, 'utf8').toString('base64')}`
  return sent
}

/** The message says nothing of the value. */
function headerValue(reference: SecretReference, secrets: SecretAccess): string {
  const value = secrets.value(reference)
  if (!HEADER_VALUE.test(value))
    throw new EngineError(
      'SECRET_UNUSABLE',
      `The secret ${reference.secret} has a line break or a character that headers cannot carry. Set it anew, without a line break at its end.`,
    )
  return value
}

export const SIGNATURE_HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const
const ENCODED_KEY = /^whsec_([A-Za-z0-9+/]+={0,2})$/

/**
 * The headers of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body` in Base64. A key that begins with `whsec_`
 * is Base64, as that says; any other is taken as UTF-8. `atMs`: ms since the epoch.
 */
export function signatureHeaders(key: string, id: string, body: Buffer, atMs: number): Record<(typeof SIGNATURE_HEADERS)[number], string> {
  const timestamp = String(Math.floor(atMs / 1000))
  const encoded = ENCODED_KEY.exec(key)
  const bytes = encoded === null ? Buffer.from(key, 'utf8') : Buffer.from(encoded[1], 'base64')
  const signature = createHmac('sha256', bytes).update(`${id}.${timestamp}.`).update(body).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}
