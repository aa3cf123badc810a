/** What React Flow reports about nodes, taken into the document and the selection. */
import type { NodeChange } from '@xyflow/react'
import type { PipelineDocument } from '@belay/pipeline'
import { drawn, selectedIds, useDesigner } from '../designerStore.ts'
import { moveOperators } from '../document/edits.ts'
import { changeNote } from '../document/notes.ts'
import { NODE_HEIGHT, snapTo, type Place } from '../layout/place.ts'
import { frameNodeId, groupBoxes, groupNodeId, groupOfNode, type Box } from '../../groups/boxes.ts'
import { drawingOf } from '../../groups/drawing.ts'
import type { DesignNodeType } from './DesignNode.tsx'
import type { FrameNodeType } from './FrameNode.tsx'
import type { GroupNodeType } from './GroupNode.tsx'
import { noteOf, type NoteNodeType } from './NoteNode.tsx'

export type CanvasNode = DesignNodeType | NoteNodeType | GroupNodeType | FrameNodeType

export function takeNodeChanges(changes: readonly NodeChange<CanvasNode>[]): void {
  const moves: Record<string, Place> = {}
  for (const change of changes)
    if (change.type === 'position' && change.dragging === false && change.position !== undefined) moves[change.id] = change.position
  if (Object.keys(moves).length > 0) {
    const before = drawn()
    const next = moved(before, moves)
    if (next !== before) useDesigner.getState().edit(next)
  }
  if (changes.some((change) => change.type === 'select')) takeSelection(changes)
}

/** The document after nodes were dropped somewhere; the same one if all are where they were. */
function moved(document: PipelineDocument, moves: Readonly<Record<string, Place>>): PipelineDocument {
  let next = document
  const operators: Record<string, Place> = {}
  for (const [id, place] of Object.entries(moves)) {
    const group = groupOfNode(id)
    if (group !== null) {
      // A group has no place of its own: what is in it goes along, unless it was dragged itself.
      for (const [operator, at] of Object.entries(movedWith(document, group, place))) if (!(operator in moves)) operators[operator] = at
      continue
    }
    const note = noteOf(id)
    const before = note === null ? document.layout[id] : document.notes?.find((candidate) => candidate.id === note)
    if (before?.x === place.x && before.y === place.y) continue
    if (note === null) operators[id] = place
    else next = changeNote(next, note, snapTo(place))
  }
  return Object.keys(operators).length === 0 ? next : moveOperators(next, operators)
}

/** Where the operators of a group go when the group is put to a place. */
function movedWith(document: PipelineDocument, group: string, place: Place): Readonly<Record<string, Place>> {
  const { tree, folded, frames } = drawingOf(document)
  const box = folded.get(group) ?? frames.get(group)
  if (box === undefined || (box.x === place.x && box.y === place.y)) return {}
  return Object.fromEntries(
    (tree.groups.get(group)?.operators ?? []).map((operator) => {
      const at = document.layout[operator] ?? { x: 0, y: 0 }
      return [operator, { x: at.x + place.x - box.x, y: at.y + place.y - box.y }]
    }),
  )
}

/** While it is dragged: what is in a frame goes along with it, and frames go around what is in them. */
export function followDrag(nodes: CanvasNode[], changes: readonly NodeChange<CanvasNode>[]): CanvasNode[] {
  const dragged = new Map(
    changes.flatMap((change) => (change.type === 'position' && change.position !== undefined ? [[change.id, change.position]] : [])),
  )
  const { tree, frames } = drawingOf(drawn())
  if (dragged.size === 0 || frames.size === 0) return nodes
  const before = new Map(nodes.map((node) => [node.id, node.position]))
  const by = new Map<string, Place>()
  for (const [id, position] of dragged) {
    const group = id.startsWith('frame:') ? groupOfNode(id) : null
    const from = before.get(id)
    if (group === null || from === undefined) continue
    for (const operator of tree.groups.get(group)?.operators ?? []) {
      const hidden = tree.hiddenIn.get(operator)
      const node = hidden === undefined ? operator : groupNodeId(hidden)
      if (!dragged.has(node)) by.set(node, { x: position.x - from.x, y: position.y - from.y })
    }
  }
  const places = new Map<string, Place>()
  for (const { id, position } of nodes) {
    const shift = by.get(id)
    places.set(id, dragged.get(id) ?? (shift === undefined ? position : { x: position.x + shift.x, y: position.y + shift.y }))
  }
  const around = framesAround(places)
  return nodes.map((node) => {
    const frame = node.type === 'frame' ? around.get(node.id) : undefined
    const position = frame === undefined ? (places.get(node.id) ?? node.position) : { x: frame.x, y: frame.y }
    const { width, height } = frame ?? node
    return position.x === node.position.x && position.y === node.position.y && width === node.width && height === node.height
      ? node
      : ({ ...node, position, ...(frame === undefined ? {} : { width, height, measured: { width, height } }) } as CanvasNode)
  })
}

function framesAround(places: ReadonlyMap<string, Place>): ReadonlyMap<string, Box> {
  const { tree, folded } = drawingOf(drawn())
  // A collapsed group stands for its operators: each of them is where the group is.
  const shown = (operator: string): Place => {
    const hidden = tree.hiddenIn.get(operator)
    const { x, y } = places.get(hidden === undefined ? operator : groupNodeId(hidden)) ?? { x: 0, y: 0 }
    const box = hidden === undefined ? undefined : folded.get(hidden)
    return { x, y: y + ((box?.height ?? NODE_HEIGHT) - NODE_HEIGHT) / 2 }
  }
  const { frames } = groupBoxes(tree, shown, (group) => folded.get(group)?.height ?? 0)
  return new Map([...frames].map(([group, box]) => [frameNodeId(group), box]))
}

function takeSelection(changes: readonly NodeChange<CanvasNode>[]): void {
  const { selection, select, selectOperators } = useDesigner.getState()
  const chosen = new Set(selectedIds(selection))
  let note: string | null = null
  for (const change of changes) {
    if (change.type !== 'select') continue
    const id = noteOf(change.id)
    const group = groupOfNode(change.id)
    if (group !== null) {
      for (const operator of drawingOf(drawn()).tree.groups.get(group)?.operators ?? [])
        if (change.selected) chosen.add(operator)
        else chosen.delete(operator)
    } else if (id !== null) note = change.selected ? id : note
    else if (change.selected) chosen.add(change.id)
    else chosen.delete(change.id)
  }
  if (chosen.size > 0 || selection.kind === 'operators') selectOperators([...chosen])
  if (note !== null) select({ kind: 'note', id: note, writing: 0 })
}
