/**
 * How often something may fail at one place, and rows that are found to be the reason (engine-spec §3
 * Budget, H18).
 *
 * After a first failure the operator is a suspect: it is given row by row until it has passed the
 * place, so that a second one names the row, even if the thread or the whole process died of it. The
 * third failure at one place goes the way that is configured for bad rows, if the row is known and was
 * the same twice; otherwise the run needs a person. All of it is journaled: it survives the process.
 */
import { isLeftOut } from '../operator/rowErrorRules.ts'
import { isHopeless } from '../operator/hopeless.ts'
import { effect, event, plannedInstance, setStatus, showInstance, type Draft } from './draft.ts'
import type { FailedRow } from './input.ts'
import type { Budget, FailureCause, PoisonRow } from './state.ts'

const MAX_FAILURES = 3
/** Windows after which a row that was to be skipped and never came is no longer waited for. */
const POISON_WINDOWS = 20
const ROW_SHOWN_CHARACTERS = 500
/** No operator is further ahead of the committed window than the clock lets it. */
const WINDOWS_UNKNOWN = 20

/** Notes the failure; false = it was one too many and the run has ended. */
export function spendBudget(draft: Draft, instances: readonly string[], cause: FailureCause, row: FailedRow | null): boolean {
  // Whose row it was is guilty; without one, everybody who died.
  const guilty = row === null ? instances : instances.filter((id) => id === row.instance)
  return guilty.every((id) => spend(draft, id, cause, row))
}

function spend(draft: Draft, id: string, cause: FailureCause, row: FailedRow | null): boolean {
  const { state, facts } = draft
  const { operator } = plannedInstance(draft, id)
  const before = state.budget[id]
  const sameRow = row !== null && before?.row === row.hash
  const samePlace = before !== undefined && (sameRow || state.committed < before.window)
  // A new process does not know how far the one before had come.
  const working = facts.working(id) > state.committed ? facts.working(id) : state.committed + WINDOWS_UNKNOWN
  const budget: Budget = {
    window: samePlace && !sameRow ? before.window : working,
    failures: samePlace ? before.failures + 1 : 1,
    row: row?.hash ?? null,
  }
  if (budget.failures >= MAX_FAILURES && row !== null && sameRow && maySkip(draft, id, cause, row)) {
    poison(draft, id, row, working)
    return true
  }
  setBudget(draft, id, budget)
  if (isHopeless(cause.code)) {
    end(draft, id, cause, `${operator} failed: ${cause.message}`)
    return false
  }
  if (budget.failures < MAX_FAILURES) return true
  const what = row === null ? '' : ` The row is ${row.text.slice(0, ROW_SHOWN_CHARACTERS)}`
  end(draft, id, cause, `${operator} failed ${budget.failures} times at w ${budget.window}: ${cause.message}${what}`)
  return false
}

function end(draft: Draft, id: string, cause: FailureCause, reason: string): void {
  showInstance(draft, id, 'failed', cause.message)
  setStatus(draft, 'failed', reason)
  // If somebody lets it go on, that is what it goes on from.
  effect(draft, { type: 'journal', entry: { type: 'death', cause, instances: [], told: true } })
  effect(draft, { type: 'end', state: 'failed', reason })
}

function setBudget(draft: Draft, instance: string, budget: Budget): void {
  draft.state.budget = { ...draft.state.budget, [instance]: budget }
  effect(draft, { type: 'journal', entry: { type: 'budget', instance, ...budget } })
}

/** The way of bad rows is skipping, of this one at least, or an output for them that somebody reads. */
function maySkip(draft: Draft, id: string, cause: FailureCause, row: FailedRow): boolean {
  const planned = plannedInstance(draft, id)
  const action = draft.state.onRowErrors[planned.operator] ?? planned.onRowError
  if (isLeftOut(draft.state.rowErrorRules[planned.operator] ?? [], cause.code, cause.message, row.text)) return true
  return action === 'skip' || planned.outputs.some((output) => output.name === 'errors' && output.streams.length > 0)
}

/** A bad row may come to another partition next time, so none of them is given it. */
function poison(draft: Draft, instance: string, row: FailedRow, window: number): void {
  const { state } = draft
  const { operator } = plannedInstance(draft, instance)
  const rows: PoisonRow[] = [
    ...(state.poison[operator] ?? []),
    { hash: row.hash, met: null, until: Math.max(window, state.target) + POISON_WINDOWS },
  ]
  state.poison = { ...state.poison, [operator]: rows }
  effect(draft, { type: 'journal', entry: { type: 'poison', operator, rows } })
  setBudget(draft, instance, { window: state.committed + 1, failures: 0, row: null })
  event(draft, {
    type: 'notice',
    level: 'warning',
    code: 'POISON_ROW',
    operator,
    message: `${operator} failed ${MAX_FAILURES} times on the same row, which is left out from now on: ${row.text.slice(0, ROW_SHOWN_CHARACTERS)}`,
  })
}

/** It came and was left out in that window: once the window is committed it cannot come again. */
export function onPoisonSkipped(draft: Draft, instance: string, attempt: number, hash: string, window: number): void {
  const { state } = draft
  if (state.instances[instance]?.attempt !== attempt) return
  const { operator } = plannedInstance(draft, instance)
  const rows = state.poison[operator]
  if (rows === undefined) return
  state.poison = { ...state.poison, [operator]: rows.map((row) => (row.hash === hash ? { ...row, met: window } : row)) }
}

/** What lies behind the committed window is over. */
export function forgetPassed(draft: Draft): void {
  const { state } = draft
  const { committed } = state
  state.budget = Object.fromEntries(Object.entries(state.budget).filter(([, budget]) => budget.window > committed))
  state.poison = Object.fromEntries(
    Object.entries(state.poison).flatMap(([operator, rows]) => {
      const left = rows.filter((row) => (row.met === null || row.met > committed) && row.until > committed)
      return left.length === 0 ? [] : [[operator, left]]
    }),
  )
}

/** Whether the instance is given row by row, and which rows it is not given. */
export function careOf(draft: Draft, instance: string): { readonly suspectUntil: number | null; readonly poison: readonly string[] } {
  const { state } = draft
  const { operator } = plannedInstance(draft, instance)
  const budget = state.budget[instance]
  return {
    suspectUntil: budget !== undefined && budget.failures > 0 && state.committed < budget.window ? budget.window : null,
    poison: (state.poison[operator] ?? []).map((row) => row.hash),
  }
}
