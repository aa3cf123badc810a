/** An incident in words: its title, what set it off, and its steps with their times. Pure. */
import type { OperatorState } from '@belay/run'
import { duration, plural, windowName } from '../theme/numbers.ts'
import { planOf, restoredAt, type Incident } from './live/incidents.ts'

export interface IncidentStep {
  readonly key: string
  readonly state: OperatorState
  readonly title: string
  readonly detail: string | null
  /** null = has not happened. */
  readonly atMs: number | null
  readonly phase: 'done' | 'now' | 'next'
}

export function titleOf(incident: Incident): string {
  switch (incident.trigger.kind) {
    case 'restore-operator':
      return 'Restore of an operator'
    case 'restore-run':
      return 'Restore of the run'
    case 'kill':
    case 'crash':
    case 'process':
      return `Incident ${incident.number ?? ''}`
  }
}

export function triggerWords(incident: Incident, nameOf: (operator: string) => string): string {
  const names = incident.operators.map(nameOf).join(', ')
  switch (incident.trigger.kind) {
    case 'kill':
      return `${names} killed by ${incident.trigger.by}`
    case 'crash':
      return `${names} crashed`
    case 'process':
      return incident.trigger.by === null ? 'the run process died' : `run process killed by ${incident.trigger.by}`
    case 'restore-operator':
      return `${names} restored by ${incident.trigger.by}`
    case 'restore-run':
      return `all operators to ${windowName(incident.trigger.window)}`
  }
}

/** Subject first; a person is named with a capital, an operator as it is written. */
function firstStep(incident: Incident, nameOf: (operator: string) => string): string {
  const names = incident.operators.map(nameOf).join(', ')
  const person = (by: string): string => by.replace(/^./, (letter) => letter.toUpperCase())
  switch (incident.trigger.kind) {
    case 'kill':
      return `${person(incident.trigger.by)} killed ${names}`
    case 'crash':
      return `${names} crashed`
    case 'process':
      return incident.trigger.by === null ? 'The run process died' : `${person(incident.trigger.by)} killed the run process`
    case 'restore-operator':
      return `${person(incident.trigger.by)} restored ${names}`
    case 'restore-run':
      return `Restore to ${windowName(incident.trigger.window)} asked`
  }
}

function firstOf(incident: Incident, state: OperatorState): number | null {
  const times = incident.spans.filter((span) => span.state === state).map((span) => span.fromMs)
  return times.length === 0 ? null : Math.min(...times)
}

/** Names whoever went through the state, in the order in which they did. */
function whoWas(incident: Incident, state: OperatorState, nameOf: (operator: string) => string): string {
  return [...new Set(incident.spans.filter((span) => span.state === state).map((span) => nameOf(span.operator)))].join(', ')
}

export function stepsOf(incident: Incident, operators: number, nameOf: (operator: string) => string): readonly IncidentStep[] {
  const plan = planOf(incident)
  const { outcome } = incident
  const starting = firstOf(incident, 'starting')
  const restoring = firstOf(incident, 'restoring')
  const restored = restoredAt(incident)
  const replaying = firstOf(incident, 'replaying')
  const steps: Omit<IncidentStep, 'phase'>[] = [
    {
      key: 'trigger',
      state: 'down',
      title: firstStep(incident, nameOf),
      detail:
        incident.askedAtMs !== null && incident.askedAtMs < incident.startedAtMs
          ? `asked ${duration(incident.startedAtMs - incident.askedAtMs)} before`
          : null,
      atMs: incident.startedAtMs,
    },
    {
      key: 'planned',
      state: 'rolling-back',
      title: plan === null ? 'Plan' : `Planned: ${plan.restart.length} of ${operators} go back to ${windowName(plan.cut)}`,
      detail: plan?.reason ?? null,
      atMs: plan?.atMs ?? null,
    },
  ]
  if (starting !== null)
    steps.push({
      key: 'starting',
      state: 'starting',
      title: `Attempt ${plan?.attempt ?? ''} starts`,
      detail: whoWas(incident, 'starting', nameOf),
      atMs: starting,
    })
  const held = outcome.kind === 'held'
  if (held)
    steps.push({
      key: 'held',
      state: 'held',
      title: `${nameOf(outcome.operator)} is held`,
      detail: 'until someone restores it',
      atMs: outcome.atMs,
    })
  steps.push(
    { key: 'restoring', state: 'restoring', title: restoring === null ? 'Read the state' : 'State is read', detail: null, atMs: restoring },
    {
      key: 'restored',
      state: 'restoring',
      title: restored === null ? 'Restore the state' : 'State restored',
      detail: whoWas(incident, 'restoring', nameOf) || null,
      atMs: restored,
    },
  )
  if (replaying !== null || outcome.kind === 'open')
    steps.push({
      key: 'replaying',
      state: 'replaying',
      title: plan === null ? 'Replay' : `Replay from ${windowName(plan.cut + 1)}`,
      detail: whoWas(incident, 'replaying', nameOf) || null,
      atMs: replaying,
    })
  switch (outcome.kind) {
    case 'open':
      steps.push({ key: 'end', state: 'running', title: 'Catch up', detail: null, atMs: null })
      break
    case 'recovered':
      steps.push({
        key: 'end',
        state: 'running',
        title: 'Caught up',
        detail: `${plural(plan?.restart.length ?? 0, 'operator works', 'operators work')} on new windows`,
        atMs: outcome.atMs,
      })
      break
    case 'superseded':
      steps.push({ key: 'end', state: 'down', title: 'Another failure came first', detail: 'its recovery covers both', atMs: outcome.atMs })
      break
    case 'ended':
      steps.push({ key: 'end', state: 'finished', title: 'The run ended', detail: null, atMs: outcome.atMs })
      break
    case 'held':
      break
  }
  // What has not happened is foretold only while it still can.
  return withPhases(outcome.kind === 'open' ? steps : steps.filter((step) => step.atMs !== null), outcome.kind === 'open')
}

function withPhases(steps: readonly Omit<IncidentStep, 'phase'>[], open: boolean): readonly IncidentStep[] {
  const last = steps.findLastIndex((step) => step.atMs !== null)
  return steps.map((step, i) => ({ ...step, phase: step.atMs === null ? 'next' : open && i === last ? 'now' : 'done' }))
}
