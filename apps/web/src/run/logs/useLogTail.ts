/** The tail of a run's log, as far as it has been read: follows once a second, goes back on demand, bounded. */
import { useCallback, useEffect, useRef, useState } from 'react'
import type { LogLevel, LogLine, LogPage } from '@belay/run'
import { ApiError, get } from '../../api/client.ts'

const EVERY_MS = 1000
const PAGE = 200
/** Lines that the page keeps while it follows; the file has more. */
const MOST = 2000

export interface LogWish {
  readonly runId: string
  readonly operator: string
  readonly level: LogLevel
  readonly text: string
}

type Page = LogPage & { readonly engineOnly: boolean }

export interface LogTail {
  /** null = nothing has been read yet. Oldest first. */
  readonly lines: readonly LogLine[] | null
  readonly engineOnly: boolean
  readonly problem: string | null
  /** null = there is nothing older. */
  readonly older: (() => void) | null
}

interface Read {
  readonly lines: readonly LogLine[]
  readonly next: number
  readonly previous: number | null
  readonly engineOnly: boolean
}

export function useLogTail({ runId, operator, level, text }: LogWish, follows: boolean): LogTail {
  const [read, setRead] = useState<Read | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const latest = useRef<Read | null>(null)
  const following = useRef(follows)
  following.current = follows
  const path = `/runs/${runId}/logs?${new URLSearchParams({ operator, level, text }).toString()}`

  const keep = useCallback((next: Read | null) => {
    latest.current = next
    setRead(next)
  }, [])

  useEffect(() => {
    let over = false
    let timer: number | undefined
    keep(null)
    const first = async (): Promise<void> => {
      const page = await get<Page>(`${path}&limit=${PAGE}`)
      if (!over) keep(page)
    }
    const more = async (before: Read): Promise<void> => {
      const page = await get<Page>(`${path}&from=${before.next}&limit=1000`)
      if (over || latest.current === null) return
      const lines = [...latest.current.lines, ...page.lines]
      const cut = lines.length > MOST ? lines.slice(-MOST) : lines
      keep({
        lines: cut,
        next: page.next,
        previous: cut.length < lines.length ? (cut[0]?.at ?? null) : latest.current.previous,
        engineOnly: page.engineOnly,
      })
    }
    const turn = async (): Promise<void> => {
      try {
        if (latest.current === null) await first()
        else if (following.current && !document.hidden) await more(latest.current)
        if (!over) setProblem(null)
      } catch (error) {
        if (!over) setProblem(error instanceof ApiError ? error.message : String(error))
      }
      if (!over) timer = window.setTimeout(() => void turn(), EVERY_MS)
    }
    void turn()
    return () => {
      over = true
      window.clearTimeout(timer)
    }
  }, [path, keep])

  const previous = read?.previous ?? null
  const older = useCallback(() => {
    if (previous === null) return
    get<Page>(`${path}&before=${previous}&limit=${PAGE}`).then(
      (page) => {
        if (latest.current?.previous !== previous) return
        keep({ ...latest.current, lines: [...page.lines, ...latest.current.lines], previous: page.previous })
      },
      (error: unknown) => setProblem(error instanceof ApiError ? error.message : String(error)),
    )
  }, [path, previous, keep])

  return { lines: read?.lines ?? null, engineOnly: read?.engineOnly ?? false, problem, older: previous === null ? null : older }
}
