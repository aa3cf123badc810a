/** Dropping an operator from the palette: where it falls, or into the stream it falls on. */
import type { DragEvent } from 'react'
import { manifestFor } from '../catalogue.ts'
import { drawn } from '../designerStore.ts'
import { NODE_HEIGHT, NODE_WIDTH, type Place } from '../layout/place.ts'
import { addAt, addInto } from '../palette/adding.ts'
import { DRAG_TYPE } from '../palette/Palette.tsx'
import { focusNode } from './focusNode.ts'
import { endOfEdge } from './graphView.ts'

export function isOperatorDrag(event: DragEvent): boolean {
  return event.dataTransfer.types.includes(DRAG_TYPE)
}

/** Id of the edge under the pointer; null when there is none. */
export function edgeUnder(event: DragEvent): string | null {
  const edges = document.elementsFromPoint(event.clientX, event.clientY).map((element) => element.closest('.react-flow__edge'))
  return edges.find((edge) => edge !== null)?.getAttribute('data-id') ?? null
}

/** `at` is the pointer's place in the graph. */
export function dropOperator(event: DragEvent, at: Place): void {
  const type = event.dataTransfer.getData(DRAG_TYPE)
  if (manifestFor(type) === undefined) return
  event.preventDefault()
  const place = { x: at.x - NODE_WIDTH / 2, y: at.y - NODE_HEIGHT / 2 }
  const edge = edgeUnder(event)
  const end = edge === null ? null : endOfEdge(edge)
  const stream = end === null ? undefined : drawn().streams.find((candidate) => candidate.id === end.stream)
  const id = stream === undefined || end === null ? addAt(type, place) : addInto(type, { stream, to: end.to }, place)
  if (id !== null) focusNode(id)
}
