/**
 * Which windows of which lineage make up the output (engine-spec H7). A restore to window N opens a
 * lineage that goes on behind N; what other lineages wrote behind the place where the path left
 * them is not part of it.
 */
interface LineageStep {
  readonly lineage: number
  /** The lineage's output begins behind this window. */
  readonly after: number
}

export type LineagePath = readonly LineageStep[]

/** The path with `lineage` as its last step, which begins behind `window` if it is new. */
export function steppedTo(path: LineagePath, lineage: number, window: number): LineagePath {
  if (path.length === 0) return [{ lineage, after: 0 }]
  return path.at(-1)?.lineage === lineage ? path : [...path, { lineage, after: window }]
}

/** Whether output of `lineage` that ends with `window` belongs to the path up to window `until`. */
export function onPath(path: LineagePath, lineage: number, window: number, until: number): boolean {
  return path.some((step, i) => {
    const end = Math.min(until, path[i + 1]?.after ?? until)
    return step.lineage === lineage && window > step.after && window <= end
  })
}
