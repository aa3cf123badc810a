/** Moves the keyboard to an operator on the canvas, or to the collapsed group it is in, as soon as that is drawn. */
import { drawn } from '../designerStore.ts'
import { nodeOf } from '../../groups/drawing.ts'

const TRIES = 20

export function focusNode(id: string, tries = TRIES): void {
  requestAnimationFrame(() => {
    const node = document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(nodeOf(drawn(), id))}"]`)
    if (node !== null) node.focus({ preventScroll: true })
    else if (tries > 0) focusNode(id, tries - 1)
  })
}
