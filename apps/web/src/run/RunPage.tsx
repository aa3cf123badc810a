/** The monitor of one run: connects to it, and shows it once something is known. */
import { useEffect, useMemo } from 'react'
import { Link } from 'wouter'
import '../theme/run.css'
import '../theme/groups.css'
import '../theme/panels.css'
import '../theme/timeline.css'
import { connectRun } from './live/runConnection.ts'
import { RunStoreContext, useLink, useRunStore, useStructure } from './live/runHooks.ts'
import { RunStore } from './live/runStore.ts'
import { Monitor } from './Monitor.tsx'
import { MonitorProvider } from './monitorState.tsx'
import { t } from '../language/t.ts'

export default function RunPage({ runId }: { readonly runId: string }) {
  const store = useMemo(() => new RunStore(runId), [runId])
  useEffect(() => connectRun(store), [store])
  return (
    <RunStoreContext.Provider value={store}>
      <WhenKnown />
    </RunStoreContext.Provider>
  )
}

function WhenKnown() {
  const store = useRunStore()
  const link = useLink()
  const structure = useStructure()
  if (structure !== null)
    return (
      <MonitorProvider document={structure.document}>
        <Monitor />
      </MonitorProvider>
    )
  if (link.kind === 'refused')
    return (
      <main className="sh-notice">
        <h1>{t('This run cannot be shown')}</h1>
        <p>{link.message}</p>
        <p>
          <Link href="/runs" className="rn-btn rn-lg">
            {t('All runs')}
          </Link>
        </p>
      </main>
    )
  return (
    <main className="sh-notice" aria-busy="true">
      <h1>{t('Run {runId}', { runId: store.runId })}</h1>
      <p>
        {link.kind === 'lost'
          ? t('The server does not answer. This page tries again by itself; check that the server is running.')
          : t('Reading the run.')}
      </p>
    </main>
  )
}
