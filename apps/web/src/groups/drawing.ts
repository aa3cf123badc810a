/** What of a document is drawn, and where: operators, or the collapsed groups that stand for them, and frames of open groups. */
import { manifests } from '@belay/operators/manifests'
import {
  groupTree,
  manifestOf,
  outerPorts,
  outputPorts,
  type GroupTree,
  type OuterPorts,
  type PipelineDocument,
  type PortReference,
} from '@belay/pipeline'
import { groupBoxes, groupHeight, groupNodeId, groupOfNode, handleOf, NODE_HEIGHT, NODE_WIDTH, type Box } from './boxes.ts'

export interface Drawing {
  readonly tree: GroupTree
  /** By collapsed group that is drawn. */
  readonly folded: ReadonlyMap<string, Box>
  /** By open group that is drawn. */
  readonly frames: ReadonlyMap<string, Box>
  readonly ports: ReadonlyMap<string, OuterPorts>
}

type Parts = Pick<PipelineDocument, 'operators' | 'streams' | 'groups' | 'layout'>

const ORIGIN = { x: 0, y: 0 }
let last: { readonly of: Parts; readonly drawing: Drawing } | null = null

export function drawingOf(document: PipelineDocument): Drawing {
  const { operators, streams, groups, layout } = document
  const of = last?.of
  if (of === undefined || of.operators !== operators || of.streams !== streams || of.groups !== groups || of.layout !== layout)
    last = { of: { operators, streams, groups, layout }, drawing: drawn(document) }
  return (last as { readonly drawing: Drawing }).drawing
}

function drawn(document: PipelineDocument): Drawing {
  const tree = groupTree(document)
  const types = new Map(document.operators.map((operator) => [operator.id, operator]))
  const ports = new Map(
    [...tree.folded].map((group) => [
      group,
      outerPorts(document, tree.groups.get(group)?.operators ?? [], (id) => {
        const operator = types.get(id)
        const manifest = operator === undefined ? undefined : manifestOf(manifests, operator.type)
        return operator === undefined || manifest === undefined
          ? { inputs: [], outputs: [] }
          : { inputs: manifest.inputs.map(({ name }) => name), outputs: outputPorts(operator, manifest).map(({ name }) => name) }
      }),
    ]),
  )
  const heightOf = (group: string): number => {
    const { inputs = [], outputs = [] } = ports.get(group) ?? {}
    return groupHeight(Math.max(inputs.length, outputs.length))
  }
  return { tree, ports, ...groupBoxes(tree, (operator) => document.layout[operator] ?? ORIGIN, heightOf) }
}

/** Where an operator is seen: its own box, or that of the group it is hidden in. */
export function boxOf(document: PipelineDocument, operator: string): Box | undefined {
  const { tree, folded } = drawingOf(document)
  const hidden = tree.hiddenIn.get(operator)
  if (hidden !== undefined) return folded.get(hidden)
  const at = document.layout[operator]
  return at === undefined ? undefined : { ...at, width: NODE_WIDTH, height: NODE_HEIGHT }
}

/** The node of the canvas that an operator is seen as. */
export function nodeOf(document: PipelineDocument, operator: string): string {
  const hidden = drawingOf(document).tree.hiddenIn.get(operator)
  return hidden === undefined ? operator : groupNodeId(hidden)
}

/** The operators that a node of the canvas stands for. */
export function operatorsOf(document: PipelineDocument, node: string): readonly string[] {
  const group = groupOfNode(node)
  return group === null ? [node] : (drawingOf(document).tree.groups.get(group)?.operators ?? [])
}

/** Boxes of everything that stands on the canvas, by node; frames are around it, and not among it. */
export function boxesOf(document: PipelineDocument): ReadonlyMap<string, Box> {
  const { tree, folded } = drawingOf(document)
  return new Map([
    ...Object.entries(document.layout)
      .filter(([id]) => !tree.hiddenIn.has(id))
      .map(([id, at]) => [id, { ...at, width: NODE_WIDTH, height: NODE_HEIGHT }] as const),
    ...[...folded].map(([group, box]) => [groupNodeId(group), box] as const),
  ])
}

export interface SeenEdge {
  readonly source: string
  readonly sourceHandle: string
  readonly target: string
  readonly targetHandle: string
}

/** The nodes and handles that a connection is drawn between; null where one collapsed group holds both of its ends. */
export function edgeSeen({ tree }: Drawing, from: PortReference, to: PortReference): SeenEdge | null {
  const sourceGroup = tree.hiddenIn.get(from.operator)
  const targetGroup = tree.hiddenIn.get(to.operator)
  if (sourceGroup !== undefined && sourceGroup === targetGroup) return null
  return {
    source: sourceGroup === undefined ? from.operator : groupNodeId(sourceGroup),
    sourceHandle: sourceGroup === undefined ? from.port : handleOf(from),
    target: targetGroup === undefined ? to.operator : groupNodeId(targetGroup),
    targetHandle: targetGroup === undefined ? to.port : handleOf(to),
  }
}
