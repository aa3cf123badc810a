/** The partitions of an operator beside each other: who has how much, and what is known of the chosen one. */
import type { PartitionFigures } from '@belay/run'
import { Icon } from '../../theme/Icon.tsx'
import '../../theme/physical.css'
import { bytes, percent, rate, windowName, decimal } from '../../theme/numbers.ts'
import { StateIcon, stateWord } from '../../theme/states.tsx'
import { activityLabel } from '../canvas/ActivityBar.tsx'
import { useStructure } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { operatorOf, partOf } from './instances.ts'
import { t } from '../../language/t.ts'

/** From here on one partition has so much more than its share that it is worth a word. */
const SKEWED = 1.5

export default function PartitionList({ partitions }: { readonly partitions: readonly PartitionFigures[] }) {
  const { part, select, off, openKill, nameOf } = useMonitor()
  const plan = useStructure()?.plan
  const shared = partitions.filter(({ id }) => !id.includes('~'))
  const mean = shared.reduce((sum, { rowsInPerSecond }) => sum + rowsInPerSecond, 0) / Math.max(1, shared.length)
  const most = Math.max(1, ...partitions.map(({ rowsInPerSecond }) => rowsInPerSecond))
  const skew = mean === 0 ? 0 : Math.max(...shared.map(({ rowsInPerSecond }) => rowsInPerSecond)) / mean
  const chosen = partitions.find(({ id }) => id === part)
  const groups = plan?.instances.find(({ id }) => id === part)?.keyGroups
  return (
    <section>
      <h3>
        {t('Partitions')}{' '}
        <span className="rn-t3">
          {skew >= SKEWED ? t('the busiest has {skew} times its share', { skew: decimal(skew) }) : t('rows in, last second')}
        </span>
      </h3>
      <ul className="py-parts" data-testid="partitions">
        {partitions.map((figures) => (
          <li key={figures.id} data-state={figures.state}>
            <button
              type="button"
              className="py-part"
              aria-pressed={figures.id === part}
              aria-label={t('{name}, {state}, {rowsIn} in', {
                name: nameOf(figures.id),
                state: stateWord(figures.state),
                rowsIn: rate(figures.rowsInPerSecond),
              })}
              onClick={() => select(figures.id === part ? operatorOf(figures.id) : figures.id)}
            >
              <StateIcon state={figures.state} />
              <span className="py-part-name">{partOf(figures.id)}</span>
              <span className="py-part-bar" aria-hidden="true">
                <i style={{ width: percent(figures.rowsInPerSecond / most).replace(/\s/g, '') }} />
              </span>
              <span className="py-part-rate">{rate(figures.rowsInPerSecond)}</span>
            </button>
          </li>
        ))}
      </ul>
      {chosen === undefined ? null : (
        <>
          <dl className="rn-facts">
            <dt>{t('container')}</dt>
            <dd>{chosen.container}</dd>
            {groups === undefined ? null : (
              <>
                <dt>{t('key groups of 128')}</dt>
                <dd>
                  {groups.first}–{groups.last}
                </dd>
              </>
            )}
            <dt>{t('activity')}</dt>
            <dd>{activityLabel(chosen.activity)}</dd>
            <dt>{t('rows out')}</dt>
            <dd>{rate(chosen.rowsOutPerSecond)}</dd>
            {chosen.queue === undefined ? null : (
              <>
                <dt>{t('queue before it')}</dt>
                <dd>{percent(chosen.queue)}</dd>
              </>
            )}
            <dt>{t('state')}</dt>
            <dd>{bytes(chosen.stateSizeBytes)}</dd>
            <dt>{t('works on ▲')}</dt>
            <dd>{windowName(chosen.window)}</dd>
            <dt>{t('last checkpoint ■')}</dt>
            <dd>{windowName(chosen.checkpointWindow)}</dd>
          </dl>
          <button
            type="button"
            className="rn-btn rn-sm rn-danger-quiet"
            disabled={off !== null}
            title={off ?? t('See first what would restart')}
            onClick={() => openKill(chosen.id)}
          >
            <Icon name="kill" size={12} />
            {t('Kill {id}…', { id: nameOf(chosen.id) })}
          </button>
        </>
      )}
    </section>
  )
}
