/** The monitor on a phone: the graph as a rope, actions in reach of the thumb (ui.md §2). */
import { lazy, Suspense, useEffect, useState } from 'react'
import { Link } from 'wouter'
import { RunAlerts } from '../../alerts/AlertBell.tsx'
import '../../theme/phone.css'
import { Icon } from '../../theme/Icon.tsx'
import { rate, uptime, windowName, decimal } from '../../theme/numbers.ts'
import { StatePill } from '../../theme/states.tsx'
import { LinkMark } from '../LinkMark.tsx'
import { useCommittedWindow, useRunFigures, useRunState, useRunStore } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { CheckpointsPanel } from '../panels/CheckpointsPanel.tsx'
import { EventList } from '../panels/EventList.tsx'
import { MomentTools } from '../panels/MomentTools.tsx'
import { SidePanel } from '../panels/SidePanel.tsx'
import { TabStrip } from '../panels/TabStrip.tsx'
import { TableRowsView } from '../panels/TableRowsView.tsx'
import { Timeline } from '../panels/Timeline.tsx'
import { shortRunId } from '../RunPicker.tsx'
import { PauseButton, RestoreButton, StopMenu } from '../RunVerbs.tsx'
import { TryBanner } from '../TryBanner.tsx'
import { SituationButton, SituationIcon, useSituation } from '../Sentence.tsx'
import { Rope } from './Rope.tsx'
import { RowsInStrip } from './RowsInStrip.tsx'
import { t } from '../../language/t.ts'

const MetricsPanel = lazy(() => import('../charts/MetricsPanel.tsx'))
const ExplainPanel = lazy(() => import('../explain/ExplainPanel.tsx'))
const PeekPanel = lazy(() => import('../peek/PeekPanel.tsx'))

type PhoneTab =
  | 'operators'
  | 'detail'
  | 'timeline'
  | 'metrics'
  | 'events'
  | 'checkpoints'
  | 'explain'
  | `table:${string}`
  | `peek:${string}`

export default function PhoneMonitor() {
  const { document, side, tables, nameOf, tab: opened } = useMonitor()
  const peeked = opened.startsWith('peek:') ? (opened as `peek:${string}`) : null
  const state = useRunState()
  const [tab, setTab] = useState<PhoneTab>('operators')
  const chosen = side.kind === 'operator' ? side.operator : side.kind === 'incident' ? side.key : null
  useEffect(() => {
    // Let go of on its own tab: back to the operators.
    if (chosen === null) setTab((current) => (current === 'detail' ? 'operators' : current))
  }, [chosen])
  useEffect(() => {
    if (peeked !== null) setTab(peeked)
  }, [peeked])
  const tabs: (readonly [PhoneTab, string])[] = [['operators', t('Operators')]]
  if (side.kind === 'operator') tabs.push(['detail', nameOf(side.operator)])
  if (side.kind === 'incident') tabs.push(['detail', t('Incident')])
  tabs.push(
    ['timeline', t('Timeline')],
    ['metrics', t('Metrics')],
    ['events', t('Events')],
    ['checkpoints', t('Checkpoints')],
    ['explain', t('Explain')],
  )
  for (const table of tables) tabs.push([`table:${table.id}`, nameOf(table.id)])
  if (peeked !== null) tabs.push([peeked, t('Peek')])
  return (
    <main className="ph-page" data-run-state={state}>
      <PhoneTop />
      <TryBanner />
      <PhoneSentence onDetails={() => setTab('detail')} />
      <PhoneFigures />
      <div className="ph-tabs">
        <TabStrip<PhoneTab> label={t('What to see')} name="phone" tabs={tabs} chosen={tab} onChoose={setTab} />
      </div>
      <div className="ph-body" role="tabpanel" id="phone-panel" aria-labelledby={`phone-tab-${tab}`}>
        {tab === 'operators' ? (
          <>
            <Rope document={document} onChoose={() => setTab('detail')} />
            <RowsInStrip />
          </>
        ) : null}
        {tab === 'detail' ? <SidePanel /> : null}
        {tab === 'timeline' ? (
          <div className="ph-timeline">
            <MomentTools />
            <Timeline spanMs={30_000} />
          </div>
        ) : null}
        {tab === 'metrics' ? (
          <Suspense fallback={<p className="rn-empty">{t('Reading figures…')}</p>}>
            <MetricsPanel />
          </Suspense>
        ) : null}
        {tab === 'events' ? <EventList testId="events" /> : null}
        {tab === 'checkpoints' ? <CheckpointsPanel /> : null}
        {tab === 'explain' ? (
          <Suspense fallback={<p className="rn-empty">{t('Reading.')}</p>}>
            <ExplainPanel />
          </Suspense>
        ) : null}
        {tab.startsWith('peek:') ? (
          <Suspense fallback={<p className="rn-empty">{t('Asking for rows…')}</p>}>
            <PeekPanel stream={tab.slice('peek:'.length)} />
          </Suspense>
        ) : null}
        {tab.startsWith('table:') ? <TableRowsView operator={tab.slice('table:'.length)} /> : null}
      </div>
      <PhoneActions />
    </main>
  )
}

