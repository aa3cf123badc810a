/** Arrow keys walk the graph: right and left along streams, up and down between nodes of a column. Collapsed groups stand for their operators. */
import { graphOf, type PipelineDocument } from '@belay/pipeline'
import { boxesOf, nodeOf, operatorsOf } from '../../groups/drawing.ts'
import { placesOf } from './places.ts'

export function neighbour(document: PipelineDocument, from: string, key: string): string | null {
  const places = new Map([...placesOf(document)].filter(([id]) => nodeOf(document, id) === id).concat([...boxesOf(document)]))
  const here = places.get(from)
  if (here === undefined) return null
  const nearest = (edges: ReadonlyMap<string, readonly string[]>): string | null => {
    const ids = operatorsOf(document, from)
      .flatMap((operator) => edges.get(operator) ?? [])
      .map((operator) => nodeOf(document, operator))
      .filter((id) => id !== from)
    const sorted = ids.toSorted((a, b) => Math.abs((places.get(a)?.y ?? 0) - here.y) - Math.abs((places.get(b)?.y ?? 0) - here.y))
    return sorted[0] ?? null
  }
  switch (key) {
    case 'ArrowRight':
      return nearest(graphOf(document).downstream)
    case 'ArrowLeft':
      return nearest(graphOf(document).upstream)
    case 'ArrowDown':
    case 'ArrowUp': {
      const down = key === 'ArrowDown'
      let best: { readonly id: string; readonly far: number } | null = null
      for (const [id, place] of places) {
        const along = down ? place.y - here.y : here.y - place.y
        if (id === from || along <= 0) continue
        // Straight above or below comes before what is off to the side.
        const far = along + 3 * Math.abs(place.x - here.x)
        if (best === null || far < best.far) best = { id, far }
      }
      return best?.id ?? null
    }
    default:
      return null
  }
}
