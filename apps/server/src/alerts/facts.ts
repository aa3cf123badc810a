/**
 * What is known of one run, as rows that conditions are asked of: its newest figures, and what its events have told
 * within the last ten minutes. Pure: every function gives new facts.
 */
import { ENDED_STATES, type CheckpointSummary, type RunEvent, type RunFigures, type RunState } from '@belay/run'

interface Counted {
  readonly atMs: number
  readonly operators: readonly string[]
  readonly count: number
}

export interface RunFacts {
  readonly runId: string
  readonly pipelineId: string
  readonly windowMs: number
  readonly state: RunState
  /** null = no process of it answers, or it has ended. */
  readonly figures: RunFigures | null
  readonly checkpoint: CheckpointSummary | null
  readonly startedAtMs: number
  readonly failures: readonly Counted[]
  readonly rowErrors: readonly Counted[]
}

export type FactsRow = Readonly<Record<string, number | string | null>>

const RECENT_MS = 600_000
/** Of failures and of row errors; more of them within ten minutes count no further. */
const MOST_COUNTED = 1000

export function hasEnded({ state }: RunFacts): boolean {
  return ENDED_STATES.includes(state)
}

export function withEvent(facts: RunFacts, event: RunEvent): RunFacts {
  switch (event.type) {
    case 'run-state':
      return { ...facts, state: event.state, figures: ENDED_STATES.includes(event.state) ? null : facts.figures }
    case 'checkpoint-completed':
      return { ...facts, checkpoint: event.checkpoint }
    case 'failure':
      return { ...facts, failures: counted(facts.failures, { atMs: event.atMs, operators: event.operators, count: 1 }) }
    case 'row-error':
      return { ...facts, rowErrors: counted(facts.rowErrors, { atMs: event.atMs, operators: [event.operator], count: event.count }) }
    default:
      return facts
  }
}

function counted(list: readonly Counted[], one: Counted): readonly Counted[] {
  return [...list.filter(({ atMs }) => atMs > one.atMs - RECENT_MS), one].slice(-MOST_COUNTED)
}

function recent(list: readonly Counted[], atMs: number, operator: string | null): number {
  let sum = 0
  for (const one of list)
    if (one.atMs > atMs - RECENT_MS && one.atMs <= atMs && (operator === null || one.operators.includes(operator))) sum += one.count
  return sum
}

/** `sources`: operators that read from outside. */
export function rowOfRun(facts: RunFacts, sources: ReadonlySet<string>, atMs: number): FactsRow {
  const { figures } = facts
  const operators = figures === null ? [] : Object.entries(figures.operators)
  const behind = figures === null ? null : Math.max(0, figures.targetWindow - figures.committedWindow)
  const known = <T>(value: (figures: RunFigures) => T): T | null => (figures === null ? null : value(figures))
  return {
    state: facts.state,
    rows_per_second: known(() => operators.reduce((sum, [id, operator]) => sum + (sources.has(id) ? operator.rowsOutPerSecond : 0), 0)),
    windows_behind: behind,
    lag_seconds: behind === null ? null : (behind * facts.windowMs) / 1000,
    memory_share: known(({ sharedBytes, memoryBytes }) => (memoryBytes === 0 ? null : sharedBytes / memoryBytes)),
    resident_bytes: known(({ residentBytes }) => residentBytes),
    state_bytes: known(() => operators.reduce((sum, [, operator]) => sum + operator.stateSizeBytes, 0)),
    ...rowOfCheckpoint(facts, atMs),
    failures_10m: recent(facts.failures, atMs, null),
    row_errors: known(() => operators.reduce((sum, [, operator]) => sum + operator.rowErrors, 0)),
    row_errors_10m: recent(facts.rowErrors, atMs, null),
    held_operators: known(() => operators.filter(([, operator]) => operator.state === 'held').length),
  }
}

/** Before the first checkpoint its age is that of the run: what would be lost is all of it. */
export function rowOfCheckpoint(facts: Pick<RunFacts, 'checkpoint' | 'startedAtMs' | 'state'>, atMs: number): FactsRow {
  const { checkpoint } = facts
  const ended = ENDED_STATES.includes(facts.state)
  return {
    checkpoint_age_seconds: ended ? null : Math.max(0, atMs - (checkpoint?.atMs ?? facts.startedAtMs)) / 1000,
    checkpoint_seconds: ended || checkpoint === null ? null : checkpoint.durationMs / 1000,
    checkpoint_bytes: ended || checkpoint === null ? null : checkpoint.sizeBytes,
  }
}

/** By operator. */
export function rowsOfOperators(facts: RunFacts, atMs: number): ReadonlyMap<string, FactsRow> {
  const { figures } = facts
  if (figures === null) return new Map()
  return new Map(
    Object.entries(figures.operators).map(([id, operator]) => {
      const behind = operator.state === 'finished' ? 0 : Math.max(0, figures.targetWindow - operator.window)
      return [
        id,
        {
          operator: id,
          state: operator.state,
          rows_in_per_second: operator.rowsInPerSecond,
          rows_out_per_second: operator.rowsOutPerSecond,
          busy: operator.activity.busy,
          blocked: operator.activity.blocked,
          windows_behind: behind,
          lag_seconds: (behind * facts.windowMs) / 1000,
          state_bytes: operator.stateSizeBytes,
          staged_bytes: operator.stagedBytes ?? null,
          row_errors: operator.rowErrors,
          row_errors_10m: recent(facts.rowErrors, atMs, id),
          skipped_windows: operator.skippedWindows ?? 0,
          failures_10m: recent(facts.failures, atMs, id),
          watermark_lag_seconds: operator.watermark === null ? null : Math.max(0, atMs - operator.watermark) / 1000,
        },
      ]
    }),
  )
}

/** `recent` of a time that is past, for previews. */
export function countsAt(facts: Pick<RunFacts, 'failures' | 'rowErrors'>, atMs: number, operator: string | null): FactsRow {
  return { failures_10m: recent(facts.failures, atMs, operator), row_errors_10m: recent(facts.rowErrors, atMs, operator) }
}
