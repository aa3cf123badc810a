/** Sizes and places on the canvas, in graph pixels at 100 % (ui.md §3). */
import type { Point } from '../../groups/boxes.ts'

export { NODE_HEIGHT, NODE_WIDTH } from '../../groups/boxes.ts'
export type Place = Point
/** Distance of columns when operators are put beside each other. */
export const COLUMN = 280
export const ROW = 120
const GRID = 8

export function snapTo({ x, y }: Place): Place {
  return { x: Math.round(x / GRID) * GRID, y: Math.round(y / GRID) * GRID }
}
