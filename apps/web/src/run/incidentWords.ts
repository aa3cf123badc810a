/** An incident in words: its title, what set it off, and its steps with their times. Pure. */
import type { OperatorState } from '@belay/run'
import { duration, plural, windowName } from '../theme/numbers.ts'
import { planOf, restoredAt, type Incident } from './live/incidents.ts'
import { t } from '../language/t.ts'

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
      return t('Restore of an operator')
    case 'restore-run':
      return t('Restore of the run')
    case 'kill':
    case 'crash':
    case 'process':
      return t('Incident {number}', { number: incident.number ?? '' })
  }
}

export function triggerWords(incident: Incident, nameOf: (operator: string) => string): string {
  const names = incident.operators.map(nameOf).join(', ')
  switch (incident.trigger.kind) {
    case 'kill':
      return t('{names} killed by {by}', { names, by: incident.trigger.by })
    case 'crash':
      return t('{names} crashed', { names })
    case 'process':
      return incident.trigger.by === null ? t('the run process died') : t('run process killed by {by}', { by: incident.trigger.by })
    case 'restore-operator':
      return t('{names} restored by {by}', { names, by: incident.trigger.by })
    case 'restore-run':
      return t('all operators to {window}', { window: windowName(incident.trigger.window) })
  }
}

/** Subject first; a person is named with a capital, an operator as it is written. */
function firstStep(incident: Incident, nameOf: (operator: string) => string): string {
  const names = incident.operators.map(nameOf).join(', ')
  const person = (by: string): string => by.replace(/^./, (letter) => letter.toUpperCase())
  switch (incident.trigger.kind) {
    case 'kill':
      return t('{person} killed {names}', { person: person(incident.trigger.by), names })
    case 'crash':
      return t('{names} crashed', { names })
    case 'process':
      return incident.trigger.by === null
        ? t('The run process died')
        : t('{person} killed the run process', { person: person(incident.trigger.by) })
    case 'restore-operator':
      return t('{person} restored {names}', { person: person(incident.trigger.by), names })
    case 'restore-run':
      return t('Restore to {window} asked', { window: windowName(incident.trigger.window) })
  }
}

/** Somebody asked for it: nothing has died. */
function isRestore({ trigger }: Incident): boolean {
  return trigger.kind === 'restore-operator' || trigger.kind === 'restore-run'
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
      state: isRestore(incident) ? 'restoring' : 'down',
      title: firstStep(incident, nameOf),
      detail:
        incident.askedAtMs !== null && incident.askedAtMs < incident.startedAtMs
          ? t('asked {time} before', { time: duration(incident.startedAtMs - incident.askedAtMs) })
          : null,
      atMs: incident.startedAtMs,
    },
    {
      key: 'planned',
      state: 'rolling-back',
      title:
        plan === null
          ? t('Plan')
          : t('Planned: {restart} of {operators} go back to {cut}', { restart: plan.restart.length, operators, cut: windowName(plan.cut) }),
      detail: plan?.reason ?? null,
      atMs: plan?.atMs ?? null,
    },
  ]
  if (starting !== null)
    steps.push({
      key: 'starting',
      state: 'starting',
      title: t('Attempt {attempt} starts', { attempt: plan?.attempt ?? '' }),
      detail: whoWas(incident, 'starting', nameOf),
      atMs: starting,
    })
  const held = outcome.kind === 'held'
  if (held)
    steps.push({
      key: 'held',
      state: 'held',
      title: t('{operator} is held', { operator: nameOf(outcome.operator) }),
      detail: t('until someone restores it'),
      atMs: outcome.atMs,
    })
  steps.push(
    {
      key: 'restoring',
      state: 'restoring',
      title: restoring === null ? t('Read the state') : t('State is read'),
      detail: null,
      atMs: restoring,
    },
    {
      key: 'restored',
      state: 'restoring',
      title: restored === null ? t('Restore the state') : t('State restored'),
      detail: whoWas(incident, 'restoring', nameOf) || null,
      atMs: restored,
    },
  )
  if (replaying !== null || outcome.kind === 'open')
    steps.push({
      key: 'replaying',
      state: 'replaying',
      title: plan === null ? t('Replay') : t('Replay from {window}', { window: windowName(plan.cut + 1) }),
      detail: whoWas(incident, 'replaying', nameOf) || null,
      atMs: replaying,
    })
  switch (outcome.kind) {
    case 'open':
      steps.push({ key: 'end', state: 'running', title: t('Catch up'), detail: null, atMs: null })
      break
    case 'recovered':
      steps.push({
        key: 'end',
        state: 'running',
        title: t('Caught up'),
        detail: t('{operators} on new windows', {
          operators: plural(plan?.restart.length ?? 0, 'operator works', 'operators work'),
        }),
        atMs: outcome.atMs,
      })
      break
    case 'superseded':
      steps.push({
        key: 'end',
        state: 'down',
        title: t('Another failure came first'),
        detail: t('its recovery covers both'),
        atMs: outcome.atMs,
      })
      break
    case 'ended':
      steps.push({ key: 'end', state: 'finished', title: t('The run ended'), detail: null, atMs: outcome.atMs })
      break
    case 'held':
      break
  }
  // What has not happened is foretold only while it still can.
  return withPhases(inOrder(outcome.kind === 'open' ? steps : steps.filter((step) => step.atMs !== null)), outcome.kind === 'open')
}

/** By time, and by kind at the same time; what has not happened comes last. */
function inOrder(steps: readonly Omit<IncidentStep, 'phase'>[]): readonly Omit<IncidentStep, 'phase'>[] {
  return steps.toSorted((a, b) => (a.atMs ?? Infinity) - (b.atMs ?? Infinity) || 0)
}

function withPhases(steps: readonly Omit<IncidentStep, 'phase'>[], open: boolean): readonly IncidentStep[] {
  const last = steps.findLastIndex((step) => step.atMs !== null)
  return steps.map((step, i) => ({ ...step, phase: step.atMs === null ? 'next' : open && i === last ? 'now' : 'done' }))
}
