/** A recovery once more, slowly enough to be followed, from the states and figures that this page has seen or the server has kept. */
import type { Incident } from './live/incidents.ts'
import { useRunStore } from './live/runHooks.ts'

/** So long the playing takes, however short the recovery was. */
const PLAYS_MS = 5000
/** Share of the recovery's length that is shown before and after it. */
const AROUND = 0.15
const LEAST_AROUND_MS = 3

/** null = it is not over yet, or too long ago. */
export function useWatchAgain(incident: Incident | null): (() => void) | null {
  const store = useRunStore()
  if (incident === null || incident.outcome.kind !== 'recovered') return null
  if (incident.startedAtMs < store.earliestMs()) return null
  const around = Math.max(LEAST_AROUND_MS, (incident.outcome.atMs - incident.startedAtMs) * AROUND)
  const fromMs = incident.startedAtMs - around
  const untilMs = incident.outcome.atMs + around
  return () => store.showMoment(fromMs, Math.min(1, (untilMs - fromMs) / PLAYS_MS), untilMs)
}
