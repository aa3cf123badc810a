/** Keeps the canvas pointing at the recovery of the moment shown, and marks who came back after it. */
import { useEffect } from 'react'
import { duration, windowName } from '../../theme/numbers.ts'
import type { RunPlan } from '@belay/run'
import { planOf, type Incident } from '../live/incidents.ts'
import { useIncidents, useMoment, useRunStore } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { markReturned, pointAt, type RestartSet } from './emphasis.ts'
import { t } from '../../language/t.ts'

/** A recovery of 0.2 s would be gone before anyone has seen its hull. */
const HULL_STAYS_MS = 1200
const MARK_STAYS_MS = 20_000

/** When its restart set is no longer one; null = it still is. */
function overAt(incident: Incident): number | null {
  switch (incident.outcome.kind) {
    case 'open':
      return null
    case 'held':
      return incident.outcome.untilMs
    case 'recovered':
    case 'superseded':
    case 'ended':
      return incident.outcome.atMs
  }
}

function restartSet(incident: Incident, operators: number, layout: RunPlan | undefined): RestartSet | null {
  const plan = planOf(incident)
  if (plan === null) return null
  return {
    kind: 'does',
    target: null,
    operators: plan.restart,
    instances: layout === undefined ? null : { killed: [], restart: restartedInstances(layout, plan.restart, plan.partitions ?? []) },
    flags: new Map(),
    title: t('restart set · {restart} of {operators} · back to {cut}', {
      restart: plan.restart.length,
      operators,
      cut: windowName(plan.cut),
    }),
  }
}

/** Of an operator with several partitions those that are named, of any other its only one. */
function restartedInstances(layout: RunPlan, operators: readonly string[], partitions: readonly string[]): string[] {
  const named = new Set(partitions)
  return layout.instances.flatMap(({ id, operator, part }) =>
    operators.includes(operator) && (part === 'whole' || named.has(id)) ? [id] : [],
  )
}

export function useRestartSetOfIncident(): void {
  const { document, dialog } = useMonitor()
  const store = useRunStore()
  const incidents = useIncidents()
  const moment = useMoment()
  const foretelling = dialog?.kind === 'kill'
  const pastMs = moment.kind === 'past' ? moment.atMs : null
  const last = incidents.at(-1)

  /** Of a past moment: the incident that was under way then. */
  const then = pastMs === null ? undefined : incidents.findLast((incident) => incident.startedAtMs <= pastMs)
  const thenUnderWay = then !== undefined && pastMs !== null && pastMs <= (overAt(then) ?? Infinity)
  useEffect(() => {
    if (foretelling || pastMs === null) return
    pointAt(then !== undefined && thenUnderWay ? restartSet(then, document.operators.length, store.structure?.plan) : null)
  }, [store, foretelling, pastMs === null, then, thenUnderWay, document])

  useEffect(() => {
    if (foretelling || pastMs !== null) return
    const over = last === undefined ? 0 : overAt(last)
    const leftMs = over === null ? Infinity : over + HULL_STAYS_MS - store.now()
    if (last === undefined || leftMs <= 0) {
      pointAt(null)
      return
    }
    pointAt(restartSet(last, document.operators.length, store.structure?.plan))
    if (leftMs === Infinity) return
    const timer = setTimeout(() => pointAt(null), leftMs)
    return () => clearTimeout(timer)
  }, [store, last, foretelling, pastMs === null, document])

  useEffect(() => {
    const [operator] = last?.operators ?? []
    if (
      last?.outcome.kind !== 'recovered' ||
      last.number === null ||
      last.trigger.kind === 'process' ||
      operator === undefined ||
      pastMs !== null
    ) {
      markReturned(null)
      return
    }
    const leftMs = last.outcome.atMs + MARK_STAYS_MS - store.now()
    if (leftMs <= 0) return
    markReturned({ operator, text: t('back after {caughtUp}', { caughtUp: duration(last.outcome.durations.caughtUpMs) }) })
    const timer = setTimeout(() => markReturned(null), leftMs)
    return () => clearTimeout(timer)
  }, [store, last, pastMs === null])
}
