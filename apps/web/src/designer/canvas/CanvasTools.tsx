/** Zoom, fit and tidy at the corner of the canvas. */
import { Panel, useReactFlow, useStore } from '@xyflow/react'
import { DsIcon } from '../parts/icons.tsx'

export function CanvasTools({ onTidy, onNote }: { readonly onTidy: () => void; readonly onNote: () => void }) {
  const flow = useReactFlow()
  const zoom = useStore((state) => Math.round(state.transform[2] * 100))
  return (
    <Panel position="bottom-right" className="ds-zoombar">
      <button type="button" aria-label="Zoom out" title="Zoom out" onClick={() => void flow.zoomOut({ duration: 140 })}>
        <DsIcon name="minus" />
      </button>
      <button
        type="button"
        className="ds-zoom"
        aria-label={`Zoom ${zoom} %, set to 100 %`}
        title="Set to 100 %"
        onClick={() => void flow.zoomTo(1, { duration: 140 })}
      >
        {zoom} %
      </button>
      <button type="button" aria-label="Zoom in" title="Zoom in" onClick={() => void flow.zoomIn({ duration: 140 })}>
        <DsIcon name="plus" />
      </button>
      <button
        type="button"
        aria-label="Fit the whole graph"
        title="Fit the whole graph"
        onClick={() => void flow.fitView({ padding: 0.15, maxZoom: 1, duration: 360 })}
      >
        <DsIcon name="fit" />
      </button>
      <button type="button" aria-label="Tidy the layout" title="Tidy the layout (L)" onClick={onTidy}>
        <DsIcon name="tidy" />
      </button>
      <button type="button" aria-label="Write a note" title="Write a note (N)" onClick={onNote}>
        <DsIcon name="note" />
      </button>
    </Panel>
  )
}