function PhoneTop() {
  const { document } = useMonitor()
  const store = useRunStore()
  const state = useRunState()
  const figures = useRunFigures()
  return (
    <header className="ph-top">
      <Link href="/" className="rn-btn rn-quiet rn-icon-only" aria-label={t('Back to all pipelines')}>
        <Icon name="left" size={16} />
      </Link>
      <div className="rn-grow">
        <h1 className="rn-ell">{document.name}</h1>
        <p className="rn-micro rn-t3">
          {t('run {runId}', { runId: shortRunId(store.runId) })}
          {figures === null ? '' : `, ${uptime(figures.uptimeMs)}`}
        </p>
      </div>
      <RunAlerts runId={store.runId} />
      {state === null ? null : <StatePill state={state} kind="run" />}
      <StopMenu icon />
    </header>
  )
}

function PhoneSentence({ onDetails }: { readonly onDetails: () => void }) {
  const situation = useSituation()
  const { problem, clearProblem } = useMonitor()
  if (problem !== null)
    return (
      <div className="ph-sentence" data-tone="bad" role="alert">
        <Icon name="warning" />
        <p>{problem}</p>
        <button type="button" className="rn-btn rn-quiet rn-icon-only" aria-label={t('Dismiss')} onClick={clearProblem}>
          <Icon name="close" />
        </button>
      </div>
    )
  // Silence is the default: a strip only when something is to be said.
  if (situation === null || situation.icon === null) return null
  return (
    <div className="ph-sentence" data-tone={situation.icon === 'warning' ? 'warn' : 'plain'} data-testid="sentence">
      <SituationIcon situation={situation} />
      <p>
        <b>{situation.lead}</b> {situation.detail}
      </p>
      {situation.actions.slice(0, 1).map((action) => (
        <SituationButton key={action.kind} action={action} onDetails={onDetails} />
      ))}
    </div>
  )
}

function PhoneFigures() {
  const { document } = useMonitor()
  const store = useRunStore()
  const figures = useRunFigures()
  const committed = useCommittedWindow()
  if (figures === null) return null
  const rowsIn = store.sources.reduce((sum, id) => sum + (figures.operators[id]?.rowsOutPerSecond ?? 0), 0)
  const behindMs = Math.max(0, figures.targetWindow - committed) * document.settings.windowMs
  return (
    <dl className="ph-figures">
      <div>
        <dt>{t('Rows in')}</dt>
        <dd>{rate(rowsIn)}</dd>
      </div>
      <div>
        <dt>{t('Not committed')}</dt>
        <dd>{`${decimal(behindMs / 1000)} s`}</dd>
      </div>
      <div>
        <dt>{t('Committed')}</dt>
        <dd data-testid="committed">{windowName(committed)}</dd>
      </div>
    </dl>
  )
}

function PhoneActions() {
  const { off, selected, openKill, nameOf } = useMonitor()
  return (
    <nav className="ph-actions" aria-label={t('Actions')}>
      <span className="ph-link">
        <LinkMark />
      </span>
      <button
        type="button"
        className="rn-btn rn-lg rn-danger-quiet"
        disabled={off !== null}
        title={off ?? undefined}
        onClick={() => openKill(selected)}
      >
        <Icon name="kill" />
        <span className="rn-ell">{selected === null ? t('Kill…') : t('Kill {selected}…', { selected: nameOf(selected) })}</span>
      </button>
      <PauseButton large />
      <RestoreButton large />
    </nav>
  )
}
