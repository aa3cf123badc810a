/**
 * Figures over time, also of the time before the page was opened and of a run that has ended: a row for the
 * run and one for each operator. One cursor goes over all charts, by pointer or with the arrow keys.
 */
import { useMemo, useState, type KeyboardEvent, type PointerEvent } from 'react'
import type { HistoryValues, OperatorSeries } from '@belay/run'
import { bytes, clock, duration, percent, plural, rate } from '../../theme/numbers.ts'
import { useCheckpoints, useIncidents, useMoment, useRunStore } from '../live/runHooks.ts'
import { useMonitor } from '../monitorState.tsx'
import { operatorName } from '../operatorFacts.ts'
import { Chart, type Line, type Marks } from './Chart.tsx'
import { useHistory, type Span } from './useHistory.ts'
import { t } from '../../language/t.ts'
import { tx } from '../../language/tx.ts'

const SPANS: readonly (readonly [label: string, ms: number | null])[] = [
  ['last 5 min', 300_000],
  ['last 15 min', 900_000],
  [t('last hour'), 3_600_000],
  ['last 6 hours', 21_600_000],
  ['last 24 hours', 86_400_000],
  [t('whole run'), null],
]
/** More marks than this are a grey bar. */
const MOST_MARKS = 120

const inWindows = (value: number): string => plural(Math.round(value), 'window')

