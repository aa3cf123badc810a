/** The one sentence above the graph: what needs a person, or what is being recovered from, or why it is slow. Pure. */
import type { OperatorState, RunState } from '@belay/run'
import { ago, clockWithTenths, duration, percent, plural, uptime, windowName } from '../theme/numbers.ts'
import { skippedWords } from './eventWords.ts'
import { planOf, type Incident } from './live/incidents.ts'
import type { Moment } from './live/runStore.ts'
import type { Bottleneck } from './live/slowness.ts'
import { t } from '../language/t.ts'

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
  /** The moment is from what the server has kept. */
  readonly stored: boolean
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
  return names.length <= 1 ? (names[0] ?? '') : t('{names} and {last}', { names: names.slice(0, -1).join(', '), last: names.at(-1) ?? '' })
}

export function situationOf(facts: SituationFacts): Situation {
  const { moment, nowMs } = facts
  if (moment.kind === 'live') return ofMoment(facts)
  // The same sentence as it was then, with the time before it.
  const then = ofMoment({ ...facts, nowMs: moment.atMs, bottleneck: null })
  const when = `${clockWithTenths(moment.atMs)}, ${ago(moment.atMs, nowMs)}${moment.speed > 0 ? t(', slowly') : ''}${facts.stored ? t(', from what is stored') : ''}:`
  return { icon: then.icon ?? 'paused', lead: `${when} ${then.lead}`.trim(), detail: then.detail, actions: [{ kind: 'live' }] }
}

function ofMoment(facts: SituationFacts): Situation {
  return ofTrouble(facts) ?? ofIncident(facts) ?? ofState(facts) ?? ofSlowness(facts)
}

/** What a person has to do something about. */
function ofTrouble({ state, reason, incident, held, nameOf }: SituationFacts): Situation | null {
  switch (state) {
    case 'needs-decision':
      return { icon: 'needs-decision', lead: t('The run needs a decision.'), detail: reason ?? '', actions: [{ kind: 'restore-run' }] }
    case 'failed':
      return {
        icon: 'failed',
        lead: t('The run has failed.'),
        detail: reason ?? '',
        actions: incident === null ? [{ kind: 'design' }] : [{ kind: 'show-incident' }, { kind: 'design' }],
      }
    case 'unreachable':
      return {
        icon: 'unreachable',
        lead: t('The run process does not answer.'),
        detail: reason ?? t('It is being started again and goes on from its last committed window.'),
        actions: [],
      }
    case 'degraded': {
      const [first] = held
      if (first === undefined) return { icon: 'degraded', lead: t('The run is degraded.'), detail: reason ?? '', actions: [] }
      return {
        icon: 'held',
        lead: t(held.length === 1 ? '{names} is held.' : '{names} are held.', { names: listed(held.map(nameOf)) }),
        detail: reason ?? t('Nothing of the run is committed meanwhile.'),
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
        ? t('The run process died.')
        : incident.trigger.kind === 'restore-run'
          ? t('Restoring.')
          : t('{dead} is down.', { dead })
    if (plan === null)
      return { icon: 'down', lead: what, detail: t('The recovery is being planned.'), actions: [{ kind: 'show-incident' }] }
    const upright = operators.filter((id) => !plan.restart.includes(id)).map(nameOf)
    return {
      icon: incident.spans.some((span) => span.state === 'replaying' && span.toMs === null) ? 'replaying' : 'down',
      lead: t('{what} {restart} of {operators} back to {cut}.', {
        what,
        restart: plan.restart.length,
        operators: plural(operators.length, 'operator goes', 'operators go'),
        cut: windowName(plan.cut),
      }),
      detail:
        upright.length === 0
          ? t('Sources seek back to it; nothing is lost.')
          : t(upright.length === 1 ? 'Nothing is lost: {names} stays up.' : 'Nothing is lost: {names} stay up.', {
              names: listed(upright),
            }),
      actions: [{ kind: 'show-incident' }],
    }
  }
  if (incident.outcome.kind !== 'recovered' || plan === null || nowMs - incident.outcome.atMs > AFTERMATH_MS || state !== 'running')
    return null
  const { caughtUpMs } = incident.outcome.durations
  const subject =
    incident.trigger.kind === 'process'
      ? t('The run process is back')
      : incident.trigger.kind === 'restore-run'
        ? t('Restored to {cut}', { cut: windowName(plan.cut) })
        : t('{dead} is back', { dead })
  return {
    icon: 'running',
    lead: t('{subject} after {caughtUp}.', { subject, caughtUp: duration(caughtUpMs) }),
    detail:
      plan.skipped === null
        ? t('{restart} of {operators} went back to {cut} and replayed from there.', {
            restart: plan.restart.length,
            operators: plural(operators.length, 'operator'),
            cut: windowName(plan.cut),
          })
        : t('{restart} of {operators} skipped {windows}.', {
            restart: plan.restart.length,
            operators: plural(operators.length, 'operator'),
            windows: skippedWords(plan.skipped),
          }),
    actions: [{ kind: 'watch-again' }, { kind: 'show-incident' }],
  }
}

function ofState({ state, reason, uptimeMs, outputs }: SituationFacts): Situation | null {
  const wrote = outputs === '' ? '' : ` ${outputs}`
  switch (state) {
    case 'starting':
      return {
        icon: 'starting',
        lead: t('The run is starting.'),
        detail: t('Code loads and connections open; then rows move.'),
        actions: [],
      }
    case 'recovering':
      return {
        icon: 'recovering',
        lead: t('Recovering.'),
        detail: reason ?? t('Operators go back to their checkpoint and replay.'),
        actions: [],
      }
    case 'pausing':
    case 'paused':
      return {
        icon: 'paused',
        lead: state === 'paused' ? t('Paused.') : t('Pausing.'),
        detail: reason ?? t('Nothing is read until someone resumes; what was read is checkpointed.'),
        actions: [{ kind: 'resume' }],
      }
    case 'stopping':
      return { icon: 'stopping', lead: t('Stopping.'), detail: t('One last checkpoint, then its commit.'), actions: [] }
    case 'stopped':
      return {
        icon: 'stopped',
        lead: t('Stopped after {uptime}.', { uptime: duration(uptimeMs) }),
        detail: reason ?? t('Everything up to the last window is committed.{wrote}', { wrote }),
        actions: [],
      }
    case 'finished':
      return {
        icon: 'finished',
        lead: t('Finished in {uptime}.', { uptime: duration(uptimeMs) }),
        detail: reason ?? t('Every row is processed and committed.{wrote}', { wrote }),
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
  if (bottleneck === null) return { icon: null, lead: '', detail: t('No operator holds the others up.'), actions: [] }
  const { operator, busy, waiting, fill, sinceMs, growing } = bottleneck
  const buffer =
    fill === null || fill < 0.05
      ? ''
      : t(growing ? '; the buffer before it is {fill} full and growing' : '; the buffer before it is {fill} full', { fill: percent(fill) })
  return {
    icon: 'warning',
    lead: t('{operator} is the bottleneck: {busy} busy for {time}.', {
      operator: nameOf(operator),
      busy: percent(busy),
      time: uptime(Math.max(1000, nowMs - sinceMs)),
    }),
    detail: t(waiting.length === 1 ? '{names} waits for it{buffer}.' : '{names} wait for it{buffer}.', {
      names: listed(waiting.map(nameOf)),
      buffer,
    }),
    actions: [{ kind: 'show-operator', operator }],
  }
}
