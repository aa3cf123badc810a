/** A run's document as nodes and edges of the canvas. They hold structure only and never change while the run goes on. */
import type { Edge, Node } from '@xyflow/react'
import { ERRORS_PORT, type PipelineDocument } from '@belay/pipeline'
import { manifests } from '@belay/operators/manifests'
import { frameNodeId, groupName, groupNodeId, handleOf } from '../../groups/boxes.ts'
import { drawingOf, edgeSeen } from '../../groups/drawing.ts'
import type { LiveFrameType, LiveGroupType } from './groupNodes.tsx'
import { iconOf, operatorName, roleOf, type Role } from '../operatorFacts.ts'
import { NODE_HEIGHT, NODE_WIDTH, placesOf, type Place } from './places.ts'
import { t } from '../../language/t.ts'

/** First port at mid height, the others step down, so that the main line of a graph stays straight. */
export const portTop = (index: number): number => 41 + index * 24
/** Below this zoom a node is its colour and icon alone, and an edge has no words. */
export const DETAIL_ZOOM = 0.4
/** A toolbar needs this much room beside its node. */
const TOOLBAR_ROOM = 64

export interface LiveNodeData extends Record<string, unknown> {
  readonly id: string
  readonly name: string
  readonly iconPath: string
  readonly role: Role
  readonly partitions: number
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly toolbar: 'top' | 'bottom'
}

export type LiveNodeType = Node<LiveNodeData, 'live'>

interface LiveEdgeData extends Record<string, unknown> {
  readonly stream: string
  readonly reader: string
  /** Readers with one input know how much comes through this edge, even inside a container. */
  readonly onlyInput: boolean
}

export type LiveEdgeType = Edge<LiveEdgeData, 'live'>

function hasRoomBelow(place: Place, places: ReadonlyMap<string, Place>): boolean {
  for (const other of places.values()) {
    const beside = Math.abs(other.x - place.x) < NODE_WIDTH
    const gap = other.y - (place.y + NODE_HEIGHT)
    if (beside && gap >= 0 && gap < TOOLBAR_ROOM) return false
  }
  return true
}

export function nodesOf(document: PipelineDocument): LiveNodeType[] {
  const places = placesOf(document)
  const { hiddenIn } = drawingOf(document).tree
  return document.operators.flatMap((operator) => {
    if (hiddenIn.has(operator.id)) return []
    const manifest = manifests[operator.type]
    const used = new Set(document.streams.filter((stream) => stream.from.operator === operator.id).map((stream) => stream.from.port))
    const outputs = (manifest?.outputs.map((port) => port.name) ?? [...used]).filter((port, index) => index === 0 || used.has(port))
    if (used.has(ERRORS_PORT) && !outputs.includes(ERRORS_PORT)) outputs.push(ERRORS_PORT)
    const fed = new Set(document.streams.flatMap((stream) => stream.to.filter((to) => to.operator === operator.id).map((to) => to.port)))
    const inputs = (manifest?.inputs.map((port) => port.name) ?? [...fed]).filter((port, index) => index === 0 || fed.has(port))
    const place = places.get(operator.id) ?? { x: 0, y: 0 }
    const name = operatorName(operator)
    return [
      {
        id: operator.id,
        type: 'live' as const,
        position: place,
        width: NODE_WIDTH,
        height: NODE_HEIGHT,
        data: {
          id: operator.id,
          name,
          iconPath: iconOf(operator.type),
          role: roleOf(operator.type),
          partitions: operator.partitions ?? 1,
          inputs,
          outputs,
          toolbar: hasRoomBelow(place, places) ? ('bottom' as const) : ('top' as const),
        },
        ariaLabel: t('Operator {name}', { name }),
        draggable: false,
        connectable: false,
        deletable: false,
      },
    ]
  })
}

export function edgesOf(document: PipelineDocument): LiveEdgeType[] {
  const inputs = new Map<string, number>()
  for (const stream of document.streams) for (const to of stream.to) inputs.set(to.operator, (inputs.get(to.operator) ?? 0) + 1)
  const drawing = drawingOf(document)
  return document.streams.flatMap((stream) =>
    stream.to.flatMap((to) => {
      const seen = edgeSeen(drawing, stream.from, to)
      if (seen === null) return []
      return [
        {
          id: `${stream.id}:${to.operator}.${to.port}`,
          type: 'live' as const,
          ...seen,
          data: { stream: stream.id, reader: to.operator, onlyInput: inputs.get(to.operator) === 1 },
          focusable: false,
          selectable: false,
          deletable: false,
        },
      ]
    }),
  )
}

/** Under everything that stands in them, inner frames over outer ones. */
const LOWEST = -1000
const UNTOUCHED = { pointerEvents: 'none' } as const

/** Collapsed groups as nodes and open ones as frames. */
export function groupsOf(document: PipelineDocument): (LiveGroupType | LiveFrameType)[] {
  const { tree, folded, frames, ports } = drawingOf(document)
  const used = new Set(document.streams.flatMap(({ from, to }) => [`out ${handleOf(from)}`, ...to.map((end) => `in ${handleOf(end)}`)]))
  return [...tree.groups].flatMap(([group, node]): (LiveGroupType | LiveFrameType)[] => {
    const box = folded.get(group) ?? frames.get(group)
    if (box === undefined) return []
    const { x, y, width, height } = box
    const label = t('Group {group}, {operators} operators', { group: groupName(node.group), operators: node.operators.length })
    const shared = { position: { x, y }, width, height, draggable: false, connectable: false, deletable: false, className: 'nopan' }
    if (frames.has(group))
      return [
        {
          ...shared,
          id: frameNodeId(group),
          type: 'frameLive',
          zIndex: LOWEST + node.depth,
          style: UNTOUCHED,
          data: { node },
          ariaLabel: `${label}, open`,
        },
      ]
    const { inputs = [], outputs = [] } = ports.get(group) ?? {}
    const data = {
      node,
      inputs: inputs.map(handleOf).filter((handle) => used.has(`in ${handle}`)),
      outputs: outputs.map(handleOf).filter((handle) => used.has(`out ${handle}`)),
    }
    return [{ ...shared, id: groupNodeId(group), type: 'foldedLive', data, ariaLabel: `${label}, collapsed` }]
  })
}
