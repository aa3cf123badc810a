/** Pipelines with the state of their newest run: what needs a person first. */
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { Menu, type MenuChoice } from '../shell/Menu.tsx'
import { Icon } from '../theme/Icon.tsx'
import { StatePill } from '../theme/states.tsx'
import type { Group, PipelineRow } from './attention.ts'
import { MiniGraph } from './MiniGraph.tsx'
import { usePipelineDocument } from './usePipelineDocument.ts'
import type { StartActions } from './useStartActions.ts'
import { t } from '../language/t.ts'

const filters = (): readonly (readonly [Group | 'all', string])[] => [
  ['all', t('All')],
  ['needs-you', t('Needs you')],
  ['running', t('Running')],
  ['ended', t('Ended')],
  ['never-run', t('Never run')],
]

export function PipelineTable({ rows, actions }: { readonly rows: readonly PipelineRow[]; readonly actions: StartActions }) {
  const [filter, setFilter] = useState<Group | 'all'>('all')
  const shown = filter === 'all' ? rows : rows.filter((row) => row.group === filter)
  return (
    <section className="st-card" aria-label={t('Pipelines')}>
      <header>
        <h2 className="rn-hidden">{t('Pipelines')}</h2>
        <div className="st-filters" role="group" aria-label={t('Which pipelines')}>
          {filters().map(([id, title]) => {
            const count = id === 'all' ? rows.length : rows.filter((row) => row.group === id).length
            return count === 0 && id !== filter ? null : (
              <button key={id} type="button" aria-pressed={filter === id} onClick={() => setFilter(id)}>
                {title} <span>{count}</span>
              </button>
            )
          })}
        </div>
        <span className="rn-grow" />
        <span className="rn-small rn-t3 st-hide">{t('what needs you comes first')}</span>
      </header>
      {shown.length === 0 ? (
        <p className="rn-empty">
          {filter === 'needs-you' ? t('Nothing needs you.') : filter === 'running' ? t('Nothing runs at the moment.') : t('There is none.')}
        </p>
      ) : (
        <table className="rn-table st-table">
          <thead>
            <tr>
              <th className="st-hide">
                <span className="rn-hidden">{t('Shape')}</span>
              </th>
              <th>{t('Pipeline')}</th>
              <th>{t('State')}</th>
              <th className="st-hide">{t('What is going on')}</th>
              <th>
                <span className="rn-hidden">{t('Actions')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <Row key={row.pipeline.id} row={row} actions={actions} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

function toneOf(row: PipelineRow): 'well' | 'bad' | 'held' | 'quiet' {
  if (row.run?.state === 'failed' || row.run?.state === 'needs-decision' || row.run?.state === 'unreachable') return 'bad'
  if (row.run?.state === 'degraded') return 'held'
  return row.group === 'running' ? 'well' : 'quiet'
}

function Row({ row, actions }: { readonly row: PipelineRow; readonly actions: StartActions }) {
  const { pipeline, run } = row
  const document = usePipelineDocument(pipeline.id, pipeline.version)
  const target = run !== null && row.group !== 'ended' ? `/runs/${run.runId}` : `/pipelines/${pipeline.id}`
  return (
    <tr>
      <td className="st-thumb st-hide">
        {document === null ? null : <MiniGraph document={document} width={88} height={34} tone={toneOf(row)} />}
      </td>
      <td>
        <Link href={target}>
          <b>{pipeline.name}</b>
        </Link>
        <span className="st-sub">
          {t('{operators} operators, version {version}', { operators: pipeline.operators, version: pipeline.version })}
        </span>
      </td>
      <td>
        {run === null ? (
          <span className="rn-t3">{t('draft')}</span>
        ) : (
          <Link href={`/runs/${run.runId}`}>
            <StatePill state={run.state} kind="run" />
          </Link>
        )}
      </td>
      <td className="rn-t2 rn-wrap st-hide">
        <span className="st-note" title={row.note}>
          {row.note}
        </span>
      </td>
      <td className="st-row-actions">
        <Next row={row} actions={actions} />
        <More row={row} actions={actions} />
      </td>
    </tr>
  )
}

function Next({ row, actions }: { readonly row: PipelineRow; readonly actions: StartActions }) {
  const { pipeline, run } = row
  const [, navigate] = useLocation()
  const hidden = <span className="rn-hidden"> {pipeline.name}</span>
  switch (row.next) {
    case 'run':
      return (
        <button
          type="button"
          className="rn-btn"
          disabled={actions.busy !== null || actions.mayNot.start !== null}
          title={actions.mayNot.start ?? t('With the default parameters; the designer asks for others')}
          onClick={() => void actions.runPipeline(pipeline.id)}
        >
          {run === null ? t('Run') : t('Run again')}
          {hidden}
        </button>
      )
    case 'show':
      return (
        <button type="button" className="rn-btn" onClick={() => run !== null && navigate(`/runs/${run.runId}`)}>
          {t('Show')}
          {hidden}
        </button>
      )
    case 'resume':
      return (
        <button
          type="button"
          className="rn-btn"
          disabled={actions.busy !== null || actions.mayNot.start !== null}
          title={actions.mayNot.start ?? undefined}
          onClick={() => run !== null && void actions.resumeRun(run.runId)}
        >
          {t('Resume')}
          {hidden}
        </button>
      )
    case 'open':
      return (
        <button type="button" className="rn-btn" onClick={() => navigate(`/pipelines/${pipeline.id}`)}>
          {t('Open')}
          {hidden}
        </button>
      )
  }
}

function More({ row, actions }: { readonly row: PipelineRow; readonly actions: StartActions }) {
  const { pipeline, run } = row
  const [, navigate] = useLocation()
  const choices: MenuChoice[] = [{ key: 'open', title: t('Open in the designer'), onChoose: () => navigate(`/pipelines/${pipeline.id}`) }]
  if (run !== null) choices.push({ key: 'show', title: t('Show its last run'), onChoose: () => navigate(`/runs/${run.runId}`) })
  if (pipeline.problems.errors === 0 && actions.mayNot.start === null)
    choices.push({
      key: 'run',
      title: t('Run'),
      detail: t('with the default parameters'),
      onChoose: () => void actions.runPipeline(pipeline.id),
    })
  if (actions.mayNot.write === null)
    choices.push({
      key: 'delete',
      title: t('Delete'),
      detail: t('its runs stay; can be undone for 10 s'),
      danger: true,
      apart: true,
      onChoose: () => void actions.deletePipeline(pipeline),
    })
  return (
    <Menu
      className="rn-btn rn-quiet rn-icon-only"
      button={<Icon name="dots" />}
      label={t('More to do with {pipeline}', { pipeline: pipeline.name })}
      align="end"
      widthPx={240}
      choices={choices}
    />
  )
}
