/** All keys on one page, and the switch that turns single letters off. */
import { useState } from 'react'
import { Dialog } from '../../shell/Dialog.tsx'
import { useTour } from '../tour/tourStore.ts'
import { lettersOn, setLetters, SHORTCUTS } from './shortcuts.ts'
import { t } from '../../language/t.ts'

export default function ShortcutSheet({ onClose }: { readonly onClose: () => void }) {
  const [on, setOn] = useState(lettersOn)
  return (
    <Dialog
      title={t('Keyboard shortcuts')}
      summary={t('On a Mac, Ctrl is ⌘.')}
      icon="table"
      onClose={onClose}
      footer={
        <>
          <label className="rn-check rn-small">
            <input
              type="checkbox"
              checked={on}
              onChange={(event) => {
                setLetters(event.target.checked)
                setOn(event.target.checked)
              }}
            />
            {t('Single keys (/ ? F G L N) work outside fields')}
          </label>
          <span className="rn-grow" />
          <button
            type="button"
            className="rn-btn"
            onClick={() => {
              onClose()
              useTour.getState().start()
            }}
          >
            {t('Take the tour')}
          </button>
        </>
      }
    >
      {SHORTCUTS.map(({ title, rows }) => (
        <section key={title} aria-label={title}>
          <h3 className="ds-sheet-title">{title}</h3>
          <dl className="ds-sheet">
            {rows.map(({ keys, does }) => (
              <div key={keys}>
                <dt>
                  <kbd>{keys}</kbd>
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  )
}
