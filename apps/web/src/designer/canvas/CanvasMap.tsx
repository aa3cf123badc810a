/** The whole graph in small: where trouble is, and what part is seen. */
import { memo } from 'react'
import { MiniMap, type Node } from '@xyflow/react'
import { groupOfNode } from '../../groups/boxes.ts'
import { drawn, useDesigner } from '../designerStore.ts'
import { drawingOf } from '../../groups/drawing.ts'
import { troubleOf } from './groupTrouble.ts'
import { t } from '../../language/t.ts'

const SIZE = { width: 132, height: 86 }

function colourOf({ id, type, selected }: Node): string {
  if (type === 'note') return 'var(--line)'
  if (type === 'frame') return 'var(--line-faint)'
  const group = groupOfNode(id)
  const { marks } = useDesigner.getState().checked
  const { errors, warnings } = troubleOf(group === null ? [id] : (drawingOf(drawn()).tree.groups.get(group)?.operators ?? []), marks)
  if (errors > 0) return 'var(--solid-attention)'
  if (warnings > 0) return 'var(--solid-warn)'
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
      ariaLabel={t('Overview of the graph')}
      style={SIZE}
    />
  )
})
