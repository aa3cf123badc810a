/** Where operators stand and how large they are; apart from `graphOf.ts`, so that small pictures need no manifests. */
import type { PipelineDocument } from '@belay/pipeline'
import type { Point } from '../../groups/boxes.ts'

export { NODE_HEIGHT, NODE_WIDTH } from '../../groups/boxes.ts'
export type Place = Point

/** Where each operator stands; what has no place yet stands in rows of four. */
export function placesOf(document: PipelineDocument): ReadonlyMap<string, Place> {
  return new Map(
    document.operators.map((operator, i) => [
      operator.id,
      document.layout[operator.id] ?? { x: (i % 4) * 280, y: Math.floor(i / 4) * 130 },
    ]),
  )
}
