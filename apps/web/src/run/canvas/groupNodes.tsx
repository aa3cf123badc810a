/** Groups on the live canvas. What a collapsed one shows is loaded where there is one. */
import { createContext, lazy, memo, Suspense, useContext } from 'react'
import type { Node, NodeProps } from '@xyflow/react'
import type { GroupNode } from '@belay/pipeline'
import { GroupFrame } from '../../groups/GroupFrame.tsx'

export interface LiveGroupData extends Record<string, unknown> {
  readonly node: GroupNode
  /** Handles of ports whose streams cross the border. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

export type LiveGroupType = Node<LiveGroupData, 'foldedLive'>
export type LiveFrameType = Node<{ readonly node: GroupNode } & Record<string, unknown>, 'frameLive'>

/** Folds and opens groups of the canvas that they are on. */
export const FoldContext = createContext<(group: string) => void>(() => undefined)

const Collapsed = lazy(() => import('./LiveGroup.tsx'))

export function LiveGroup(props: NodeProps<LiveGroupType>) {
  return (
    <Suspense fallback={null}>
      <Collapsed {...props} />
    </Suspense>
  )
}

export const LiveFrame = memo(function LiveFrame({ data: { node } }: NodeProps<LiveFrameType>) {
  const fold = useContext(FoldContext)
  return <GroupFrame node={node} selected={false} onToggle={() => fold(node.group.id)} />
})
