/**
 * The job's state (engine-spec §3): everything that decisions depend on, as plain data.
 *
 * Owned by the run process's main thread, changed only by `transition`. What must survive the
 * process is journaled (`JournalEntry`) or lies in manifests; the rest is rebuilt by `recovered`.
 */
import type {
  CommandAnswer,
  LiveValues,
  LogLevel,
  OnRowError,
  OperatorState,
  RowErrorRule,
  RunState,
  SinkVerb,
  SkippedWindows,
} from '@belay/run'
import type { PhysicalPlan } from '../plan/physicalPlan.ts'

/** A stored snapshot of one instance. `file` null = it has no state. */
export interface SnapshotRef {
  readonly instance: string
  readonly window: number
  readonly attempt: number
  readonly file: string | null
  readonly sizeBytes: number
  readonly sha256: string | null
}

/** A manifest as the job knows it. */
export interface KeptManifest {
  readonly seq: number
  readonly window: number
  readonly lineage: number
  readonly attempt: number
  readonly atMs: number
  readonly durationMs: number
  readonly sizeBytes: number
  readonly pinned: boolean
  readonly sha256: string
  readonly snapshots: Readonly<Record<string, SnapshotRef>>
  /** Instances whose inputs had ended at `window`. */
  readonly finished: readonly string[]
  readonly sinks: Readonly<Record<string, number>>
}

export type ContainerPhase =
  | { readonly phase: 'absent' }
  /** The thread starts. */
  | { readonly phase: 'starting' }
  /** Empty and listening. */
  | { readonly phase: 'ready' }
  | { readonly phase: 'deploying' }
  /** All restored, gate closed. */
  | { readonly phase: 'restored' }
  | { readonly phase: 'open' }
  | { readonly phase: 'undeploying' }
  /** Told to die; dead only at its exit (H4). */
  | {
      readonly phase: 'terminating'
      readonly cause: FailureCause
      readonly foretold: readonly string[] | null
      /** Containers that were told at once, itself among them: their end is one failure. */
      readonly together: readonly string[]
      /** The run's attempt when it was told to. */
      readonly attempt: number
    }

export interface FailureCause {
  readonly code: string
  readonly message: string
  readonly stack?: string
  readonly by?: string
}

/** Why the process ended itself, noted before it did. */
export interface ProcessDeath {
  readonly cause: FailureCause
  /** Who it died of; empty = none of the operators, as far as is known. */
  readonly instances: readonly string[]
  /** The failure it died of had been told before, under the incident that its successor goes on with. */
  readonly told: boolean
}

export interface InstanceState {
  readonly state: OperatorState
  readonly cause: string | null
  readonly attempt: number
  /** Window it goes on after: the one its state is of, or a later one if it has skipped some. */
  readonly cut: number
  /** Windows it has left out after failures, as long as this process lives, and the newest of them. */
  readonly skippedWindows: number
  readonly skippedTo: number
  /** Newest window it had ended before it last went back. */
  readonly reached: number
  /** Newest window it has ended, as last seen. */
  readonly ended: number
  /** Its last window once its inputs have ended and its state was copied; null = it goes on. */
  readonly finalWindow: number | null
  /** The snapshot of that window once it is stored: counts for every later window. */
  readonly final: SnapshotRef | null
  /** Progress word and when it last changed or input last did not wait. */
  readonly progress: number
  readonly progressAtMs: number
}

export interface CheckpointInFlight {
  readonly window: number
  readonly startedAtMs: number
  readonly pinned: boolean
  /** A person asked for it: if it fails, another one is taken. */
  readonly requested: boolean
  /** Snapshots on disk, by instance. */
  readonly stored: Readonly<Record<string, SnapshotRef>>
  /** All stored, manifest being written. */
  readonly manifest: number | null
}

/** Incident of a run's first start: nothing has failed. */
export const START = 'start'

/** pinning: planned, but what it replays from is not held yet, so nothing may be emptied. */
type RecoveryPhase = 'pinning' | 'emptying' | 'waiting' | 'deploying' | 'replaying'

export interface Recovery {
  readonly incident: string
  readonly attempt: number
  readonly startedAtMs: number
  readonly phase: RecoveryPhase
  readonly containers: readonly string[]
  /** Containers of recoveries before this one that still replay: it is over when they have caught up too. */
  readonly watched: readonly string[]
  readonly cut: number
  /** Window after which members go on: the cut, or a later one if all of them skip. */
  readonly goesOnAfter: number
  readonly skipped: SkippedWindows | null
  /** The restart set that a person was shown before. */
  readonly foretold: readonly string[] | null
  /** Why the set may differ from `foretold`; null = only because logs or checkpoints have moved on. */
  readonly grewBecause: string | null
  readonly undeployedMs: number | null
  readonly restoredMs: number | null
  readonly firstNewRowMs: number | null
}

export interface Budget {
  readonly window: number
  readonly failures: number
  /** Hash of the row it failed on last; null = not known. */
  readonly row: string | null
}

/** A row that an operator is not given any more (H18). */
export interface PoisonRow {
  readonly hash: string
  /** Window in which it came and was left out; null = it has not come yet. */
  readonly met: number | null
  /** Committed window from which on it is no longer waited for. */
  readonly until: number
}

/** Where a lineage left its parent: windows ≤ `window` are the parent's (H7). */
interface Fork {
  readonly parent: number
  readonly window: number
}

