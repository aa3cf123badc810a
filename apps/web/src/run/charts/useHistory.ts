/** Figures over time from the server, read again while the run goes on. */
import { useEffect, useState } from 'react'
import type { RunHistory } from '@belay/run'
import { ApiError, get } from '../../api/client.ts'
import { useEnded, useRunStore } from '../live/runHooks.ts'

const POINTS = 300
const LEAST_EVERY_MS = 2000

export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

export interface ReadHistory {
  readonly history: RunHistory | null
  readonly span: Span | null
  readonly problem: string | null
}

/** `spanMs` null = from the run's start, at most a day. `zoom`: this time alone, which stays as it is. */
export function useHistory(spanMs: number | null, zoom: Span | null): ReadHistory {
  const store = useRunStore()
  const ended = useEnded()
  const [read, setRead] = useState<ReadHistory>({ history: null, span: null, problem: null })
  useEffect(() => {
    let closed = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = async (): Promise<void> => {
      // After the end the last figures stand at its time, not at now.
      const toMs = zoom?.toMs ?? (ended ? (store.events.at(-1)?.atMs ?? store.now()) : store.now())
      const startedMs = store.structure?.startedAtMs ?? toMs
      const fromMs = zoom?.fromMs ?? Math.max(spanMs === null ? startedMs : toMs - spanMs, toMs - 86_400_000)
      try {
        const history = await get<RunHistory>(
          `/runs/${store.runId}/history?from=${Math.round(fromMs)}&to=${Math.round(toMs)}&points=${POINTS}`,
        )
        if (!closed) setRead({ history, span: { fromMs, toMs }, problem: null })
      } catch (error) {
        if (!closed) setRead((before) => ({ ...before, problem: error instanceof ApiError ? error.message : String(error) }))
      }
      if (!closed && !ended && zoom === null) timer = setTimeout(() => void ask(), Math.max(LEAST_EVERY_MS, (toMs - fromMs) / POINTS))
    }
    void ask()
    return () => {
      closed = true
      clearTimeout(timer)
    }
  }, [store, spanMs, zoom, ended])
  return read
}
