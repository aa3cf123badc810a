/** What alerts and deliveries are called on the page. Pure. */
import type { Alert, AlertEnd, AlertRuleBody, Delivery, WebhookEvent } from '@belay/run'
import { duration } from '../theme/numbers.ts'

const ENDS: Readonly<Record<AlertEnd, string>> = {
  condition: 'over',
  'no-data': 'over: nothing is known any more',
  'run-ended': 'over: the run has ended',
  'run-deleted': 'over: the run was deleted',
  'rule-changed': 'over: the rule was changed',
  'rule-deleted': 'over: the rule was deleted',
  acknowledged: 'over: acknowledged after the end of the run',
}

export function endWords({ test, end, firedAtMs, resolvedAtMs }: Alert): string {
  if (test) return 'a test'
  if (end === null || resolvedAtMs === null) return 'fires'
  return `${ENDS[end]}, after ${duration(resolvedAtMs - firedAtMs)}`
}

export function valueWords(values: Alert['values']): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? Number(value.toPrecision(4)) : (value ?? 'NULL')}`)
    .join(', ')
}

export function holdWords({ forMs, until, resolveAfterMs }: AlertRuleBody): string {
  const begins = forMs === 0 ? 'at once' : `after ${duration(forMs)}`
  const ends = resolveAfterMs === 0 ? '' : `, over after ${duration(resolveAfterMs)}`
  return until === null ? `${begins}${ends}` : `${begins}; until ${until}${ends}`
}

export function deliveryWords({ state, attempts, problem }: Delivery): string {
  switch (state) {
    case 'delivered':
      return 'told'
    case 'waiting':
      return attempts === 0 ? 'is being told' : `tried ${attempts} times: ${problem ?? ''}; is tried again`
    case 'given-up':
      return `given up after ${attempts === 1 ? 'one try' : `${attempts} tries`}: ${problem ?? ''}`
    case 'dropped':
      return `not sent: ${problem ?? ''}`
  }
}

export const RUN_EVENT_NAMES: readonly (readonly [WebhookEvent, string])[] = [
  ['run-started', 'started'],
  ['run-finished', 'finished'],
  ['run-stopped', 'stopped'],
  ['run-failed', 'failed'],
  ['decision-needed', 'needs a decision'],
  ['failure', 'an operator failed'],
  ['recovered', 'recovered'],
]
