/** Under the graph: time, events, checkpoints, rows. Its height is the person's, and remembered. */
import { lazy, Suspense, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react'
import { useCheckpoints, useNotableEvents, useRunStore } from '../live/runHooks.ts'
import { useMonitor, type Tab } from '../monitorState.tsx'
import { EventsPanel } from './EventList.tsx'
import { MomentTools } from './MomentTools.tsx'
import { TableRowsView } from './TableRowsView.tsx'
import { TabStrip } from './TabStrip.tsx'
import { Timeline } from './Timeline.tsx'
import { t } from '../../language/t.ts'

const CheckpointsPanel = lazy(() => import('./CheckpointsPanel.tsx').then((module) => ({ default: module.CheckpointsPanel })))
const MetricsPanel = lazy(() => import('../charts/MetricsPanel.tsx'))
const PeekPanel = lazy(() => import('../peek/PeekPanel.tsx'))
const ExplainPanel = lazy(() => import('../explain/ExplainPanel.tsx'))

const SPANS: readonly (readonly [label: string, ms: number])[] = [
  ['30 s', 30_000],
  ['2 min', 120_000],
  ['5 min', 300_000],
  ['30 min', 1_800_000],
  ['2 h', 7_200_000],
  ['24 h', 86_400_000],
]
/** Lists want more room than the timeline; each has its own height. */
const HEIGHTS = {
  timeline: { usual: 164, key: 'belay.timeline-height' },
  list: { usual: 288, key: 'belay.list-height' },
}
const LEAST = 120
type Kind = keyof typeof HEIGHTS

function remembered(kind: Kind): number {
  const value = Number(window.localStorage.getItem(HEIGHTS[kind].key))
  return Number.isFinite(value) && value >= LEAST ? value : HEIGHTS[kind].usual
}

function mostPx(): number {
  return window.innerHeight * 0.6
}

export function BottomPanel() {
  const { tab, openTab, tables, nameOf } = useMonitor()
  const store = useRunStore()
  const checkpoints = useCheckpoints()
  const notable = useNotableEvents()
  const [heights, setHeights] = useState({ timeline: remembered('timeline'), list: remembered('list') })
  const [spanMs, setSpanMs] = useState(30_000)
  const kind: Kind = tab === 'timeline' ? 'timeline' : 'list'
  const height = Math.min(heights[kind], mostPx())
  const resize = (next: number): void => {
    const fitting = Math.round(Math.max(LEAST, Math.min(mostPx(), next)))
    setHeights({ ...heights, [kind]: fitting })
    window.localStorage.setItem(HEIGHTS[kind].key, String(fitting))
  }
  const ageMs = store.newestMs() - (store.structure?.startedAtMs ?? 0)
  const failures = notable.filter((event) => event.type === 'failure').length
  return (
    <section className="rn-bottom" aria-label={t('Time')} style={{ height }}>
      <Divider height={height} usual={HEIGHTS[kind].usual} onResize={resize} />
      <div className="rn-bottom-head">
        <TabStrip<Tab>
          label={t('Time')}
          name="bottom"
          chosen={tab}
          onChoose={openTab}
          tabs={[
            ['timeline', t('Timeline')],
            ['metrics', t('Metrics')],
            ['events', t('Events'), failures],
            ['checkpoints', t('Checkpoints'), Math.min(999, checkpoints.length)],
            ['explain', t('Explain')],
            ...tables.map((operator) => [`table:${operator.id}`, t('Rows of {id}', { id: nameOf(operator.id) })] as const),
            // There while it is open, and what is closed costs nothing.
            ...(tab.startsWith('peek:') ? [[tab, t('Peek')] as const] : []),
          ]}
        />
        <span className="rn-grow" />
        {tab === 'timeline' ? (
          <label className="rn-span-choice">
            <span className="rn-hidden">{t('Time shown')}</span>
            <select value={spanMs} onChange={(event) => setSpanMs(Number(event.currentTarget.value))}>
              {SPANS.filter((_, i) => i < 2 || SPANS[i - 1][1] < ageMs || SPANS[i][1] === spanMs).map(([label, ms]) => (
                <option key={ms} value={ms}>
                  {t('last {label}', { label })}
                </option>
              ))}
            </select>
          </label>
        ) : null}
        <MomentTools />
      </div>
      <div id="bottom-panel" role="tabpanel" aria-labelledby={`bottom-tab-${tab}`} className="rn-bottom-body">
        {tab === 'timeline' ? <Timeline spanMs={spanMs} /> : null}
        {tab === 'metrics' ? (
          <Suspense fallback={<p className="rn-empty">{t('Reading figures…')}</p>}>
            <MetricsPanel />
          </Suspense>
        ) : null}
        {tab === 'events' ? <EventsPanel /> : null}
        {tab === 'checkpoints' ? (
          <Suspense fallback={<p className="rn-empty">{t('Reading.')}</p>}>
            <CheckpointsPanel />
          </Suspense>
        ) : null}
        {tab.startsWith('peek:') ? (
          <Suspense fallback={<p className="rn-empty">{t('Asking for rows…')}</p>}>
            <PeekPanel stream={tab.slice('peek:'.length)} />
          </Suspense>
        ) : null}
        {tab === 'explain' ? (
          <Suspense fallback={<p className="rn-empty">{t('Reading.')}</p>}>
            <ExplainPanel />
          </Suspense>
        ) : null}
        {tab.startsWith('table:') ? <TableRowsView operator={tab.slice('table:'.length)} /> : null}
      </div>
    </section>
  )
}

function Divider({
  height,
  usual,
  onResize,
}: {
  readonly height: number
  readonly usual: number
  readonly onResize: (height: number) => void
}) {
  const from = useRef<{ y: number; height: number } | null>(null)
  const onPointer = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.type === 'pointerdown') {
      event.currentTarget.setPointerCapture(event.pointerId)
      from.current = { y: event.clientY, height }
    } else if (from.current !== null && event.currentTarget.hasPointerCapture(event.pointerId))
      onResize(from.current.height + from.current.y - event.clientY)
  }
  const onKey = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.key === 'ArrowUp') onResize(height + 24)
    else if (event.key === 'ArrowDown') onResize(height - 24)
    else return
    event.preventDefault()
  }
  return (
    <div
      className="rn-divider"
      role="separator"
      aria-orientation="horizontal"
      aria-label={t('Height of the panel')}
      aria-valuenow={Math.round(height)}
      aria-valuemin={LEAST}
      aria-valuemax={Math.round(mostPx())}
      tabIndex={0}
      onPointerDown={onPointer}
      onPointerMove={onPointer}
      onKeyDown={onKey}
      onDoubleClick={() => onResize(usual)}
    />
  )
}
