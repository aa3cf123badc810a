/** Where a problem is, in words. */
import type { Problem } from '@belay/pipeline'

export function placeText({ place }: Problem): string {
  const parts = [
    place.operator,
    place.port,
    place.stream,
    place.parameter === undefined ? undefined : `parameter ${place.parameter}`,
    place.configPath,
  ].filter((part) => part !== undefined)
  const range = place.range === undefined ? '' : ` [${place.range.from}, ${place.range.to})`
  return parts.length === 0 ? 'pipeline' : parts.join(' ') + range
}
