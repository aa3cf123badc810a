/** A dialog beside what it is about, which stays readable behind it; Escape closes, focus stays inside and returns. */
import { useEffect, useId, useRef, type ReactNode } from 'react'
import { Icon, type IconName } from '../theme/Icon.tsx'
import { t } from '../language/t.ts'

export interface DialogProps {
  readonly title: string
  readonly summary: ReactNode
  readonly icon: IconName
  readonly danger?: boolean
  /** For tables: as wide as the page lets it. */
  readonly wide?: boolean
  readonly onClose: () => void
  readonly children: ReactNode
  readonly footer: ReactNode
}

/** Focus starts on the element marked `data-autofocus`: the first choice, never the red button. */
export function Dialog({ title, summary, icon, danger = false, wide = false, onClose, children, footer }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const dialog = box.current
    if (dialog === null) return
    const before = document.activeElement
    dialog.showModal()
    dialog.querySelector<HTMLElement>('[data-autofocus]')?.focus()
    return () => {
      dialog.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={box}
      className={wide ? 'rn-dialog rn-wide' : 'rn-dialog'}
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-summary`}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (event.target === box.current) onClose()
      }}
    >
      <div className="rn-dialog-head">
        <span className={danger ? 'rn-dialog-icon rn-danger' : 'rn-dialog-icon'}>
          <Icon name={icon} size={16} />
        </span>
        <div className="rn-grow">
          <h2 id={`${id}-title`}>{title}</h2>
          <p id={`${id}-summary`}>{summary}</p>
        </div>
        <button type="button" className="rn-btn rn-quiet rn-icon-only" aria-label={t('Close')} onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <div className="rn-dialog-body">{children}</div>
      <div className="rn-dialog-foot">{footer}</div>
    </dialog>
  )
}
