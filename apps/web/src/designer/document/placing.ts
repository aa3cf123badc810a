/** Edits that put an operator somewhere in the graph: after another, into a stream, out of one. */
import {
  canConnect,
  manifestOf,
  outputPorts,
  type ManifestCatalogue,
  type PipelineDocument,
  type PortReference,
  type StreamNode,
} from '@belay/pipeline'
import { COLUMN, NODE_HEIGHT, NODE_WIDTH, ROW, snapTo, type Place } from '../layout/place.ts'
import { boxesOf, boxOf, drawingOf } from '../../groups/drawing.ts'
import { addOperator, connect, disconnect, moveOperators, removeOperators } from './edits.ts'
import { putInto } from './groups.ts'

/** The nearest place at or below `wanted` where no node stands. */
function freePlace(document: PipelineDocument, wanted: Place): Place {
  const at = snapTo(wanted)
  const boxes = [...boxesOf(document).values()]
  const taken = (y: number): boolean =>
    boxes.some((box) => Math.abs(box.x - at.x) < NODE_WIDTH + 16 && y < box.y + box.height + 16 && box.y < y + NODE_HEIGHT + 16)
  let { y } = at
  while (taken(y)) y += 8
  return { x: at.x, y: y === at.y ? y : Math.ceil(y / 8) * 8 }
}

/** Where the next operator after `id` goes. */
export function placeAfter(document: PipelineDocument, id: string): Place {
  const at = boxOf(document, id) ?? { x: 0, y: 0 }
  return freePlace(document, { x: at.x + COLUMN, y: at.y })
}

/** Where an operator goes that follows nothing: below everything, at the left. */
export function placeApart(document: PipelineDocument): Place {
  const places = Object.values(document.layout)
  if (places.length === 0) return { x: 0, y: 0 }
  return { x: Math.min(...places.map(({ x }) => x)), y: Math.max(...places.map(({ y }) => y)) + ROW }
}

export interface Added {
  readonly document: PipelineDocument
  readonly id: string
}

/** The first input of a type that takes what `from` gives; null when none does. */
function fittingInput(document: PipelineDocument, manifests: ManifestCatalogue, from: PortReference, id: string): string | null {
  const operator = document.operators.find((candidate) => candidate.id === id)
  const inputs = operator === undefined ? [] : (manifestOf(manifests, operator.type)?.inputs ?? [])
  return inputs.find((port) => canConnect(document, manifests, from, { operator: id, port: port.name }).ok)?.name ?? null
}

/** Adds an operator after a port and connects it where it fits. */
export function addAfter(
  document: PipelineDocument,
  manifests: ManifestCatalogue,
  type: string,
  from: PortReference,
  position?: Place,
): Added {
  const added = addOperator(document, manifests, type, position ?? placeAfter(document, from.operator))
  const port = fittingInput(added.document, manifests, from, added.id)
  return port === null ? added : { id: added.id, document: connect(added.document, from, { operator: added.id, port }) }
}

export interface StreamEnd {
  readonly stream: StreamNode
  readonly to: PortReference
}

/** Puts an operator into a stream: what came to `to` now comes through it. Null when it fits neither way. */
export function insertInto(
  document: PipelineDocument,
  manifests: ManifestCatalogue,
  { stream, to }: StreamEnd,
  type: string,
  position?: Place,
): Added | null {
  const manifest = manifestOf(manifests, type)
  if (manifest === undefined || manifest.inputs.length === 0) return null
  const open = disconnect(document, stream.id, to)
  const room = position === undefined ? roomBetween(open, stream.from.operator, to.operator) : { document: open, position }
  const added = addOperator(room.document, manifests, type, room.position)
  const port = fittingInput(added.document, manifests, stream.from, added.id)
  if (port === null) return null
  const output = firstOutput(added.document, manifests, added.id)
  if (output === undefined) return null
  const into = connect(added.document, stream.from, { operator: added.id, port })
  const from = { operator: added.id, port: output }
  if (!canConnect(into, manifests, from, to).ok) return null
  const group = commonGroup(document, stream.from.operator, to.operator)
  const inserted = connect(into, from, to)
  return { id: added.id, document: group === null ? inserted : putInto(inserted, [added.id], group) }
}

