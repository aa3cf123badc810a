/**
 * When an alert fires and when it is over: one rule, about one run or one operator, from one answer to the next.
 * Pure: the clock is handed in, and what it comes to is kept by whoever asks.
 */
import type { AlertEnd, AlertRuleBody } from '@belay/run'

export type AlertState =
  | { readonly type: 'quiet' }
  /** The condition holds, and not yet long enough. */
  | { readonly type: 'pending'; readonly sinceMs: number; readonly seenMs: number }
  /** `overSinceMs`: since when the condition is over; null = it is not. */
  | { readonly type: 'firing'; readonly sinceMs: number; readonly overSinceMs: number | null; readonly seenMs: number }
  /** Somebody has acknowledged it after the end of the run: it does not fire again before the run goes on. */
  | { readonly type: 'settled' }

/** What the expressions of a rule come to; null = something they need is not known. */
export interface Verdict {
  readonly condition: boolean | null
  /** As `condition` is false, where the rule has no `until`. */
  readonly until: boolean | null
  /** The run has ended: its figures will not come back by themselves. */
  readonly ended: boolean
}

type AlertChange = { readonly type: 'fired'; readonly sinceMs: number } | { readonly type: 'resolved'; readonly end: AlertEnd }

export interface Step {
  readonly state: AlertState
  readonly change: AlertChange | null
}

/** Nobody has looked for so long: what held before may not have held in between. */
export const GAP_MS = 15_000

export const QUIET: AlertState = { type: 'quiet' }

type Holding = Pick<AlertRuleBody, 'forMs' | 'resolveAfterMs' | 'noData'>

export function evaluate(rule: Holding, verdict: Verdict, state: AlertState, atMs: number): Step {
  switch (state.type) {
    case 'quiet':
      return holds(rule, verdict) ? held(rule, atMs, atMs) : { state: QUIET, change: null }
    case 'pending': {
      if (!holds(rule, verdict))
        return verdict.condition === null && rule.noData === 'keep' && !verdict.ended
          ? // Time in which nobody knows counts for neither side.
            { state: { ...state, sinceMs: state.sinceMs + (atMs - state.seenMs), seenMs: atMs }, change: null }
          : { state: QUIET, change: null }
      return held(rule, atMs - state.seenMs > GAP_MS ? atMs : state.sinceMs, atMs)
    }
    case 'firing':
      return going(rule, verdict, state, atMs)
    case 'settled':
      return { state, change: null }
  }
}

function holds({ noData }: Holding, { condition, ended }: Verdict): boolean {
  return condition ?? (noData === 'fire' && !ended)
}

function held({ forMs }: Holding, sinceMs: number, atMs: number): Step {
  return atMs - sinceMs >= forMs
    ? { state: { type: 'firing', sinceMs, overSinceMs: null, seenMs: atMs }, change: { type: 'fired', sinceMs } }
    : { state: { type: 'pending', sinceMs, seenMs: atMs }, change: null }
}

function going(rule: Holding, verdict: Verdict, state: Extract<AlertState, { type: 'firing' }>, atMs: number): Step {
  const end = endOf(rule, verdict)
  if (end === null) return { state: { ...state, overSinceMs: null, seenMs: atMs }, change: null }
  if (end === 'unknown') return { state: { ...state, seenMs: atMs }, change: null }
  const overSinceMs = state.overSinceMs === null || atMs - state.seenMs > GAP_MS ? atMs : state.overSinceMs
  // A run that has ended says the same forever.
  if (verdict.ended || atMs - overSinceMs >= rule.resolveAfterMs) return { state: QUIET, change: { type: 'resolved', end } }
  return { state: { ...state, overSinceMs, seenMs: atMs }, change: null }
}

/** Why it would be over; null = it goes on, `unknown` = that cannot be said and it stays as it is. */
function endOf(rule: Holding, { condition, until, ended }: Verdict): AlertEnd | 'unknown' | null {
  if (ended && condition !== true) return 'run-ended'
  if (until === true) return 'condition'
  // Between the two bounds of a rule with `until` nothing changes: that is what they are for.
  if (condition !== null && until !== null) return null
  switch (rule.noData) {
    case 'keep':
      return 'unknown'
    case 'resolve':
      return 'no-data'
    case 'fire':
      return null
  }
}
