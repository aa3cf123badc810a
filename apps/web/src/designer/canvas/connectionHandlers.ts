/**
 * What React Flow calls while a stream is drawn. Module constants: React Flow tells its whole store of
 * every handler that is new, and then every node and edge asks whether that concerns it.
 */
import type { Connection, Edge, FinalConnectionState, HandleType } from '@xyflow/react'
import { manifests } from '@belay/operators/manifests'
import { canConnect, type PortReference } from '@belay/pipeline'
import { manifestFor } from '../catalogue.ts'
import { drawn, useDesigner } from '../designerStore.ts'
import { connect } from '../document/edits.ts'
import { NODE_HEIGHT, type Place } from '../layout/place.ts'
import { useChosenPort } from './chosenPort.ts'
import { beginConnecting, endConnecting } from './connecting.ts'
import { endOfHandle, groupOfNode } from '../../groups/boxes.ts'
import { drawingOf } from '../../groups/drawing.ts'
import { noteOf } from './NoteNode.tsx'
import { useQuickAdd } from './quickAdd.ts'
import { refuse } from './refusal.ts'

/** The port that a handle stands for: a collapsed group shows those of its operators. */
function portOf(nodeId: string, handle: string | null | undefined): PortReference {
  return groupOfNode(nodeId) === null ? { operator: nodeId, port: handle ?? '' } : endOfHandle(handle ?? '')
}

function endsOf(connection: Connection | Edge): { readonly from: PortReference; readonly to: PortReference } {
  return {
    from: portOf(connection.source, connection.sourceHandle),
    to: portOf(connection.target, connection.targetHandle),
  }
}

interface StartedAt {
  readonly nodeId: string | null
  readonly handleId: string | null
  readonly handleType: HandleType | null
}

export function isValidConnection(connection: Connection | Edge): boolean {
  const { from, to } = endsOf(connection)
  return canConnect(drawn(), manifests, from, to).ok
}

export function onConnect(connection: Connection): void {
  const { from, to } = endsOf(connection)
  useDesigner.getState().edit(connect(drawn(), from, to))
}

export function onConnectStart(_event: unknown, { nodeId, handleId, handleType }: StartedAt): void {
  if (nodeId !== null && handleId !== null && handleType !== null) beginConnecting({ port: portOf(nodeId, handleId), type: handleType })
}

/** A click on a port: the next click on another connects, and the palette offers what fits. */
export function onClickConnectStart(_event: unknown, { nodeId, handleId, handleType }: StartedAt): void {
  if (nodeId === null || handleId === null || handleType === null) return
  const port = portOf(nodeId, handleId)
  beginConnecting({ port, type: handleType })
  if (handleType === 'source') useChosenPort.getState().choose(port)
}

export function leaveConnecting(): void {
  endConnecting()
  useChosenPort.getState().choose(null)
}

/** Dropped on a port that refuses it, on an operator, or on nothing, where the next operator is asked for. */
export function connectionEnded(state: FinalConnectionState, at: Place): void {
  endConnecting()
  if (state.fromHandle === null || state.isValid === true) return
  const outward = state.fromHandle.type === 'source'
  const start = portOf(state.fromHandle.nodeId, state.fromHandle.id)
  if (state.toHandle !== null) {
    const end = portOf(state.toHandle.nodeId, state.toHandle.id)
    refuse(outward ? start : end, outward ? end : start)
  } else if (outward && state.toNode !== null && standsForOperators(state.toNode.id)) connectToNode(start, state.toNode.id)
  else if (outward) useQuickAdd.getState().open({ kind: 'after', from: start, at: { x: at.x, y: at.y - NODE_HEIGHT / 2 } })
}

function standsForOperators(nodeId: string): boolean {
  return noteOf(nodeId) === null && (groupOfNode(nodeId) === null || drawingOf(drawn()).folded.has(groupOfNode(nodeId) ?? ''))
}

/** Dropped on an operator or a collapsed group, but on none of its ports: it fits somewhere, or the reason is said. */
function connectToNode(from: PortReference, nodeId: string): void {
  const group = groupOfNode(nodeId)
  const type = drawn().operators.find((candidate) => candidate.id === nodeId)?.type ?? ''
  const ends =
    group === null
      ? (manifestFor(type)?.inputs ?? []).map(({ name }) => ({ operator: nodeId, port: name }))
      : (drawingOf(drawn()).ports.get(group)?.inputs ?? [])
  const end = ends.find((to) => canConnect(drawn(), manifests, from, to).ok)
  if (end !== undefined) useDesigner.getState().edit(connect(drawn(), from, end))
  else if (ends.length > 0) refuse(from, ends[0])
  else if (group === null) refuse(from, { operator: nodeId, port: 'in' })
}
