/**
 * What happened in a run. Events are numbered without gaps per run (`seq`), stored for as long as
 * the run's folder exists, and are the only source of what the page shows as state.
 */
import type { LiveValues, SkippedWindows } from './command.ts'
import type { LogLevel } from './log.ts'
import type { OnRowError, RowErrorRule } from './rowErrors.ts'
import type { OperatorState, RunState } from './state.ts'

export type RunEventBody =
  | { readonly type: 'run-state'; readonly state: RunState; readonly reason?: string }
  | {
      readonly type: 'operator-state'
      readonly operator: string
      readonly state: OperatorState
      readonly attempt: number
      readonly cause?: string
      /** Of an operator with several partitions: the instance whose state it shows. */
      readonly partition?: string
    }
  | { readonly type: 'checkpoint-started'; readonly window: number }
  | { readonly type: 'checkpoint-completed'; readonly checkpoint: CheckpointSummary }
  | { readonly type: 'checkpoint-failed'; readonly window: number; readonly code: string; readonly message: string }
  | { readonly type: 'committed'; readonly window: number; readonly manifest: number }
  | { readonly type: 'sink-committed'; readonly operator: string; readonly window: number }
  /** A failure was noticed; everything until `recovered` with the same incident belongs to it. */
  | {
      readonly type: 'failure'
      readonly incident: string
      readonly operators: readonly string[]
      /** Which instances of them, where an operator has several partitions. */
      readonly partitions?: readonly string[]
      readonly code: string
      readonly message: string
      readonly stack?: string
      readonly by?: string
      /** The row it failed on, as JSON, if that is known. */
      readonly row?: string
      /** The run's whole process died, and its successor tells; all operators were down. `operators`: who it died of, mostly nobody. */
      readonly process?: ProcessEnd
    }
  | {
      readonly type: 'recovery-planned'
      readonly incident: string
      readonly attempt: number
      readonly cut: number
      readonly restart: readonly string[]
      /** Which instances of them, where an operator has several partitions. */
      readonly partitions?: readonly string[]
      /** The restart set of the preview the person saw, if there was one. */
      readonly foretold?: readonly string[]
      readonly reason?: string
      /** They do not replay, but go on behind these windows: `onFailure: skip`. */
      readonly skipped?: SkippedWindows
    }
  | { readonly type: 'recovered'; readonly incident: string; readonly durations: RecoveryDurations }
  | {
      readonly type: 'command-accepted'
      readonly commandId: string
      readonly command: string
      readonly by: string
      readonly operator?: string
    }
  /** Live settings of an operator: from `window` on these values are other than the document's. */
  | {
      readonly type: 'config-set'
      readonly operator: string
      readonly window: number
      readonly by: string
      readonly values: LiveValues
      /** Those that were in force before. */
      readonly before: LiveValues
    }
  /** From now on checkpoints come so often. */
  | { readonly type: 'checkpoint-interval-set'; readonly by: string; readonly intervalMs: number; readonly before: number }
  /** From now on this happens to rows that the operator cannot process. */
  | {
      readonly type: 'on-row-error-set'
      readonly operator: string
      readonly by: string
      readonly action: OnRowError
      readonly before: OnRowError
    }
  /** From now on these are left out although the operator fails on others, or no longer. `row` names the row, as its mark. */
  | {
      readonly type: 'row-error-rule-set'
      readonly operator: string
      readonly by: string
      readonly skip: boolean
      readonly kind: RowErrorRule['kind']
      readonly code?: string
      readonly shape?: string
      readonly row?: string
    }
  /** Least important lines that are kept of an operator from now on. */
  | { readonly type: 'log-level-set'; readonly operator: string; readonly by: string; readonly level: LogLevel; readonly before: LogLevel }
  | {
      readonly type: 'row-error'
      readonly operator: string
      readonly window: number
      readonly code: string
      readonly message: string
      readonly row?: string
      readonly action: 'fail' | 'skip' | 'error-output'
      readonly count: number
    }
  | {
      readonly type: 'restored'
      readonly manifest: number
      readonly window: number
      readonly lineage: number
      readonly verbs: Readonly<Record<string, string>>
    }
  | { readonly type: 'decision-needed'; readonly code: string; readonly message: string; readonly choices: readonly string[] }
  | { readonly type: 'process-started'; readonly pid: number; readonly attempt: number; readonly adopted: boolean }
  | {
      readonly type: 'notice'
      readonly level: 'info' | 'warning' | 'error'
      readonly code: string
      readonly message: string
      readonly operator?: string
    }

/** How a run's process ended; null = nobody saw it. */
export interface ProcessEnd {
  readonly pid: number | null
  readonly exitCode: number | null
  readonly signal: string | null
  /** From its end to the failure event of its successor, by the wall clock. */
  readonly downMs: number | null
}

/** `atMs`: wall clock, a label only. */
export type RunEvent = RunEventBody & { readonly seq: number; readonly atMs: number }

/** Milliseconds from the failure's detection to the end of each phase; null = phase not reached or not needed. */
export interface RecoveryDurations {
  /** Dead containers gone, live members undeployed. */
  readonly undeployedMs: number | null
  readonly restoredMs: number | null
  /** First row handed to a sink from a window not seen before. */
  readonly firstNewRowMs: number | null
  /** Every operator past the window it had reached. */
  readonly caughtUpMs: number
}

/** Of one operator instance; each the end of a phase in milliseconds after the checkpoint began, so none is below the one before. */
export interface CheckpointPhase {
  readonly instance: string
  /** All rows of the window had come to it. */
  readonly endMs: number
  /** Its own work at the end of the window was done. */
  readonly workedMs: number
  readonly copiedMs: number
  /** No end but a time: what it stood still for the copy, of which the most is made beside the work. */
  readonly stoodMs: number
  /** The store began to write its state; without state as `copiedMs`. */
  readonly writingMs: number
  readonly storedMs: number
}

export interface CheckpointSummary {
  /** Manifest number: what `restore` takes. */
  readonly manifest: number
  readonly window: number
  readonly lineage: number
  readonly attempt: number
  readonly atMs: number
  /** From the window end at the first source to the manifest on disk. */
  readonly durationMs: number
  readonly sizeBytes: number
  readonly pinned: boolean
  /** Known of kept checkpoints that the run's present process has taken. */
  readonly phases?: readonly CheckpointPhase[]
}
