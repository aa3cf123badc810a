/** What fires, then what has fired; each with where, why, and whom it told. */
import type { Alert } from '@belay/run'
import { Link } from 'wouter'
import { ago, moment, plural } from '../theme/numbers.ts'
import { deliveryWords, endWords, valueWords } from './alertWords.ts'
import { Severity } from './Severity.tsx'
import { t } from '../language/t.ts'

export interface AlertTableProps {
  readonly alerts: readonly Alert[]
  readonly nowMs: number
  /** How many rules there are. */
  readonly rules: number
  readonly off: string | null
  readonly acknowledge: (id: string) => void
}

export function AlertTable({ alerts, nowMs, rules, off, acknowledge }: AlertTableProps) {
  const open = alerts.filter(({ resolvedAtMs }) => resolvedAtMs === null).length
  return (
    <section className="st-card" aria-label={t('Alerts')}>
      <header>
        <h2>{open === 0 ? t('Nothing fires') : plural(open, 'fires', 'fire')}</h2>
        <span className="rn-small rn-t3">{t('kept for 90 days')}</span>
      </header>
      {alerts.length === 0 ? (
        <p className="rn-empty">{rules === 0 ? t('There are no rules yet. Add one below.') : t('No rule has fired yet.')}</p>
      ) : (
        <div className="rn-scroll" tabIndex={0} role="region" aria-label={t('List of alerts')}>
          <table className="rn-table st-table al-table" data-testid="alerts">
            <thead>
              <tr>
                <th>{t('Severity')}</th>
                <th>{t('What')}</th>
                <th>{t('Where')}</th>
                <th>{t('Fired')}</th>
                <th>{t('State')}</th>
                <th>
                  <span className="rn-hidden">{t('Actions')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {alerts.map((alert) => (
                <tr key={alert.id} data-open={alert.resolvedAtMs === null ? '' : undefined}>
                  <td>
                    <Severity severity={alert.severity} quiet={alert.resolvedAtMs !== null} />
                  </td>
                  <td className="rn-wrap">
                    <b>{alert.ruleName}</b>
                    <span className="st-sub" title={alert.condition}>
                      {valueWords(alert.values)}
                    </span>
                  </td>
                  <td>
                    <Where alert={alert} />
                  </td>
                  <td className="rn-t2" title={moment(alert.firedAtMs)}>
                    {ago(alert.firedAtMs, nowMs)}
                  </td>
                  <td className="rn-wrap">
                    {endWords(alert)}
                    <Told alert={alert} />
                  </td>
                  <td className="st-row-actions">
                    {alert.acknowledgedAtMs === null && !alert.test ? (
                      <button
                        type="button"
                        className="rn-btn rn-sm"
                        disabled={off !== null}
                        title={off ?? t('You look after it; others see that')}
                        onClick={() => acknowledge(alert.id)}
                      >
                        {t('Acknowledge')}
                        <span className="rn-hidden"> {alert.ruleName}</span>
                      </button>
                    ) : alert.acknowledgedBy === null ? null : (
                      <span className="rn-small rn-t2">{t('seen by {acknowledgedBy}', { acknowledgedBy: alert.acknowledgedBy })}</span>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function Where({ alert: { runId, operator } }: { readonly alert: Alert }) {
  if (runId === '') return <span className="rn-t3">{t('nowhere')}</span>
  const query = operator === null ? '' : `?${new URLSearchParams({ operator, tab: 'metrics' })}`
  return (
    <Link href={`/runs/${runId}${query}`} title={runId}>
      {operator ?? t('the run')}
      <span className="st-sub">{runId}</span>
    </Link>
  )
}

function Told({ alert }: { readonly alert: Alert }) {
  if (alert.deliveries.length === 0) return null
  return (
    <span className="st-sub">
      {alert.deliveries.map((delivery) => `${delivery.webhookName || t('a deleted webhook')}: ${deliveryWords(delivery)}`).join('; ')}
    </span>
  )
}
