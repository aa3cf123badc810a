/** Where ports sit on a node's edge, in pixels from its top (ui.md §3): the main line of a graph stays straight. */
const FIRST = 41
const STEP = 24

export function portTop(index: number, count: number): number {
  if (count <= 2) return FIRST + STEP * index
  const top = count === 3 ? FIRST : 14
  return top + (index * (74 - top)) / (count - 1)
}
