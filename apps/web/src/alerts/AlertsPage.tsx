/** Alerts: what fires and has fired, the rules, and who is told. */
import { useCallback, useEffect, useState } from 'react'
import type { Alert, AlertRule, Delivery, Webhook } from '@belay/run'
import { Link, useSearch } from 'wouter'
import '../theme/start.css'
import '../theme/access.css'
import '../theme/alerts.css'
import { useRefusal } from '../access/session.ts'
import { get, post } from '../api/client.ts'
import { liveSocket } from '../api/live.ts'
import { Icon } from '../theme/Icon.tsx'
import { AlertTable } from './AlertTable.tsx'
import { RulesCard } from './RulesCard.tsx'
import { WebhooksCard } from './WebhooksCard.tsx'
import { t } from '../language/t.ts'

interface Lists {
  readonly alerts: readonly Alert[]
  readonly rules: readonly AlertRule[]
  readonly webhooks: readonly Webhook[]
  readonly deliveries: readonly Delivery[]
  readonly readAtMs: number
}

/** Does one thing, then reads everything again. Gives whether it worked. */
export type Act = (work: () => Promise<unknown>) => Promise<boolean>

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export default function AlertsPage() {
  const runId = new URLSearchParams(useSearch()).get('run')
  const [lists, setLists] = useState<Lists | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const off = useRefusal('write-alerts')
  const reload = useCallback(async (): Promise<void> => {
    const only = runId === null ? '' : `?run=${encodeURIComponent(runId)}`
    const [alerts, rules, webhooks, deliveries] = await Promise.all([
      get<Alert[]>(`/alerts${only}`),
      get<AlertRule[]>('/alerts/rules'),
      get<Webhook[]>('/webhooks'),
      get<Delivery[]>('/webhooks/deliveries'),
    ])
    setLists({ alerts, rules, webhooks, deliveries, readAtMs: Date.now() })
  }, [runId])
  const act: Act = async (work) => {
    setProblem(null)
    try {
      await work()
      await reload()
      return true
    } catch (error) {
      setProblem(words(error))
      return false
    }
  }
  useEffect(() => {
    const again = (): void => void reload().catch((error: unknown) => setProblem(words(error)))
    again()
    const socket = liveSocket()
    socket.on('alerts', again)
    socket.on('connect', again)
    return () => {
      socket.off('alerts', again)
      socket.off('connect', again)
    }
  }, [reload])
  return (
    <main className="st-page">
      <header className="sh-top">
        <h1>{t('Alerts')}</h1>
        {runId === null ? null : (
          <>
            <span className="rn-t2 al-only">{t('of run {runId}', { runId })}</span>
            <Link href="/alerts" className="rn-btn rn-sm">
              {t('All runs')}
            </Link>
          </>
        )}
      </header>
      <div className="st-content">
        {problem === null ? null : (
          <p className="rn-problem" role="alert">
            <Icon name="warning" />
            <span className="rn-grow">{problem}</span>
            <button type="button" className="rn-btn rn-quiet rn-sm rn-icon-only" aria-label={t('Dismiss')} onClick={() => setProblem(null)}>
              <Icon name="close" size={12} />
            </button>
          </p>
        )}
        {lists === null ? (
          <p className="rn-empty">{t('Reading.')}</p>
        ) : (
          <>
            <AlertTable
              alerts={lists.alerts}
              nowMs={lists.readAtMs}
              rules={lists.rules.length}
              off={off}
              acknowledge={(id) => void act(() => post(`/alerts/${id}/acknowledge`))}
            />
            <RulesCard rules={lists.rules} webhooks={lists.webhooks} off={off} act={act} />
            <WebhooksCard webhooks={lists.webhooks} deliveries={lists.deliveries} nowMs={lists.readAtMs} act={act} />
          </>
        )}
      </div>
    </main>
  )
}
