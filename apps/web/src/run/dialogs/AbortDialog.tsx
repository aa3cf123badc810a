/** Ends the run at once: the one way of stopping that throws something away, so it says what. */
import { useState } from 'react'
import { Dialog } from '../../shell/Dialog.tsx'
import { Icon } from '../../theme/Icon.tsx'
import { bytes, plural, windowName } from '../../theme/numbers.ts'
import { useCommittedWindow, useRunFigures } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { t } from '../../language/t.ts'
import { tx } from '../../language/tx.ts'

export default function AbortDialog({ onClose }: { readonly onClose: () => void }) {
  const { command, nameOf } = useMonitor()
  const figures = useRunFigures()
  const committed = useCommittedWindow()
  const [sending, setSending] = useState(false)
  const staged = Object.entries(figures?.operators ?? {}).filter(([, operator]) => (operator.stagedBytes ?? 0) > 0)
  const lost = Math.max(0, (figures?.targetWindow ?? committed) - committed)
  const abort = async (): Promise<void> => {
    setSending(true)
    await command('/stop', { mode: 'abort' })
    onClose()
  }
  return (
    <Dialog
      title={t('Abort the run')}
      summary={t('It ends at once, without a last checkpoint.')}
      icon="stop"
      danger
      onClose={onClose}
      footer={
        <>
          <span className="rn-grow" />
          <button type="button" className="rn-btn rn-lg" onClick={onClose} data-autofocus>
            {t('Keep it running')}
          </button>
          <button type="button" className="rn-btn rn-lg rn-danger" disabled={sending} onClick={() => void abort()}>
            <Icon name="stop" />
            {t('Abort the run')}
          </button>
        </>
      }
    >
      <ul className="rn-consequences">
        <li>{tx('What is committed stays: everything up to {b}.', { b: <b>{windowName(committed)}</b> })}</li>
        <li>
          {lost === 0
            ? t('Nothing is waiting to be committed.')
            : t('{windows} after it are given up: no sink shows a row of them.', { windows: plural(lost, 'window') })}
        </li>
        {staged.map(([id, operator]) => (
          <li key={id}>{t('{id} throws away {staged} it has staged.', { id: nameOf(id), staged: bytes(operator.stagedBytes ?? 0) })}</li>
        ))}
        <li>{t('“Stop” instead takes a last checkpoint and commits it first; it takes about one window longer.')}</li>
      </ul>
    </Dialog>
  )
}
