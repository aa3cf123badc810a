/** Phases of a checkpoint as spans, and who held it up. */
import type { CheckpointPhase } from '@belay/run'
import { t } from '../../language/t.ts'

/** In order; each begins where the one before ends. */
export const PHASES = [
  ['end', t('window end'), t('until all rows of the window have come to it')],
  ['work', t('own work'), t('results of the window; a sink makes durable what it has staged')],
  ['copy', t('copy'), t('of its state, waiting for memory included')],
  ['wait', t('wait'), t('until the store has time')],
  ['store', t('store'), t('writing to disk')],
  ['rest', t('the others'), t('until the slowest is stored and the manifest is on disk')],
] as const
export type PhaseName = (typeof PHASES)[number][0]

export interface PhaseSpans {
  readonly instance: string
  /** Milliseconds of each phase. */
  readonly spans: Readonly<Record<PhaseName, number>>
  /** Without waiting for the end of the window, which others bring. */
  readonly ownMs: number
  readonly storedMs: number
  readonly straggler: boolean
}

/** Faster than this nobody is told slow. */
const LEAST_MS = 20
const OF_MEDIAN = 1.5
const OWN = ['work', 'copy', 'wait', 'store'] as const

/** Stored last first. */
export function spansOf(phases: readonly CheckpointPhase[], durationMs: number): PhaseSpans[] {
  const sorted = phases.map(({ endMs, storedMs }) => storedMs - endMs).sort((a, b) => a - b)
  const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
  return phases
    .map(({ instance, endMs, workedMs, copiedMs, writingMs, storedMs }) => ({
      instance,
      ownMs: storedMs - endMs,
      storedMs,
      straggler: storedMs - endMs > LEAST_MS && storedMs - endMs > median * OF_MEDIAN,
      spans: {
        end: endMs,
        work: workedMs - endMs,
        copy: copiedMs - workedMs,
        wait: writingMs - copiedMs,
        store: storedMs - writingMs,
        rest: Math.max(0, durationMs - storedMs),
      },
    }))
    .sort((a, b) => b.storedMs - a.storedMs)
}

/** Who spent most time itself, and on what; null = nobody spent any. */
export function slowestPhase(
  all: readonly PhaseSpans[],
): { readonly instance: string; readonly phase: PhaseName; readonly ms: number } | null {
  let slowest: PhaseSpans | null = null
  for (const one of all) if (one.ownMs > (slowest?.ownMs ?? 0)) slowest = one
  if (slowest === null) return null
  const { instance, spans } = slowest
  const phase = OWN.reduce((most, name) => (spans[name] > spans[most] ? name : most))
  return { instance, phase, ms: spans[phase] }
}
