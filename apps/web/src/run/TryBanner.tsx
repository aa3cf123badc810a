/** What a try is and how long it goes on; runs of other kinds have none. */
import { isTry, TRY_MS } from '@belay/run'
import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import { useRunFigures, useRunState, useRunStore } from './live/runHooks.ts'
import { useMonitor } from './monitorState.tsx'
import { t } from '../language/t.ts'

const TICK_MS = 1000

export function TryBanner() {
  const store = useRunStore()
  const { document } = useMonitor()
  const state = useRunState()
  const figures = useRunFigures()
  const [, tick] = useState(0)
  const wanted = isTry(store.runId)
  useEffect(() => {
    if (!wanted) return
    const timer = setInterval(() => tick((n) => n + 1), TICK_MS)
    return () => clearInterval(timer)
  }, [wanted])
  if (!wanted) return null
  const over = state === 'stopped' || state === 'finished' || state === 'failed'
  const leftS = Math.max(0, Math.ceil((TRY_MS - (figures?.uptimeMs ?? 0)) / 1000))
  return (
    <div className="rn-try" role="status">
      <strong>{t('Try')}</strong>
      <span>
        {over
          ? t('It has ended. Nothing was written; the tables below keep what the sinks would have got.')
          : leftS > 0
            ? t('Nothing is written: each sink shows its rows in a table instead. Ends by itself in {leftS} s.', { leftS })
            : t('Nothing is written: each sink shows its rows in a table instead. Ends by itself now.')}
      </span>
      <span className="rn-grow" />
      <Link href={`/pipelines/${document.id}`} className="rn-btn rn-sm">
        {t('Back to the designer')}
      </Link>
    </div>
  )
}
