/** Pipelines, runs and examples, read again whenever the server says that something changed. */
import { useCallback, useEffect, useState } from 'react'
import type { RunRecord } from '@belay/run'
import { ApiError, get } from '../api/client.ts'
import { liveSocket } from '../api/live.ts'
import type { Example, PipelineItem } from '../api/types.ts'

interface StartLists {
  readonly pipelines: readonly PipelineItem[]
  readonly runs: readonly RunRecord[]
  readonly examples: readonly Example[]
  readonly readAtMs: number
}

export interface StartData {
  /** null = not read yet. */
  readonly lists: StartLists | null
  readonly problem: string | null
  readonly reload: () => Promise<void>
}

export function useStartData(): StartData {
  const [lists, setLists] = useState<StartLists | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const reload = useCallback(async () => {
    try {
      const [pipelines, runs, examples] = await Promise.all([
        get<PipelineItem[]>('/pipelines'),
        get<RunRecord[]>('/runs'),
        get<Example[]>('/examples'),
      ])
      setLists({ pipelines, runs, examples, readAtMs: Date.now() })
      setProblem(null)
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : String(error))
    }
  }, [])
  useEffect(() => {
    void reload()
    const socket = liveSocket()
    const again = (): void => void reload()
    socket.on('runs', again)
    socket.on('connect', again)
    return () => {
      socket.off('runs', again)
      socket.off('connect', again)
    }
  }, [reload])
  return { lists, problem, reload }
}
