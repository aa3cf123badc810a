/** What alerts and deliveries are called on the page. Pure. */
import type { Alert, AlertEnd, AlertRuleBody, Delivery, WebhookEvent } from '@belay/run'
import { duration, plural } from '../theme/numbers.ts'
import { t } from '../language/t.ts'

const ENDS: Readonly<Record<AlertEnd, string>> = {
  condition: t('over'),
  'no-data': t('over: nothing is known any more'),
  'run-ended': t('over: the run has ended'),
  'run-deleted': t('over: the run was deleted'),
  'rule-changed': t('over: the rule was changed'),
  'rule-deleted': t('over: the rule was deleted'),
  acknowledged: t('over: acknowledged after the end of the run'),
}

export function endWords({ test, end, firedAtMs, resolvedAtMs }: Alert): string {
  if (test) return 'a test'
  if (end === null || resolvedAtMs === null) return t('fires')
  return t('{end}, after {duration}', { end: ENDS[end], duration: duration(resolvedAtMs - firedAtMs) })
}

export function valueWords(values: Alert['values']): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? Number(value.toPrecision(4)) : (value ?? 'NULL')}`)
    .join(', ')
}

export function holdWords({ forMs, until, resolveAfterMs }: AlertRuleBody): string {
  const begins = forMs === 0 ? t('at once') : t('after {duration}', { duration: duration(forMs) })
  const ends = resolveAfterMs === 0 ? '' : t(', over after {duration}', { duration: duration(resolveAfterMs) })
  return until === null ? `${begins}${ends}` : t('{begins}; until {until}{ends}', { begins, until, ends })
}

export function deliveryWords({ state, attempts, problem }: Delivery): string {
  switch (state) {
    case 'delivered':
      return t('told')
    case 'waiting':
      return attempts === 0
        ? t('is being told')
        : t('tried {attempts} times: {problem}; is tried again', { attempts, problem: problem ?? '' })
    case 'given-up':
      return t('given up after {tries}: {problem}', { tries: plural(attempts, 'try', 'tries'), problem: problem ?? '' })
    case 'dropped':
      return t('not sent: {problem}', { problem: problem ?? '' })
  }
}

export const RUN_EVENT_NAMES: readonly (readonly [WebhookEvent, string])[] = [
  ['run-started', t('started')],
  ['run-finished', t('finished')],
  ['run-stopped', t('stopped')],
  ['run-failed', t('failed')],
  ['decision-needed', t('needs a decision')],
  ['failure', t('an operator failed')],
  ['recovered', t('recovered')],
]
