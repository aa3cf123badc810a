/** The whole graph in small: where trouble is, and what part is seen. */
import { memo } from 'react'
import { MiniMap, type Node } from '@xyflow/react'
import { useDesigner } from '../designerStore.ts'

const SIZE = { width: 132, height: 86 }

function colourOf({ id, type, selected }: Node): string {
  if (type === 'note') return 'var(--line)'
  const found = useDesigner.getState().checked.marks.get(id)
  if (found !== undefined && found.errors > 0) return 'var(--solid-attention)'
  if (found !== undefined && found.warnings > 0) return 'var(--solid-warn)'
  return selected === true ? 'var(--accent-solid)' : 'var(--line-shape)'
}

export const CanvasMap = memo(function CanvasMap() {
  return (
    <MiniMap
      position="bottom-left"
      pannable
      zoomable
      nodeColor={colourOf}
      nodeBorderRadius={12}
      maskColor="transparent"
      maskStrokeColor="var(--accent-line)"
      maskStrokeWidth={1.5}
      bgColor="var(--surface-raised)"
      ariaLabel="Overview of the graph"
      style={SIZE}
    />
  )
})
