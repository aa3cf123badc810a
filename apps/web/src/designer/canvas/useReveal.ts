/** Moves the view so far that a newly selected or wanted operator is on screen, and no further. */
import { useEffect, type RefObject } from 'react'
import { useReactFlow } from '@xyflow/react'
import { drawn, selectedIds, useDesigner } from '../designerStore.ts'
import { boxOf } from '../../groups/drawing.ts'

const MARGIN = 24

export function useReveal(canvas: RefObject<HTMLDivElement | null>): void {
  const flow = useReactFlow()
  const only = useDesigner((state) => {
    const ids = selectedIds(state.selection)
    return ids.length === 1 ? ids[0] : null
  })
  const serial = useDesigner((state) => state.reveal?.serial ?? 0)
  useEffect(() => {
    if (only === null || canvas.current === null) return
    const at = boxOf(drawn(), only)
    if (at === undefined) return
    const { x, y, zoom } = flow.getViewport()
    const { clientWidth, clientHeight } = canvas.current
    const left = at.x * zoom + x
    const top = at.y * zoom + y
    const dx = left < MARGIN ? MARGIN - left : Math.min(0, clientWidth - MARGIN - (left + at.width * zoom))
    const dy = top < MARGIN ? MARGIN - top : Math.min(0, clientHeight - MARGIN - (top + at.height * zoom))
    if (dx !== 0 || dy !== 0) void flow.setViewport({ x: x + dx, y: y + dy, zoom }, { duration: 220 })
  }, [only, serial, flow, canvas])
}
