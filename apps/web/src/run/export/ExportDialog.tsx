/** The run as one file that opens without the server. */
import { useState } from 'react'
import { useRefusal } from '../../access/session.ts'
import { Dialog } from '../../shell/Dialog.tsx'
import { useRunStore } from '../live/runHooks.ts'
import { t } from '../../language/t.ts'

export default function ExportDialog({ onClose }: { readonly onClose: () => void }) {
  const { runId } = useRunStore()
  const off = useRefusal('see-data')
  const [rows, setRows] = useState(false)
  return (
    <Dialog
      title={t('Export this run')}
      summary={t(
        'One HTML file that opens without a server: the graph at any moment, incidents, checkpoints, charts, events and settings.',
      )}
      icon="download"
      onClose={onClose}
      footer={
        <>
          <button type="button" className="rn-btn rn-lg" onClick={onClose}>
            {t('Cancel')}
          </button>
          <a
            className="rn-btn rn-lg rn-primary"
            href={`/api/runs/${encodeURIComponent(runId)}/export${rows ? '?rows=true' : ''}`}
            download={`belay-${runId}.html`}
            data-autofocus
            onClick={onClose}
          >
            {t('Export')}
          </a>
        </>
      }
    >
      <label className="rn-check" title={off ?? undefined}>
        <input type="checkbox" checked={rows} disabled={off !== null} onChange={(event) => setRows(event.target.checked)} />
        {t('With rows of tables and of errors: whoever has the file sees them')}
      </label>
    </Dialog>
  )
}
