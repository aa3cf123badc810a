/** Lays out a graph in layers from left to right with ELK, in a worker that is loaded when first needed. */
import type { ELK, ElkNode } from 'elkjs/lib/elk-api.js'
import ElkApi from 'elkjs/lib/elk-api.js'
import workerUrl from 'elkjs/lib/elk-worker.min.js?url'
import type { PipelineDocument } from '@belay/pipeline'
import { portTop } from '../canvas/ports.ts'
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

let elk: ELK | null = null

/** Places by operator. */
export async function layeredLayout(
  document: PipelineDocument,
  portsOf: (operator: string) => PortNames,
): Promise<Readonly<Record<string, Place>>> {
  elk ??= new ElkApi({ workerFactory: () => new Worker(workerUrl) })
  const laid = await elk.layout(elkGraph(document, portsOf))
  return Object.fromEntries((laid.children ?? []).map((node) => [node.id, snapTo({ x: node.x ?? 0, y: node.y ?? 0 })]))
}

function elkGraph(document: PipelineDocument, portsOf: (operator: string) => PortNames): ElkNode {
  const ids = new Set(document.operators.map((operator) => operator.id))
  const known = new Map(document.operators.map((operator) => [operator.id, portsOf(operator.id)]))
  const portId = (operator: string, side: 'in' | 'out', port: string): string => `${operator} ${side} ${port}`
  return {
    id: 'pipeline',
    layoutOptions: OPTIONS,
    children: document.operators.map((operator) => {
      const { inputs, outputs } = known.get(operator.id) ?? { inputs: [], outputs: [] }
      const place = (names: readonly string[], side: 'in' | 'out') =>
        names.map((name, i) => ({
          id: portId(operator.id, side, name),
          x: side === 'in' ? 0 : NODE_WIDTH,
          y: portTop(i, names.length),
          width: 0,
          height: 0,
        }))
      return {
        id: operator.id,
        width: NODE_WIDTH,
        height: NODE_HEIGHT,
        layoutOptions: { 'elk.portConstraints': 'FIXED_POS' },
        ports: [...place(inputs, 'in'), ...place(outputs, 'out')],
      }
    }),
    edges: document.streams.flatMap((stream) =>
      stream.to.flatMap((to, i) => {
        if (!ids.has(stream.from.operator) || !ids.has(to.operator)) return []
        // A port that is not there (errors, or one of an older version) leaves the stream to the node as a whole.
        const from = known.get(stream.from.operator)?.outputs.includes(stream.from.port) === true
        const into = known.get(to.operator)?.inputs.includes(to.port) === true
        return [
          {
            id: `${stream.id} ${i}`,
            sources: [from ? portId(stream.from.operator, 'out', stream.from.port) : stream.from.operator],
            targets: [into ? portId(to.operator, 'in', to.port) : to.operator],
          },
        ]
      }),
    ),
  }
}
