/** A pipeline in small: its operators as boxes where they stand, its streams as lines. */
import type { PipelineDocument } from '@belay/pipeline'
import { NODE_HEIGHT, NODE_WIDTH, placesOf } from '../run/canvas/places.ts'

export interface MiniGraphProps {
  readonly document: PipelineDocument
  readonly width: number
  readonly height: number
  readonly tone?: 'well' | 'bad' | 'held' | 'quiet'
}

/** Room at the edges, so that an edge that runs back is not cut. */
const EDGE_PX = 9
const TONES = { well: 'var(--st-running-line)', bad: 'var(--st-down-line)', held: 'var(--st-held-line)', quiet: 'var(--line-shape)' }

export function MiniGraph({ document, width, height, tone = 'quiet' }: MiniGraphProps) {
  const places = placesOf(document)
  if (places.size === 0) return <svg width={width} height={height} aria-hidden="true" />
  const xs = [...places.values()].map((place) => place.x)
  const ys = [...places.values()].map((place) => place.y)
  const left = Math.min(...xs)
  const top = Math.min(...ys)
  const spanX = Math.max(...xs) - left + NODE_WIDTH
  const spanY = Math.max(...ys) - top + NODE_HEIGHT
  const scale = Math.min((width - 2 * EDGE_PX) / spanX, (height - 8) / spanY, 0.16)
  const offsetX = (width - spanX * scale) / 2
  const offsetY = (height - spanY * scale) / 2
  const at = (id: string): { x: number; y: number } => {
    const place = places.get(id) ?? { x: left, y: top }
    return { x: offsetX + (place.x - left) * scale, y: offsetY + (place.y - top) * scale }
  }
  const boxWidth = NODE_WIDTH * scale
  const boxHeight = NODE_HEIGHT * scale
  return (
    <svg className="st-mini" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <g fill="none" stroke="var(--edge-flow)">
        {document.streams.flatMap((stream) =>
          stream.to.map((to) => {
            const from = at(stream.from.operator)
            const end = at(to.operator)
            const [x1, y1, x2, y2] = [from.x + boxWidth, from.y + boxHeight / 2, end.x, end.y + boxHeight / 2]
            const middle = (x1 + x2) / 2
            const d = x2 > x1 ? `M${x1} ${y1}H${middle}V${y2}H${x2}` : `M${x1} ${y1}h4V${(y1 + y2) / 2}H${x2 - 4}V${y2}h4`
            return <path key={`${stream.id}-${to.operator}-${to.port}`} d={d} />
          }),
        )}
      </g>
      {document.operators.map((operator) => {
        const { x, y } = at(operator.id)
        return <rect key={operator.id} x={x} y={y} width={boxWidth} height={boxHeight} rx="2" fill={TONES[tone]} />
      })}
    </svg>
  )
}
