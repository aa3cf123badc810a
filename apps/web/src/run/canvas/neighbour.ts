/** Arrow keys walk the graph: right and left along streams, up and down between operators of a column. */
import { graphOf, type PipelineDocument } from '@belay/pipeline'
import { placesOf } from './places.ts'

export function neighbour(document: PipelineDocument, from: string, key: string): string | null {
  const places = placesOf(document)
  const here = places.get(from)
  if (here === undefined) return null
  const nearest = (ids: readonly string[]): string | null => {
    const sorted = ids.toSorted((a, b) => Math.abs((places.get(a)?.y ?? 0) - here.y) - Math.abs((places.get(b)?.y ?? 0) - here.y))
    return sorted[0] ?? null
  }
  switch (key) {
    case 'ArrowRight':
      return nearest(graphOf(document).downstream.get(from) ?? [])
    case 'ArrowLeft':
      return nearest(graphOf(document).upstream.get(from) ?? [])
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
