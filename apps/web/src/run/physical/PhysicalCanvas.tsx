/** The plan of a run as a graph. Its nodes hold structure only and never change while the run goes on. */
import { memo, useMemo, useRef } from 'react'
import { Background, BackgroundVariant, ReactFlow, ReactFlowProvider, type Node } from '@xyflow/react'
import type { PipelineDocument } from '@belay/pipeline'
import { NODE_HEIGHT, NODE_WIDTH } from '../canvas/places.ts'
import { ZoomBar } from '../canvas/ZoomBar.tsx'
import { useMonitor } from '../monitorState.tsx'
import { iconOf, operatorName } from '../operatorFacts.ts'
import { FrameNode, type FrameNodeType } from './FrameNode.tsx'
import { InstanceNode, type InstanceNodeType } from './InstanceNode.tsx'
import { partOf } from './instances.ts'
import { JunctionNode, type JunctionNodeType } from './JunctionNode.tsx'
import { JUNCTION_SIZE, type PlanPicture } from './layout.ts'
import { PlanEdge, type PlanEdgeType } from './PlanEdge.tsx'
import { LOOK_ONLY, useFitUntilMoved } from '../canvas/lookOnly.ts'
import { t } from '../../language/t.ts'

const NODE_TYPES = { instance: InstanceNode, frame: FrameNode, junction: JunctionNode }
const EDGE_TYPES = { plan: PlanEdge }
/** From here on only what is on screen is drawn. */
const CULL_ABOVE = 150

type PhysicalNode = InstanceNodeType | FrameNodeType | JunctionNodeType

interface CanvasProps {
  readonly picture: PlanPicture
  readonly document: PipelineDocument
}

const STILL = { draggable: false, connectable: false, deletable: false } as const

function nodesOf({ instances, frames, junctions }: PlanPicture, document: PipelineDocument): PhysicalNode[] {
  const operators = new Map(document.operators.map((operator) => [operator.id, operator]))
  const taking = new Set(document.streams.flatMap(({ to }) => to.map((end) => end.operator)))
  const giving = new Set(document.streams.map(({ from }) => from.operator))
  const drawn: PhysicalNode[] = frames.map((frame) => ({
    id: `frame ${frame.container}`,
    type: 'frame',
    position: { x: frame.x, y: frame.y },
    width: frame.width,
    height: frame.height,
    data: { container: frame.container, instances: frame.instances },
    zIndex: -1,
    focusable: false,
    selectable: false,
    ...STILL,
  }))
  for (const { instance, x, y } of instances) {
    const operator = operators.get(instance.operator)
    const name = operator === undefined ? instance.operator : operatorName(operator)
    drawn.push({
      id: instance.id,
      type: 'instance',
      position: { x, y },
      width: NODE_WIDTH,
      height: NODE_HEIGHT,
      data: {
        instance,
        name,
        iconPath: iconOf(operator?.type ?? ''),
        takes: taking.has(instance.operator),
        gives: giving.has(instance.operator),
      },
      ariaLabel: t('{name} {partOf} in container {container}', { name, partOf: partOf(instance.id), container: instance.container }),
      ...STILL,
    })
  }
  for (const junction of junctions)
    drawn.push({
      id: junction.id,
      type: 'junction',
      position: { x: junction.x, y: junction.y },
      width: JUNCTION_SIZE,
      height: JUNCTION_SIZE,
      data: { share: junction.share, columns: junction.columns },
      focusable: false,
      selectable: false,
      ...STILL,
    })
  return drawn
}

function edgesOf({ lines }: PlanPicture): PlanEdgeType[] {
  return lines.map((line) => ({
    id: line.id,
    type: 'plan' as const,
    source: line.source,
    target: line.target,
    data: { line },
    focusable: false,
    selectable: false,
    deletable: false,
  }))
}

/** Nearest instance that way; along a line where there is one. */
function nearest(picture: PlanPicture, from: string, key: string): string | null {
  const here = picture.instances.find(({ instance }) => instance.id === from)
  if (here === undefined) return null
  let best: { readonly id: string; readonly far: number } | null = null
  for (const { instance, x, y } of picture.instances) {
    const [along, across] =
      key === 'ArrowRight'
        ? [x - here.x, y - here.y]
        : key === 'ArrowLeft'
          ? [here.x - x, y - here.y]
          : key === 'ArrowDown'
            ? [y - here.y, x - here.x]
            : key === 'ArrowUp'
              ? [here.y - y, x - here.x]
              : [0, 0]
    if (along <= 0) continue
    const far = along + 3 * Math.abs(across)
    if (best === null || far < best.far) best = { id: instance.id, far }
  }
  return best?.id ?? null
}

const Flow = memo(function Flow({ picture, document }: CanvasProps) {
  const { part, selected, select, openTab } = useMonitor()
  const structure = useMemo(() => nodesOf(picture, document), [picture, document])
  const nodes = useMemo(() => {
    const chosen = (node: PhysicalNode): boolean =>
      node.type === 'instance' && (part === null ? node.data.instance.operator === selected : node.id === part)
    return structure.map((node): PhysicalNode => (chosen(node) ? ({ ...node, selected: true } as PhysicalNode) : node))
  }, [structure, selected, part])
  const edges = useMemo(() => edgesOf(picture), [picture])
  const box = useRef<HTMLDivElement>(null)
  const { onMove, onFit } = useFitUntilMoved(picture)
  return (
    <ReactFlow<PhysicalNode, PlanEdgeType>
      ref={box}
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      edgeTypes={EDGE_TYPES}
      onNodeClick={(_event, node: Node) => node.type === 'instance' && select(node.id)}
      onEdgeClick={(_event, edge) => {
        const stream = edge.data?.line.edge
        if (stream != null) openTab(`peek:${stream}`)
      }}
      onPaneClick={() => select(null)}
      onMove={onMove}
      onKeyDown={(event) => {
        const focused = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>('.react-flow__node') : null
        const id = focused?.dataset['id']
        if (id === undefined) return
        const next = event.key === 'Enter' || event.key === ' ' ? id : nearest(picture, id, event.key)
        if (next === null) return
        event.preventDefault()
        event.stopPropagation()
        select(next)
        box.current?.querySelector<HTMLElement>(`.react-flow__node[data-id="${next}"]`)?.focus()
      }}
      {...LOOK_ONLY}
      minZoom={0.05}
      onlyRenderVisibleElements={nodes.length > CULL_ABOVE}
      aria-label={t('Physical plan of the run; arrow keys go from instance to instance')}
    >
      <Background variant={BackgroundVariant.Dots} gap={16} size={1} color="var(--canvas-dot)" />
      <ZoomBar onFit={onFit} />
    </ReactFlow>
  )
})

export function PhysicalCanvas(props: CanvasProps) {
  return (
    <ReactFlowProvider>
      <Flow {...props} />
    </ReactFlowProvider>
  )
}
