/** The story of the run beside the graph, for people who learn what checkpoints and recovery are. */
import { useEffect, useMemo, useRef, useState } from 'react'
import '../../theme/explain.css'
import { clockWithMillis } from '../../theme/numbers.ts'
import { useEvents, useIncidents } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { chaptersOf, type Chapter } from './chapters.ts'
import { t } from '../../language/t.ts'

/** Chapters begin faster than one reads: new text comes at most so often. */
const EVERY_MS = 1000

export default function ExplainPanel() {
  const { document, nameOf } = useMonitor()
  const events = useLatestEvery(useEvents(), EVERY_MS)
  const incidents = useIncidents()
  const [still, setStill] = useState<readonly Chapter[] | null>(null)
  const operators = document.operators.length
  const told = useMemo(() => chaptersOf({ events, incidents, nameOf, operators }), [events, incidents, nameOf, operators])
  const chapters = still ?? told
  return (
    <div className="ex-panel">
      <div className="rn-toolbar">
        <span className="rn-small rn-t2">{t('What the engine does, newest first, and why.')}</span>
        <span className="rn-grow" />
        <label className="rn-check rn-small">
          <input type="checkbox" checked={still !== null} onChange={(event) => setStill(event.currentTarget.checked ? told : null)} />
          <span>{t('hold still while I read')}</span>
        </label>
      </div>
      {chapters.length === 0 ? (
        <p className="rn-empty">{t('Nothing to tell yet. The first checkpoint comes within seconds.')}</p>
      ) : (
        <ol className="ex-list" tabIndex={0} aria-label={t('What happened, newest first')}>
          {chapters.map((chapter) => (
            <ChapterItem key={chapter.key} chapter={chapter} />
          ))}
        </ol>
      )}
    </div>
  )
}

function ChapterItem({ chapter }: { readonly chapter: Chapter }) {
  const { nameOf, select, showIncident } = useMonitor()
  const { incident } = chapter
  return (
    <li className="ex-chapter" data-incident={incident === null ? undefined : ''}>
      <header>
        <h3>{chapter.title}</h3>
        <time className="rn-small rn-t3">{clockWithMillis(chapter.atMs)}</time>
      </header>
      <div className="ex-body">
        <div>
          {chapter.steps.map((step) => (
            <p key={step}>{step}</p>
          ))}
          {incident === null && chapter.operators.length === 0 ? null : (
            <p className="ex-links rn-small">
              {incident === null ? null : (
                <button type="button" className="rn-linklike" onClick={() => showIncident(incident)}>
                  {t('Show its times')}
                </button>
              )}
              {chapter.operators.map((operator) => (
                <button key={operator} type="button" className="rn-linklike" onClick={() => select(operator)}>
                  {nameOf(operator)}
                </button>
              ))}
            </p>
          )}
        </div>
        <div className="ex-why">
          <p>{chapter.why}</p>
        </div>
      </div>
    </li>
  )
}

/** The newest value, but a new one at most every `everyMs`. */
function useLatestEvery<T>(value: T, everyMs: number): T {
  const [shown, setShown] = useState(value)
  const newest = useRef(value)
  newest.current = value
  useEffect(() => {
    const timer = setInterval(() => setShown(newest.current), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return shown
}
