/** Lays out a graph in layers from left to right with ELK, in a worker that is loaded when first needed. */
import type { ELK, ElkNode } from 'elkjs/lib/elk-api.js'
import ElkApi from 'elkjs/lib/elk-api.js'
import workerUrl from 'elkjs/lib/elk-worker.min.js?url'
import type { PipelineDocument, PortReference } from '@belay/pipeline'
import { FRAME_PAD, frameNodeId, groupNodeId, groupOfNode, groupPortTop, handleOf } from '../../groups/boxes.ts'
import { portTop } from '../canvas/ports.ts'
import { drawingOf } from '../../groups/drawing.ts'
import { NODE_HEIGHT, NODE_WIDTH, snapTo, type Place } from './place.ts'

export interface PortNames {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.layered.spacing.nodeNodeBetweenLayers': '72',
  'elk.spacing.nodeNode': '36',
  'elk.spacing.componentComponent': '72',
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
  'elk.layered.nodePlacement.favorStraightEdges': 'true',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.separateConnectedComponents': 'true',
}

const FRAME_OPTIONS = {
  ...OPTIONS,
  'elk.padding': `[top=${FRAME_PAD.top},left=${FRAME_PAD.side},bottom=${FRAME_PAD.bottom},right=${FRAME_PAD.side}]`,
}

let elk: ELK | null = null

/** Places by operator. A collapsed group is laid out as one node, and takes its operators along; an open one stays together. */
export async function layeredLayout(
  document: PipelineDocument,
  portsOf: (operator: string) => PortNames,
): Promise<Readonly<Record<string, Place>>> {
  elk ??= new ElkApi({ workerFactory: () => new Worker(workerUrl) })
  const places: Record<string, Place> = {}
  const { tree, folded } = drawingOf(document)
  const take = (nodes: readonly ElkNode[], at: Place): void => {
    for (const node of nodes) {
      const place = { x: at.x + (node.x ?? 0), y: at.y + (node.y ?? 0) }
      if (node.children !== undefined) {
        take(node.children, place)
        continue
      }
      const group = groupOfNode(node.id)
      const box = group === null ? undefined : folded.get(group)
      if (group === null || box === undefined) places[node.id] = snapTo(place)
      else {
        const to = snapTo(place)
        for (const operator of tree.groups.get(group)?.operators ?? []) {
          const before = document.layout[operator] ?? { x: 0, y: 0 }
          places[operator] = { x: before.x + to.x - box.x, y: before.y + to.y - box.y }
        }
      }
    }
  }
  take((await elk.layout(elkGraph(document, portsOf))).children ?? [], { x: 0, y: 0 })
  return places
}

function elkGraph(document: PipelineDocument, portsOf: (operator: string) => PortNames): ElkNode {
  const { tree, folded, ports } = drawingOf(document)
  const known = new Map(document.operators.map((operator) => [operator.id, portsOf(operator.id)]))
  const portId = (node: string, side: 'in' | 'out', port: string): string => `${node} ${side} ${port}`
  const nodeWith = (id: string, height: number, { inputs, outputs }: PortNames, top: (i: number, of: number) => number): ElkNode => {
    const place = (names: readonly string[], side: 'in' | 'out') =>
      names.map((name, i) => ({
        id: portId(id, side, name),
        x: side === 'in' ? 0 : NODE_WIDTH,
        y: top(i, names.length),
        width: 0,
        height: 0,
      }))
    return {
      id,
      width: NODE_WIDTH,
      height,
      layoutOptions: { 'elk.portConstraints': 'FIXED_POS' },
      ports: [...place(inputs, 'in'), ...place(outputs, 'out')],
    }
  }
  const childrenOf = (parent: string | null): ElkNode[] => [
    ...[...tree.groups].flatMap(([group, node]): ElkNode[] => {
      if (node.parent !== parent) return []
      const box = folded.get(group)
      if (box === undefined) return [{ id: frameNodeId(group), layoutOptions: FRAME_OPTIONS, children: childrenOf(group) }]
      const { inputs = [], outputs = [] } = ports.get(group) ?? {}
      const names = { inputs: inputs.map(handleOf), outputs: outputs.map(handleOf) }
      return [nodeWith(groupNodeId(group), box.height, names, (i, of) => groupPortTop(i, of, box.height))]
    }),
    ...document.operators
      .filter(({ id }) => (tree.groupOf.get(id) ?? null) === parent)
      .map(({ id }) => nodeWith(id, NODE_HEIGHT, known.get(id) ?? { inputs: [], outputs: [] }, portTop)),
  ]
  /** Where an edge ends: at a port; at the node as a whole if that port is not there (errors, or one of an older version). */
  const endOf = ({ operator, port }: PortReference, side: 'in' | 'out'): string => {
    const group = tree.hiddenIn.get(operator)
    if (group !== undefined) return portId(groupNodeId(group), side, handleOf({ operator, port }))
    const names = side === 'in' ? known.get(operator)?.inputs : known.get(operator)?.outputs
    return names?.includes(port) === true ? portId(operator, side, port) : operator
  }
  return {
    id: 'pipeline',
    layoutOptions: tree.groups.size === 0 ? OPTIONS : { ...OPTIONS, 'elk.hierarchyHandling': 'INCLUDE_CHILDREN' },
    children: childrenOf(null),
    edges: document.streams.flatMap((stream) =>
      stream.to.flatMap((to, i) => {
        if (!known.has(stream.from.operator) || !known.has(to.operator)) return []
        const inside = tree.hiddenIn.get(stream.from.operator)
        if (inside !== undefined && inside === tree.hiddenIn.get(to.operator)) return []
        return [{ id: `${stream.id} ${i}`, sources: [endOf(stream.from, 'out')], targets: [endOf(to, 'in')] }]
      }),
    ),
  }
}
