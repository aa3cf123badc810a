/** How many alerts fire: in the rail for all runs, in the top bar for one. */
import type { Alert } from '@belay/run'
import { Link, useLocation } from 'wouter'
import { Icon } from '../theme/Icon.tsx'
import { plural } from '../theme/numbers.ts'
import { useOpenAlerts, useReadOpenAlerts } from './openAlerts.ts'
import { t } from '../language/t.ts'

const isCritical = ({ severity }: Alert): boolean => severity === 'critical'

export function AlertBell() {
  const [location] = useLocation()
  useReadOpenAlerts()
  const open = useOpenAlerts()
  const label = open.length === 0 ? t('Alerts') : `${t('Alerts')}: ${plural(open.length, 'fires', 'fire')}`
  return (
    <Link
      href="/alerts"
      title={label}
      aria-label={label}
      className="sh-alerts"
      {...(location === '/alerts' ? { 'aria-current': 'page' as const } : {})}
    >
      <Icon name="bell" size={16} />
      {open.length === 0 ? null : (
        <span className={open.some(isCritical) ? 'sh-alerts-count sh-critical' : 'sh-alerts-count'} aria-hidden="true">
          {open.length > 99 ? '99+' : open.length}
        </span>
      )}
    </Link>
  )
}

/** Nothing while nothing fires. */
export function RunAlerts({ runId }: { readonly runId: string }) {
  const open = useOpenAlerts(runId)
  const [first] = open
  if (first === undefined) return null
  return (
    <Link
      href={`/alerts?run=${encodeURIComponent(runId)}`}
      className={open.some(isCritical) ? 'sh-run-alerts sh-critical' : 'sh-run-alerts'}
      title={open.map(({ ruleName, operator }) => (operator === null ? ruleName : `${ruleName}: ${operator}`)).join('\n')}
      data-testid="run-alerts"
    >
      <Icon name="bell" size={12} />
      <span className="sh-run-alerts-text">{open.length === 1 ? first.ruleName : plural(open.length, 'alert')}</span>
    </Link>
  )
}
