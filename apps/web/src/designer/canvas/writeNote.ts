/** A new note in the middle of what is seen, ready to be written into. */
import { drawn, useDesigner } from '../designerStore.ts'
import { addNote } from '../document/notes.ts'

export function writeNote(flow: { readonly screenToFlowPosition: (point: { x: number; y: number }) => { x: number; y: number } }): void {
  const box = document.querySelector('.ds-canvas')?.getBoundingClientRect()
  if (box === undefined) return
  const at = flow.screenToFlowPosition({ x: box.x + box.width / 2 - 112, y: box.y + box.height / 3 })
  const { document: next, id } = addNote(drawn(), at)
  useDesigner.getState().edit(next)
  useDesigner.getState().select({ kind: 'note', id, writing: 1 })
}
