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
import { noteOf } from './NoteNode.tsx'
import { useQuickAdd } from './quickAdd.ts'
import { refuse } from './refusal.ts'

function endsOf(connection: Connection | Edge): { readonly from: PortReference; readonly to: PortReference } {
  return {
    from: { operator: connection.source, port: connection.sourceHandle ?? '' },
    to: { operator: connection.target, port: connection.targetHandle ?? '' },
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
  if (nodeId !== null && handleId !== null && handleType !== null)
    beginConnecting({ port: { operator: nodeId, port: handleId }, type: handleType })
}

/** A click on a port: the next click on another connects, and the palette offers what fits. */
export function onClickConnectStart(_event: unknown, { nodeId, handleId, handleType }: StartedAt): void {
  if (nodeId === null || handleId === null || handleType === null) return
  const port = { operator: nodeId, port: handleId }
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
  const start = { operator: state.fromHandle.nodeId, port: state.fromHandle.id ?? '' }
  if (state.toHandle !== null) {
    const end = { operator: state.toHandle.nodeId, port: state.toHandle.id ?? '' }
    refuse(outward ? start : end, outward ? end : start)
  } else if (outward && state.toNode !== null && noteOf(state.toNode.id) === null) connectToOperator(start, state.toNode.id)
  else if (outward) useQuickAdd.getState().open({ kind: 'after', from: start, at: { x: at.x, y: at.y - NODE_HEIGHT / 2 } })
}

/** Dropped on an operator, but on none of its ports: it fits somewhere, or the reason is said. */
function connectToOperator(from: PortReference, operator: string): void {
  const ports = manifestFor(drawn().operators.find((candidate) => candidate.id === operator)?.type ?? '')?.inputs ?? []
  const port = ports.find((input) => canConnect(drawn(), manifests, from, { operator, port: input.name }).ok)
  if (port !== undefined) useDesigner.getState().edit(connect(drawn(), from, { operator, port: port.name }))
  else refuse(from, { operator, port: ports[0]?.name ?? 'in' })
}
