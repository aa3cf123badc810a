/** Groups folded into one node and opened again. Pure edits, one new document each. */
import type { Group, PipelineDocument } from '@belay/pipeline'
import type { Box, Point } from './boxes.ts'
import { boxesOf, drawingOf } from './drawing.ts'

/** Kept free between an opened group and what stands beside it. */
const GAP = 32

export function changeGroup(document: PipelineDocument, id: string, change: Partial<Omit<Group, 'id'>>): PipelineDocument {
  return { ...document, groups: (document.groups ?? []).map((group) => (group.id === id ? { ...group, ...change } : group)) }
}

/** Folded into one node, or opened; what would be covered by an opened one makes room. */
export function foldGroup(document: PipelineDocument, id: string, collapsed: boolean): PipelineDocument {
  const before = drawingOf(document).folded.get(id)
  const next = changeGroup(document, id, { collapsed })
  return collapsed || before === undefined ? next : withRoom(next, id, before)
}

function withRoom(document: PipelineDocument, id: string, before: Box): PipelineDocument {
  const { tree, frames } = drawingOf(document)
  const frame = frames.get(id)
  if (frame === undefined) return document
  const inside = new Set(tree.groups.get(id)?.operators)
  const apart = unitsBeside(document, id)
  const shift: Record<string, Point> = {}
  const move = (units: readonly Unit[], x: number, y: number): void => {
    for (const { operators } of units)
      for (const operator of operators)
        if (!inside.has(operator)) shift[operator] = { x: (shift[operator]?.x ?? 0) + x, y: (shift[operator]?.y ?? 0) + y }
  }
  const right = apart.filter(({ box }) => box.x >= before.x + before.width)
  const beside = right.filter(({ box }) => overlaps(box.y, box.height, frame.y, frame.height))
  const dx = Math.max(0, ...beside.map(({ box }) => frame.x + frame.width + GAP - box.x))
  move(right, dx, 0)
  const under = apart.filter((unit) => !right.includes(unit) && overlaps(unit.box.x, unit.box.width, frame.x, frame.width))
  const below = under.filter(({ box }) => box.y >= before.y + before.height)
  move(below, 0, Math.max(0, ...below.map(({ box }) => frame.y + frame.height + GAP - box.y)))
  const above = under.filter(({ box }) => box.y + box.height <= before.y)
  move(above, 0, -Math.max(0, ...above.map(({ box }) => box.y + box.height + GAP - frame.y)))
  return {
    ...document,
    layout: Object.fromEntries(
      Object.entries(document.layout).map(([operator, at]) => {
        const by = shift[operator]
        return [operator, by === undefined ? at : { x: at.x + by.x, y: at.y + by.y }]
      }),
    ),
  }
}

interface Unit {
  readonly box: Box
  readonly operators: readonly string[]
}

/** Everything that is not in the group: operators, and groups as one piece each. */
function unitsBeside(document: PipelineDocument, id: string): readonly Unit[] {
  const { tree, folded, frames } = drawingOf(document)
  const around = new Set<string>()
  for (let at: string | null = id; at !== null; at = tree.groups.get(at)?.parent ?? null) around.add(at)
  const boxes = boxesOf(document)
  const units: Unit[] = []
  for (const [group, { parent, operators }] of tree.groups) {
    if (around.has(group) || (parent !== null && !around.has(parent))) continue
    const box = folded.get(group) ?? frames.get(group)
    if (box !== undefined) units.push({ box, operators })
  }
  const taken = new Set([...units.flatMap(({ operators }) => operators), ...(tree.groups.get(id)?.operators ?? [])])
  for (const { id: operator } of document.operators) {
    const box = taken.has(operator) ? undefined : boxes.get(operator)
    if (box !== undefined) units.push({ box, operators: [operator] })
  }
  return units
}

function overlaps(a: number, lengthA: number, b: number, lengthB: number): boolean {
  return a < b + lengthB && b < a + lengthA
}
