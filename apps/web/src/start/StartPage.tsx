/** Start: run the demo in one click, examples, pipelines and runs with their state. */
import { useEffect, useRef } from 'react'
import '../theme/start.css'
import { Icon } from '../theme/Icon.tsx'
import { rowsOf } from './attention.ts'
import { Gallery } from './Gallery.tsx'
import { Hero } from './Hero.tsx'
import { PipelineTable } from './PipelineTable.tsx'
import { RunTable } from './RunTable.tsx'
import { useStartActions, type StartActions } from './useStartActions.ts'
import { useStartData } from './useStartData.ts'
import { t } from '../language/t.ts'

const RUNS_ON_START = 8
const UNDO_MS = 10_000

export default function StartPage() {
  const { lists, problem, reload } = useStartData()
  const actions = useStartActions(reload)
  const rows = lists === null ? [] : rowsOf(lists.pipelines, lists.runs, lists.readAtMs)
  return (
    <main className="st-page">
      <header className="sh-top">
        <h1>{t('Pipelines')}</h1>
        <span className="rn-grow" />
        <ImportButton actions={actions} />
        <button
          type="button"
          className="rn-btn"
          disabled={actions.busy !== null || actions.mayNot.write !== null}
          title={actions.mayNot.write ?? undefined}
          onClick={() => void actions.createPipeline()}
        >
          <Icon name="plus" />
          {t('New pipeline')}
        </button>
      </header>
      <div className="st-content">
        <Problem problem={problem} onRetry={reload} />
        <Problem problem={actions.problem} onDismiss={actions.clearProblem} />
        <Hero actions={actions} />
        {rows.length === 0 ? null : <PipelineTable rows={rows} actions={actions} />}
        <Gallery examples={lists?.examples ?? null} actions={actions} />
        {lists === null ? null : <RunTable runs={lists.runs} nowMs={lists.readAtMs} actions={actions} most={RUNS_ON_START} />}
      </div>
      <Undo actions={actions} />
    </main>
  )
}

export function RunsPage() {
  const { lists, problem, reload } = useStartData()
  const actions = useStartActions(reload)
  return (
    <main className="st-page">
      <header className="sh-top">
        <h1>{t('Runs')}</h1>
      </header>
      <div className="st-content">
        <Problem problem={problem} onRetry={reload} />
        <Problem problem={actions.problem} onDismiss={actions.clearProblem} />
        {lists === null ? (
          <p className="rn-empty">{t('Reading the runs.')}</p>
        ) : (
          <RunTable runs={lists.runs} nowMs={lists.readAtMs} actions={actions} most={Infinity} />
        )}
      </div>
    </main>
  )
}

function Problem({
  problem,
  onRetry,
  onDismiss,
}: {
  readonly problem: string | null
  readonly onRetry?: () => Promise<void>
  readonly onDismiss?: () => void
}) {
  if (problem === null) return null
  return (
    <p className="rn-problem" role="alert">
      <Icon name="warning" />
      <span className="rn-grow">{problem}</span>
      {onRetry === undefined ? null : (
        <button type="button" className="rn-btn rn-sm" onClick={() => void onRetry()}>
          {t('Try again')}
        </button>
      )}
      {onDismiss === undefined ? null : (
        <button type="button" className="rn-btn rn-quiet rn-sm rn-icon-only" aria-label={t('Dismiss')} onClick={onDismiss}>
          <Icon name="close" size={12} />
        </button>
      )}
    </p>
  )
}

function ImportButton({ actions }: { readonly actions: StartActions }) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={input}
        type="file"
        accept="application/json,.json"
        hidden
        onChange={(event) => {
          const file = event.currentTarget.files?.[0]
          event.currentTarget.value = ''
          if (file !== undefined) void actions.importPipeline(file)
        }}
      />
      <button
        type="button"
        className="rn-btn"
        disabled={actions.busy !== null || actions.mayNot.write !== null}
        title={actions.mayNot.write ?? t('A pipeline as a JSON file')}
        onClick={() => input.current?.click()}
      >
        <Icon name="upload" />
        {t('Import')}
      </button>
    </>
  )
}

/** A deleted pipeline comes back for ten seconds. */
function Undo({ actions }: { readonly actions: StartActions }) {
  const { deleted, forgetDeleted, undoDelete } = actions
  const forget = useRef(forgetDeleted)
  forget.current = forgetDeleted
  useEffect(() => {
    if (deleted === null) return
    const timer = setTimeout(() => forget.current(), UNDO_MS)
    return () => clearTimeout(timer)
  }, [deleted])
  if (deleted === null) return null
  return (
    <div className="sh-toast" role="status">
      <span>{t('{deleted} is deleted.', { deleted: deleted.name })}</span>
      <button type="button" className="rn-btn rn-sm" onClick={() => void undoDelete()}>
        {t('Undo')}
      </button>
    </div>
  )
}
