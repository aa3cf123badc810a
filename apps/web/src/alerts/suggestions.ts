/** Rules that most people want, to be added with a click; and what an empty rule is. */
import type { AlertRuleBody } from '@belay/run'
import { t } from '../language/t.ts'

export const NEW_RULE: AlertRuleBody = {
  name: '',
  pipelineId: null,
  runId: null,
  scope: 'run',
  operator: null,
  condition: 'lag_seconds > 60',
  until: null,
  forMs: 30_000,
  resolveAfterMs: 30_000,
  noData: 'keep',
  severity: 'warning',
  webhooks: [],
  enabled: true,
}

export interface Suggestion {
  readonly why: string
  readonly rule: AlertRuleBody
}

export const SUGGESTIONS: readonly Suggestion[] = [
  {
    why: t('It waits for a person: nothing more happens by itself.'),
    rule: {
      ...NEW_RULE,
      name: t('Run needs a person'),
      condition: "state IN ('failed', 'needs-decision')",
      forMs: 0,
      resolveAfterMs: 0,
      severity: 'critical',
    },
  },
  {
    why: t('After a crash all of that time is replayed, and exactly-once sinks publish nothing meanwhile.'),
    rule: {
      ...NEW_RULE,
      name: t('No checkpoint for a minute'),
      condition: 'checkpoint_age_seconds > 60',
      forMs: 10_000,
      resolveAfterMs: 5000,
      severity: 'critical',
    },
  },
  {
    why: t('Results come late; above one minute it fires, below half a minute it is over.'),
    rule: { ...NEW_RULE, name: t('Run is behind'), condition: 'lag_seconds > 60', until: 'lag_seconds < 30' },
  },
  {
    why: t('Something fails again and again, and is recovered each time.'),
    rule: { ...NEW_RULE, name: t('Fails often'), condition: 'failures_10m >= 3', forMs: 0 },
  },
  {
    why: t('An operator waits for its reader most of the time: back pressure.'),
    rule: { ...NEW_RULE, name: t('Back pressure'), scope: 'operator', condition: 'blocked > 0.8', until: 'blocked < 0.5', forMs: 60_000 },
  },
]

/** What is about as true as a name. */
export function sameRule(a: AlertRuleBody, b: AlertRuleBody): boolean {
  return a.scope === b.scope && a.condition === b.condition
}
