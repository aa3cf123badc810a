/**
 * The dashed hull around the operators that go back: the same before the click (would) and after it
 * (does), ui.md §5. A set that is not compact gets no hull; its flags say it.
 */
import { useEffect, useMemo, useState } from 'react'
import { ViewportPortal } from '@xyflow/react'
import type { PipelineDocument } from '@belay/pipeline'
import { surrounding, type Box } from '../../groups/boxes.ts'
import { boxesOf, nodeOf } from '../../groups/drawing.ts'
import { StateIcon } from '../../theme/states.tsx'
import { useRestartSet, type RestartSet } from './emphasis.ts'

const PAD = { side: 30, top: 34, bottom: 22 }
/** caught up: the hull fades, it does not vanish. */
const LEAVE_MS = 360

/** Box around the set, or null if an operator outside the set would stand in it. */
function hullOf(document: PipelineDocument, operators: readonly string[]): Box | null {
  // An operator in a collapsed group is seen as the group.
  const inside = new Set(operators.map((operator) => nodeOf(document, operator)))
  const boxes = [...boxesOf(document)]
  const set = boxes.filter(([id]) => inside.has(id)).map(([, box]) => box)
  if (set.length === 0) return null
  const { x, y, width, height } = surrounding(set)
  const crossed = boxes.some(
    ([id, box]) => !inside.has(id) && box.x < x + width && box.x + box.width > x && box.y < y + height && box.y + box.height > y,
  )
  if (crossed) return null
  return { x: x - PAD.side, y: y - PAD.top, width: width + 2 * PAD.side, height: height + PAD.top + PAD.bottom }
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
