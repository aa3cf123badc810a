/** What keys do on the canvas itself: add after, open the form, walk along streams, move. */
import type { KeyboardEvent } from 'react'
import { moveOperators } from '../document/edits.ts'
import { drawn, selectedIds, useDesigner } from '../designerStore.ts'
import { nextPort } from '../palette/adding.ts'
import { focusNode } from './focusNode.ts'
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
    else if (id !== undefined && selected.length === 1 && selected[0] === id) {
      const from = nextPort(id)
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
  switch (event.key) {
    case 'Enter':
      if (selected.includes(id)) showField(id)
      else selectOperators([id])
      return true
    case ' ':
      selectOperators(selected.includes(id) ? selected.filter((other) => other !== id) : [...selected, id])
      return true
    default:
      break
  }
  if (step === undefined) return false
  if (event.altKey) {
    const moving = selected.includes(id) ? selected : [id]
    const { layout } = drawn()
    const moves = Object.fromEntries(
      moving.map((other) => [other, { x: (layout[other]?.x ?? 0) + step.x, y: (layout[other]?.y ?? 0) + step.y }]),
    )
    edit(moveOperators(drawn(), moves), `move:${moving.join()}`)
    return true
  }
  const next = neighbour(id, event.key)
  if (next === null) return true
  selectOperators(event.shiftKey ? [...new Set([...selected, next])] : [next])
  focusNode(next)
  return true
}

/** Right and left go along streams, up and down to the nearest node that way; along the layout where no stream leads on. */
function neighbour(id: string, key: string): string | null {
  const { streams, layout, operators } = drawn()
  const here = layout[id] ?? { x: 0, y: 0 }
  const below = streams.filter((stream) => stream.from.operator === id).flatMap((stream) => stream.to.map((to) => to.operator))
  const above = streams.filter((stream) => stream.to.some((to) => to.operator === id)).map((stream) => stream.from.operator)
  const along = key === 'ArrowRight' ? below : key === 'ArrowLeft' ? above : []
  if (along.length > 0) return along[0]
  const others = operators
    .filter((operator) => operator.id !== id)
    .map((operator) => {
      const at = layout[operator.id] ?? { x: 0, y: 0 }
      return { id: operator.id, dx: at.x - here.x, dy: at.y - here.y }
    })
    .filter(({ dx, dy }) => (key === 'ArrowRight' ? dx > 0 : key === 'ArrowLeft' ? dx < 0 : key === 'ArrowDown' ? dy > 0 : dy < 0))
  const vertical = key === 'ArrowUp' || key === 'ArrowDown'
  const cost = ({ dx, dy }: { dx: number; dy: number }): number =>
    vertical ? Math.abs(dy) + 3 * Math.abs(dx) : Math.abs(dx) + 3 * Math.abs(dy)
  return others.sort((a, b) => cost(a) - cost(b))[0]?.id ?? null
}
