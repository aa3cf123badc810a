/** The physical graph as a table: every instance with its container, its share of the keys and its figures. */
import { memo } from 'react'
import type { PlanInstance, RunPlan } from '@belay/run'
import { Icon } from '../../theme/Icon.tsx'
import { bytes, percent, rate, windowName } from '../../theme/numbers.ts'
import { StatePill } from '../../theme/states.tsx'
import { ActivityBar, activityLabel } from '../canvas/ActivityBar.tsx'
import { isWell, sentenceOf } from '../canvas/nodeWords.ts'
import { useMonitor } from '../monitorState.tsx'
import { operatorOf } from './instances.ts'
import { useInstance } from './useInstance.ts'
import { t } from '../../language/t.ts'

export function InstanceTable({ plan }: { readonly plan: RunPlan }) {
  const { nameOf } = useMonitor()
  return (
    <div className="rn-optable rn-scroll" tabIndex={0} role="region" aria-label={t('Instances as a table')}>
      <table className="rn-table" data-testid="instance-table">
        <thead>
          <tr>
            <th>{t('Instance')}</th>
            <th>{t('Container')}</th>
            <th>{t('Key groups')}</th>
            <th>{t('State')}</th>
            <th>{t('Activity')}</th>
            <th className="rn-n">{t('In')}</th>
            <th className="rn-n">{t('Out')}</th>
            <th className="rn-n">{t('Queue')}</th>
            <th className="rn-n">{t('State size')}</th>
            <th className="rn-n">{t('Works on')}</th>
            <th>{t('Reads from')}</th>
            <th>
              <span className="rn-hidden">{t('Actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {plan.instances.map((instance) => (
            <Row key={instance.id} instance={instance} from={readsFrom(plan, instance, nameOf)} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** What the lines of the graph say, in words. */
function readsFrom({ streams, instances }: RunPlan, { id, container }: PlanInstance, nameOf: (operator: string) => string): string {
  const containerOf = new Map(instances.map((instance) => [instance.id, instance.container]))
  const byOperator = new Map<string, { count: number; way: string; first: string }>()
  for (const { from, to, share } of streams) {
    if (!to.includes(id)) continue
    const way =
      containerOf.get(from) === container ? t('in its thread') : share === 'key' ? t('by key') : share === 'spread' ? t('its share') : ''
    const operator = operatorOf(from)
    const found = byOperator.get(operator)
    if (found === undefined) byOperator.set(operator, { count: 1, way, first: from })
    else found.count += 1
  }
  return [...byOperator]
    .map(
      ([operator, { count, way, first }]) =>
        `${count === 1 ? nameOf(first) : `${nameOf(operator)} ×${count}`}${way === '' ? '' : `, ${way}`}`,
    )
    .join('; ')
}

const Row = memo(function Row({ instance, from }: { readonly instance: PlanInstance; readonly from: string }) {
  const { part, selected, select, off, openKill, nameOf, cut } = useMonitor()
  const figures = useInstance(instance.id, instance.operator)
  const name = nameOf(instance.id)
  if (figures === undefined) return null
  const groups = instance.keyGroups
  return (
    <tr
      data-instance={instance.id}
      data-state={figures.state}
      aria-selected={part === null ? selected === instance.operator : part === instance.id}
    >
      <td>
        <button type="button" className="rn-linklike" onClick={() => select(instance.id)} aria-label={t('Show {name}', { name })}>
          {name}
        </button>
        {isWell(figures.state) ? null : <span className="rn-t3"> {sentenceOf(figures, cut)}</span>}
      </td>
      <td>{instance.container}</td>
      <td>{groups === undefined ? '' : `${groups.first}–${groups.last}`}</td>
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
      <td className="rn-n">{figures.queue === undefined ? '' : percent(figures.queue)}</td>
      <td className="rn-n">{bytes(figures.stateSizeBytes)}</td>
      <td className="rn-n">{windowName(figures.window)}</td>
      <td className="rn-t2">{from}</td>
      <td className="rn-n">
        <button
          type="button"
          className="rn-btn rn-sm rn-danger-quiet"
          disabled={off !== null}
          title={off ?? undefined}
          onClick={() => openKill(instance.id)}
        >
          <Icon name="kill" size={12} />
          {t('Kill…')}
          <span className="rn-hidden"> {name}</span>
        </button>
      </td>
    </tr>
  )
})
