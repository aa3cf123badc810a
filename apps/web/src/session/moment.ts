/** What a session file knows of one moment. Pure. */
import type { OperatorSeries, OperatorState, RunHistory, RunSeries, RunState, SessionFile } from '@belay/run'

export interface OperatorMoment {
  /** null = nothing tells. */
  readonly state: OperatorState | null
  readonly cause: string | null
  readonly window: number | null
  readonly figures: Readonly<Record<OperatorSeries, number | null>>
}

export interface SessionMoment {
  readonly state: RunState | null
  readonly reason: string | null
  readonly committed: number
  readonly checkpointWindow: number
  readonly target: number | null
  readonly figures: Readonly<Record<RunSeries, number | null>>
  readonly operators: ReadonlyMap<string, OperatorMoment>
}

const NO_RUN: Readonly<Record<RunSeries, number | null>> = {
  rowsInPerSecond: null,
  windowsBehind: null,
  sharedBytes: null,
  residentBytes: null,
}
const NO_OPERATOR: Readonly<Record<OperatorSeries, number | null>> = {
  rowsInPerSecond: null,
  rowsOutPerSecond: null,
  busy: null,
  blocked: null,
  stateSizeBytes: null,
  windowsBehind: null,
}

/** First and last moment that there is something of. */
export function spanOf({ record, events, exportedAtMs, histories }: SessionFile): { readonly fromMs: number; readonly toMs: number } {
  const known = histories.flatMap(({ times, run }) => times.filter((_, i) => run.windowsBehind[i] !== null))
  const fromMs = Math.max(record.startedAtMs, Math.min(events[0]?.atMs ?? Infinity, known[0] ?? Infinity, exportedAtMs))
  return { fromMs, toMs: Math.max(fromMs, record.endedAtMs ?? exportedAtMs) }
}

export function momentAt(session: SessionFile, atMs: number): SessionMoment {
  const states = new Map<string, { readonly state: OperatorState; readonly cause: string | null }>()
  let state: RunState | null = null
  let reason: string | null = null
  let committed = 0
  let checkpointWindow = 0
  for (const event of session.events) {
    if (event.atMs > atMs) break
    if (event.type === 'operator-state') states.set(event.operator, { state: event.state, cause: event.cause ?? null })
    else if (event.type === 'run-state') [state, reason] = [event.state, event.reason ?? null]
    else if (event.type === 'committed') committed = event.window
    else if (event.type === 'checkpoint-completed') checkpointWindow = event.checkpoint.window
    else if (event.type === 'restored') committed = event.window
  }
  const step = stepAt(session.histories, atMs)
  const figures = step === null ? NO_RUN : mapped(step.history.run, step.index)
  const target = figures.windowsBehind === null ? null : Math.round(committed + figures.windowsBehind)
  const operators = session.snapshot.document.operators.map(({ id }): [string, OperatorMoment] => {
    const series = step?.history.operators[id]
    const own = series === undefined || step === null ? NO_OPERATOR : mapped(series, step.index)
    const window = target === null || own.windowsBehind === null ? null : Math.round(target - own.windowsBehind)
    const known = states.get(id)
    return [id, { state: known?.state ?? null, cause: known?.cause ?? null, window, figures: own }]
  })
  return { state, reason, committed, checkpointWindow, target, figures, operators: new Map(operators) }
}

/** Older figures are no longer those of the moment. */
const STALE_MS = 3000

function stepAt(histories: readonly RunHistory[], atMs: number): { readonly history: RunHistory; readonly index: number } | null {
  for (const history of histories.toReversed()) {
    const first = history.times[0]
    if (first === undefined || atMs < first) continue
    const index = Math.min(history.times.length - 1, Math.floor((atMs - first) / history.stepMs))
    // A step's figures are there at its end: the newest known ones count, unless they are of long ago.
    for (let known = index; known >= 0 && atMs - history.times[known] <= history.stepMs + STALE_MS; known -= 1)
      if (history.run.windowsBehind[known] !== null) return { history, index: known }
    return null
  }
  return null
}

function mapped<Name extends string>(
  series: Readonly<Record<Name, readonly (number | null)[]>>,
  index: number,
): Readonly<Record<Name, number | null>> {
  return Object.fromEntries(
    Object.entries<readonly (number | null)[]>(series).map(([name, values]) => [name, values[index] ?? null]),
  ) as Record<Name, number | null>
}

/** One series over all steps, as points; a gap is a null. */
export function seriesOf(
  histories: readonly RunHistory[],
  pick: (history: RunHistory) => readonly (number | null)[] | undefined,
): readonly { readonly atMs: number; readonly value: number | null }[] {
  return histories.flatMap((history) => {
    const values = pick(history)
    return values === undefined ? [] : history.times.map((atMs, i) => ({ atMs, value: values[i] }))
  })
}
