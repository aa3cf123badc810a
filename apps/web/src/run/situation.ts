/** The one sentence above the graph: what needs a person, or what is being recovered from, or why it is slow. Pure. */
import type { OperatorState, RunState } from '@belay/run'
import { ago, clockWithTenths, duration, percent, plural, uptime, windowName } from '../theme/numbers.ts'
import { skippedWords } from './eventWords.ts'
import { planOf, type Incident } from './live/incidents.ts'
import type { Moment } from './live/runStore.ts'
import type { Bottleneck } from './live/slowness.ts'

export type SituationAction =
  | { readonly kind: 'show-operator'; readonly operator: string }
  | { readonly kind: 'show-incident' }
  | { readonly kind: 'watch-again' }
  | { readonly kind: 'restore-operator'; readonly operator: string }
  | { readonly kind: 'restore-run' }
  | { readonly kind: 'design' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'live' }

export interface Situation {
  readonly icon: OperatorState | RunState | 'warning' | null
  readonly lead: string
  readonly detail: string
  readonly actions: readonly SituationAction[]
}

export interface SituationFacts {
  readonly state: RunState
  readonly reason: string | null
  readonly incident: Incident | null
  readonly bottleneck: Bottleneck | null
  readonly moment: Moment
  readonly nowMs: number
  readonly uptimeMs: number
  readonly operators: readonly string[]
  /** Operators that are down on request. */
  readonly held: readonly string[]
  readonly nameOf: (operator: string) => string
  /** Where the sinks wrote, in words; '' = nowhere. */
  readonly outputs: string
}

/** So long a recovery that is over is still what the sentence is about. */
const AFTERMATH_MS = 15_000

function listed(names: readonly string[]): string {
  return names.length <= 1 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
}

export function situationOf(facts: SituationFacts): Situation {
  const { moment, nowMs } = facts
  if (moment.kind === 'live') return ofMoment(facts)
  // The same sentence as it was then, with the time before it.
  const then = ofMoment({ ...facts, nowMs: moment.atMs, bottleneck: null })
  const when = `${clockWithTenths(moment.atMs)}, ${ago(moment.atMs, nowMs)}${moment.speed > 0 ? ', slowly' : ''}:`
  return { icon: then.icon ?? 'paused', lead: `${when} ${then.lead}`.trim(), detail: then.detail, actions: [{ kind: 'live' }] }
}

function ofMoment(facts: SituationFacts): Situation {
  return ofTrouble(facts) ?? ofIncident(facts) ?? ofState(facts) ?? ofSlowness(facts)
}

/** What a person has to do something about. */
function ofTrouble({ state, reason, incident, held, nameOf }: SituationFacts): Situation | null {
  switch (state) {
    case 'needs-decision':
      return { icon: 'needs-decision', lead: 'The run needs a decision.', detail: reason ?? '', actions: [{ kind: 'restore-run' }] }
    case 'failed':
      return {
        icon: 'failed',
        lead: 'The run has failed.',
        detail: reason ?? '',
        actions: incident === null ? [{ kind: 'design' }] : [{ kind: 'show-incident' }, { kind: 'design' }],
      }
    case 'unreachable':
      return {
        icon: 'unreachable',
        lead: 'The run process does not answer.',
        detail: reason ?? 'It is being started again and goes on from its last committed window.',
        actions: [],
      }
    case 'degraded': {
      const [first] = held
      if (first === undefined) return { icon: 'degraded', lead: 'The run is degraded.', detail: reason ?? '', actions: [] }
      return {
        icon: 'held',
        lead: `${listed(held.map(nameOf))} ${held.length === 1 ? 'is' : 'are'} held.`,
        detail: reason ?? 'Nothing of the run is committed meanwhile.',
        actions: [{ kind: 'restore-operator', operator: first }],
      }
    }
    case 'starting':
    case 'running':
    case 'recovering':
    case 'pausing':
    case 'paused':
    case 'stopping':
    case 'stopped':
    case 'finished':
      return null
  }
}

