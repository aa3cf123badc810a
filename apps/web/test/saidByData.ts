/** Words that come with data and are shown by `t(word)`: they are keys as well. The types hold the lists complete. */
import type { StreamKind } from '@belay/pipeline'
import { ALERT_SEVERITIES, WEBHOOK_EVENTS, type OperatorState, type RunState } from '@belay/run'
import { ROLES } from '../src/access/session.ts'

const STATES: Readonly<Record<Exclude<RunState, 'needs-decision'> | OperatorState | 'decide', true>> = {
  pending: true,
  starting: true,
  restoring: true,
  replaying: true,
  running: true,
  'rolling-back': true,
  stuck: true,
  down: true,
  held: true,
  paused: true,
  finishing: true,
  finished: true,
  failed: true,
  recovering: true,
  degraded: true,
  pausing: true,
  stopping: true,
  stopped: true,
  unreachable: true,
  decide: true,
}
const KINDS: Readonly<Record<StreamKind['kind'], true>> = { append: true, changes: true, upsert: true }
const LEVELS = ['exactly-once', 'at-least-once', 'at-most-once', 'best-effort', 'display']
const DIFFERENCES = ['added', 'removed', 'changed', 'renamed', 'moved', 'mine', 'theirs']
const ORIGINS = ['default', 'parameter']
const ACTIVITIES = ['busy', 'blocked', 'starved', 'idle']
const OUTCOMES = ['not run', 'passed', 'invalid', 'error', 'open']

export const SAID_BY_DATA: readonly string[] = [
  ...[...Object.keys(STATES), ...WEBHOOK_EVENTS].map((word) => word.replaceAll('-', ' ')),
  ...Object.keys(KINDS),
  ...ROLES,
  ...ALERT_SEVERITIES,
  ...LEVELS,
  ...DIFFERENCES,
  ...ORIGINS,
  ...OUTCOMES,
  ...ACTIVITIES,
]
