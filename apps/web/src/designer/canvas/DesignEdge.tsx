/** A stream as drawn: its kind by line and ends, refused ones dotted (ui.md §5). A plus in the middle inserts. */
import { memo } from 'react'
import { getSmoothStepPath, type Edge, type EdgeProps } from '@xyflow/react'
import type { PortReference, StreamKind } from '@belay/pipeline'
import { drawn } from '../designerStore.ts'
import { useQuickAdd } from './quickAdd.ts'
import { t } from '../../language/t.ts'

interface DesignEdgeData extends Record<string, unknown> {
  readonly stream: string
  readonly to: PortReference
  readonly kind: StreamKind['kind'] | 'open'
  readonly refused: boolean
  /** An operator is being dragged over it and would be put in. */
  readonly target: boolean
}

export type DesignEdgeType = Edge<DesignEdgeData, 'design'>

export const DesignEdge = memo(function DesignEdge({
  data,
  sourceX,
  sourceY,
  targetX,
  targetY,
  sourcePosition,
  targetPosition,
  selected,
}: EdgeProps<DesignEdgeType>) {
  const open = useQuickAdd((state) => state.open)
  const [path, x, y] = getSmoothStepPath({
    sourceX,
    sourceY,
    targetX,
    targetY,
    sourcePosition,
    targetPosition,
    borderRadius: 10,
    offset: 20,
  })
  const kind = data?.refused === true ? 'refused' : (data?.kind ?? 'open')
  const className = `ds-line ds-line-${kind}${selected === true ? ' ds-line-selected' : ''}${data?.target === true ? ' ds-line-target' : ''}`
  return (
    <>
      <path className="react-flow__edge-interaction" d={path} fill="none" strokeOpacity={0} strokeWidth={18} />
      <path className={className} d={path} />
      {kind === 'changes' ? <path className="ds-line-gap" d={path} /> : null}
      {data === undefined ? null : (
        <g
          className="ds-insert"
          transform={`translate(${x} ${y})`}
          onClick={(event) => {
            event.stopPropagation()
            const stream = drawn().streams.find((candidate) => candidate.id === data.stream)
            if (stream !== undefined) open({ kind: 'into', end: { stream, to: data.to } })
          }}
        >
          <title>{t('Insert an operator here')}</title>
          <circle r="10" />
          <path d="M-4 0h8M0-4v8" />
        </g>
      )}
    </>
  )
})
