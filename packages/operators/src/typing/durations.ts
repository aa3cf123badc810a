/** Durations as people say them. */

const UNITS: readonly (readonly [number, string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
]

/** `90 min`, `1 h`, `500 ms`: the largest unit that leaves no rest. */
export function durationText(ms: number): string {
  for (const [unitMs, unit] of UNITS) if (ms >= unitMs && ms % unitMs === 0) return `${ms / unitMs} ${unit}`
  return `${ms} ms`
}
