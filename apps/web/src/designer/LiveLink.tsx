/** To the newest run of this pipeline, where there is one, and what of the drawing it does not have while it lives. */
import { useEffect, useMemo, useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { PipelineDocument } from '@belay/pipeline'
import { ENDED_STATES, type RunRecord, type RunSnapshot } from '@belay/run'
import { get } from '../api/client.ts'
import { useDesigner } from './designerStore.ts'
import { changesOfPlan } from './document/difference.ts'
import { t } from '../language/t.ts'
import { stateWord } from '../theme/states.tsx'

const CHANGES_TOLD = 5

/** Asked again when one comes back to the window: runs end and begin elsewhere. */
function useNewestRun(pipelineId: string): RunRecord | null {
  const [run, setRun] = useState<RunRecord | null>(null)
  useEffect(() => {
    let wanted = true
    const ask = (): void => {
      get<RunRecord[]>('/runs')
        .then((runs) => wanted && setRun(runs.find((candidate) => candidate.pipelineId === pipelineId) ?? null))
        .catch(() => undefined)
    }
    ask()
    window.addEventListener('focus', ask)
    return () => {
      wanted = false
      window.removeEventListener('focus', ask)
    }
  }, [pipelineId])
  return run
}

/** What a living run was started with; null = none lives. */
function useAppliedDocument(run: RunRecord | null): PipelineDocument | null {
  const live = run !== null && !ENDED_STATES.includes(run.state) ? run.runId : null
  const [applied, setApplied] = useState<{ readonly runId: string; readonly document: PipelineDocument } | null>(null)
  useEffect(() => {
    if (live === null) return
    let wanted = true
    get<RunSnapshot>(`/runs/${encodeURIComponent(live)}/snapshot`)
      .then(({ document }) => wanted && setApplied({ runId: live, document }))
      .catch(() => undefined)
    return () => {
      wanted = false
    }
  }, [live])
  return applied?.runId === live ? applied.document : null
}

export function LiveLink({ pipelineId }: { readonly pipelineId: string }) {
  const run = useNewestRun(pipelineId)
  const applied = useAppliedDocument(run)
  return (
    <>
      <nav className="rn-seg ds-mode" aria-label={t('Mode')}>
        <span aria-current="page">{t('Design')}</span>
        {run === null ? (
          <span className="ds-off" title={t('No run of this pipeline yet')}>
            {t('Live')}
          </span>
        ) : (
          <Link href={`/runs/${run.runId}`} title={t('Newest run, {state}', { state: stateWord(run.state) })}>
            {t('Live')}
          </Link>
        )}
      </nav>
      {run === null || applied === null ? null : <NotApplied runId={run.runId} applied={applied} />}
    </>
  )
}

/** Goes by what makes a run another one: names, places, notes and tests are nothing to apply. */
function NotApplied({ runId, applied }: { readonly runId: string; readonly applied: PipelineDocument }) {
  const document = useDesigner((state) => state.history.present)
  const [, navigate] = useLocation()
  const changes = useMemo(() => changesOfPlan(applied, document), [applied, document])
  if (changes.length === 0) return null
  const told = changes.slice(0, CHANGES_TOLD).map(({ what, text }) => `${what} ${text}`)
  const more = changes.length - told.length
  const list = `${told.join(', ')}${more > 0 ? t(' and {more} more', { more }) : ''}`
  return (
    <button
      type="button"
      className="ds-chip ds-chip-button"
      title={t('The run goes on as it was started, without: {list}', { list })}
      onClick={() =>
        useDesigner.getState().say({
          tone: 'plain',
          text: t('The run goes on as it was started, without: {list}. A new run has them.', { list }),
          action: { label: t('To the run'), run: () => navigate(`/runs/${runId}`) },
        })
      }
    >
      {changes.length === 1 ? t('1 change not applied') : t('{changes} changes not applied', { changes: changes.length })}
    </button>
  )
}
