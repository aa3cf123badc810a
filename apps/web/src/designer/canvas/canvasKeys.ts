/** What keys do on the canvas itself: add after, open the form, walk along streams, move. */
import type { KeyboardEvent } from 'react'
import type { PortReference } from '@belay/pipeline'
import { moveOperators } from '../document/edits.ts'
import { drawn, selectedIds, useDesigner } from '../designerStore.ts'
import { nextPort } from '../palette/adding.ts'
import { groupOfNode } from '../../groups/boxes.ts'
import { boxesOf, drawingOf, nodeOf, operatorsOf } from '../../groups/drawing.ts'
import { focusNode } from './focusNode.ts'
import { selectGroup, toggleGroup } from './groupActions.ts'
import { noteOf } from './NoteNode.tsx'
import { endOfEdge } from './graphView.ts'
import { useQuickAdd } from './quickAdd.ts'

const STEPS: Readonly<Record<string, { readonly x: number; readonly y: number } | undefined>> = {
  ArrowLeft: { x: -8, y: 0 },
  ArrowRight: { x: 8, y: 0 },
  ArrowUp: { x: 0, y: -8 },
  ArrowDown: { x: 0, y: 8 },
}

/** Returns whether the key was for the canvas. */
export function onCanvasKey(event: KeyboardEvent<HTMLElement>): boolean {
  const target = event.target as HTMLElement
  const id = target.closest('.react-flow__node') === target ? target.dataset['id'] : undefined
  const onPane = target === event.currentTarget
  const edge = target.closest('.react-flow__edge') === target ? target.dataset['id'] : undefined
  if (edge !== undefined && (event.key === 'Enter' || event.key === ' ')) {
    const end = endOfEdge(edge)
    useDesigner.getState().select({ kind: 'stream', stream: end.stream, to: end.to })
    return true
  }
  if (event.ctrlKey || event.metaKey || (id === undefined && !onPane)) return false
  const { selection, selectOperators, showField, select, edit } = useDesigner.getState()
  const selected = selectedIds(selection)
  const { open } = useQuickAdd.getState()

  if (event.key === 'Tab' && !event.shiftKey) {
    if (onPane && drawn().operators.length === 0) open({ kind: 'source' })
    else if (id !== undefined && selected.length > 0 && operatorsOf(drawn(), id).every((operator) => selected.includes(operator))) {
      const from = portAfter(id)
      if (from === null) return false
      open({ kind: 'after', from, at: null })
    } else return false
    return true
  }
  if (event.key === 'Escape') {
    select({ kind: 'nothing' })
    return true
  }
  const step = STEPS[event.key]
  if (onPane) {
    const first = drawn().operators[0]
    if (step === undefined || first === undefined) return false
    selectOperators([selected[0] ?? first.id])
    focusNode(selected[0] ?? first.id)
    return true
  }
  if (id === undefined) return false
  const note = noteOf(id)
  if (note !== null) {
    if (event.key !== 'Enter' && event.key !== ' ') return false
    select({ kind: 'note', id: note, writing: event.key === 'Enter' ? Date.now() : 0 })
    return true
  }
  const group = groupOfNode(id)
  const own = operatorsOf(drawn(), id)
  const chosen = own.length > 0 && own.every((operator) => selected.includes(operator))
  switch (event.key) {
    case 'Enter':
      if (group !== null && chosen) toggleGroup(group)
      else if (group !== null) selectGroup(group)
      else if (chosen) showField(id)
      else selectOperators([id])
      return true
    case ' ':
      selectOperators(chosen ? selected.filter((other) => !own.includes(other)) : [...new Set([...selected, ...own])])
      return true
    default:
      break
  }
  if (step === undefined) return false
  if (event.altKey) {
    const moving = chosen ? selected : own
    const { layout } = drawn()
    const moves = Object.fromEntries(
      moving.map((other) => [other, { x: (layout[other]?.x ?? 0) + step.x, y: (layout[other]?.y ?? 0) + step.y }]),
    )
    edit(moveOperators(drawn(), moves), `move:${moving.join()}`)
    return true
  }
  const next = neighbour(id, event.key)
  if (next === null) return true
  const reached = operatorsOf(drawn(), next)
  selectOperators(event.shiftKey ? [...new Set([...selected, ...reached])] : reached)
  focusNode(reached[0] ?? next)
  return true
}

/** The port the next operator would follow; of a collapsed group its first that leads out. */
function portAfter(id: string): PortReference | null {
  const group = groupOfNode(id)
  return group === null ? nextPort(id) : (drawingOf(drawn()).ports.get(group)?.outputs[0] ?? null)
}

/** Right and left go along streams, up and down to the nearest node that way; along the layout where no stream leads on. */
function neighbour(id: string, key: string): string | null {
  const document = drawn()
  const boxes = boxesOf(document)
  const { frames } = drawingOf(document)
  const here = boxes.get(id) ?? frames.get(groupOfNode(id) ?? '') ?? { x: 0, y: 0 }
  const seenAs = ({ operator }: PortReference): string => nodeOf(document, operator)
  const below = document.streams.filter(({ from }) => seenAs(from) === id).flatMap((stream) => stream.to.map(seenAs))
  const above = document.streams.filter((stream) => stream.to.some((to) => seenAs(to) === id)).map(({ from }) => seenAs(from))
  const along = (key === 'ArrowRight' ? below : key === 'ArrowLeft' ? above : []).filter((other) => other !== id)
  if (along.length > 0) return along[0]
  const others = [...boxes]
    .filter(([other]) => other !== id)
    .map(([other, at]) => ({ id: other, dx: at.x - here.x, dy: at.y - here.y }))
    .filter(({ dx, dy }) => (key === 'ArrowRight' ? dx > 0 : key === 'ArrowLeft' ? dx < 0 : key === 'ArrowDown' ? dy > 0 : dy < 0))
  const vertical = key === 'ArrowUp' || key === 'ArrowDown'
  const cost = ({ dx, dy }: { dx: number; dy: number }): number =>
    vertical ? Math.abs(dy) + 3 * Math.abs(dx) : Math.abs(dx) + 3 * Math.abs(dy)
  return others.sort((a, b) => cost(a) - cost(b))[0]?.id ?? null
}
