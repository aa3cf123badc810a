/** A pipeline as a small picture, drawn from its document. */
import type { PipelineDocument } from '@belay/pipeline'
import { manifestFor } from '../catalogue.ts'
import { NODE_HEIGHT, NODE_WIDTH } from '../layout/place.ts'

const MARGIN = 24

export function Thumbnail({ document }: { readonly document: PipelineDocument }) {
  const places = document.operators.map((operator) => ({ operator, ...(document.layout[operator.id] ?? { x: 0, y: 0 }) }))
  const at = new Map(places.map((place) => [place.operator.id, place]))
  const left = Math.min(0, ...places.map(({ x }) => x)) - MARGIN
  const top = Math.min(...places.map(({ y }) => y), Infinity) - MARGIN
  const right = Math.max(...places.map(({ x }) => x + NODE_WIDTH), 0) + MARGIN
  const bottom = Math.max(...places.map(({ y }) => y + NODE_HEIGHT), 0) + MARGIN
  return (
    <svg className="ds-thumbnail" viewBox={`${left} ${top} ${right - left} ${bottom - top}`} aria-hidden="true">
      {document.streams.flatMap((stream) =>
        stream.to.map((to) => {
          const a = at.get(stream.from.operator)
          const b = at.get(to.operator)
          if (a === undefined || b === undefined) return null
          const from = { x: a.x + NODE_WIDTH, y: a.y + NODE_HEIGHT / 2 }
          const end = { x: b.x, y: b.y + NODE_HEIGHT / 2 }
          const bend = Math.max(40, Math.abs(end.x - from.x) / 2)
          return (
            <path
              key={`${stream.id} ${to.operator} ${to.port}`}
              d={`M${from.x} ${from.y}C${from.x + bend} ${from.y} ${end.x - bend} ${end.y} ${end.x} ${end.y}`}
            />
          )
        }),
      )}
      {places.map(({ operator, x, y }) => (
        <g key={operator.id} transform={`translate(${x} ${y})`}>
          <rect width={NODE_WIDTH} height={NODE_HEIGHT} rx="12" />
          <path
            className="ds-thumbnail-glyph"
            transform={`translate(${NODE_WIDTH / 2 - 24} ${NODE_HEIGHT / 2 - 24}) scale(3)`}
            d={manifestFor(operator.type)?.icon ?? ''}
          />
        </g>
      ))}
    </svg>
  )
}
