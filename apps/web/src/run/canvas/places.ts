/** Where operators stand and how large they are; apart from `graphOf.ts`, so that small pictures need no manifests. */
import type { PipelineDocument } from '@belay/pipeline'

export const NODE_WIDTH = 208
export const NODE_HEIGHT = 84

export interface Place {
  readonly x: number
  readonly y: number
}

/** Where each operator stands; what has no place yet stands in rows of four. */
export function placesOf(document: PipelineDocument): ReadonlyMap<string, Place> {
  return new Map(
    document.operators.map((operator, i) => [
      operator.id,
      document.layout[operator.id] ?? { x: (i % 4) * 280, y: Math.floor(i / 4) * 130 },
    ]),
  )
}
