/** A line of the plan: a pipe between containers as between operators, a double line inside one. */
import { memo, useMemo } from 'react'
import { getSmoothStepPath, useStore, type Edge, type EdgeProps } from '@xyflow/react'
import { percent, rate } from '../../theme/numbers.ts'
import { LEAST_FILL, levelOf, Pipe, widthOf, Words } from '../canvas/LiveEdge.tsx'
import { DETAIL_ZOOM } from '../canvas/graphOf.ts'
import { useOver } from '../live/runHooks.ts'
import { operatorOf } from './instances.ts'
import type { PlanLine } from './layout.ts'
import { useReaderLine, useStreamLine, type LineFigures } from './useInstance.ts'
import { t } from '../../language/t.ts'

interface PlanEdgeData extends Record<string, unknown> {
  readonly line: PlanLine
}

export type PlanEdgeType = Edge<PlanEdgeData, 'plan'>

const ROOM_FOR_WORDS = 60

type Ends = Pick<EdgeProps<PlanEdgeType>, 'sourceX' | 'sourceY' | 'targetX' | 'targetY' | 'sourcePosition' | 'targetPosition'>

export const PlanEdge = memo(function PlanEdge({ data, ...ends }: EdgeProps<PlanEdgeType>) {
  if (data === undefined) return null
  const { line } = data
  return line.shows.kind === 'stream' ? (
    <StreamLine line={line} stream={line.shows.stream} ends={ends} />
  ) : (
    <ReaderLine line={line} instance={line.shows.instance} ends={ends} />
  )
})

interface LineProps {
  readonly line: PlanLine
  readonly ends: Ends
}

function StreamLine({ stream, ...props }: LineProps & { readonly stream: string }) {
  return <Line {...props} figures={useStreamLine(stream, props.line.edge)} />
}

function ReaderLine({ instance, ...props }: LineProps & { readonly instance: string }) {
  return <Line {...props} figures={useReaderLine(instance, operatorOf(instance))} />
}

function Line({ line, ends, figures }: LineProps & { readonly figures: LineFigures }) {
  const over = useOver()
  const far = useStore((flow) => flow.transform[2] < DETAIL_ZOOM)
  const { sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition } = ends
  const [path, labelX, labelY] = useMemo(
    () => getSmoothStepPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, borderRadius: 10 }),
    [sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition],
  )
  const perSecond = over ? 0 : figures.rowsPerSecond
  const fill = (figures.fillPercent ?? 0) / 100
  const straight = Math.abs(sourceY - targetY) < 4 && targetX - sourceX > ROOM_FOR_WORDS
  if (line.fused)
    return (
      <>
        <path className="py-fused" d={path} />
        <path className="py-fused-core" d={path} />
        <path className="rn-edge-hit" d={path}>
          <title>{t('Handed over inside the container')}</title>
        </path>
        {far || !straight ? null : (
          <Words x={labelX} y={labelY} above={perSecond > 0 ? rate(perSecond) : ''} below="" pill={false} level="" />
        )}
      </>
    )
  return (
    <>
      <Pipe
        path={path}
        widthPx={widthOf(perSecond, fill)}
        fillPercent={fill > LEAST_FILL ? Math.round(fill * 100) : 0}
        flows={perSecond > 0}
      />
      <path className="rn-edge-hit" d={path}>
        <title>{line.edge === null ? t('From a partition to its unifier') : t('Peek at the rows that pass')}</title>
      </path>
      {far || !straight ? null : (
        <Words
          x={labelX}
          y={labelY}
          above={perSecond > 0 ? rate(perSecond) : ''}
          below={over || fill <= LEAST_FILL ? '' : percent(fill)}
          pill={false}
          level={levelOf(fill)}
        />
      )}
    </>
  )
}
