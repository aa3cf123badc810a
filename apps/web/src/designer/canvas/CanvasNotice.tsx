/** One line over the canvas: what was refused, and the way on. Read out politely. */
import { useDesigner } from '../designerStore.ts'
import { DsIcon } from '../parts/icons.tsx'
import { t } from '../../language/t.ts'

export function CanvasNotice() {
  const notice = useDesigner((state) => state.notice)
  const { say } = useDesigner.getState()
  return (
    <div className="ds-notice-slot" role="status">
      {notice === null ? null : (
        <div className={`ds-notice ds-notice-${notice.tone}`}>
          <DsIcon name={notice.tone === 'refused' ? 'error' : 'info'} />
          <span>{notice.text}</span>
          {notice.action === undefined ? null : (
            <button
              type="button"
              className="rn-btn rn-sm"
              onClick={() => {
                say(null)
                notice.action?.run()
              }}
            >
              {notice.action.label}
            </button>
          )}
          <button type="button" className="rn-btn rn-sm rn-quiet rn-icon-only" aria-label={t('Close')} onClick={() => say(null)}>
            <DsIcon name="x" size={12} />
          </button>
        </div>
      )}
    </div>
  )
}
