/** Between phone and desk the inspector floats over the canvas: what is selected under it is moved into the free part. */
import { useEffect } from 'react'
import { useReactFlow } from '@xyflow/react'

const GAP_PX = 24
const MOVE_MS = 360
/** As in designer.css. */
const FLOATS = '(max-width: 1079px)'

/** `node`: the only one that is selected; null = none or several. */
export function useNodeInView(node: string | null): void {
  const flow = useReactFlow()
  useEffect(() => {
    if (node === null) return undefined
    const show = (): void => {
      const drawn = document.querySelector(`.ds-page .react-flow__node[data-id="${CSS.escape(node)}"]`)?.getBoundingClientRect()
      const work = document.querySelector('.ds-work')
      const canvas = document.querySelector('.ds-canvas')?.getBoundingClientRect()
      if (drawn === undefined || canvas === undefined || work === null || !matchMedia(FLOATS).matches) return
      // Its form may still be on its way, its width is known.
      const widthPx = Number.parseFloat(getComputedStyle(work).getPropertyValue('--w-inspector'))
      const edgePx = work.getBoundingClientRect().right - widthPx
      if (drawn.right <= edgePx) return
      // Where the free part is narrower than the node, its beginning counts.
      const byPx = Math.max(edgePx - GAP_PX - drawn.right, canvas.left + GAP_PX - drawn.left)
      if (byPx >= 0) return
      const { x, y, zoom } = flow.getViewport()
      const still = matchMedia('(prefers-reduced-motion: reduce)').matches
      void flow.setViewport({ x: x + byPx, y, zoom }, { duration: still ? 0 : MOVE_MS })
    }
    // A press selects as well, and what is pressed must not move away: after its end, when the inspector is there.
    let frame = 0
    const later = (): void => {
      frame = requestAnimationFrame(show)
    }
    if (document.querySelector('.react-flow__node:active') === null) later()
    else window.addEventListener('pointerup', later, { once: true })
    return () => {
      cancelAnimationFrame(frame)
      window.removeEventListener('pointerup', later)
    }
  }, [flow, node])
}
