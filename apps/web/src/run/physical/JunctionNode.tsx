/** Where the rows of a stream are shared out over the partitions that read it. */
import { memo } from 'react'
import { Handle, Position, type Node, type NodeProps } from '@xyflow/react'
import { t } from '../../language/t.ts'

interface JunctionData extends Record<string, unknown> {
  readonly share: 'key' | 'spread'
  readonly columns: readonly string[]
}

export type JunctionNodeType = Node<JunctionData, 'junction'>

export const JunctionNode = memo(function JunctionNode({ data }: NodeProps<JunctionNodeType>) {
  const words = data.share === 'key' ? t('by {columns}', { columns: data.columns.join(', ') }) : t('equal shares')
  return (
    <div
      className="py-junction"
      title={
        data.share === 'key'
          ? t('Rows are shared out by key: {columns}', { columns: data.columns.join(', ') })
          : t('Rows are shared out in equal parts')
      }
    >
      <Handle type="target" position={Position.Left} className="py-junction-port" isConnectable={false} />
      <svg width="14" height="14" viewBox="0 0 16 16" aria-hidden="true">
        <path d="M1.5 4h3.2L10 12h4M1.5 12h3.2L10 4h4" fill="none" stroke="currentColor" strokeWidth="1.5" />
      </svg>
      <span className="py-junction-words">{words}</span>
      <Handle type="source" position={Position.Right} className="py-junction-port" isConnectable={false} />
    </div>
  )
})
