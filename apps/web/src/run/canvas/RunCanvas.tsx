/** The graph of a run. Its nodes hold structure only and never change while the run goes on. */
import { memo, useCallback, useMemo, useRef, useState } from 'react'
import { Background, BackgroundVariant, ReactFlow, ReactFlowProvider } from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import type { PipelineDocument } from '@belay/pipeline'
import { groupOfNode } from '../../groups/boxes.ts'
import { operatorsOf } from '../../groups/drawing.ts'
import { foldGroup } from '../../groups/folding.ts'
import { useRunStore } from '../live/runHooks.ts'
import { edgesOf, groupsOf, nodesOf, type LiveNodeType } from './graphOf.ts'
import { groupFigures } from './groupFigures.ts'
import { Hull } from './Hull.tsx'
import { LiveEdge } from './LiveEdge.tsx'
import { FoldContext, LiveFrame, LiveGroup, type LiveFrameType, type LiveGroupType } from './groupNodes.tsx'
import { LiveNode } from './LiveNode.tsx'
import { neighbour } from './neighbour.ts'
import { placesOf } from './places.ts'
import { ZoomBar } from './ZoomBar.tsx'
import { LOOK_ONLY, useFitUntilMoved } from './lookOnly.ts'
import { t } from '../../language/t.ts'

const NODE_TYPES = { live: LiveNode, foldedLive: LiveGroup, frameLive: LiveFrame }
const FOLD_MS = 360
const EDGE_TYPES = { live: LiveEdge }
/** From here on only what is on screen is drawn. */
const CULL_ABOVE = 300
/** Up to here bars and pipes glide from tick to tick; beyond, they are set at once. */
const GLIDE_UP_TO = 24

type CanvasNode = LiveNodeType | LiveGroupType | LiveFrameType

export interface RunCanvasProps {
  readonly document: PipelineDocument
  readonly selected: string | null
  readonly onSelect: (operator: string | null) => void
  readonly onPeek: (stream: string) => void
}

const Flow = memo(function Flow({ document: asDrawn, selected, onSelect, onPeek }: RunCanvasProps) {
  const { document, fold } = useFolds(asDrawn)
  const structure = useMemo((): CanvasNode[] => [...groupsOf(document), ...nodesOf(document)], [document])
  const nodes = useMemo(() => structure.map((node) => (node.id === selected ? { ...node, selected: true } : node)), [structure, selected])
  const edges = useMemo(() => edgesOf(document), [document])
  const box = useRef<HTMLDivElement>(null)
  const { onMove, onFit } = useFitUntilMoved(asDrawn)
  const store = useRunStore()
  /** Of a collapsed group the operator one would look at first. */
  const choose = (node: string): void => {
    if (node.startsWith('frame:')) return
    const operators = operatorsOf(document, node)
    onSelect(
      groupFigures(
        operators,
        operators.map((id) => store.operator(id)),
      )?.first ??
        operators[0] ??
        null,
    )
  }
  return (
    <FoldContext value={fold}>
      <ReactFlow
        ref={box}
        className={nodes.length <= GLIDE_UP_TO ? 'rn-glide' : ''}
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onNodeClick={(_event, node) => choose(node.id)}
        onEdgeClick={(_event, edge) => edge.data !== undefined && onPeek(edge.data.stream)}
        onPaneClick={() => onSelect(null)}
        onMove={onMove}
        onKeyDown={(event) => {
          const focused = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>('.react-flow__node') : null
          const id = focused?.dataset['id']
          if (id === undefined) return
          const group = groupOfNode(id)
          const folds = event.key.toLowerCase() === 'g' && !event.ctrlKey && !event.metaKey && !event.altKey
          if (event.key === 'Enter' || event.key === ' ' || (folds && group !== null)) {
            event.preventDefault()
            event.stopPropagation()
            return folds && group !== null ? fold(group) : choose(id)
          }
          const next = neighbour(document, id, event.key)
          if (next === null) return
          event.preventDefault()
          event.stopPropagation()
          choose(next)
          box.current?.querySelector<HTMLElement>(`.react-flow__node[data-id="${next}"]`)?.focus()
        }}
        {...LOOK_ONLY}
        minZoom={0.1}
        onlyRenderVisibleElements={nodes.length > CULL_ABOVE}
        aria-label={t('Graph of the pipeline; arrow keys go from operator to operator')}
      >
        <Background variant={BackgroundVariant.Dots} gap={16} size={1} color="var(--canvas-dot)" />
        <Hull document={document} />
        <ZoomBar onFit={onFit} />
      </ReactFlow>
    </FoldContext>
  )
})

/** The document with groups folded and opened as one likes while one watches; the pipeline keeps its own. */
function useFolds(asDrawn: PipelineDocument): { readonly document: PipelineDocument; readonly fold: (group: string) => void } {
  const placed = useMemo(
    () =>
      asDrawn.groups === undefined && asDrawn.operators.every(({ id }) => asDrawn.layout[id] !== undefined)
        ? asDrawn
        : { ...asDrawn, layout: Object.fromEntries(placesOf(asDrawn)) },
    [asDrawn],
  )
  const [folds, setFolds] = useState({ of: placed, document: placed })
  const document = folds.of === placed ? folds.document : placed
  const fold = useCallback(
    (group: string) => {
      const canvas = globalThis.document.querySelector('.rn-stage')
      canvas?.classList.add('gr-gliding')
      setTimeout(() => canvas?.classList.remove('gr-gliding'), FOLD_MS)
      setFolds((before) => {
        const now = before.of === placed ? before.document : placed
        const found = now.groups?.find((candidate) => candidate.id === group)
        return found === undefined ? before : { of: placed, document: foldGroup(now, group, found.collapsed !== true) }
      })
    },
    [placed],
  )
  return { document, fold }
}

export function RunCanvas(props: RunCanvasProps) {
  return (
    <ReactFlowProvider>
      <Flow {...props} />
    </ReactFlowProvider>
  )
}