function ofIncident({ state, incident, operators, nameOf, nowMs }: SituationFacts): Situation | null {
  if (incident === null) return null
  const plan = planOf(incident)
  const dead = listed(incident.operators.map(nameOf))
  if (incident.outcome.kind === 'open' && state !== 'starting') {
    const what =
      incident.trigger.kind === 'process'
        ? 'The run process died.'
        : incident.trigger.kind === 'restore-run'
          ? 'Restoring.'
          : `${dead} is down.`
    if (plan === null) return { icon: 'down', lead: what, detail: 'The recovery is being planned.', actions: [{ kind: 'show-incident' }] }
    const upright = operators.filter((id) => !plan.restart.includes(id)).map(nameOf)
    return {
      icon: incident.spans.some((span) => span.state === 'replaying' && span.toMs === null) ? 'replaying' : 'down',
      lead: `${what} ${plan.restart.length} of ${plural(operators.length, 'operator goes', 'operators go')} back to ${windowName(plan.cut)}.`,
      detail:
        upright.length === 0
          ? 'Sources seek back to it; nothing is lost.'
          : `Nothing is lost: ${listed(upright)} stay${upright.length === 1 ? 's' : ''} up.`,
      actions: [{ kind: 'show-incident' }],
    }
  }
  if (incident.outcome.kind !== 'recovered' || plan === null || nowMs - incident.outcome.atMs > AFTERMATH_MS || state !== 'running')
    return null
  const { caughtUpMs } = incident.outcome.durations
  const subject =
    incident.trigger.kind === 'process'
      ? 'The run process is back'
      : incident.trigger.kind === 'restore-run'
        ? `Restored to ${windowName(plan.cut)}`
        : `${dead} is back`
  return {
    icon: 'running',
    lead: `${subject} after ${duration(caughtUpMs)}.`,
    detail:
      plan.skipped === null
        ? `${plan.restart.length} of ${plural(operators.length, 'operator')} went back to ${windowName(plan.cut)} and replayed from there.`
        : `${plan.restart.length} of ${plural(operators.length, 'operator')} skipped ${skippedWords(plan.skipped)}.`,
    actions: [{ kind: 'watch-again' }, { kind: 'show-incident' }],
  }
}

function ofState({ state, reason, uptimeMs, outputs }: SituationFacts): Situation | null {
  const wrote = outputs === '' ? '' : ` ${outputs}`
  switch (state) {
    case 'starting':
      return { icon: 'starting', lead: 'The run is starting.', detail: 'Code loads and connections open; then rows move.', actions: [] }
    case 'recovering':
      return { icon: 'recovering', lead: 'Recovering.', detail: reason ?? 'Operators go back to their checkpoint and replay.', actions: [] }
    case 'pausing':
    case 'paused':
      return {
        icon: 'paused',
        lead: state === 'paused' ? 'Paused.' : 'Pausing.',
        detail: reason ?? 'Nothing is read until someone resumes; what was read is checkpointed.',
        actions: [{ kind: 'resume' }],
      }
    case 'stopping':
      return { icon: 'stopping', lead: 'Stopping.', detail: 'One last checkpoint, then its commit.', actions: [] }
    case 'stopped':
      return {
        icon: 'stopped',
        lead: `Stopped after ${duration(uptimeMs)}.`,
        detail: reason ?? `Everything up to the last window is committed.${wrote}`,
        actions: [],
      }
    case 'finished':
      return {
        icon: 'finished',
        lead: `Finished in ${duration(uptimeMs)}.`,
        detail: reason ?? `Every row is processed and committed.${wrote}`,
        actions: [],
      }
    case 'running':
    case 'degraded':
    case 'needs-decision':
    case 'failed':
    case 'unreachable':
      return null
  }
}

function ofSlowness({ bottleneck, nameOf, nowMs }: SituationFacts): Situation {
  if (bottleneck === null) return { icon: null, lead: '', detail: 'No operator holds the others up.', actions: [] }
  const { operator, busy, waiting, fill, sinceMs, growing } = bottleneck
  const buffer = fill === null || fill < 0.05 ? '' : `; the buffer before it is ${percent(fill)} full${growing ? ' and growing' : ''}`
  return {
    icon: 'warning',
    lead: `${nameOf(operator)} is the bottleneck: ${percent(busy)} busy for ${uptime(Math.max(1000, nowMs - sinceMs))}.`,
    detail: `${listed(waiting.map(nameOf))} wait${waiting.length === 1 ? 's' : ''} for it${buffer}.`,
    actions: [{ kind: 'show-operator', operator }],
  }
}
