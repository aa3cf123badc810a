/** Sizes and places on the canvas, in graph pixels at 100 % (ui.md §3). */
export interface Place {
  readonly x: number
  readonly y: number
}

export const NODE_WIDTH = 208
export const NODE_HEIGHT = 84
/** Distance of columns when operators are put beside each other. */
export const COLUMN = 280
export const ROW = 120
const GRID = 8

export function snapTo({ x, y }: Place): Place {
  return { x: Math.round(x / GRID) * GRID, y: Math.round(y / GRID) * GRID }
}
