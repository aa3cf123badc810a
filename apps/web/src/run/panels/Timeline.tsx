/** One timeline under the graph: rows in, what is not committed, checkpoints, events. Drag it, and the graph shows that moment. */
import { useMemo, useRef, type KeyboardEvent, type PointerEvent } from 'react'
import { useWidth } from '../../shell/useWidth.ts'
import { clockWithTenths, duration, plural, rate } from '../../theme/numbers.ts'
import { ColouredStateIcon } from '../../theme/states.tsx'
import { useCheckpoints, useIncidents, useMoment, useNotableEvents, useRunStore, useTickTime } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { useStoredPoints } from './useStoredPoints.ts'
import { axisTicks, eventMarks, pathOf, pointsOf, type TimelinePoint } from './timelineDrawing.ts'
import { t } from '../../language/t.ts'

const NAMES_PX = 112
const VALUES_PX = 92
/** Rows from top to bottom: where each begins and how high it is. */
const ROWS_IN = { top: 2, height: 32 }
const BEHIND = { top: 38, height: 20 }
const CHECKPOINTS = { top: 60, height: 20 }
const EVENTS = { top: 82, height: 18 }
const AXIS_Y = 114
const HEIGHT = 120

export function Timeline({ spanMs }: { readonly spanMs: number }) {
  const { document, nameOf } = useMonitor()
  const store = useRunStore()
  const newestMs = useTickTime()
  const moment = useMoment()
  const checkpoints = useCheckpoints()
  const incidents = useIncidents()
  const notable = useNotableEvents()
  const box = useRef<HTMLDivElement>(null)
  const width = Math.max(160, useWidth(box) - NAMES_PX - VALUES_PX)
  /** While a past moment is shown, the axis stands still. */
  const endMs = useRef(newestMs)
  if (moment.kind === 'live' || endMs.current === 0) endMs.current = newestMs
  // A moment beyond it, by a link or by keys, stands in its middle.
  else if (moment.atMs < endMs.current - spanMs || moment.atMs > endMs.current)
    endMs.current = Math.min(newestMs, Math.max(moment.atMs + spanMs / 2, store.earliestMs() + spanMs))

  const toMs = endMs.current
  const fromMs = toMs - spanMs
  const x = (atMs: number): number => ((atMs - fromMs) / spanMs) * width
  const firstSeenMs = store.history.ticks[0]?.atMs ?? toMs
  const stored = useStoredPoints(spanMs, toMs)
  const drawn = useMemo(() => {
    const points = pointsOf(store.history.ticks, store.sources, fromMs, toMs)
    const before = stored.points.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs && atMs < firstSeenMs)
    const known = [...before, ...points]
    const mostRows = Math.max(1, ...known.map((point) => point.rowsInPerSecond))
    const mostBehind = Math.max(4, ...known.map((point) => point.windowsBehind))
    const at = (atMs: number): number => ((atMs - fromMs) / spanMs) * width
    // Up to the first that this page has seen, so that the line goes on.
    const seam = before.length === 0 ? [] : [...before, ...points.slice(0, 1)]
    const paths = (place: (point: TimelinePoint) => readonly [number, number]) => [
      ...pathOf(seam, place, stored.gapMs),
      ...pathOf(points, place),
    ]
    return {
      points: known,
      rows: paths((point) => [at(point.atMs), ROWS_IN.top + ROWS_IN.height * (1 - point.rowsInPerSecond / mostRows)]),
      behind: paths((point) => [at(point.atMs), BEHIND.top + BEHIND.height * (1 - point.windowsBehind / mostBehind)]),
      marks: eventMarks(notable, fromMs, toMs, at, nameOf),
    }
  }, [store, stored, firstSeenMs, fromMs, toMs, spanMs, width, notable, nameOf])

  const inside = checkpoints.filter((checkpoint) => checkpoint.atMs >= fromMs && checkpoint.atMs <= toMs)
  const durations = inside.map((checkpoint) => checkpoint.durationMs).sort((a, b) => a - b)
  const median = durations[Math.floor(durations.length / 2)] ?? 0
  const tallest = Math.max(60, ...durations)
  const barPx = Math.max(2, Math.min(12, (width / (spanMs / document.settings.checkpointIntervalMs)) * 0.55))
  const shownMs = moment.kind === 'past' ? moment.atMs : toMs
  const point = drawn.points.findLast((candidate) => candidate.atMs <= shownMs) ?? drawn.points[0]
  const lastCheckpoint = checkpoints.findLast((checkpoint) => checkpoint.atMs <= shownMs)
  const earliestMs = store.earliestMs()
  /** The run was there, this page was not. */
  const unseenMs = Math.max(fromMs, earliestMs)
  const unseenUntilMs = Math.min(toMs, firstSeenMs)

  const show = (atMs: number): void => {
    if (atMs >= toMs && moment.kind === 'live') return
    store.showMoment(Math.max(earliestMs, Math.min(store.newestMs(), atMs)))
  }
  const onPointer = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.type === 'pointerdown') event.currentTarget.setPointerCapture(event.pointerId)
    else if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
    const rectangle = event.currentTarget.getBoundingClientRect()
    const share = Math.max(0, Math.min(1, (event.clientX - rectangle.left) / rectangle.width))
    show(fromMs + share * spanMs)
  }
  const onKey = (event: KeyboardEvent<HTMLDivElement>): void => {
    const step = event.shiftKey ? 1000 : 250
    if (event.key === 'ArrowLeft') show(shownMs - step)
    else if (event.key === 'ArrowRight') {
      if (shownMs + step >= store.newestMs()) store.goLive()
      else show(shownMs + step)
    } else if (event.key === 'PageUp') show(shownMs - spanMs / 2)
    else if (event.key === 'PageDown') {
      if (shownMs + spanMs / 2 >= store.newestMs()) store.goLive()
      else show(shownMs + spanMs / 2)
    } else if (event.key === 'Home') show(fromMs)
    else if (event.key === 'End') store.goLive()
    else return
    event.preventDefault()
  }
  if (point === undefined)
    return (
      <div className="rn-timeline" ref={box}>
        <p className="rn-empty">{t('The timeline fills as figures come in.')}</p>
      </div>
    )
  return (
    <div className="rn-timeline" ref={box}>
      <div className="rn-tl-names" aria-hidden="true">
        <span style={{ top: ROWS_IN.top, height: ROWS_IN.height }}>{t('Rows in')}</span>
        <span style={{ top: BEHIND.top, height: BEHIND.height }}>{t('Not committed')}</span>
        <span style={{ top: CHECKPOINTS.top, height: CHECKPOINTS.height }}>{t('Checkpoints')}</span>
        <span style={{ top: EVENTS.top, height: EVENTS.height }}>{t('Events')}</span>
      </div>
      <div
        className="rn-tl-plot"
        style={{ width, height: HEIGHT }}
        role="slider"
        tabIndex={0}
        aria-label={t('Moment shown')}
        aria-valuemin={Math.round(Math.max(fromMs, earliestMs))}
        aria-valuemax={Math.round(toMs)}
        aria-valuenow={Math.round(shownMs)}
        aria-valuetext={moment.kind === 'live' ? t('live') : clockWithTenths(shownMs)}
        onPointerDown={onPointer}
        onPointerMove={onPointer}
        onKeyDown={onKey}
        data-testid="timeline"
      >
        <svg width={width} height={HEIGHT} aria-hidden="true">
          <g stroke="var(--line-faint)">
            {axisTicks(fromMs, toMs, width).map((tick) => (
              <path key={tick.atMs} d={`M${x(tick.atMs)} 0V${EVENTS.top + EVENTS.height}`} />
            ))}
            <path d={`M0 ${BEHIND.top - 2}.5H${width}M0 ${CHECKPOINTS.top - 1}.5H${width}M0 ${EVENTS.top - 1}.5H${width}`} />
          </g>
          {unseenUntilMs - unseenMs > 1000 ? (
            <rect x={x(unseenMs)} y={0} width={x(unseenUntilMs) - x(unseenMs)} height={EVENTS.top - 2} fill="url(#rn-unseen)">
              <title>{t('From before this page was opened: figures that the server has kept')}</title>
            </rect>
          ) : null}
          <defs>
            <pattern id="rn-unseen" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <path d="M0 0V6" stroke="var(--line-faint)" strokeWidth="2" />
            </pattern>
          </defs>
          {drawn.rows.map((segment) => (
            <g key={segment.fromX}>
              <path d={`${segment.d}V${ROWS_IN.top + ROWS_IN.height}H${segment.fromX}Z`} fill="var(--accent-solid)" opacity=".13" />
              <path d={segment.d} fill="none" stroke="var(--accent-line)" strokeWidth="1.5" />
            </g>
          ))}
          {drawn.behind.map((segment) => (
            <path key={segment.fromX} d={segment.d} fill="none" stroke="var(--act-blocked)" strokeWidth="1.5" />
          ))}
          {inside.map((checkpoint) => {
            const height = Math.max(3, (checkpoint.durationMs / tallest) * CHECKPOINTS.height)
            return (
              <rect
                key={checkpoint.manifest}
                x={x(checkpoint.atMs) - barPx / 2}
                y={CHECKPOINTS.top + CHECKPOINTS.height - height}
                width={barPx}
                height={height}
                rx="1"
                fill={checkpoint.durationMs > 2 * median + 20 ? 'var(--act-blocked)' : 'var(--act-starved)'}
              />
            )
          })}
          {incidents
            .filter((incident) => incident.number !== null && incident.startedAtMs >= fromMs && incident.startedAtMs <= toMs)
            .map((incident) => (
              <path
                key={incident.key}
                d={`M${x(incident.startedAtMs)} 0V${EVENTS.top}`}
                stroke="var(--solid-attention)"
                strokeWidth="1.5"
              />
            ))}
          <path d={`M${Math.min(width - 0.75, x(shownMs))} 0V${EVENTS.top + EVENTS.height}`} stroke="var(--text-1)" strokeWidth="1.5" />
          <circle cx={Math.min(width - 3.5, x(shownMs))} cy="3.5" r="3.5" fill="var(--text-1)" />
          {axisTicks(fromMs, toMs, width).map((tick) => (
            <text key={tick.atMs} x={x(tick.atMs)} y={AXIS_Y} textAnchor="middle">
              {tick.label}
            </text>
          ))}
        </svg>
        {drawn.marks.map((mark) => (
          <span
            key={mark.seq}
            className="rn-tl-mark"
            style={{ left: mark.x, top: EVENTS.top + 1 }}
            title={`${clockWithTenths(mark.atMs)} ${mark.title}`}
          >
            <ColouredStateIcon state={mark.state} />
          </span>
        ))}
      </div>
      <div className="rn-tl-values">
        <b style={{ top: ROWS_IN.top, height: ROWS_IN.height }}>{rate(point.rowsInPerSecond)}</b>
        <b style={{ top: BEHIND.top, height: BEHIND.height }}>{plural(point.windowsBehind, 'window')}</b>
        <b style={{ top: CHECKPOINTS.top, height: CHECKPOINTS.height }}>
          {lastCheckpoint === undefined ? '–' : duration(lastCheckpoint.durationMs)}
        </b>
        <b style={{ top: EVENTS.top, height: EVENTS.height }}>{drawn.marks.length}</b>
      </div>
    </div>
  )
}