export interface JobState {
  readonly runId: string
  readonly plan: PhysicalPlan
  /** `recovered` has come: decisions can be made. */
  readonly started: boolean
  /** The manifest by which a restarted process takes over is being written: nothing else happens before. */
  readonly claim: { readonly manifest: KeptManifest; readonly replaces: number | null; readonly incident: string } | null
  readonly status: RunState
  readonly reason: string | null
  readonly desired: 'running' | 'paused' | 'stopped'
  /** Set by `stop`; drain ends as if the sources had. */
  readonly stopMode: 'stop' | 'drain' | null
  /** Window after which nothing is read when stopping or paused. */
  readonly holdAfter: number | null
  /** Operators held down by a person → who. */
  readonly held: Readonly<Record<string, string>>
  readonly lineage: number
  /** Manifest the lineage began at; null = the start of the run. */
  readonly baseManifest: number | null
  /** Every lineage but the first, by number. */
  readonly forks: Readonly<Record<number, Fork>>
  /** Manifest numbers that never count, whatever lies on the disk: given up while being written, or damaged and fallen back from. */
  readonly voided: readonly number[]
  /** Manifests found damaged at the start of this process. */
  readonly damaged: readonly number[]
  readonly attempt: number
  readonly commands: Readonly<Record<string, CommandAnswer>>
  readonly containers: Readonly<Record<string, ContainerPhase>>
  readonly instances: Readonly<Record<string, InstanceState>>
  readonly committed: number
  readonly manifests: readonly KeptManifest[]
  readonly nextManifest: number
  readonly checkpoint: CheckpointInFlight | null
  /** The manifest being written. */
  readonly pendingManifest: KeptManifest | null
  /** Manifests that were given up while they were being written, with the files that go when their fate is known. */
  readonly abandoned: readonly { readonly seq: number; readonly files: readonly string[] }[]
  /** Newest window each sink has acknowledged. */
  readonly commits: Readonly<Record<string, number>>
  readonly commitFailures: Readonly<Record<string, string>>
  /** By instance. */
  readonly budget: Readonly<Record<string, Budget>>
  /** By operator. */
  readonly poison: Readonly<Record<string, readonly PoisonRow[]>>
  /** By operator: what a sink does at its next deploy after a restore (H7); gone once it has, but `fork` stays. */
  readonly verbs: Readonly<Record<string, SinkVerb>>
  /** By operator: what is needed to work from the committed window on, in order; the last one is what people want. */
  readonly live: Readonly<Record<string, readonly LiveChange[]>>
  /** Instances that have been told of a change and have not said that they know it: no window of it begins before. */
  readonly unconfirmed: Readonly<Record<string, number>>
  /** Of the process before, as it said itself; null = it said nothing, or nothing has died since the last attempt. */
  readonly death: ProcessDeath | null
  readonly recovery: Recovery | null
  readonly recoveriesMs: readonly number[]
  readonly target: number
  readonly targetAtMs: number
  readonly checkpointWindow: number
  readonly checkpointAtMs: number
  readonly checkpointRequest: { readonly pinned: boolean } | null
  /** As people want it now; the plan has the document's. */
  readonly checkpointIntervalMs: number
  readonly checkpointFailures: number
  /** By operator: what happens to rows that it cannot process, where people want other than the plan. */
  readonly onRowErrors: Readonly<Record<string, OnRowError>>
  /** By operator: errors that are left out whatever happens to others. */
  readonly rowErrorRules: Readonly<Record<string, readonly RowErrorRule[]>>
  /** By operator: least important lines that are kept, where people want others than usual. */
  readonly logLevels: Readonly<Record<string, LogLevel>>
  /** What the newest of those failures said. */
  readonly checkpointProblem: string | null
  /** Time of the last tick: a long gap means that the whole process stood still. */
  readonly tickAtMs: number
}

/** Live settings of an operator: values that differ from the document's, from window `from` on. */
export interface LiveChange {
  readonly from: number
  readonly values: LiveValues
}

/** What is durable in the journal. Later entries overrule earlier ones. */
export type JournalEntry =
  | { readonly type: 'attempt'; readonly attempt: number; readonly why: string }
  | ({ readonly type: 'death' } & ProcessDeath)
  | { readonly type: 'desired'; readonly desired: JobState['desired']; readonly stopMode: JobState['stopMode'] }
  | { readonly type: 'held'; readonly held: Readonly<Record<string, string>> }
  | {
      readonly type: 'budget'
      readonly instance: string
      readonly window: number
      readonly failures: number
      readonly row: string | null
    }
  | { readonly type: 'poison'; readonly operator: string; readonly rows: readonly PoisonRow[] }
  | { readonly type: 'live'; readonly operator: string; readonly change: LiveChange }
  | { readonly type: 'command'; readonly commandId: string; readonly answer: CommandAnswer }
  | { readonly type: 'checkpoint-interval'; readonly intervalMs: number }
  | { readonly type: 'on-row-error'; readonly operator: string; readonly action: OnRowError }
  | { readonly type: 'row-error-rules'; readonly operator: string; readonly rules: readonly RowErrorRule[] }
  | { readonly type: 'log-level'; readonly operator: string; readonly level: LogLevel }
  | { readonly type: 'checkpoint-request'; readonly request: JobState['checkpointRequest'] }
  | {
      readonly type: 'lineage'
      readonly lineage: number
      readonly parent: number
      readonly baseManifest: number
      readonly window: number
      readonly verbs: Readonly<Record<string, SinkVerb>>
      readonly voided: readonly number[]
    }
  /** What is left to do for sinks that were not deployed yet. */
  | { readonly type: 'verbs'; readonly verbs: Readonly<Record<string, SinkVerb>> }
  /** All or none: a command with what it asks for. */
  | { readonly type: 'group'; readonly entries: readonly JournalEntry[] }
