/** Says what matters to people who listen: politely, at most one message in two seconds (WCAG 4.1.3). */
import { useEffect, useRef, useState } from 'react'
import { eventLine } from './eventWords.ts'
import { useNotableEvents, useRunStore } from './live/runHooks.ts'
import { useMonitor } from './monitorState.tsx'

const PAUSE_MS = 2000
const AT_ONCE = 3

export function Announcer() {
  const store = useRunStore()
  const { nameOf } = useMonitor()
  const newest = useNotableEvents().at(-1)?.seq ?? 0
  const [message, setMessage] = useState('')
  /** Newest event said; null until the page has read what was there before it opened. */
  const said = useRef<number | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null)
  useEffect(() => {
    if (said.current === null) {
      if (newest > 0) said.current = newest
      return
    }
    if (newest === said.current || timer.current !== null) return
    timer.current = setTimeout(() => {
      timer.current = null
      const fresh = store.notable.filter((event) => event.seq > (said.current ?? 0) && event.type !== 'operator-state')
      said.current = store.notable.at(-1)?.seq ?? 0
      if (fresh.length > 0)
        setMessage(
          fresh
            .slice(-AT_ONCE)
            .map((event) => eventLine(event, nameOf).title)
            .join('. '),
        )
    }, PAUSE_MS)
  }, [newest, store, nameOf])
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current)
    },
    [],
  )
  return (
    <div className="rn-hidden" role="status" aria-live="polite">
      {message}
    </div>
  )
}
