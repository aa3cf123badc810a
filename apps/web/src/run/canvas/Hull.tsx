/**
 * The dashed hull around the operators that go back: the same before the click (would) and after it
 * (does), ui.md §5. A set that is not compact gets no hull; its flags say it.
 */
import { useEffect, useMemo, useState } from 'react'
import { ViewportPortal } from '@xyflow/react'
import type { PipelineDocument } from '@belay/pipeline'
import { StateIcon } from '../../theme/states.tsx'
import { useRestartSet, type RestartSet } from './emphasis.ts'
import { NODE_HEIGHT, NODE_WIDTH, placesOf } from './places.ts'

const PAD = { side: 30, top: 34, bottom: 22 }
/** caught up: the hull fades, it does not vanish. */
const LEAVE_MS = 360

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Box around the set, or null if an operator outside the set would stand in it. */
function hullOf(document: PipelineDocument, operators: readonly string[]): Box | null {
  const inside = new Set(operators)
  const places = [...placesOf(document)]
  const set = places.filter(([id]) => inside.has(id)).map(([, place]) => place)
  if (set.length === 0) return null
  const left = Math.min(...set.map((place) => place.x))
  const top = Math.min(...set.map((place) => place.y))
  const right = Math.max(...set.map((place) => place.x)) + NODE_WIDTH
  const bottom = Math.max(...set.map((place) => place.y)) + NODE_HEIGHT
  const crossed = places.some(
    ([id, place]) => !inside.has(id) && place.x < right && place.x + NODE_WIDTH > left && place.y < bottom && place.y + NODE_HEIGHT > top,
  )
  if (crossed) return null
  return { x: left - PAD.side, y: top - PAD.top, width: right - left + 2 * PAD.side, height: bottom - top + PAD.top + PAD.bottom }
}

export function Hull({ document }: { readonly document: PipelineDocument }) {
  const set = useRestartSet()
  const [shown, setShown] = useState<RestartSet | null>(set)
  useEffect(() => {
    if (set !== null) return setShown(set)
    const timer = setTimeout(() => setShown(null), LEAVE_MS)
    return () => clearTimeout(timer)
  }, [set])
  const drawn = set ?? shown
  const box = useMemo(() => (drawn === null ? null : hullOf(document, drawn.operators)), [document, drawn])
  if (drawn === null || box === null) return null
  return (
    <ViewportPortal>
      <div
        className={set === null ? 'rn-hull rn-leaving' : 'rn-hull'}
        style={{ transform: `translate(${box.x}px, ${box.y}px)`, width: box.width, height: box.height }}
        data-testid="hull"
      >
        <span className="rn-hull-tab">
          <StateIcon state={drawn.kind === 'would' ? 'rolling-back' : 'replaying'} />
          {drawn.title}
        </span>
      </div>
    </ViewportPortal>
  )
}
