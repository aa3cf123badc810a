/** The frame around what one container runs: it is one thread, hands rows over as they are, and fails as one. */
import { memo } from 'react'
import { useStore, type Node, type NodeProps } from '@xyflow/react'
import { useInstanceEmphasis } from '../canvas/emphasis.ts'
import { DETAIL_ZOOM } from '../canvas/graphOf.ts'
import { operatorOf } from './instances.ts'
import { t } from '../../language/t.ts'

interface FrameData extends Record<string, unknown> {
  readonly container: string
  readonly instances: readonly string[]
}

export type FrameNodeType = Node<FrameData, 'frame'>

export const FrameNode = memo(function FrameNode({ data, width, height }: NodeProps<FrameNodeType>) {
  const far = useStore((flow) => flow.transform[2] < DETAIL_ZOOM)
  const [first = ''] = data.instances
  // All in it share one fate.
  const emphasis = useInstanceEmphasis(first, operatorOf(first))
  return (
    <div
      className={`py-frame ${emphasis.target ? 'py-dies' : ''} ${emphasis.faded ? 'rn-faded' : ''}`}
      style={{ width, height }}
      data-container={data.container}
    >
      {far ? null : (
        <span className="py-frame-name" title={t('One thread: rows are handed over as they are, and all in it fail together')}>
          {data.container}
        </span>
      )}
    </div>
  )
})
