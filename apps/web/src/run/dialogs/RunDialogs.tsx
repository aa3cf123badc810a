/** Whichever dialog of the run page is open. */
import { lazy, Suspense } from 'react'
import { Dialog } from '../../shell/Dialog.tsx'
import { useMonitor } from '../monitorState.tsx'
import { SHORTCUTS } from '../useShortcuts.ts'
import { KillDialog } from './KillDialog.tsx'
import { StateDialog } from './StateDialog.tsx'
import { t } from '../../language/t.ts'

const AbortDialog = lazy(() => import('./AbortDialog.tsx'))
const RestoreDialog = lazy(() => import('./RestoreDialog.tsx'))
const IntervalAdvisor = lazy(() => import('../advisor/IntervalAdvisor.tsx'))
const ExportDialog = lazy(() => import('../export/ExportDialog.tsx'))
const PhasesDialog = lazy(() => import('../phases/PhasesDialog.tsx'))

export function RunDialogs() {
  return (
    <Suspense>
      <OpenDialog />
    </Suspense>
  )
}

function OpenDialog() {
  const { dialog, openDialog } = useMonitor()
  const close = (): void => openDialog(null)
  switch (dialog?.kind) {
    case 'kill':
      return <KillDialog first={dialog.operator} onClose={close} />
    case 'restore':
      return <RestoreDialog first={dialog.manifest} onClose={close} />
    case 'state':
      return <StateDialog manifest={dialog.manifest} onClose={close} />
    case 'phases':
      return <PhasesDialog manifest={dialog.manifest} onClose={close} />
    case 'interval':
      return <IntervalAdvisor onClose={close} />
    case 'export':
      return <ExportDialog onClose={close} />
    case 'abort':
      return <AbortDialog onClose={close} />
    case 'keys':
      return <KeysDialog onClose={close} />
    case undefined:
      return null
  }
}

function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog
      title={t('Keys')}
      summary={t('They work while no field has the focus.')}
      icon="info"
      onClose={onClose}
      footer={
        <>
          <span className="rn-grow" />
          <button type="button" className="rn-btn rn-lg" onClick={onClose} data-autofocus>
            {t('Close')}
          </button>
        </>
      }
    >
      <dl className="rn-keys">
        {SHORTCUTS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
