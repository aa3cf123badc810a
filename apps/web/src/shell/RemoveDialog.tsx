/** Asks before something is gone for good: what goes, what stays, and keeping it is the first choice. */
import type { ReactNode } from 'react'
import { Dialog } from './Dialog.tsx'
import { t } from '../language/t.ts'

export interface RemoveDialogProps {
  readonly title: string
  readonly summary: ReactNode
  /** On the red button. */
  readonly verb: string
  readonly onClose: () => void
  readonly onRemove: () => void
  readonly children?: ReactNode
}

export function RemoveDialog({ title, summary, verb, onClose, onRemove, children = null }: RemoveDialogProps) {
  return (
    <Dialog
      title={title}
      summary={summary}
      icon="warning"
      danger
      onClose={onClose}
      footer={
        <>
          <span className="rn-grow" />
          <button type="button" className="rn-btn rn-lg" data-autofocus onClick={onClose}>
            {t('Keep')}
          </button>
          <button type="button" className="rn-btn rn-lg rn-danger" onClick={onRemove}>
            {verb}
          </button>
        </>
      }
    >
      {children}
    </Dialog>
  )
}
