/** Looks into a kept checkpoint. */
import { lazy, Suspense } from 'react'
import { Dialog } from '../../shell/Dialog.tsx'
import { t } from '../../language/t.ts'

const StateBrowser = lazy(() => import('../state/StateBrowser.tsx'))

export function StateDialog({ manifest, onClose }: { readonly manifest: number | null; readonly onClose: () => void }) {
  return (
    <Dialog
      title={t('State at a checkpoint')}
      summary={t('What each operator had kept when the window ended, as it is on disk. Looking at it costs the run nothing.')}
      icon="checkpoint"
      wide
      onClose={onClose}
      footer={
        <>
          <span className="rn-grow" />
          <button type="button" className="rn-btn rn-lg" onClick={onClose}>
            {t('Close')}
          </button>
        </>
      }
    >
      <Suspense fallback={<p className="rn-empty">{t('Reading the checkpoints…')}</p>}>
        <StateBrowser manifest={manifest} operator={null} />
      </Suspense>
    </Dialog>
  )
}
