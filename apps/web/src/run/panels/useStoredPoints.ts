/** Figures from before this page was opened, as the server has kept them: read once for each length of the timeline. */
import { useEffect, useRef, useState } from 'react'
import type { RunHistory } from '@belay/run'
import { get } from '../../api/client.ts'
import { useRunStore } from '../live/runHooks.ts'
import { storedPoints, type StoredPoints } from './timelineDrawing.ts'

const STEPS = 300
const STEP_MS = 600_000
const NONE: StoredPoints = { points: [], gapMs: 0 }

/** `toMs`: end of the timeline. */
export function useStoredPoints(spanMs: number, toMs: number): StoredPoints {
  const { runId, structure, history } = useRunStore()
  // What this page has seen itself begins there; the oldest of it is let go, and read again from time to time.
  const seenFrom = useRef<number | null>(null)
  const oldestMs = history.ticks[0]?.atMs ?? null
  seenFrom.current ??= oldestMs
  const letGo = oldestMs !== null && seenFrom.current !== null && oldestMs - seenFrom.current > STEP_MS
  const knownMs = letGo ? Math.ceil(oldestMs / STEP_MS) * STEP_MS : seenFrom.current
  const untilMs = knownMs === null ? null : Math.min(knownMs, toMs)
  const [stored, setStored] = useState(NONE)
  const startedAtMs = structure?.startedAtMs ?? null
  useEffect(() => {
    if (untilMs === null || startedAtMs === null) return undefined
    let wanted = true
    const fromMs = Math.max(startedAtMs, untilMs - spanMs)
    setStored(NONE)
    if (untilMs - fromMs > 1000)
      get<RunHistory>(`/runs/${runId}/history?from=${Math.round(fromMs)}&to=${Math.round(untilMs)}&points=${STEPS}`).then(
        (read) => wanted && setStored(storedPoints(read)),
        // The timeline goes on from what comes; Metrics says why nothing older does.
        () => undefined,
      )
    return () => {
      wanted = false
    }
  }, [runId, startedAtMs, spanMs, untilMs])
  return stored
}
