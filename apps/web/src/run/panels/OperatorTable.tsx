/** The graph as a table: everything that can be seen and done on the canvas, by keyboard and by reading. */
import { memo } from 'react'
import type { OperatorNode } from '@belay/pipeline'
import { Icon } from '../../theme/Icon.tsx'
import { bytes, plural, rate, windowName } from '../../theme/numbers.ts'
import { StatePill } from '../../theme/states.tsx'
import { ActivityBar, activityLabel } from '../canvas/ActivityBar.tsx'
import { Ladder } from '../canvas/Ladder.tsx'
import { isWell, sentenceOf } from '../canvas/nodeWords.ts'
import { useCommittedWindow, useOperatorFigures } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { operatorName } from '../operatorFacts.ts'
import { t } from '../../language/t.ts'

export function OperatorTable() {
  const { document } = useMonitor()
  return (
    <div className="rn-optable rn-scroll" tabIndex={0} role="region" aria-label={t('Operators as a table')}>
      <table className="rn-table" data-testid="operator-table">
        <thead>
          <tr>
            <th>{t('Operator')}</th>
            <th>{t('State')}</th>
            <th>{t('Activity')}</th>
            <th className="rn-n">{t('In')}</th>
            <th className="rn-n">{t('Out')}</th>
            <th className="rn-n">{t('State size')}</th>
            <th>{t('Windows')}</th>
            <th className="rn-n">{t('Works on')}</th>
            <th className="rn-n">{t('Would redo')}</th>
            <th>
              <span className="rn-hidden">{t('Actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {document.operators.map((operator) => (
            <Row key={operator.id} operator={operator} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

const Row = memo(function Row({ operator }: { readonly operator: OperatorNode }) {
  const { selected, select, off, openKill, restoreOperator, checkpointWindows, cut } = useMonitor()
  const figures = useOperatorFigures(operator.id)
  const committed = useCommittedWindow()
  const name = operatorName(operator)
  if (figures === undefined) return null
  return (
    <tr data-operator={operator.id} data-state={figures.state} aria-selected={selected === operator.id}>
      <td>
        <button type="button" className="rn-linklike" onClick={() => select(operator.id)} aria-label={t('Show {name}', { name })}>
          {name}
        </button>
        {isWell(figures.state) ? null : <span className="rn-t3"> {sentenceOf(figures, cut)}</span>}
      </td>
      <td>
        <StatePill state={figures.state} kind="operator" />
      </td>
      <td>
        <span className="rn-optable-activity">
          <ActivityBar activity={figures.activity} />
          <span>{activityLabel(figures.activity)}</span>
        </span>
      </td>
      <td className="rn-n">{rate(figures.rowsInPerSecond)}</td>
      <td className="rn-n">{rate(figures.rowsOutPerSecond)}</td>
      <td className="rn-n">{bytes(figures.stateSizeBytes)}</td>
      <td className="rn-optable-ladder">
        <Ladder
          current={figures.window}
          checkpoint={figures.checkpointWindow}
          committed={committed}
          reached={figures.reachedWindow ?? null}
          checkpointWindows={checkpointWindows}
        />
      </td>
      <td className="rn-n">{windowName(figures.window)}</td>
      <td className="rn-n">{plural(Math.max(0, figures.window - committed), 'window')}</td>
      <td className="rn-n">
        {figures.state === 'held' ? (
          <button
            type="button"
            className="rn-btn rn-sm rn-primary"
            disabled={off !== null}
            title={off ?? undefined}
            onClick={() => restoreOperator(operator.id)}
          >
            <Icon name="restore" size={12} />
            {t('Restore')}
            <span className="rn-hidden"> {name}</span>
          </button>
        ) : (
          <button
            type="button"
            className="rn-btn rn-sm rn-danger-quiet"
            disabled={off !== null}
            title={off ?? undefined}
            onClick={() => openKill(operator.id)}
          >
            <Icon name="kill" size={12} />
            {t('Kill…')}
            <span className="rn-hidden"> {name}</span>
          </button>
        )}
      </td>
    </tr>
  )
})
