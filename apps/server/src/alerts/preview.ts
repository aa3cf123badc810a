/** How often a rule would have fired: the same evaluation, over figures and events that are kept. Pure. */
import {
  ALERT_COLUMNS,
  ENDED_STATES,
  type AlertPreview,
  type AlertRuleBody,
  type OperatorSeries,
  type RunEvent,
  type RunHistory,
  type RunSeries,
  type RunState,
} from '@belay/run'
import { columnsOf, verdictOf, type CompileResult } from './condition.ts'
import { evaluate, QUIET, type AlertState } from './evaluate.ts'
import { countsAt, rowOfCheckpoint, withEvent, type FactsRow, type RunFacts } from './facts.ts'

/** One run's past. */
export interface RunPast {
  readonly runId: string
  readonly pipelineId: string
  readonly windowMs: number
  readonly startedAtMs: number
  readonly state: RunState
  /** One after another; each may have another step. */
  readonly histories: readonly RunHistory[]
  /** Of the time that is looked at and somewhat before it, oldest first. */
  readonly events: readonly RunEvent[]
}

type Compiled = Extract<CompileResult, { ok: true }>['compiled']
type Firing = AlertPreview['firings'][number]

export function firingsOf(rule: AlertRuleBody, compiled: Compiled, past: RunPast): Firing[] {
  const operators = rule.scope === 'run' ? [null] : [...new Set(past.histories.flatMap(({ operators: known }) => Object.keys(known)))]
  return operators
    .filter((operator) => operator === null || rule.operator === null || operator === rule.operator)
    .flatMap((operator) => firingsOfOne(rule, compiled, past, operator))
}

function firingsOfOne(rule: AlertRuleBody, compiled: Compiled, past: RunPast, operator: string | null): Firing[] {
  const firings: Firing[] = []
  let state: AlertState = QUIET
  let facts = factsBefore(past)
  let next = 0
  for (const history of past.histories)
    for (const [i, timeMs] of history.times.entries()) {
      // A step's figures are known at its end.
      const atMs = timeMs + history.stepMs
      for (; next < past.events.length && past.events[next].atMs <= atMs; next += 1) facts = withEvent(facts, past.events[next])
      if (atMs < past.startedAtMs) continue
      const row = operator === null ? rowOfRunAt(facts, history, i, atMs) : rowOfOperatorAt(facts, history, operator, i, atMs)
      const step = evaluate(rule, verdictOf(compiled, row, ENDED_STATES.includes(facts.state)), state, atMs)
      state = step.state
      if (step.change?.type === 'fired') firings.push({ runId: past.runId, operator, firedAtMs: atMs, resolvedAtMs: null })
      if (step.change?.type === 'resolved') firings.push({ ...(firings.pop() as Firing), resolvedAtMs: atMs })
    }
  return firings
}

/** Where nothing tells of another state, it was the one that it is in now. */
function factsBefore({ runId, pipelineId, windowMs, startedAtMs, state, events }: RunPast): RunFacts {
  const changes = events.some(({ type }) => type === 'run-state')
  return {
    runId,
    pipelineId,
    windowMs,
    startedAtMs,
    state: changes ? 'running' : state,
    figures: null,
    checkpoint: null,
    failures: [],
    rowErrors: [],
  }
}

function rowOfRunAt(facts: RunFacts, history: RunHistory, i: number, atMs: number): FactsRow {
  const value = (series: RunSeries): number | null => history.run[series][i]
  const behind = value('windowsBehind')
  const sizes = Object.values(history.operators).map(({ stateSizeBytes }) => stateSizeBytes[i])
  return {
    state: facts.state,
    rows_per_second: value('rowsInPerSecond'),
    windows_behind: behind,
    lag_seconds: behind === null ? null : (behind * facts.windowMs) / 1000,
    resident_bytes: value('residentBytes'),
    state_bytes: sizes.every((size) => size === null) ? null : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0),
    ...rowOfCheckpoint(facts, atMs),
    ...countsAt(facts, atMs, null),
  }
}

function rowOfOperatorAt(facts: RunFacts, history: RunHistory, operator: string, i: number, atMs: number): FactsRow {
  const value = (series: OperatorSeries): number | null => history.operators[operator]?.[series][i] ?? null
  const behind = value('windowsBehind')
  return {
    operator,
    rows_in_per_second: value('rowsInPerSecond'),
    rows_out_per_second: value('rowsOutPerSecond'),
    busy: value('busy'),
    blocked: value('blocked'),
    windows_behind: behind,
    lag_seconds: behind === null ? null : (behind * facts.windowMs) / 1000,
    state_bytes: value('stateSizeBytes'),
    ...countsAt(facts, atMs, operator),
  }
}

export function unknownColumns(rule: AlertRuleBody, compiled: Compiled): readonly string[] {
  const kept = new Set(ALERT_COLUMNS[rule.scope].flatMap(({ name, kept: isKept }) => (isKept ? [name] : [])))
  return columnsOf(compiled).filter((column) => !kept.has(column))
}
