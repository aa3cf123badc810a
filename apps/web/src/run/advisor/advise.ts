/**
 * Which time between checkpoints suits a run: what its measured checkpoints and recoveries say each would cost.
 * Pure.
 *
 * A checkpoint stops an operator while its state is copied; writing goes on beside the work. With C the longest of
 * those stops, D from the window's end to the manifest, and T the interval: overhead is C / T. A crash comes at any
 * moment between two checkpoints, so T / 2 + D of work is replayed on average and T + D at most, at the speed of past
 * replays. Sinks publish a row with the commit: T / 2 + D after it came on average, T + D at most.
 */
import type { CheckpointSummary, RunEvent } from '@belay/run'
import { t } from '../../language/t.ts'

export interface AdvisorFacts {
  readonly intervalMs: number
  readonly windowMs: number
  /** The newest ones, oldest first. */
  readonly checkpoints: readonly Pick<CheckpointSummary, 'window' | 'atMs' | 'durationMs' | 'sizeBytes' | 'phases'>[]
  readonly events: readonly RunEvent[]
  /** Whether some sink publishes only what is committed. */
  readonly publishes: boolean
}

export interface Candidate {
  readonly intervalMs: number
  /** Share of time that operators stand still for checkpoints, 0 to 1. */
  readonly overhead: number
  /** Written to disk. */
  readonly bytesPerSecond: number
  /** From a crash until everybody is as far as before. */
  readonly recoveryMs: { readonly mean: number; readonly most: number }
  /** From a row to its publication; null = no sink publishes. */
  readonly latencyMs: { readonly mean: number; readonly most: number } | null
  /** Checkpoints would take longer than half of the time between them. */
  readonly crowded: boolean
}

export interface Advice {
  readonly candidates: readonly Candidate[]
  readonly recommendedMs: number
  readonly reason: string
  readonly basis: {
    /** Checkpoints that are measured. */
    readonly checkpoints: number
    readonly durationMs: number
    /** What operators stand still for one checkpoint. */
    readonly stopMs: number
    /** false = the phases are not known: the whole duration is counted as a stop. */
    readonly stopMeasured: boolean
    /** Work that is replayed in one unit of time; 1 where no recovery was measured. */
    readonly replaySpeed: number
    readonly restoreMs: number
    readonly recoveries: number
  }
}

const STEPS_MS = [200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000]
/** What checkpoints may cost: more of them would be felt, fewer would not. */
const BUDGET = 0.01
const FASTEST_REPLAY = 100

/** null = nothing is measured yet. */
export function advise(facts: AdvisorFacts): Advice | null {
  const { checkpoints, intervalMs, windowMs, publishes } = facts
  if (checkpoints.length === 0) return null
  const stops = checkpoints.flatMap(({ phases }) =>
    phases === undefined || phases.length === 0 ? [] : [Math.max(...phases.map(({ stoodMs }) => stoodMs))],
  )
  const durationMs = median(checkpoints.map((checkpoint) => checkpoint.durationMs))
  const stopMs = stops.length === 0 ? durationMs : median(stops)
  const sizeBytes = median(checkpoints.map((checkpoint) => checkpoint.sizeBytes))
  const recoveries = recoveriesOf(facts.events, checkpoints)
  const restoreMs = recoveries.length === 0 ? 0 : median(recoveries.map((recovery) => recovery.restoreMs))
  const replaySpeed = recoveries.length === 0 ? 1 : median(recoveries.map((recovery) => recovery.speed))
  const candidate = (ms: number): Candidate => ({
    intervalMs: ms,
    overhead: Math.min(1, stopMs / ms),
    bytesPerSecond: (sizeBytes * 1000) / ms,
    recoveryMs: { mean: restoreMs + (ms / 2 + durationMs) / replaySpeed, most: restoreMs + (ms + durationMs) / replaySpeed },
    latencyMs: publishes ? { mean: ms / 2 + durationMs, most: ms + durationMs } : null,
    crowded: durationMs > ms / 2,
  })
  const candidates = [...new Set([...STEPS_MS, intervalMs])]
    .filter((ms) => ms >= windowMs)
    .sort((a, b) => a - b)
    .map(candidate)
  const fit = candidates.find(({ overhead, crowded }) => overhead <= BUDGET && !crowded) ?? candidates[candidates.length - 1]
  const now = candidate(intervalMs)
  // Who is within the budget and not far from the best is left alone.
  const chosen = now.overhead <= BUDGET && !now.crowded && intervalMs <= 2 * fit.intervalMs ? now : fit
  return {
    candidates,
    recommendedMs: chosen.intervalMs,
    reason: reasonOf(chosen, fit, candidates),
    basis: {
      checkpoints: checkpoints.length,
      durationMs,
      stopMs,
      stopMeasured: stops.length > 0,
      replaySpeed,
      restoreMs,
      recoveries: recoveries.length,
    },
  }
}

function reasonOf(chosen: Candidate, fit: Candidate, candidates: readonly Candidate[]): string {
  if (chosen !== fit && chosen.intervalMs !== fit.intervalMs)
    return t('As it is: checkpoints cost less than 1 %, and hardly more is replayed than with the best.')
  const shorter = candidates.filter(({ intervalMs }) => intervalMs < chosen.intervalMs).at(-1)
  if (chosen.overhead > BUDGET || chosen.crowded)
    return t('Even so they cost more than 1 % or crowd each other: the state is large for this disk.')
  if (shorter === undefined) return t('The shortest there is, and it costs less than 1 %: least is replayed after a crash.')
  return shorter.crowded
    ? t('The shortest that leaves checkpoints twice the time that they take; it costs less than 1 %.')
    : t('The shortest that costs less than 1 %; after a crash least is replayed.')
}

/** How recoveries went: until states were back, and how fast work was replayed from there. */
function recoveriesOf(
  events: readonly RunEvent[],
  checkpoints: AdvisorFacts['checkpoints'],
): readonly { readonly restoreMs: number; readonly speed: number }[] {
  const failures = new Map<string, number>()
  const cuts = new Map<string, number>()
  const found: { restoreMs: number; speed: number }[] = []
  for (const event of events) {
    if (event.type === 'failure') failures.set(event.incident, event.atMs)
    if (event.type === 'recovery-planned') cuts.set(event.incident, event.cut)
    if (event.type !== 'recovered') continue
    const failedAtMs = failures.get(event.incident)
    const checkpoint = checkpoints.find(({ window }) => window === cuts.get(event.incident))
    failures.delete(event.incident)
    if (failedAtMs === undefined || checkpoint === undefined) continue
    const restoreMs = event.durations.restoredMs ?? 0
    const replayMs = event.durations.caughtUpMs - restoreMs
    // The checkpoint's window ended that long before its manifest was there.
    const workMs = failedAtMs - (checkpoint.atMs - checkpoint.durationMs)
    if (replayMs > 0 && workMs > 0) found.push({ restoreMs, speed: Math.min(FASTEST_REPLAY, workMs / replayMs) })
  }
  return found
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
