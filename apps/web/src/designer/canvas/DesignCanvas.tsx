/** The canvas one draws on: React Flow with the document in it. What is done on it is in the files beside. */
import { lazy, Suspense, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import {
  applyNodeChanges,
  Background,
  BackgroundVariant,
  ReactFlow,
  SelectionMode,
  useReactFlow,
  type NodeChange,
  type OnConnectEnd,
  type ReactFlowInstance,
} from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import { drawn, selectedIds, useDesigner } from '../designerStore.ts'
import { NODE_HEIGHT } from '../layout/place.ts'
import { tidy } from '../layout/tidy.ts'
import { useText } from '../text/textStore.ts'
import { onCanvasKey } from './canvasKeys.ts'
import { CanvasMap } from './CanvasMap.tsx'
import { CanvasNotice } from './CanvasNotice.tsx'
import { CanvasTools } from './CanvasTools.tsx'
import {
  connectionEnded,
  isValidConnection,
  leaveConnecting,
  onClickConnectStart,
  onConnect,
  onConnectStart,
} from './connectionHandlers.ts'
import { DesignEdge, type DesignEdgeType } from './DesignEdge.tsx'
import { DesignNode } from './DesignNode.tsx'
import { dropFiles, isFileDrag } from './dropFile.ts'
import { dropOperator, edgeUnder, isOperatorDrag } from './dropping.ts'
import { EmptyCanvas } from './EmptyCanvas.tsx'
import { FrameNode } from './FrameNode.tsx'
import { edgeMaker, nodeMaker, noteMaker } from './graphView.ts'
import { GroupNode } from './GroupNode.tsx'
import { groupMaker } from './groupView.ts'
import { followDrag, takeNodeChanges, type CanvasNode } from './nodeChanges.ts'
import { NoteNode } from './NoteNode.tsx'
import { QuickAdd } from './QuickAdd.tsx'
import { useNodeInView } from './useNodeInView.ts'
import { useReveal } from './useReveal.ts'
import { writeNote } from './writeNote.ts'
import { t } from '../../language/t.ts'

const GhostCard = lazy(() => import('../ghost/GhostCard.tsx'))

// Constants and not literals below: React Flow asks every node and edge again for each that is new.
const NODE_TYPES = { design: DesignNode, note: NoteNode, folded: GroupNode, frame: FrameNode }
const EDGE_TYPES = { design: DesignEdge }
const FIT = { padding: 0.15, maxZoom: 1 }
const GRID: [number, number] = [8, 8]
const SELECT_MORE = ['Shift', 'Meta', 'Control']
const PRO = { hideAttribution: true }
const NODE_HELP = t(
  'Enter selects, and opens the form of a selected operator. Arrows walk along streams. Tab on a selected operator adds the next one.',
)
const ARIA = {
  'node.a11yDescription.default': NODE_HELP,
  'node.a11yDescription.keyboardDisabled': NODE_HELP,
  'edge.a11yDescription.default': t('Enter selects the stream. Delete removes it.'),
}
/** Above this many operators only those on screen are drawn, and there is no map, which would draw all of them again. */
const CULL_ABOVE = 300
const MAP_ABOVE = 3

export function DesignCanvas() {
  const document = useDesigner((state) => state.history.present)
  const checked = useDesigner((state) => state.checked)
  const selection = useDesigner((state) => state.selection)
  const streamSelected = selection.kind === 'stream'
  const broken = useText((state) => state.id === document.id && state.fault !== null)
  const flow = useReactFlow<CanvasNode, DesignEdgeType>()
  const canvas = useRef<HTMLDivElement>(null)
  const [dropEdge, setDropEdge] = useState<string | null>(null)
  const [beganEmpty] = useState(() => drawn().operators.length === 0)
  useReveal(canvas)
  const [only, second] = selection.kind === 'operators' ? selectedIds(selection) : []
  useNodeInView(second === undefined ? (only ?? null) : null)
  // Before anybody can see the sentence and press the key.
  useLayoutEffect(() => {
    // Tab adds the first source, as the empty canvas says, unless somebody is elsewhere already.
    if (beganEmpty && globalThis.document.activeElement === globalThis.document.body) canvas.current?.focus({ preventScroll: true })
  }, [beganEmpty])

  const [makeNodes] = useState(nodeMaker)
  const [makeEdges] = useState(edgeMaker)
  const [makeNotes] = useState(noteMaker)
  const operators = useMemo(() => makeNodes(document, checked, selection), [makeNodes, document, checked, selection])
  const notes = useMemo(() => makeNotes(document.notes, selection), [makeNotes, document.notes, selection])
  const [makeGroups] = useState(groupMaker)
  const groups = useMemo(() => makeGroups(document, checked, selection), [makeGroups, document, checked, selection])
  const fromDocument = useMemo((): CanvasNode[] => [...notes, ...groups, ...operators], [notes, groups, operators])
  const edges = useMemo(() => makeEdges(document, checked, selection, dropEdge), [makeEdges, document, checked, selection, dropEdge])
  // While a node is dragged its place lives here; the document gets it when it is dropped.
  const [nodes, setNodes] = useState(fromDocument)
  useEffect(() => setNodes(fromDocument), [fromDocument])

  const onNodesChange = useCallback((changes: NodeChange<CanvasNode>[]) => {
    setNodes((current) => applyNodeChanges(changes, followDrag(current, changes)))
    takeNodeChanges(changes)
  }, [])
  const onConnectEnd: OnConnectEnd = useCallback(
    (event, state) => {
      const point = 'changedTouches' in event ? event.changedTouches[0] : event
      connectionEnded(state, flow.screenToFlowPosition({ x: point.clientX, y: point.clientY }))
    },
    [flow],
  )
  const onEdgeClick = useCallback((_event: unknown, edge: DesignEdgeType) => {
    if (edge.data !== undefined) useDesigner.getState().select({ kind: 'stream', stream: edge.data.stream, to: edge.data.to })
  }, [])
  const onPaneClick = useCallback(() => {
    leaveConnecting()
    useDesigner.getState().select({ kind: 'nothing' })
    canvas.current?.focus()
  }, [])
  const onInit = useCallback(
    (instance: ReactFlowInstance<CanvasNode, DesignEdgeType>) => {
      // The first operator stands at the left, half way down.
      if (beganEmpty) void instance.setViewport({ x: 64, y: (canvas.current?.clientHeight ?? 0) / 2 - NODE_HEIGHT, zoom: 1 })
    },
    [beganEmpty],
  )
  const tools = useMemo(() => <CanvasTools onTidy={() => void tidy(flow)} onNote={() => writeNote(flow)} />, [flow])

  return (
    <div
      ref={canvas}
      className={broken ? 'ds-canvas ds-stale' : 'ds-canvas'}
      tabIndex={-1}
      role="group"
      aria-label={t('Canvas of the pipeline')}
      onKeyDown={(event) => {
        if (!onCanvasKey(event)) return
        event.preventDefault()
        event.stopPropagation()
      }}
      onDragOver={(event) => {
        if (!isOperatorDrag(event) && !isFileDrag(event)) return
        event.preventDefault()
        event.dataTransfer.dropEffect = 'copy'
        if (isOperatorDrag(event)) setDropEdge(edgeUnder(event))
      }}
      onDragLeave={() => setDropEdge(null)}
      onDrop={(event) => {
        setDropEdge(null)
        const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY })
        if (isFileDrag(event)) {
          event.preventDefault()
          void dropFiles([...event.dataTransfer.files], at)
        } else dropOperator(event, at)
      }}
    >
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onNodesChange={onNodesChange}
        onEdgeClick={onEdgeClick}
        onConnect={onConnect}
        isValidConnection={isValidConnection}
        onConnectStart={onConnectStart}
        onConnectEnd={onConnectEnd}
        onClickConnectStart={onClickConnectStart}
        onClickConnectEnd={leaveConnecting}
        onPaneClick={onPaneClick}
        onInit={onInit}
        deleteKeyCode={null}
        multiSelectionKeyCode={SELECT_MORE}
        selectionMode={SelectionMode.Partial}
        disableKeyboardA11y
        edgesFocusable
        fitView={!beganEmpty}
        fitViewOptions={FIT}
        ariaLabelConfig={ARIA}
        minZoom={0.1}
        maxZoom={2}
        snapToGrid
        snapGrid={GRID}
        onlyRenderVisibleElements={document.operators.length > CULL_ABOVE}
        connectionRadius={24}
        zIndexMode="manual"
        proOptions={PRO}
      >
        <Background variant={BackgroundVariant.Dots} gap={16} size={1.6} color="var(--canvas-dot)" />
        {tools}
        {document.operators.length > MAP_ABOVE && document.operators.length <= CULL_ABOVE ? <CanvasMap /> : null}
        <Suspense fallback={null}>{streamSelected ? <GhostCard /> : null}</Suspense>
        <QuickAdd canvas={canvas} />
      </ReactFlow>
      {document.operators.length === 0 ? <EmptyCanvas /> : null}
      {broken ? <p className="ds-stale-note">{t('The text is no pipeline now. This is how it was last.')}</p> : null}
      <CanvasNotice />
    </div>
  )
}
