/**
 * Live figures of a run: one snapshot on joining, then deltas at 4 Hz. Counters are cumulative and
 * count work done, replays included; `rows…PerSecond` are over the last second.
 */
import type { PipelineDocument } from '@belay/pipeline'
import type { LiveValues } from './command.ts'
import type { CheckpointSummary, RunEvent } from './event.ts'
import type { LogLevel } from './log.ts'
import type { OnRowError } from './rowErrors.ts'
import type { PlanStreamFigures, RunPlan } from './plan.ts'
import type { OperatorActivity, OperatorState, RunState } from './state.ts'

/** Of an operator that runs as several partitions: sums, the busiest partition's activity, the window furthest behind. */
export interface OperatorFigures {
  /** Of several partitions the one that needs most attention. */
  readonly state: OperatorState
  /** Why, for any state but running; e.g. "killed by ana". */
  readonly cause?: string
  readonly attempt: number
  /** Its container; with several partitions that of the first, see `partitions`. */
  readonly container: string
  /** Shares of the last second, adding up to 1. */
  readonly activity: Readonly<Record<OperatorActivity, number>>
  /** The operator it is blocked on, if it is. */
  readonly blockedOn?: string
  readonly rowsIn: number
  readonly rowsOut: number
  readonly rowsInPerSecond: number
  readonly rowsOutPerSecond: number
  /** Window it works on (▲); 0 = none yet. */
  readonly window: number
  /** Newest stored checkpoint (■). */
  readonly checkpointWindow: number
  /** Event-time watermark in ms since the epoch; null = none. */
  readonly watermark: number | null
  readonly stateSizeBytes: number
  readonly rowErrors: number
  /** Share of its fullest input log that it has not read, 0…1; absent = it reads no log. */
  readonly queue?: number
  /** While replaying: the window it had reached before. */
  readonly reachedWindow?: number
  /** `onFailure: skip`: windows left out after failures, since this process began; a restart of the process replays them. */
  readonly skippedWindows?: number
  /** Sinks: bytes staged and not yet committed. */
  readonly stagedBytes?: number
  /** Sources of known length: share read, 0…1. */
  readonly progress?: number
  /** Operator's own figures, e.g. late rows, lookup misses. */
  readonly extra?: Readonly<Record<string, number>>
  /** Live settings that differ from the document, from window `from` on. */
  readonly live?: { readonly from: number; readonly values: LiveValues }
  /** What happens to rows that it cannot process, where that is other than the document's. */
  readonly onRowError?: OnRowError
  /** Least important lines that are kept of it, where that is other than `info`. */
  readonly logLevel?: LogLevel
  /** Its instances, if there are several; the last one may be the unifier that merges their results. */
  readonly partitions?: readonly PartitionFigures[]
}

export interface PartitionFigures {
  /** Instance id: `hourly#0`, or `top10~merge`. */
  readonly id: string
  readonly container: string
  readonly state: OperatorState
  readonly cause?: string
  readonly attempt: number
  readonly activity: Readonly<Record<OperatorActivity, number>>
  readonly blockedOn?: string
  readonly rowsIn: number
  readonly rowsOut: number
  readonly rowsInPerSecond: number
  readonly rowsOutPerSecond: number
  readonly window: number
  readonly checkpointWindow: number
  readonly watermark: number | null
  readonly stateSizeBytes: number
  readonly rowErrors: number
  readonly queue?: number
  readonly reachedWindow?: number
}

export interface StreamFigures {
  readonly rowsPerSecond: number
  /** Share of the log that live readers have not read, 0…1; null for streams inside a container. */
  readonly fill: number | null
  readonly pinned: boolean
}

export interface RunFigures {
  readonly state: RunState
  readonly reason?: string
  readonly lineage: number
  readonly attempt: number
  /** Window that sources are asked to reach. */
  readonly targetWindow: number
  readonly committedWindow: number
  readonly uptimeMs: number
  /** Time between checkpoints, where it is other than the document's. */
  readonly checkpointIntervalMs?: number
  /** Shared memory in use and its bound. */
  readonly sharedBytes: number
  readonly memoryBytes: number
  /** Resident set of the run process. */
  readonly residentBytes: number
  readonly operators: Readonly<Record<string, OperatorFigures>>
  readonly streams: Readonly<Record<string, StreamFigures>>
  /** Streams of the plan that are not the document's as they are, by their id in the plan. */
  readonly planStreams?: Readonly<Record<string, PlanStreamFigures>>
}

/** Everything a page needs on joining. `seq` is that of the newest event included. */
export interface RunSnapshot {
  readonly runId: string
  readonly pipelineId: string
  readonly document: PipelineDocument
  readonly parameters: Readonly<Record<string, string | number | boolean>>
  readonly startedAtMs: number
  readonly seq: number
  readonly figures: RunFigures
  readonly checkpoints: readonly CheckpointSummary[]
  /** The newest events, oldest first. */
  readonly events: readonly RunEvent[]
  /** Latest rows of table views, by operator. */
  readonly tables: Readonly<Record<string, TableRows>>
  readonly containers: readonly {
    readonly id: string
    readonly operators: readonly string[]
    /** Instance ids: those of the operators, or of some of their partitions. */
    readonly instances: readonly string[]
  }[]
  /** Absent = the run ended before it was planned, or with an older version. */
  readonly plan?: RunPlan
  /** Of a run that has ended: absolute paths of what its sinks have written. */
  readonly outputs?: readonly string[]
}

/** 4 Hz. Figures are whole, not differences: a lost delta costs nothing. */
export interface RunDelta {
  readonly runId: string
  /** Counts deltas of this run process. */
  readonly tick: number
  readonly atMs: number
  readonly figures: RunFigures
  readonly tables: Readonly<Record<string, TableRows>>
}

/** What a table view shows: uncommitted rows, newest last, at most its configured number. */
export interface TableRows {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly (string | number | boolean | null)[])[]
  /** Rows it has been given in all. */
  readonly total: number
  readonly window: number
  /** Rises whenever the rows changed. */
  readonly version: number
}
