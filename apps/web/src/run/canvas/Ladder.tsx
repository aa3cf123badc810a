/**
 * The window ladder (ui.md §4): ▲ the window it works on, ■ its newest checkpoint, ▬ where it would
 * go back to. Twelve windows wide; ▬ stands at one third, so it is at the same place on every node.
 */
import { memo } from 'react'
import { plural, whole, windowName, decimal } from '../../theme/numbers.ts'
import { t } from '../../language/t.ts'

const WINDOWS = 12
/** Windows of the frame before the committed one. */
const BEFORE = 4

export interface LadderMarks {
  readonly current: number
  readonly checkpoint: number
  readonly committed: number
  /** Where it had been before it went back. */
  readonly reached: number | null
  /** Windows between two checkpoints; the span is amber beyond twice that. */
  readonly checkpointWindows: number
}

function ladderText({ current, checkpoint, committed }: LadderMarks): string {
  return t('working on {current}, last checkpoint {checkpoint}, would redo {windows}', {
    current: whole(current),
    checkpoint: whole(checkpoint),
    windows: plural(Math.max(0, current - committed), 'window'),
  })
}

interface Geometry {
  readonly width: number
  readonly height: number
  /** Distance of the first tick from the edge. */
  readonly inset: number
  /** Half the size of the marks. */
  readonly mark: number
}

function LadderDrawing({ marks, geometry }: { readonly marks: LadderMarks; readonly geometry: Geometry }) {
  const { current, checkpoint, committed, reached, checkpointWindows } = marks
  const { width, height, inset, mark } = geometry
  const middle = height / 2
  const step = (width - 2 * inset) / WINDOWS
  const base = committed - BEFORE
  const x = (window: number): number => Math.max(inset, Math.min(width - inset, inset + (window - base) * step))
  const risky = current - committed > 2 * checkpointWindows + 1
  const goingBack = reached !== null && reached > current
  // Everything committed is stored; right after a recovery its own figure lags behind that.
  const stored = Math.max(checkpoint, committed)
  const triangle = (at: number): string => `M${x(at) - mark} ${middle + mark * 0.95}h${2 * mark}l${-mark} ${-mark * 1.9}z`
  return (
    <>
      <g stroke="var(--ladder-rail)">
        <path d={`M0 ${middle}H${width}`} />
        <path d={Array.from({ length: WINDOWS + 1 }, (_, i) => `M${(inset + i * step).toFixed(1)} ${middle - 1.5}v3`).join('')} />
      </g>
      {stored > committed ? (
        <path d={`M${x(committed)} ${middle}H${x(stored)}`} stroke="var(--ladder-checkpoint)" strokeWidth={mark / 2} />
      ) : null}
      {current > stored ? (
        <path
          d={`M${x(stored)} ${middle}H${x(current)}`}
          stroke={risky ? 'var(--ladder-risk)' : 'var(--text-3)'}
          strokeWidth={mark * 0.38}
          strokeDasharray={`${mark / 2} ${mark / 2}`}
        />
      ) : null}
      {goingBack ? <path d={triangle(reached)} fill="none" stroke="var(--ladder-ghost)" strokeWidth={mark * 0.33} /> : null}
      <rect
        x={x(committed) - mark * 1.5}
        y={middle + mark * 0.8}
        width={mark * 3}
        height={mark * 0.7}
        rx=".6"
        fill="var(--ladder-committed)"
      />
      {stored > 0 ? (
        <rect
          x={x(stored) - mark * 0.7}
          y={middle - mark * 0.7}
          width={mark * 1.4}
          height={mark * 1.4}
          fill="var(--ladder-checkpoint)"
          stroke="var(--sheet, var(--surface-node))"
          strokeWidth={mark * 0.4}
          paintOrder="stroke"
        />
      ) : null}
      {current > 0 ? (
        <path
          d={triangle(current)}
          fill={goingBack ? 'var(--ladder-ghost)' : 'var(--ladder-current)'}
          stroke="var(--sheet, var(--surface-node))"
          strokeWidth={mark / 4}
          paintOrder="stroke"
        />
      ) : null}
    </>
  )
}

const SMALL: Geometry = { width: 112, height: 14, inset: 3, mark: 4 }

/** On a node and in a row. Drawn again when a window moves, not with every figure. */
export const Ladder = memo(function Ladder(marks: LadderMarks) {
  const beyond = marks.current - (marks.committed - BEFORE + WINDOWS)
  return (
    <svg className="rn-ladder" viewBox={`0 0 ${SMALL.width} ${SMALL.height}`} role="img" aria-label={ladderText(marks)}>
      <title>{`${windowName(marks.current)}: ${ladderText(marks)}`}</title>
      <LadderDrawing marks={marks} geometry={SMALL} />
      {beyond > 0 ? (
        <text x={SMALL.width - 1} y="5" textAnchor="end" fontSize="7" fill="var(--text-3)">
          ‹ +{whole(beyond)}
        </text>
      ) : null}
    </svg>
  )
})

const LARGE: Geometry = { width: 312, height: 24, inset: 8, mark: 7 }

/** In the inspector: the same drawing with its numbers. */
export function LargeLadder({ marks, windowMs }: { readonly marks: LadderMarks; readonly windowMs: number }) {
  const redo = Math.max(0, marks.current - marks.committed)
  const base = marks.committed - BEFORE
  return (
    <figure className="rn-large-ladder">
      <svg viewBox={`0 0 ${LARGE.width} ${LARGE.height}`} role="img" aria-label={ladderText(marks)}>
        <LadderDrawing marks={marks} geometry={LARGE} />
      </svg>
      <figcaption>
        <span>{base > 0 ? whole(base) : ''}</span>
        <b>{t('would redo {windows}, {seconds} s', { windows: plural(redo, 'window'), seconds: decimal((redo * windowMs) / 1000) })}</b>
        <span>{whole(base + WINDOWS)}</span>
      </figcaption>
    </figure>
  )
}
