/** What the timeline draws, computed apart from drawing it. Pure. */
import type { RunEvent, RunHistory } from '@belay/run'
import { clock } from '../../theme/numbers.ts'
import { eventLine, type EventLine, type Severity } from '../eventWords.ts'
import type { Tick } from '../live/history.ts'

export interface TimelinePoint {
  readonly atMs: number
  readonly rowsInPerSecond: number
  readonly windowsBehind: number
}

/** Longer without a tick is a gap, and is drawn as one. */
const GAP_MS = 2500

export function pointsOf(ticks: readonly Tick[], sources: readonly string[], fromMs: number, toMs: number): readonly TimelinePoint[] {
  const points: TimelinePoint[] = []
  for (const { atMs, figures } of ticks) {
    if (atMs < fromMs - GAP_MS || atMs > toMs) continue
    let rowsInPerSecond = 0
    for (const id of sources) rowsInPerSecond += figures.operators[id]?.rowsOutPerSecond ?? 0
    points.push({ atMs, rowsInPerSecond, windowsBehind: Math.max(0, figures.targetWindow - figures.committedWindow) })
  }
  return points
}

export interface StoredPoints {
  readonly points: readonly TimelinePoint[]
  /** Longer without one is a gap. */
  readonly gapMs: number
}

/** Each step's mean stands in its middle; steps of which nothing is known are left out. */
export function storedPoints({ times, stepMs, run }: Pick<RunHistory, 'times' | 'stepMs' | 'run'>): StoredPoints {
  const points = times.flatMap((atMs, i): readonly TimelinePoint[] => {
    const [rowsInPerSecond, windowsBehind] = [run.rowsInPerSecond[i], run.windowsBehind[i]]
    return rowsInPerSecond == null || windowsBehind == null ? [] : [{ atMs: atMs + stepMs / 2, rowsInPerSecond, windowsBehind }]
  })
  return { points, gapMs: Math.max(GAP_MS, 2.5 * stepMs) }
}

export interface PathSegment {
  readonly d: string
  readonly fromX: number
}

/** One path for each stretch without a gap. */
export function pathOf(
  points: readonly TimelinePoint[],
  place: (point: TimelinePoint) => readonly [x: number, y: number],
  gapMs = GAP_MS,
): readonly PathSegment[] {
  const segments: { d: string; fromX: number }[] = []
  let beforeMs = -Infinity
  for (const point of points) {
    const [x, y] = place(point)
    const left = Math.max(0, x)
    if (point.atMs - beforeMs > gapMs) segments.push({ d: `M${left.toFixed(1)} ${y.toFixed(1)}`, fromX: left })
    else segments[segments.length - 1].d += `L${left.toFixed(1)} ${y.toFixed(1)}`
    beforeMs = point.atMs
  }
  return segments
}

const STEPS_MS = [1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 14_400_000]
const TICK_PX = 110

export function axisTicks(fromMs: number, toMs: number, width: number): readonly { readonly atMs: number; readonly label: string }[] {
  const stepMs = STEPS_MS.find((step) => (step / (toMs - fromMs)) * width >= TICK_PX) ?? 14_400_000
  const ticks: { atMs: number; label: string }[] = []
  for (let atMs = Math.ceil(fromMs / stepMs) * stepMs; atMs <= toMs; atMs += stepMs) {
    const x = ((atMs - fromMs) / (toMs - fromMs)) * width
    // A label that would be cut at the edge is left out.
    if (x > 28 && x < width - 28) ticks.push({ atMs, label: clock(atMs) })
  }
  return ticks
}

export interface EventMark {
  readonly seq: number
  readonly atMs: number
  readonly x: number
  readonly state: EventLine['state']
  readonly title: string
}

const MARK_PX = 16
const WEIGHT: Readonly<Record<Severity, number>> = { quiet: 0, info: 1, warning: 2, error: 3 }

/** What would lie on one another is one mark: the gravest. */
export function eventMarks(
  events: readonly RunEvent[],
  fromMs: number,
  toMs: number,
  x: (atMs: number) => number,
  nameOf: (operator: string) => string,
): readonly EventMark[] {
  const marks: (EventMark & { readonly weight: number })[] = []
  for (let i = events.length - 1; i >= 0 && events[i].atMs >= fromMs; i -= 1) {
    const event = events[i]
    if (event.atMs > toMs || event.type === 'operator-state' || (event.type === 'run-state' && event.state === 'recovering')) continue
    const line = eventLine(event, nameOf)
    const mark = { seq: event.seq, atMs: event.atMs, x: x(event.atMs), state: line.state, title: line.title, weight: WEIGHT[line.severity] }
    const last = marks.at(-1)
    if (last === undefined || last.x - mark.x >= MARK_PX) marks.push(mark)
    else if (mark.weight > last.weight) marks[marks.length - 1] = { ...mark, x: last.x }
  }
  return marks
}
