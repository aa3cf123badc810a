/** The other runs of this pipeline, newest first. */
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { RunRecord } from '@belay/run'
import { ApiError, get } from '../api/client.ts'
import { Menu } from '../shell/Menu.tsx'
import { Icon } from '../theme/Icon.tsx'
import { ago } from '../theme/numbers.ts'
import { StateMark } from '../theme/states.tsx'
import { useRunStore } from './live/runHooks.ts'
import { t } from '../language/t.ts'

const SHOWN = 12

/** The part of a run's id that tells it from the other runs of its pipeline. */
export function shortRunId(runId: string): string {
  return runId.split('-').slice(-1)[0] ?? runId
}

export function RunPicker({ pipelineId }: { readonly pipelineId: string }) {
  const store = useRunStore()
  const [runs, setRuns] = useState<readonly RunRecord[] | string | null>(null)
  const [, navigate] = useLocation()
  const read = async (): Promise<void> => {
    try {
      setRuns((await get<readonly RunRecord[]>('/runs')).filter((run) => run.pipelineId === pipelineId).slice(0, SHOWN))
    } catch (error) {
      setRuns(error instanceof ApiError ? error.message : String(error))
    }
  }
  const list = typeof runs === 'string' || runs === null ? [] : runs
  return (
    <Menu
      className="rn-chip"
      button={
        <>
          {t('run {runId}', { runId: shortRunId(store.runId) })}
          <Icon name="down" size={12} />
        </>
      }
      title={store.runId}
      align="start"
      widthPx={320}
      onOpen={() => void read()}
      empty={typeof runs === 'string' ? runs : t('Reading the runs.')}
      choices={list.map((run) => ({
        key: run.runId,
        title: (
          <span className="sh-menu-run">
            <b>{t('run {runId}', { runId: shortRunId(run.runId) })}</b>
            <span>{run.runId === store.runId ? t('this one') : ago(run.startedAtMs, Date.now())}</span>
            <StateMark state={run.state} />
          </span>
        ),
        onChoose: () => navigate(`/runs/${run.runId}`),
      }))}
    />
  )
}
