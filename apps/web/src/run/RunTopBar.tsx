/** Where one is, the run's state, and the verbs of the whole run. */
import { Link } from 'wouter'
import { RunAlerts } from '../alerts/AlertBell.tsx'
import { uptime, windowName } from '../theme/numbers.ts'
import { StatePill } from '../theme/states.tsx'
import { LinkMark } from './LinkMark.tsx'
import { useCommittedWindow, useRunFigures, useRunState, useRunStore } from './live/runHooks.ts'
import { useMonitor } from './monitorState.tsx'
import { RunPicker } from './RunPicker.tsx'
import { ExportButton, PauseButton, RestoreButton, StopMenu } from './RunVerbs.tsx'
import { t } from '../language/t.ts'

export function RunTopBar() {
  const { document } = useMonitor()
  const store = useRunStore()
  const state = useRunState()
  return (
    <header className="sh-top">
      <nav aria-label={t('Where you are')} className="sh-crumb">
        <Link href="/">{t('Pipelines')}</Link>
        <span aria-hidden="true">/</span>
        <h1 title={document.name}>
          {document.name}
          <span className="rn-hidden">{t(', run {runId}', { runId: store.runId })}</span>
        </h1>
      </nav>
      <RunPicker pipelineId={document.id} />
      <nav className="rn-seg" aria-label={t('Mode')}>
        <Link href={`/pipelines/${document.id}`}>{t('Design')}</Link>
        <span aria-current="page">{t('Live')}</span>
      </nav>
      {state === null ? null : <StatePill state={state} kind="run" />}
      <RunAlerts runId={store.runId} />
      <Uptime />
      <span className="rn-grow" />
      <LinkMark />
      <div className="rn-verbs">
        <PauseButton />
        <StopMenu />
        <RestoreButton />
        <ExportButton />
      </div>
    </header>
  )
}

function Uptime() {
  const figures = useRunFigures()
  const committed = useCommittedWindow()
  if (figures === null) return null
  return (
    <span className="rn-small rn-t3 rn-uptime">
      <span>{uptime(figures.uptimeMs)}</span>
      <span data-testid="committed">{t('committed {committed}', { committed: windowName(committed) })}</span>
    </span>
  )
}
