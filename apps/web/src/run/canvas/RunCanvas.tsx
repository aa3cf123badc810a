/** The graph of a run. Its nodes hold structure only and never change while the run goes on. */
import { memo, useEffect, useMemo, useRef } from 'react'
import { Background, BackgroundVariant, ReactFlow, ReactFlowProvider, useReactFlow, useStore } from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import type { PipelineDocument } from '@belay/pipeline'
import { edgesOf, nodesOf, type LiveEdgeType, type LiveNodeType } from './graphOf.ts'
import { Hull } from './Hull.tsx'
import { LiveEdge } from './LiveEdge.tsx'
import { LiveNode } from './LiveNode.tsx'
import { neighbour } from './neighbour.ts'
import { FIT, ZoomBar } from './ZoomBar.tsx'

const NODE_TYPES = { live: LiveNode }
const EDGE_TYPES = { live: LiveEdge }
/** From here on only what is on screen is drawn. */
const CULL_ABOVE = 300
/** Up to here bars and pipes glide from tick to tick; beyond, they are set at once. */
const GLIDE_UP_TO = 24

export interface RunCanvasProps {
  readonly document: PipelineDocument
  readonly selected: string | null
  readonly onSelect: (operator: string | null) => void
  readonly onPeek: (stream: string) => void
}

const Flow = memo(function Flow({ document, selected, onSelect, onPeek }: RunCanvasProps) {
  const flow = useReactFlow<LiveNodeType, LiveEdgeType>()
  const structure = useMemo(() => nodesOf(document), [document])
  const nodes = useMemo(() => structure.map((node) => (node.id === selected ? { ...node, selected: true } : node)), [structure, selected])
  const edges = useMemo(() => edgesOf(document), [document])
  const box = useRef<HTMLDivElement>(null)
  const width = useStore((state) => state.width)
  const height = useStore((state) => state.height)
  const moved = useRef(false)
  useEffect(() => {
    if (width === 0 || height === 0 || moved.current) return
    void flow.fitView(FIT)
  }, [flow, width, height, document])
  return (
    <ReactFlow
      ref={box}
      className={nodes.length <= GLIDE_UP_TO ? 'rn-glide' : ''}
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      edgeTypes={EDGE_TYPES}
      onNodeClick={(_event, node) => onSelect(node.id)}
      onEdgeClick={(_event, edge) => edge.data !== undefined && onPeek(edge.data.stream)}
      onPaneClick={() => onSelect(null)}
      // Only a person's own move stops the view from fitting itself to the window.
      onMove={(event) => {
        if (event !== null) moved.current = true
      }}
      onKeyDown={(event) => {
        const focused = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>('.react-flow__node') : null
        const id = focused?.dataset['id']
        if (id === undefined) return
        if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault()
          event.stopPropagation()
          return onSelect(id)
        }
        const next = neighbour(document, id, event.key)
        if (next === null) return
        event.preventDefault()
        event.stopPropagation()
        onSelect(next)
        box.current?.querySelector<HTMLElement>(`.react-flow__node[data-id="${next}"]`)?.focus()
      }}
      fitView
      fitViewOptions={FIT}
      minZoom={0.1}
      maxZoom={2}
      nodesDraggable={false}
      nodesConnectable={false}
      elementsSelectable={false}
      nodesFocusable
      edgesFocusable={false}
      deleteKeyCode={null}
      onlyRenderVisibleElements={nodes.length > CULL_ABOVE}
      proOptions={{ hideAttribution: true }}
      aria-label="Graph of the pipeline; arrow keys go from operator to operator"
    >
      <Background variant={BackgroundVariant.Dots} gap={16} size={1} color="var(--canvas-dot)" />
      <Hull document={document} />
      <ZoomBar
        onFit={() => {
          moved.current = false
        }}
      />
    </ReactFlow>
  )
})

export function RunCanvas(props: RunCanvasProps) {
  return (
    <ReactFlowProvider>
      <Flow {...props} />
    </ReactFlowProvider>
  )
}
