/** What fires, then what has fired; each with where, why, and whom it told. */
import type { Alert } from '@belay/run'
import { Link } from 'wouter'
import { ago } from '../theme/numbers.ts'
import { deliveryWords, endWords, valueWords } from './alertWords.ts'
import { Severity } from './Severity.tsx'

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
    <section className="st-card" aria-label="Alerts">
      <header>
        <h2>{open === 0 ? 'Nothing fires' : `${open} ${open === 1 ? 'fires' : 'fire'}`}</h2>
        <span className="rn-small rn-t3">kept for 90 days</span>
      </header>
      {alerts.length === 0 ? (
        <p className="rn-empty">{rules === 0 ? 'There are no rules yet. Add one below.' : 'No rule has fired yet.'}</p>
      ) : (
        <div className="rn-scroll" tabIndex={0} role="region" aria-label="List of alerts">
          <table className="rn-table st-table al-table" data-testid="alerts">
            <thead>
              <tr>
                <th>Severity</th>
                <th>What</th>
                <th>Where</th>
                <th>Fired</th>
                <th>State</th>
                <th>
                  <span className="rn-hidden">Actions</span>
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
                  <td className="rn-t2" title={new Date(alert.firedAtMs).toLocaleString()}>
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
                        title={off ?? 'You look after it; others see that'}
                        onClick={() => acknowledge(alert.id)}
                      >
                        Acknowledge<span className="rn-hidden"> {alert.ruleName}</span>
                      </button>
                    ) : alert.acknowledgedBy === null ? null : (
                      <span className="rn-small rn-t2">seen by {alert.acknowledgedBy}</span>
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
  if (runId === '') return <span className="rn-t3">nowhere</span>
  const query = operator === null ? '' : `?${new URLSearchParams({ operator, tab: 'metrics' })}`
  return (
    <Link href={`/runs/${runId}${query}`} title={runId}>
      {operator ?? 'the run'}
      <span className="st-sub">{runId}</span>
    </Link>
  )
}

function Told({ alert }: { readonly alert: Alert }) {
  if (alert.deliveries.length === 0) return null
  return (
    <span className="st-sub">
      {alert.deliveries.map((delivery) => `${delivery.webhookName || 'a deleted webhook'}: ${deliveryWords(delivery)}`).join('; ')}
    </span>
  )
}
