/** A stream as a pipe: width = rate on a log scale, the dark part = what its reader has not read (ui.md §5). */
import { memo, useMemo } from 'react'
import { EdgeLabelRenderer, getSmoothStepPath, useStore, type EdgeProps } from '@xyflow/react'
import type { OperatorFigures } from '@belay/run'
import { percent, rate } from '../../theme/numbers.ts'
import { useOver, useOperatorFigures, useStreamFigures } from '../live/runHooks.ts'
import { DETAIL_ZOOM, type LiveEdgeType } from './graphOf.ts'
import { t } from '../../language/t.ts'

/** A bend between two columns leaves no room for words; the reader's own figure says the same. */
const ROOM_FOR_WORDS = 60
/** Less in the buffer than this is nothing to look at. */
export const LEAST_FILL = 0.02
/** A reader in these states takes nothing, whatever the average of the last second says. */
const READS_NOTHING = new Set<OperatorFigures['state']>(['down', 'held', 'starting', 'restoring'])

/** In tenths of a pixel: what is finer cannot be seen. */
export function widthOf(rowsPerSecond: number, fill: number): number {
  const flowing = rowsPerSecond <= 0 ? 1.5 : Math.max(1.5, Math.min(7, 1.5 + 0.9 * (Math.log10(rowsPerSecond) - 2)))
  return Math.round(10 * (fill > LEAST_FILL ? Math.max(3, flowing) : flowing)) / 10
}

export const LiveEdge = memo(function LiveEdge({
  data,
  sourceX,
  sourceY,
  targetX,
  targetY,
  sourcePosition,
  targetPosition,
}: EdgeProps<LiveEdgeType>) {
  const figures = useStreamFigures(data?.stream ?? '')
  const reader = useOperatorFigures(data?.reader ?? '')
  const over = useOver()
  const far = useStore((flow) => flow.transform[2] < DETAIL_ZOOM)
  const [path, labelX, labelY] = useMemo(
    () => getSmoothStepPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, borderRadius: 10 }),
    [sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition],
  )
  const inside = figures?.fill === null
  const known = inside && data?.onlyInput === true ? (reader?.rowsInPerSecond ?? 0) : (figures?.rowsPerSecond ?? 0)
  const perSecond = over || (reader !== undefined && READS_NOTHING.has(reader.state)) ? 0 : known
  const fill = figures?.fill ?? 0
  const backwards = targetX < sourceX + 20
  const straight = Math.abs(sourceY - targetY) < 4
  return (
    <>
      <Pipe
        path={path}
        widthPx={widthOf(perSecond, fill)}
        fillPercent={fill > LEAST_FILL ? Math.round(fill * 100) : 0}
        flows={perSecond > 0}
      />
      <path className="rn-edge-hit" d={path}>
        <title>{t('Peek at the rows that pass')}</title>
      </path>
      {far || !(backwards || (straight && targetX - sourceX > ROOM_FOR_WORDS)) ? null : (
        <Words
          x={labelX}
          y={labelY}
          above={perSecond > 0 ? rate(perSecond) : ''}
          below={
            over ? '' : figures?.pinned === true ? (backwards ? t('kept for replay') : t('kept')) : fill > LEAST_FILL ? percent(fill) : ''
          }
          pill={backwards}
          level={levelOf(fill)}
        />
      )}
    </>
  )
})

export function levelOf(fill: number): string {
  return fill >= 0.9 ? 'rn-full' : fill >= 0.7 ? 'rn-warn' : ''
}

interface PipeProps {
  readonly path: string
  readonly widthPx: number
  readonly fillPercent: number
  readonly flows: boolean
}

/** The dark part piles up from the reader's end, as a queue does. */
export const Pipe = memo(function Pipe({ path, widthPx, fillPercent, flows }: PipeProps) {
  return (
    <>
      <path className={flows || fillPercent > 0 ? 'rn-edge rn-flow' : 'rn-edge rn-off'} d={path} style={{ strokeWidth: widthPx }} />
      {fillPercent > 0 ? (
        <path
          className={`rn-edge rn-fill ${levelOf(fillPercent / 100)}`}
          d={path}
          pathLength={100}
          style={{ strokeWidth: widthPx, strokeDasharray: `${fillPercent} 200`, strokeDashoffset: fillPercent - 100 }}
        />
      ) : null}
    </>
  )
})

interface WordsProps {
  readonly x: number
  readonly y: number
  readonly above: string
  readonly below: string
  /** On an edge that runs back the line is long: one pill on it. */
  readonly pill: boolean
  readonly level: string
}

export const Words = memo(function Words({ x, y, above, below, pill, level }: WordsProps) {
  if (above === '' && below === '') return null
  return (
    <EdgeLabelRenderer>
      {pill ? (
        <span className={`rn-elabel rn-elabel-pill ${level}`} style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>
          <b>{above}</b>
          {above !== '' && below !== '' ? ' · ' : ''}
          {below.endsWith('%') ? t('buffer {below} full', { below }) : below}
        </span>
      ) : (
        <>
          <span className={`rn-elabel ${level}`} style={{ transform: `translate(-50%, -100%) translate(${x}px, ${y - 5}px)` }}>
            {above}
          </span>
          <span className={`rn-elabel ${level}`} style={{ transform: `translate(-50%, 0) translate(${x}px, ${y + 5}px)` }}>
            {below}
          </span>
        </>
      )}
    </EdgeLabelRenderer>
  )
})
