/** Moves the keyboard to an operator on the canvas, as soon as it is drawn. */
const TRIES = 20

export function focusNode(id: string, tries = TRIES): void {
  requestAnimationFrame(() => {
    const node = document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`)
    if (node !== null) node.focus({ preventScroll: true })
    else if (tries > 0) focusNode(id, tries - 1)
  })
}
