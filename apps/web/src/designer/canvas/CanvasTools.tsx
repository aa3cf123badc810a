/** Zoom, fit and tidy at the corner of the canvas. */
import { Panel, useReactFlow, useStore } from '@xyflow/react'
import { DsIcon } from '../parts/icons.tsx'
import { t } from '../../language/t.ts'

export function CanvasTools({ onTidy, onNote }: { readonly onTidy: () => void; readonly onNote: () => void }) {
  const flow = useReactFlow()
  const zoom = useStore((state) => Math.round(state.transform[2] * 100))
  return (
    <Panel position="bottom-right" className="ds-zoombar">
      <button type="button" aria-label={t('Zoom out')} title={t('Zoom out')} onClick={() => void flow.zoomOut({ duration: 140 })}>
        <DsIcon name="minus" />
      </button>
      <button
        type="button"
        className="ds-zoom"
        aria-label={t('Zoom {zoom} %, set to 100 %', { zoom })}
        title={t('Set to 100 %')}
        onClick={() => void flow.zoomTo(1, { duration: 140 })}
      >
        {zoom} %
      </button>
      <button type="button" aria-label={t('Zoom in')} title={t('Zoom in')} onClick={() => void flow.zoomIn({ duration: 140 })}>
        <DsIcon name="plus" />
      </button>
      <button
        type="button"
        aria-label={t('Fit the whole graph')}
        title={t('Fit the whole graph')}
        onClick={() => void flow.fitView({ padding: 0.15, maxZoom: 1, duration: 360 })}
      >
        <DsIcon name="fit" />
      </button>
      <button type="button" aria-label={t('Tidy the layout')} title={t('Tidy the layout (L)')} onClick={onTidy}>
        <DsIcon name="tidy" />
      </button>
      <button type="button" aria-label={t('Write a note')} title={t('Write a note (N)')} onClick={onNote}>
        <DsIcon name="note" />
      </button>
    </Panel>
  )
}
