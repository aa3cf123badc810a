/** Runs, newest first: state, when, how long, why. */
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { ENDED_STATES, type RunRecord } from '@belay/run'
import { shortRunId } from '../run/RunPicker.tsx'
import { RemoveDialog } from '../shell/RemoveDialog.tsx'
import { Icon } from '../theme/Icon.tsx'
import { ago, duration } from '../theme/numbers.ts'
import { StatePill, stateWord } from '../theme/states.tsx'
import type { StartActions } from './useStartActions.ts'
import { said, t } from '../language/t.ts'

export interface RunTableProps {
  readonly runs: readonly RunRecord[]
  readonly nowMs: number
  readonly actions: StartActions
  /** Rows shown; the rest is on the page of runs. */
  readonly most: number
}

export function RunTable({ runs, nowMs, actions, most }: RunTableProps) {
  const [asking, setAsking] = useState<RunRecord | null>(null)
  const [, navigate] = useLocation()
  return (
    <section className="st-card" aria-label={t('Runs')}>
      <header>
        <h2>{t('Runs')}</h2>
        <span className="rn-grow" />
        {runs.length > most ? (
          <Link href="/runs" className="rn-btn rn-sm rn-quiet">
            {t('All {runs}', { runs: runs.length })}
          </Link>
        ) : null}
      </header>
      {runs.length === 0 ? (
        <p className="rn-empty">{t('No runs yet. Run the demo to see one.')}</p>
      ) : (
        <table className="rn-table st-table">
          <thead>
            <tr>
              <th>{t('Pipeline')}</th>
              <th>{t('State')}</th>
              <th className="st-hide">{t('Started')}</th>
              <th className="st-hide rn-n">{t('Lasted')}</th>
              <th className="st-hide">{t('Why')}</th>
              <th>
                <span className="rn-hidden">{t('Actions')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {runs.slice(0, most).map((run) => {
              const ended = ENDED_STATES.includes(run.state)
              return (
                <tr key={run.runId}>
                  <td>
                    <Link href={`/runs/${run.runId}`}>
                      <b>{run.pipelineName}</b>
                    </Link>
                    <span className="st-sub" title={run.runId}>
                      {t('run {runId}, by {startedBy}', { runId: shortRunId(run.runId), startedBy: run.startedBy })}
                    </span>
                  </td>
                  <td>
                    <StatePill state={run.state} kind="run" />
                  </td>
                  <td className="rn-t2 st-hide">{ago(run.startedAtMs, nowMs)}</td>
                  <td className="rn-t2 st-hide rn-n">{run.endedAtMs === null ? '–' : duration(run.endedAtMs - run.startedAtMs)}</td>
                  <td className="rn-t2 rn-wrap st-hide">
                    <span className="st-note" title={said(run.reason ?? '')}>
                      {said(run.reason ?? '')}
                    </span>
                  </td>
                  <td className="st-row-actions">
                    <button type="button" className="rn-btn" onClick={() => navigate(`/runs/${run.runId}`)}>
                      {t('Show')}
                      <span className="rn-hidden"> {t('run {runId}', { runId: shortRunId(run.runId) })}</span>
                    </button>
                    {ended ? (
                      <button
                        type="button"
                        className="rn-btn rn-quiet rn-icon-only"
                        disabled={actions.busy !== null || actions.mayNot.deleteRun !== null}
                        aria-label={t('Delete run {runId}', { runId: shortRunId(run.runId) })}
                        title={actions.mayNot.deleteRun ?? t('Delete')}
                        onClick={() => setAsking(run)}
                      >
                        <Icon name="close" />
                      </button>
                    ) : (
                      <span className="st-no-action" />
                    )}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      )}
      {asking === null ? null : (
        <DeleteRunDialog
          run={asking}
          onClose={() => setAsking(null)}
          onDelete={() => {
            setAsking(null)
            void actions.deleteRun(asking)
          }}
        />
      )}
    </section>
  )
}

function DeleteRunDialog({
  run,
  onClose,
  onDelete,
}: {
  readonly run: RunRecord
  readonly onClose: () => void
  readonly onDelete: () => void
}) {
  return (
    <RemoveDialog
      title={t('Delete run {runId}?', { runId: shortRunId(run.runId) })}
      summary={`${run.pipelineName}, ${stateWord(run.state)}.`}
      verb={t('Delete run {runId}', { runId: shortRunId(run.runId) })}
      onClose={onClose}
      onRemove={onDelete}
    >
      <ul className="rn-consequences">
        <li>{t('Its events, figures and checkpoints go; that cannot be undone.')}</li>
        <li>{t('What its sinks wrote stays where it is.')}</li>
      </ul>
    </RemoveDialog>
  )
}
