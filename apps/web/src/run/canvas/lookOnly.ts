/** A graph that is looked at and not drawn: it fits itself to the window until a person moves it. */
import { useEffect, useRef } from 'react'
import { useReactFlow, useStore } from '@xyflow/react'
import { FIT } from './ZoomBar.tsx'

export const LOOK_ONLY = {
  fitView: true,
  fitViewOptions: FIT,
  maxZoom: 2,
  nodesDraggable: false,
  nodesConnectable: false,
  elementsSelectable: false,
  nodesFocusable: true,
  edgesFocusable: false,
  deleteKeyCode: null,
  proOptions: { hideAttribution: true },
} as const

/** Fits again when the window's size or what is `drawn` changes. */
export function useFitUntilMoved(drawn: unknown): { readonly onMove: (event: unknown) => void; readonly onFit: () => void } {
  const flow = useReactFlow()
  const width = useStore((state) => state.width)
  const height = useStore((state) => state.height)
  const moved = useRef(false)
  useEffect(() => {
    if (width === 0 || height === 0 || moved.current) return
    void flow.fitView(FIT)
  }, [flow, width, height, drawn])
  return {
    // Only a person's own move has an event.
    onMove: (event) => {
      if (event !== null) moved.current = true
    },
    onFit: () => {
      moved.current = false
    },
  }
}
