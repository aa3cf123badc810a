/** Rows in over the last minutes, with a tick for every checkpoint: the timeline in small. */
import { useRef } from 'react'
import { duration, rate } from '../../theme/numbers.ts'
import { useWidth } from '../../shell/useWidth.ts'
import { useCheckpoints, useRunStore, useTickTime } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { pathOf, pointsOf } from '../panels/timelineDrawing.ts'
import { t } from '../../language/t.ts'

const SPAN_MS = 120_000
const HEIGHT = 30
const TICKS = 6

export function RowsInStrip() {
  const { document } = useMonitor()
  const store = useRunStore()
  const toMs = useTickTime()
  const checkpoints = useCheckpoints()
  const box = useRef<HTMLDivElement>(null)
  const width = Math.max(100, useWidth(box))
  const fromMs = toMs - SPAN_MS
  const x = (atMs: number): number => ((atMs - fromMs) / SPAN_MS) * width
  const points = pointsOf(store.history.ticks, store.sources, fromMs, toMs)
  const most = Math.max(1, ...points.map((point) => point.rowsInPerSecond))
  const segments = pathOf(points, (point) => [x(point.atMs), 2 + (HEIGHT - 2) * (1 - point.rowsInPerSecond / most)])
  const last = points.at(-1)
  return (
    <section className="ph-strip" aria-label={t('Rows in, last two minutes')}>
      <p>
        <span className="rn-t2">{t('Rows in, last 2 min')}</span>
        <span className="rn-t3">
          {t('checkpoint every {checkpointInterval}', { checkpointInterval: duration(document.settings.checkpointIntervalMs) })}
        </span>
      </p>
      <div ref={box}>
        <svg
          width={width}
          height={HEIGHT + TICKS + 2}
          role="img"
          aria-label={last === undefined ? t('no figures yet') : t('now {rowsIn}', { rowsIn: rate(last.rowsInPerSecond) })}
        >
          {segments.map((segment) => (
            <g key={segment.fromX}>
              <path d={`${segment.d}V${HEIGHT}H${segment.fromX}Z`} fill="var(--accent-solid)" opacity=".12" />
              <path d={segment.d} fill="none" stroke="var(--accent-line)" strokeWidth="1.5" />
            </g>
          ))}
          <path
            d={checkpoints
              .filter((checkpoint) => checkpoint.atMs >= fromMs)
              .map((checkpoint) => `M${x(checkpoint.atMs).toFixed(1)} ${HEIGHT + 2}v${TICKS}`)
              .join('')}
            stroke="var(--ladder-checkpoint)"
            strokeWidth="1.5"
          />
        </svg>
      </div>
    </section>
  )
}
