/** Whichever dialog of the run page is open. */
import { lazy, Suspense } from 'react'
import { Dialog } from '../../shell/Dialog.tsx'
import { useMonitor } from '../monitorState.tsx'
import { SHORTCUTS } from '../useShortcuts.ts'
import { AbortDialog } from './AbortDialog.tsx'
import { KillDialog } from './KillDialog.tsx'
import { RestoreDialog } from './RestoreDialog.tsx'
import { StateDialog } from './StateDialog.tsx'
import { t } from '../../language/t.ts'

const IntervalAdvisor = lazy(() => import('../advisor/IntervalAdvisor.tsx'))
const ExportDialog = lazy(() => import('../export/ExportDialog.tsx'))
const PhasesDialog = lazy(() => import('../phases/PhasesDialog.tsx'))

export function RunDialogs() {
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
      return (
        <Suspense>
          <PhasesDialog manifest={dialog.manifest} onClose={close} />
        </Suspense>
      )
    case 'interval':
      return (
        <Suspense>
          <IntervalAdvisor onClose={close} />
        </Suspense>
      )
    case 'export':
      return (
        <Suspense>
          <ExportDialog onClose={close} />
        </Suspense>
      )
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
