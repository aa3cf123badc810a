/** Where groups are drawn: a collapsed one as a node in place of its operators, an open one as a frame around them. */
import type { Group, GroupTree } from '@belay/pipeline'

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

const GRID = 8
export const NODE_WIDTH = 208
export const NODE_HEIGHT = 84
/** Ports of a node as high as an operator's. */
const PORTS_OF_HEIGHT = 3
const PORT_STEP = 16
/** A frame's room around what is in it; the title stands in the upper part. */
export const FRAME_PAD = { side: 24, top: 48, bottom: 24 }

export function groupNodeId(group: string): string {
  return `group:${group}`
}

export function frameNodeId(group: string): string {
  return `frame:${group}`
}

/** The group that a node of the canvas stands for; null for operators, whose ids have no colon. */
export function groupOfNode(nodeId: string): string | null {
  const match = /^(?:group|frame):(.*)$/.exec(nodeId)
  return match === null ? null : match[1]
}

/** A handle of a collapsed group is the port of an operator in it. */
export function handleOf(end: { readonly operator: string; readonly port: string }): string {
  return `${end.operator}.${end.port}`
}

export function endOfHandle(handle: string): { readonly operator: string; readonly port: string } {
  const dot = handle.indexOf('.')
  return { operator: handle.slice(0, dot), port: handle.slice(dot + 1) }
}

/** `ports`: on the side that has more. */
export function groupHeight(ports: number): number {
  return NODE_HEIGHT + Math.max(0, ports - PORTS_OF_HEIGHT) * PORT_STEP
}

export function groupPortTop(index: number, count: number, height: number): number {
  if (count <= 2) return 41 + index * 24
  return 34 + (index * (height - 34 - 12)) / (count - 1)
}

export interface GroupBoxes {
  readonly folded: ReadonlyMap<string, Box>
  readonly frames: ReadonlyMap<string, Box>
}

/** `placeOf` answers the place of any operator, `heightOf` how high a collapsed group is. */
export function groupBoxes(tree: GroupTree, placeOf: (operator: string) => Point, heightOf: (group: string) => number): GroupBoxes {
  const folded = new Map<string, Box>()
  const frames = new Map<string, Box>()
  for (const [id, { operators, children }] of [...tree.groups].reverse()) {
    if (tree.hiddenGroups.has(id)) continue
    if (tree.folded.has(id)) {
      const around = surrounding(operators.map((operator) => ({ ...placeOf(operator), width: NODE_WIDTH, height: NODE_HEIGHT })))
      const height = heightOf(id)
      folded.set(id, { x: around.x, y: snap(around.y + (around.height - height) / 2), width: NODE_WIDTH, height })
      continue
    }
    const direct = operators.filter((operator) => tree.groupOf.get(operator) === id)
    const around = surrounding([
      ...direct.map((operator) => ({ ...placeOf(operator), width: NODE_WIDTH, height: NODE_HEIGHT })),
      ...children.flatMap((child) => folded.get(child) ?? frames.get(child) ?? []),
    ])
    frames.set(id, {
      x: around.x - FRAME_PAD.side,
      y: around.y - FRAME_PAD.top,
      width: around.width + 2 * FRAME_PAD.side,
      height: around.height + FRAME_PAD.top + FRAME_PAD.bottom,
    })
  }
  return { folded, frames }
}

export function surrounding(boxes: readonly Box[]): Box {
  const x = Math.min(...boxes.map((box) => box.x))
  const y = Math.min(...boxes.map((box) => box.y))
  return {
    x,
    y,
    width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
    height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
  }
}

function snap(value: number): number {
  return Math.round(value / GRID) * GRID
}

export function groupName(group: Group): string {
  return group.name === '' ? group.id : group.name
}
