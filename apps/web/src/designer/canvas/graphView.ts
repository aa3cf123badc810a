/**
 * The document as React Flow takes it. Node data is structure only. Objects that would be equal to
 * the last ones are the last ones: React Flow then draws only what changed.
 */
import type { PipelineDocument, PortReference } from '@belay/pipeline'
import { manifestFor } from '../catalogue.ts'
import { nameOf, type Checked } from '../check.ts'
import { selectedIds, type Selection } from '../designerStore.ts'
import { drawingOf, edgeSeen } from '../../groups/drawing.ts'
import { NODE_HEIGHT, NODE_WIDTH } from '../layout/place.ts'
import type { DesignEdgeType } from './DesignEdge.tsx'
import type { DesignNodeType } from './DesignNode.tsx'
import { noteNodeId, type NoteNodeType } from './NoteNode.tsx'
import { t } from '../../language/t.ts'

const ORIGIN = { x: 0, y: 0 }
/** Every node is of one size. Without it React Flow would measure a node again whenever anything about it changes. */
const MEASURED = { width: NODE_WIDTH, height: NODE_HEIGHT }

/** Makes the nodes of one canvas again and again. */
export function nodeMaker(): (document: PipelineDocument, checked: Checked, selection: Selection) => DesignNodeType[] {
  let last = new Map<string, DesignNodeType>()
  let list: DesignNodeType[] = []
  return (document, { marks, summaries }, selection) => {
    const selected = new Set(selectedIds(selection))
    const next = new Map<string, DesignNodeType>()
    const { hiddenIn } = drawingOf(document).tree
    for (const operator of document.operators) {
      const { id, type } = operator
      if (hiddenIn.has(id)) continue
      const before = last.get(id)
      const position = document.layout[id] ?? ORIGIN
      const chosen = selected.has(id)
      const found = marks.get(id)
      const trouble =
        found === undefined ? '' : t(', {errors} errors, {warnings} warnings', { errors: found.errors, warnings: found.warnings })
      const title = manifestFor(type)?.title ?? t('unknown type {type}', { type })
      const ariaLabel = `${nameOf(operator)}, ${title}, ${summaries.get(id) ?? ''}${trouble}${chosen ? t(', selected') : ''}`
      const same = before !== undefined && before.position === position && before.selected === chosen && before.ariaLabel === ariaLabel
      next.set(
        id,
        same
          ? before
          : {
              id,
              type: 'design',
              position,
              width: NODE_WIDTH,
              height: NODE_HEIGHT,
              measured: MEASURED,
              data: before?.data ?? { id },
              selected: chosen,
              ariaLabel,
            },
      )
    }
    last = next
    list = sameOr(list, [...next.values()])
    return list
  }
}

/** The list from before if nothing in it changed. */
export function sameOr<T>(before: T[], next: T[]): T[] {
  return before.length === next.length && next.every((entry, i) => entry === before[i]) ? before : next
}

/** Notes lie under the operators. */
export function noteMaker(): (notes: PipelineDocument['notes'], selection: Selection) => NoteNodeType[] {
  let last = new Map<string, NoteNodeType>()
  let list: NoteNodeType[] = []
  return (notes = [], selection) => {
    const next = new Map<string, NoteNodeType>()
    for (const note of notes) {
      const before = last.get(note.id)
      const selected = selection.kind === 'note' && selection.id === note.id
      const { x, y, width, height } = note
      const same =
        before !== undefined &&
        before.selected === selected &&
        before.position.x === x &&
        before.position.y === y &&
        before.width === width &&
        before.height === height
      next.set(
        note.id,
        same
          ? before
          : {
              id: noteNodeId(note.id),
              type: 'note',
              position: { x, y },
              width,
              height,
              measured: { width, height },
              zIndex: -1,
              data: before?.data ?? { note: note.id },
              selected,
              ariaLabel: t('Note: {text}', { text: note.text.slice(0, 80) }),
            },
      )
    }
    last = next
    list = sameOr(list, [...next.values()])
    return list
  }
}

function edgeId(stream: string, to: PortReference): string {
  return JSON.stringify([stream, to.operator, to.port])
}

/** What an edge's id stands for. */
export function endOfEdge(id: string): { readonly stream: string; readonly to: PortReference } {
  const [stream, operator, port] = JSON.parse(id) as [string, string, string]
  return { stream, to: { operator, port } }
}

/** Makes the edges of one canvas again and again. `over` is the edge that a dragged operator would go into. */
export function edgeMaker(): (document: PipelineDocument, checked: Checked, selection: Selection, over: string | null) => DesignEdgeType[] {
  let last = new Map<string, DesignEdgeType>()
  let list: DesignEdgeType[] = []
  return (document, { propagation, refusedInputs, refusedStreams, operators }, selection, over) => {
    const next = new Map<string, DesignEdgeType>()
    const drawing = drawingOf(document)
    for (const stream of document.streams) {
      if (!operators.has(stream.from.operator)) continue
      const kind = propagation.outputs.get(`${stream.from.operator}.${stream.from.port}`)?.changes.kind ?? 'open'
      for (const to of stream.to) {
        if (!operators.has(to.operator)) continue
        const id = edgeId(stream.id, to)
        const before = last.get(id)
        const seen = edgeSeen(drawing, stream.from, to)
        if (seen === null) continue
        const refused = refusedStreams.has(stream.id) || refusedInputs.has(`${to.operator}.${to.port}`)
        const selected = isSelected(selection, stream.id, to)
        const from = nameOf(operators.get(stream.from.operator), stream.from.operator)
        const ariaLabel = t('Stream from {from} {port} to {target} {input}, {kind}', {
          from,
          port: stream.from.port,
          target: nameOf(operators.get(to.operator), to.operator),
          input: to.port,
          kind: t(refused ? 'refused' : kind),
        })
        const same =
          before !== undefined &&
          before.source === seen.source &&
          before.sourceHandle === seen.sourceHandle &&
          before.target === seen.target &&
          before.selected === selected &&
          before.ariaLabel === ariaLabel &&
          before.data?.target === (id === over)
        next.set(
          id,
          same
            ? before
            : {
                id,
                type: 'design',
                ...seen,
                selected,
                data: { stream: stream.id, to, kind, refused, target: id === over },
                ariaLabel,
              },
        )
      }
    }
    last = next
    list = sameOr(list, [...next.values()])
    return list
  }
}

function isSelected(selection: Selection, stream: string, to: PortReference): boolean {
  return (
    selection.kind === 'stream' && selection.stream === stream && selection.to.operator === to.operator && selection.to.port === to.port
  )
}
