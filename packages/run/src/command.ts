/**
 * What one may ask of a run. An answer means *accepted*; everything visible comes from events.
 * The same `commandId` again gets the first answer again and has no second effect.
 */

import type { ParameterValue } from '@belay/pipeline'
import type { LogLevel } from './log.ts'
import type { OnRowError, RowErrorRule } from './rowErrors.ts'

/** What happens to a sink's output beyond the window one goes back to (engine-spec H7). */
export type SinkVerb = 'rewind' | 'fork' | 'keep'

/** By config key. */
export type LiveValues = Readonly<Record<string, ParameterValue>>

export type RunCommandBody =
  /** stop: cut at the next window, checkpoint, commit. drain: as if the sources had ended. abort: end at once, staged output discarded. */
  | { readonly type: 'stop'; readonly mode: 'stop' | 'drain' | 'abort' }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  /** A crash of the operator's containers, or of one partition's if `operator` is an instance id such as `hourly#1`. hold: it stays down until restored. expect: the restart set that the preview showed. */
  | { readonly type: 'kill-operator'; readonly operator: string; readonly hold: boolean; readonly expect?: readonly string[] }
  /** The run process kills itself as SIGKILL would; its supervisor starts it again. */
  | { readonly type: 'kill-process' }
  /** Ends a hold. */
  | { readonly type: 'restore-operator'; readonly operator: string }
  | { readonly type: 'restore-run'; readonly manifest: number; readonly verbs: Readonly<Record<string, SinkVerb>> }
  | { readonly type: 'take-checkpoint'; readonly pin: boolean }
  /** Other values for live settings of an operator, by config key, from the next window end on. The document's own value ends a difference. */
  | { readonly type: 'set-config'; readonly operator: string; readonly values: LiveValues }
  /** Another time between checkpoints, from the next window on; the document's own value ends the difference. */
  | { readonly type: 'set-checkpoint-interval'; readonly intervalMs: number }
  /** What happens to rows from now on that the operator cannot process, where its output `errors` is not connected. */
  | { readonly type: 'set-on-row-error'; readonly operator: string; readonly action: OnRowError }
  /** From now on errors of one kind, or one row, are left out although the operator fails on others; or no longer. */
  | { readonly type: 'set-row-error-rule'; readonly operator: string; readonly rule: RowErrorRule; readonly skip: boolean }
  /** Least important lines that are kept of an operator from now on. */
  | { readonly type: 'set-log-level'; readonly operator: string; readonly level: LogLevel }

/** `by` names who asked, for the events. */
export type RunCommand = RunCommandBody & { readonly commandId: string; readonly by: string }

export type CommandAnswer =
  | { readonly type: 'accepted'; readonly commandId: string }
  | {
      readonly type: 'refused'
      readonly commandId: string
      readonly code: string
      readonly message: string
      readonly status: number
      readonly preview?: KillPreview
    }

/** What a kill would do, by the same function that plans the recovery (engine-spec §3). */
export interface KillPreview {
  readonly target: string
  /** Operators that die with it, because they share its container. */
  readonly killed: readonly string[]
  /** Operators that restart: the killed ones and everything that goes back with them. */
  readonly restart: readonly PreviewOperator[]
  readonly unaffected: readonly string[]
  /** The same by instance, as the plan names them: those that die, and all that restart. */
  readonly instances: { readonly killed: readonly string[]; readonly restart: readonly string[] }
  /** Window all of them go back to; they replay from the next one. */
  readonly cut: number
  readonly committedWindow: number
  /** All that restart skip: none of them replays, they go on behind these windows. null = they replay. */
  readonly skipped: SkippedWindows | null
  readonly sinks: readonly { readonly operator: string; readonly duplicates: boolean; readonly sentence: string }[]
  /** Median of this run's past recoveries, with its basis; null = none yet. */
  readonly expectedMs: { readonly median: number; readonly of: number } | null
}

/** Windows that operators with `onFailure: skip` leave out when they fail (engine-spec §3 Modes). */
export interface SkippedWindows {
  readonly from: number
  /** They go on behind this one. */
  readonly to: number
  /** Rows that they would have had to read again, as far as is known: at least so many. */
  readonly rows: number
}

export interface PreviewOperator {
  readonly operator: string
  readonly windowNow: number
  readonly cut: number
  readonly windowsToReplay: number
  /** Rows its inputs carried since the cut, as far as known. */
  readonly rowsToReplay: number | null
  readonly reason: 'killed' | 'same-container' | 'downstream' | 'not-retained'
}
