/** Headers as they are sent: secrets are put in for each request, so that a new value is used from then on. */
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
