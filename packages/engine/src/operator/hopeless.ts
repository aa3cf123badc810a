/** Failures that no retry can mend: the run ends at once and says what to change. */
const HOPELESS: ReadonlySet<string> = new Set([
  'STATE_TOO_LARGE',
  'STATE_MISMATCH',
  'OPERATOR_UNKNOWN',
  'SINK_CANNOT_REWIND',
  'SINK_CANNOT_FORK',
  'URL_INVALID',
  'ADDRESS_REFUSED',
  'WEBHOOK_GIVEN_UP',
])

export function isHopeless(code: string): boolean {
  return HOPELESS.has(code)
}
