/** Zoom out, zoom in, the whole graph: with the scale between them. */
import { Panel, useReactFlow, useStore } from '@xyflow/react'
import { Icon } from '../../theme/Icon.tsx'
import { percent } from '../../theme/numbers.ts'
import { t } from '../../language/t.ts'

/** Room for the bars that float at the top and the bottom. */
export const FIT = { padding: { top: '64px', bottom: '56px', left: '44px', right: '44px' }, maxZoom: 1 } as const

export function ZoomBar({ onFit }: { readonly onFit: () => void }) {
  const flow = useReactFlow()
  const zoom = useStore((state) => state.transform[2])
  return (
    <Panel position="bottom-right" className="rn-float rn-zoombar">
      <button
        type="button"
        className="rn-btn rn-quiet rn-icon-only"
        aria-label={t('Zoom out')}
        onClick={() => void flow.zoomOut({ duration: 140 })}
      >
        <Icon name="minus" />
      </button>
      <button
        type="button"
        className="rn-btn rn-quiet"
        title={t('Zoom to 100 %')}
        aria-label={t('Zoom {zoom}, set to 100 %', { zoom: percent(zoom) })}
        onClick={() => void flow.zoomTo(1, { duration: 140 })}
      >
        {percent(zoom)}
      </button>
      <button
        type="button"
        className="rn-btn rn-quiet rn-icon-only"
        aria-label={t('Zoom in')}
        onClick={() => void flow.zoomIn({ duration: 140 })}
      >
        <Icon name="plus" />
      </button>
      <button
        type="button"
        className="rn-btn rn-quiet rn-icon-only"
        title={t('The whole graph')}
        aria-label={t('Fit the whole graph')}
        onClick={() => {
          onFit()
          void flow.fitView({ ...FIT, duration: 360 })
        }}
      >
        <Icon name="fit" />
      </button>
    </Panel>
  )
}
