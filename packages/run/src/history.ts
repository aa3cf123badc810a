/** A run over time: figures as the server that looks after it has kept them, states as events tell them. */
import type { OperatorState, RunState } from './state.ts'

export const RUN_SERIES = ['rowsInPerSecond', 'windowsBehind', 'sharedBytes', 'residentBytes'] as const
export const OPERATOR_SERIES = ['rowsInPerSecond', 'rowsOutPerSecond', 'busy', 'blocked', 'stateSizeBytes', 'windowsBehind'] as const
export type RunSeries = (typeof RUN_SERIES)[number]
export type OperatorSeries = (typeof OPERATOR_SERIES)[number]

/** A mean for each time; null = nothing is known of it: no server looked, or no process was there. */
export type HistoryValues = readonly (number | null)[]

export interface RunHistory {
  /** From one time to the next. */
  readonly stepMs: number
  /** Beginnings of the steps, ms since the epoch. */
  readonly times: readonly number[]
  readonly run: Readonly<Record<RunSeries, HistoryValues>>
  readonly operators: Readonly<Record<string, Readonly<Record<OperatorSeries, HistoryValues>>>>
}

/** What the events up to a moment tell of it. */
export interface RunStanding {
  readonly atMs: number
  /** Newest event up to the moment; 0 = none. */
  readonly seq: number
  /** null = no event tells, here and below. */
  readonly state: RunState | null
  readonly reason: string | null
  readonly committedWindow: number
  /** Window of the newest complete checkpoint. */
  readonly checkpointWindow: number
  readonly operators: Readonly<Record<string, OperatorStanding>>
}

export interface OperatorStanding {
  readonly state: OperatorState
  readonly attempt: number
  readonly cause: string | null
}
