/** What React Flow reports about nodes, taken into the document and the selection. */
import type { NodeChange } from '@xyflow/react'
import type { PipelineDocument } from '@belay/pipeline'
import { drawn, selectedIds, useDesigner } from '../designerStore.ts'
import { moveOperators } from '../document/edits.ts'
import { changeNote } from '../document/notes.ts'
import { snapTo, type Place } from '../layout/place.ts'
import type { DesignNodeType } from './DesignNode.tsx'
import { noteOf, type NoteNodeType } from './NoteNode.tsx'

export type CanvasNode = DesignNodeType | NoteNodeType

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
    const note = noteOf(id)
    const before = note === null ? document.layout[id] : document.notes?.find((candidate) => candidate.id === note)
    if (before?.x === place.x && before.y === place.y) continue
    if (note === null) operators[id] = place
    else next = changeNote(next, note, snapTo(place))
  }
  return Object.keys(operators).length === 0 ? next : moveOperators(next, operators)
}

function takeSelection(changes: readonly NodeChange<CanvasNode>[]): void {
  const { selection, select, selectOperators } = useDesigner.getState()
  const chosen = new Set(selectedIds(selection))
  let note: string | null = null
  for (const change of changes) {
    if (change.type !== 'select') continue
    const id = noteOf(change.id)
    if (id !== null) note = change.selected ? id : note
    else if (change.selected) chosen.add(change.id)
    else chosen.delete(change.id)
  }
  if (chosen.size > 0 || selection.kind === 'operators') selectOperators([...chosen])
  if (note !== null) select({ kind: 'note', id: note, writing: 0 })
}
