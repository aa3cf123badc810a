/** How the monitor's parts lie beside each other, on a wide screen and on a phone. */
import { lazy, Suspense, useCallback } from 'react'
import { Announcer } from './Announcer.tsx'
import { RunCanvas } from './canvas/RunCanvas.tsx'
import { useRestartSetOfIncident } from './canvas/useRestartSetOfIncident.ts'
import { RunDialogs } from './dialogs/RunDialogs.tsx'
import { useMonitor } from './monitorState.tsx'
import { OperatorTable } from './panels/OperatorTable.tsx'
import { SidePanel } from './panels/SidePanel.tsx'
import { BottomPanel } from './panels/BottomPanel.tsx'
import { RunTopBar } from './RunTopBar.tsx'
import { Sentence } from './Sentence.tsx'
import { useRunState } from './live/runHooks.ts'
import { StageTools } from './StageTools.tsx'
import { TryBanner } from './TryBanner.tsx'
import { useNarrow } from '../shell/useNarrow.ts'
import { useShortcuts } from './useShortcuts.ts'
import { t } from '../language/t.ts'

const PhoneMonitor = lazy(() => import('./phone/PhoneMonitor.tsx'))
const PhysicalStage = lazy(() => import('./physical/PhysicalStage.tsx'))

export function Monitor() {
  const narrow = useNarrow()
  useShortcuts()
  useRestartSetOfIncident()
  return (
    <>
      {narrow ? (
        <Suspense>
          <PhoneMonitor />
        </Suspense>
      ) : (
        <WideMonitor />
      )}
      <RunDialogs />
      <Announcer />
    </>
  )
}

function WideMonitor() {
  const { document, view, level, selected, select, openTab } = useMonitor()
  const peek = useCallback((stream: string) => openTab(`peek:${stream}`), [openTab])
  const state = useRunState()
  return (
    <main className="rn-page" data-run-state={state}>
      <RunTopBar />
      <TryBanner />
      <Sentence />
      <div className="rn-body">
        <section className="rn-stage" aria-label={view === 'graph' ? t('Graph') : t('Operators')}>
          <StageTools />
          {level === 'physical' ? (
            <Suspense fallback={<p className="rn-empty">{t('Drawing the containers…')}</p>}>
              <PhysicalStage />
            </Suspense>
          ) : view === 'graph' ? (
            <RunCanvas document={document} selected={selected} onSelect={select} onPeek={peek} />
          ) : (
            <OperatorTable />
          )}
        </section>
        <aside className="rn-side" aria-label={t('Details')}>
          <SidePanel />
        </aside>
      </div>
      <BottomPanel />
    </main>
  )
}