export default function MetricsPanel() {
  const { document, selected, ended } = useMonitor()
  const store = useRunStore()
  const [spanMs, setSpanMs] = useState<number | null>(ended ? null : 300_000)
  const [pointedMs, setCursorMs] = useState<number | null>(null)
  const [brush, setBrush] = useState<Brush | null>(null)
  const [zoom, setZoom] = useState<Span | null>(null)
  const { history, span, problem } = useHistory(spanMs, zoom)
  const moment = useMoment()
  const shownMs = moment.kind === 'past' && span !== null && moment.atMs >= span.fromMs && moment.atMs <= span.toMs ? moment.atMs : null
  // The charts stand at the moment that the graph shows, unless one points at another.
  const cursorMs = pointedMs ?? shownMs
  const marks = useMarks(span)
  const toolbar = (
    <div className="rn-toolbar">
      <span className="rn-small rn-t2" role="status">
        {span === null
          ? t('Reading figures…')
          : cursorMs === null
            ? t('{from} to {to}, a point each {step}', {
                from: clock(span.fromMs),
                to: clock(span.toMs),
                step: duration(history?.stepMs ?? 0),
              })
            : t('at {time}', { time: clock(cursorMs) })}
      </span>
      {zoom === null ? null : (
        <button
          type="button"
          className="rn-btn rn-sm"
          onClick={() => {
            setBrush(null)
            setZoom(null)
          }}
        >
          {t('All of the time')} <kbd>0</kbd>
        </button>
      )}
      <span className="rn-grow" />
      <span className="rn-small rn-t3 rn-chart-key">
        {tx('{checkpointMark} checkpoint {failureMark} failure', {
          checkpointMark: <i className="rn-key-checkpoint" />,
          failureMark: <i className="rn-key-incident" />,
        })}
      </span>
      <label className="rn-span-choice">
        <span className="rn-hidden">{t('Time shown')}</span>
        <select
          value={spanMs ?? ''}
          onChange={(event) => {
            setCursorMs(null)
            setZoom(null)
            setSpanMs(event.currentTarget.value === '' ? null : Number(event.currentTarget.value))
          }}
        >
          {SPANS.map(([label, ms]) => (
            <option key={label} value={ms ?? ''}>
              {label}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
  if (problem !== null)
    return (
      <>
        {toolbar}
        <p className="rn-problem" role="alert">
          {problem}
        </p>
      </>
    )
  if (history === null || span === null) return toolbar
  if (Object.keys(history.operators).length === 0)
    return (
      <>
        {toolbar}
        <p className="rn-empty">
          {t('No figures were kept of this run: they are kept by a server that looks after it, from the first second on.')}
        </p>
      </>
    )
  const { times, stepMs } = history
  const chosen = brush === null ? null : spanOf(brush)
  const shared = { times, stepMs, span, marks, cursorMs, brush: chosen }
  const move = (atMs: number): void => setCursorMs(Math.max(span.fromMs, Math.min(span.toMs, atMs)))
  const zoomInto = (next: Span): void => {
    setBrush(null)
    // Less than two points are no chart.
    if (next.toMs - next.fromMs >= 2 * stepMs) setZoom(next)
  }
  const reset = (): void => {
    setBrush(null)
    setZoom(null)
  }
  const onKey = (event: KeyboardEvent<HTMLDivElement>): void => {
    const step = event.shiftKey ? stepMs * 10 : stepMs
    const goTo = (atMs: number): void => {
      move(atMs)
      if (brush !== null) setBrush({ ...brush, atMs: Math.max(span.fromMs, Math.min(span.toMs, atMs)) })
    }
    if (event.key === 'ArrowLeft') goTo((cursorMs ?? span.toMs) - step)
    else if (event.key === 'ArrowRight') goTo((cursorMs ?? span.toMs) + step)
    else if (event.key === ' ' && cursorMs !== null) setBrush(brush === null ? { startMs: cursorMs, atMs: cursorMs } : null)
    else if (event.key === 'Enter' && chosen !== null) zoomInto(chosen)
    else if (event.key === 'Enter' && cursorMs !== null) store.showMoment(cursorMs)
    else if (event.key === '0' && zoom !== null) reset()
    else if (event.key === 'Escape' && brush !== null) setBrush(null)
    else if (event.key === 'Escape' && zoom !== null) reset()
    else if (event.key === 'Escape' && pointedMs !== null) setCursorMs(null)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const timeAt = (event: PointerEvent<HTMLDivElement>): number | null => {
    const chart = event.target instanceof Element ? event.target.closest('svg') : null
    if (chart === null) return null
    const { left, width } = chart.getBoundingClientRect()
    return Math.max(span.fromMs, Math.min(span.toMs, span.fromMs + ((event.clientX - left) / width) * (span.toMs - span.fromMs)))
  }
  const onPointer = (event: PointerEvent<HTMLDivElement>): void => {
    const atMs = timeAt(event)
    if (atMs === null) return
    move(atMs)
    if (brush !== null && event.buttons === 1) setBrush({ ...brush, atMs })
  }
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    const atMs = timeAt(event)
    if (atMs !== null && event.button === 0) setBrush({ startMs: atMs, atMs })
  }
  const onPointerUp = (event: PointerEvent<HTMLDivElement>): void => {
    const atMs = timeAt(event)
    if (brush === null) return
    const drawn = spanOf(atMs === null ? brush : { ...brush, atMs })
    // A click is a moment, a drag a time.
    if (drawn.toMs - drawn.fromMs > (span.toMs - span.fromMs) / 100) zoomInto(drawn)
    else {
      setBrush(null)
      if (atMs !== null) store.showMoment(atMs)
    }
  }
  const chosenFirst = [...document.operators].sort((a, b) => Number(b.id === selected) - Number(a.id === selected))
  return (
    <div className="rn-history" data-testid="metrics">
      {toolbar}
      <div
        className="rn-scroll rn-charts"
        tabIndex={0}
        role="region"
        aria-label={t(
          'Figures over time; arrow keys move along them, Space begins a time, Enter zooms into it or shows the graph at the moment, 0 shows all again',
        )}
        onKeyDown={onKey}
        onPointerDown={onPointerDown}
        onPointerUp={onPointerUp}
        onPointerMove={onPointer}
        // A finger that goes up or down scrolls.
        onPointerCancel={() => setBrush(null)}
        onPointerLeave={() => setCursorMs(null)}
      >
        <h3>{t('The run')}</h3>
        <Chart {...shared} title={t('Rows in')} of={t('the run')} lines={single(history.run.rowsInPerSecond)} text={rate} least={1} />
        <Chart
          {...shared}
          title={t('Not committed')}
          of={t('the run')}
          lines={single(history.run.windowsBehind)}
          text={inWindows}
          least={4}
        />
        <Chart {...shared} title={t('Process')} of={t('the run')} lines={single(history.run.residentBytes)} text={bytes} least={1} />
        <Chart {...shared} title={t('Shared memory')} of={t('the run')} lines={single(history.run.sharedBytes)} text={bytes} least={1} />
        {chosenFirst.map((operator) => (
          <OperatorCharts key={operator.id} name={operatorName(operator)} series={history.operators[operator.id]} shared={shared} />
        ))}
      </div>
    </div>
  )
}

function single(values: HistoryValues): readonly Line[] {
  return [{ name: '', values }]
}

/** Where it began, and where it is. */
interface Brush {
  readonly startMs: number
  readonly atMs: number
}

function spanOf({ startMs, atMs }: Brush): Span {
  return { fromMs: Math.min(startMs, atMs), toMs: Math.max(startMs, atMs) }
}

interface Shared {
  readonly times: readonly number[]
  readonly stepMs: number
  readonly span: Span
  readonly marks: Marks
  readonly cursorMs: number | null
  readonly brush: Span | null
}

function OperatorCharts({
  name,
  series,
  shared,
}: {
  readonly name: string
  readonly series: Readonly<Record<OperatorSeries, HistoryValues>> | undefined
  readonly shared: Shared
}) {
  if (series === undefined) return null
  return (
    <>
      <h3>{name}</h3>
      <Chart
        {...shared}
        title={t('Rows')}
        of={name}
        lines={[
          { name: t('in'), values: series.rowsInPerSecond },
          { name: t('out'), values: series.rowsOutPerSecond },
        ]}
        text={rate}
        least={1}
      />
      <Chart
        {...shared}
        title={t('Time')}
        of={name}
        lines={[
          { name: t('busy'), values: series.busy },
          { name: t('blocked'), values: series.blocked },
        ]}
        text={percent}
        least={1}
      />
      <Chart {...shared} title={t('State')} of={name} lines={single(series.stateSizeBytes)} text={bytes} least={1} />
      <Chart {...shared} title={t('Behind the sources')} of={name} lines={single(series.windowsBehind)} text={inWindows} least={4} />
    </>
  )
}

/** What happened in the time that is shown. */
function useMarks(span: Span | null): Marks {
  const checkpoints = useCheckpoints()
  const incidents = useIncidents()
  return useMemo(() => {
    if (span === null) return { checkpoints: [], incidents: [] }
    const inside = (atMs: number): boolean => atMs >= span.fromMs && atMs <= span.toMs
    const stored = checkpoints.map(({ atMs }) => atMs).filter(inside)
    const failures = incidents.filter(({ number }) => number !== null).map(({ startedAtMs }) => startedAtMs)
    return { checkpoints: stored.length > MOST_MARKS ? [] : stored, incidents: failures.filter(inside).slice(-MOST_MARKS) }
  }, [span, checkpoints, incidents])
}