/** The innermost group that both are in. */
function commonGroup(document: PipelineDocument, a: string, b: string): string | null {
  const holding = [...drawingOf(document).tree.groups].filter(([, { operators }]) => operators.includes(a) && operators.includes(b))
  return holding.at(-1)?.[0] ?? null
}

function firstOutput(document: PipelineDocument, manifests: ManifestCatalogue, id: string): string | undefined {
  const operator = document.operators.find((candidate) => candidate.id === id)
  const manifest = operator === undefined ? undefined : manifestOf(manifests, operator.type)
  return operator === undefined || manifest === undefined ? undefined : outputPorts(operator, manifest)[0]?.name
}

/** Half way between two nodes; those to the right move on when there is no room. */
function roomBetween(document: PipelineDocument, from: string, to: string): { document: PipelineDocument; position: Place } {
  const left = boxOf(document, from) ?? { x: 0, y: 0 }
  const right = boxOf(document, to) ?? { x: left.x + COLUMN, y: left.y }
  if (right.x - left.x >= 2 * COLUMN)
    return { document, position: freePlace(document, { x: (left.x + right.x) / 2, y: (left.y + right.y) / 2 }) }
  const position = { x: left.x + COLUMN, y: right.y }
  if (right.x <= left.x) return { document, position: freePlace(document, { x: left.x + COLUMN, y: left.y }) }
  const shift = left.x + 2 * COLUMN - right.x
  const moves = Object.fromEntries(
    Object.entries(document.layout)
      .filter(([, at]) => at.x >= right.x)
      .map(([id, at]) => [id, { x: at.x + shift, y: at.y }]),
  )
  return { document: moveOperators(document, moves), position }
}

/** Removes operators and lets what came in go on to where it went, where that fits. */
export function removeReconnecting(document: PipelineDocument, manifests: ManifestCatalogue, ids: readonly string[]): PipelineDocument {
  let next = document
  for (const id of ids) {
    const operator = next.operators.find((candidate) => candidate.id === id)
    if (operator === undefined) continue
    const into = next.streams.find((stream) => stream.to.some((to) => to.operator === id))
    const first = firstOutput(next, manifests, id)
    const out = next.streams.find((stream) => stream.from.operator === id && stream.from.port === first)
    next = removeOperators(next, [id])
    if (into === undefined || out === undefined) continue
    for (const to of out.to) if (canConnect(next, manifests, into.from, to).ok) next = connect(next, into.from, to)
  }
  return next
}

export type Alignment = 'left' | 'top' | 'row' | 'column'

/** Lines up operators: same left edge, same top edge, or spread evenly in a row or column. */
export function align(document: PipelineDocument, ids: readonly string[], how: Alignment): PipelineDocument {
  const places = ids.map((id) => ({ id, ...(document.layout[id] ?? { x: 0, y: 0 }) }))
  if (places.length < 2) return document
  const left = Math.min(...places.map(({ x }) => x))
  const top = Math.min(...places.map(({ y }) => y))
  const moves: Record<string, Place> = {}
  switch (how) {
    case 'left':
      for (const { id, y } of places) moves[id] = { x: left, y }
      break
    case 'top':
      for (const { id, x } of places) moves[id] = { x, y: top }
      break
    case 'row':
      places.sort((a, b) => a.x - b.x).forEach(({ id }, i) => (moves[id] = { x: left + i * COLUMN, y: top }))
      break
    case 'column':
      places.sort((a, b) => a.y - b.y).forEach(({ id }, i) => (moves[id] = { x: left, y: top + i * ROW }))
      break
  }
  return moveOperators(document, moves)
}
