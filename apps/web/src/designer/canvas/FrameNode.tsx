/** An open group on the canvas: dragged by its title, and what is in it goes along. */
import { memo } from 'react'
import type { Node, NodeProps } from '@xyflow/react'
import { drawingOf } from '../../groups/drawing.ts'
import { GroupFrame } from '../../groups/GroupFrame.tsx'
import { useDesigner } from '../designerStore.ts'
import { toggleGroup } from './groupActions.ts'

export type FrameNodeType = Node<{ readonly group: string } & Record<string, unknown>, 'frame'>

export const FrameNode = memo(function FrameNode({ data: { group: id }, selected }: NodeProps<FrameNodeType>) {
  const node = useDesigner((state) => drawingOf(state.history.present).tree.groups.get(id))
  return node === undefined ? null : <GroupFrame node={node} selected={selected} onToggle={() => toggleGroup(id)} />
})
