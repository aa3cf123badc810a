/**
 * Everything that is said between the job (main thread of the run process) and a container (worker
 * thread). One documented message each; both sides switch exhaustively.
 *
 * Order: init → become → ready → deploy → deployed → open … undeploy → undeployed → deploy …
 * A message that names an attempt below the container's current one is ignored (engine-spec H5).
 */
import type { LogLevel, OnRowError, PeekedRow, RowErrorRule, RowPostAnswer, RowsToPost, SinkVerb } from '@belay/run'
import type { MessagePort } from 'node:worker_threads'
import type { MemoryNeed } from '../state/snapshotFrame.ts'
import type { LogHandle } from '../stream/logHandle.ts'
import type { PlannedInstance, PlannedRouting } from '../plan/physicalPlan.ts'
import type { MemoryClaim } from './memoryClaim.ts'

/** Given as workerData: the same for every container of a run, so that a spare thread can become any of them. */
export interface ContainerInit {
  /** URL of the module that exports `operators: OperatorRegistry`. */
  readonly registryUrl: string
  /** Operators may not start programs, threads, or load native code. */
  readonly isolated: boolean
  /** Operator types of the run, loaded before the thread is needed. */
  readonly types: readonly string[]
  /** The run's log folder: crumbs of suspects and operators' lines go there. */
  readonly log: string
  /** Which file of operators' lines is written to (see operatorLog/segments.ts). */
  readonly logSegment: SharedArrayBuffer
  /** The run's folder for logs of received rows. */
  readonly ingest: string
  readonly roots: Readonly<Record<string, { readonly path: string; readonly writable: boolean }>>
  readonly runId: string
  /** Ranges that operators may connect to beside the public internet. */
  readonly allowedAddresses: readonly string[]
  readonly windowMs: number
  /** Clock words (see window/clock.ts). */
  readonly clock: SharedArrayBuffer
  /** Doorbell words, one per container, by `containerNumber`. */
  readonly doorbells: SharedArrayBuffer
  /** Figures block of the whole run (see stats/statsBlock.ts). */
  readonly stats: SharedArrayBuffer
}

/** Which container a thread is; given once, before anything else. */
export interface ContainerRole {
  readonly container: string
  /** Position of its doorbell word. */
  readonly number: number
  readonly kind: 'compute' | 'io'
}

/** One instance as deployed. */
export interface Deployment {
  readonly instance: PlannedInstance
  /** Position in the doorbell and stats blocks. */
  readonly number: number
  /** State to restore, as written by the snapshot; null = start empty. */
  readonly state: Uint8Array | null
  /** Processing goes on at cut + 1: the window of the state, or a later one if some were skipped. */
  readonly cut: number
  /** Windows up to this one were reached before; up to it the instance is replaying. */
  readonly reached: number
  /** Its inputs had ended at or before the cut: it only commits. */
  readonly finished: boolean
  /** Streams among its inputs that had ended at or before the cut. */
  readonly endedInputs: readonly string[]
  /** Sinks: what to do with output beyond the cut before anything else; null = nothing (engine-spec H7). */
  readonly verb: SinkVerb | null
  /** It failed up to this window before: it is given its rows one by one (engine-spec H18). null = no suspect. */
  readonly suspectUntil: number | null
  /** Hashes of rows that it is not given. */
  readonly poison: readonly string[]
  /** Errors that are left out whatever happens to others. */
  readonly rowErrorRules: readonly RowErrorRule[]
  /** Least important lines of it that are kept. */
  readonly logLevel: LogLevel
  /** How its config changes later; `instance.config` is the one it begins with. */
  readonly live: readonly LaterConfig[]
}

/** Whole config of an instance from window `from` on. */
export interface LaterConfig {
  readonly from: number
  readonly config: Readonly<Record<string, unknown>>
}

/** Bad rows of one kind. */
export interface BadRows {
  readonly code: string
  /** What their messages have in common. */
  readonly shape: string
  readonly message: string
  readonly action: 'skip' | 'error-output'
  readonly count: number
  /** JSON of the first ones, each cut off where it is long. */
  readonly rows: readonly string[]
}

/** A row named by the SHA-256 of its JSON text. */
export interface RowName {
  readonly hash: string
  readonly text: string
}

/** A log this container writes or reads. */
export interface LogBinding {
  readonly stream: string
  /** Position of the stream in the plan and in the figures block. */
  readonly number: number
  readonly handle: LogHandle
  /** For the writer. */
  readonly routing: PlannedRouting | null
  /** Position among `logReaders`, for readers. */
  readonly reader: number | null
  /** First record to read, for readers. */
  readonly position: number | null
  /** For readers that skip: records of windows up to this one are passed over; null = there are none. */
  readonly skipTo: number | null
  /** How many containers read it (planned `logReaders`). */
  readonly readers: number
  /** Containers to ring after publishing (writer) or freeing room (reader), by number. */
  readonly ring: readonly number[]
}

/** What a thread in reserve may practise: a container's operators from an empty state on rows that the container has had (see rehearsal.ts). */
export interface Rehearsal {
  readonly deployments: readonly Deployment[]
  readonly logs: readonly LogBinding[]
  /** Records of the logs that it reads: `[from, to)`. */
  readonly passages: readonly { readonly stream: string; readonly from: number; readonly to: number }[]
}

export type ToContainer =
  | { readonly type: 'become'; readonly role: ContainerRole }
  /** Only to a thread that has no role yet; broken off by the next message. */
  | { readonly type: 'rehearse'; readonly rehearsals: readonly Rehearsal[] }
  | {
      readonly type: 'deploy'
      readonly attempt: number
      readonly lineage: number
      readonly deployments: readonly Deployment[]
      readonly logs: readonly LogBinding[]
    }
  /** All of the restart set are restored: start processing. */
  | { readonly type: 'open'; readonly attempt: number }
  /** Stop processing and forget all operators; answer at the next step boundary. */
  | { readonly type: 'undeploy'; readonly attempt: number }
  /** Memory for the next snapshot of an instance; the job keeps the reference. */
  | {
      readonly type: 'snapshot-memory'
      readonly instance: string
      readonly memory: SharedArrayBuffer
      /** Key of the snapshot that lies in it (`snapshotKey`); null = none that is known. */
      readonly holds: string | null
      /** It is only offered, for a snapshot to come (`SnapshotMemory`); absent = it was asked for. */
      readonly claim?: MemoryClaim
    }
  /** Its settings change at the end of the window before `later.from`, which it has not begun; answered by `configured`. */
  | { readonly type: 'configure'; readonly instance: string; readonly later: LaterConfig }
  | { readonly type: 'on-row-error'; readonly instance: string; readonly action: OnRowError }
  | { readonly type: 'row-error-rules'; readonly instance: string; readonly rules: readonly RowErrorRule[] }
  | { readonly type: 'log-level'; readonly instance: string; readonly level: LogLevel }
  | { readonly type: 'commit'; readonly instance: string; readonly window: number }
  /** To sources: no checkpoint before `window` is kept. */
  | { readonly type: 'trim'; readonly instance: string; readonly window: number }
  /** Values of the secrets that its operators refer to, all of them; comes before the first deploy and when one is replaced. */
  | { readonly type: 'secrets'; readonly values: Readonly<Record<string, string>> }
  /** Rows for a source; answered by `post-answered` with the same number. */
  | { readonly type: 'post'; readonly instance: string; readonly number: number; readonly post: RowsToPost }
  /** Ports whose rows are sampled from now on, and no others; stays over deploys. `parts`: instances that feed the stream. */
  | { readonly type: 'peek'; readonly taps: readonly { readonly instance: string; readonly port: number; readonly parts: number }[] }
  /** An io container's own bell, to be rung by a neighbour: it sleeps in its event loop, not on a word. */
  | { readonly type: 'bell'; readonly port: MessagePort }
  /** The other end: rings the io container with that number. */
  | { readonly type: 'ringer'; readonly container: number; readonly port: MessagePort }

export type FromContainer =
  /** `osThread`: its folder under /proc; null = there is none. */
  | { readonly type: 'ready'; readonly osThread: string | null }
  /** It has practised, or was broken off: only of a thread in reserve. */
  | { readonly type: 'rehearsed' }
  | { readonly type: 'deployed'; readonly attempt: number }
  | {
      readonly type: 'deploy-failed'
      readonly attempt: number
      readonly instance: string
      readonly code: string
      readonly message: string
      readonly stack?: string
    }
  | { readonly type: 'undeployed'; readonly attempt: number }
  | {
      readonly type: 'post-answered'
      readonly number: number
      readonly outcome:
        | { readonly type: 'kept'; readonly answer: RowPostAnswer }
        | { readonly type: 'refused'; readonly code: string; readonly message: string }
    }
  /**
   * State of `instance` at `window` lies in its snapshot memory, `sizeBytes` long; memory null = it has none (size 0).
   * final: its inputs have ended and `window` was its last, so this counts for every later window (H17).
   */
  | {
      readonly type: 'snapshot-copied'
      readonly instance: string
      readonly window: number
      readonly attempt: number
      readonly memory: SharedArrayBuffer | null
      readonly sizeBytes: number
      /** Pages that differ from what the memory held before; null = all may. */
      readonly changedPages: readonly number[] | null
      readonly final: boolean
      /** From the end of the window at all inputs to the beginning of the copy: the operator's own work. */
      readonly endWorkMs: number
      /** Until all was copied, waiting for memory included; the operator went on beside the most of it. */
      readonly copyMs: number
      /** Of that, what it stood still for: it took no row. */
      readonly stoodMs: number
    }
  /** The memory is too small; the instance goes on when it has got more. */
  | {
      readonly type: 'snapshot-needs'
      readonly instance: string
      readonly window: number
      readonly attempt: number
      readonly need: MemoryNeed
    }
  | {
      readonly type: 'operator-failed'
      readonly instance: string
      readonly window: number
      readonly attempt: number
      readonly code: string
      readonly message: string
      readonly stack?: string
      readonly row?: RowName
      /** The bad row that it failed on as it was told to. */
      readonly badRow?: { readonly message: string; readonly row: string | null }
    }
  | { readonly type: 'configured'; readonly instance: string; readonly from: number }
  | {
      readonly type: 'poison-skipped'
      readonly instance: string
      readonly window: number
      readonly attempt: number
      readonly hash: string
    }
  | {
      readonly type: 'row-error'
      readonly instance: string
      readonly window: number
      readonly attempt: number
      readonly code: string
      readonly message: string
      readonly row?: string
      readonly action: 'skip' | 'error-output'
      readonly count: number
    }
  /** Of one window, before its end goes out. */
  | {
      readonly type: 'bad-rows'
      readonly instance: string
      readonly window: number
      readonly attempt: number
      readonly kinds: readonly BadRows[]
    }
  /** It can do nothing until something outside changes; null = it goes on. */
  | {
      readonly type: 'operator-waits'
      readonly instance: string
      readonly window: number
      readonly attempt: number
      readonly reason: { readonly code: string; readonly message: string } | null
    }
  | {
      readonly type: 'sink-committed'
      readonly instance: string
      readonly window: number
      readonly attempt: number
      readonly stagedBytes: number
      readonly outputs: readonly string[]
    }
  | {
      readonly type: 'sink-commit-failed'
      readonly instance: string
      readonly window: number
      readonly attempt: number
      readonly code: string
      readonly message: string
    }
  /** The instance's inputs have ended (or the source is done) and `window` was its last. */
  | { readonly type: 'stream-ended'; readonly instance: string; readonly window: number; readonly attempt: number }
  | {
      readonly type: 'table'
      readonly instance: string
      readonly window: number
      readonly rows: readonly (readonly (string | number | boolean | null)[])[]
      readonly total: number
    }
  /** Of the rows that left a port since the last time, one in `every`. */
  | {
      readonly type: 'peeked'
      readonly instance: string
      readonly port: number
      readonly every: number
      readonly seen: number
      readonly rows: readonly PeekedRow[]
    }
  | {
      readonly type: 'extra'
      readonly instance: string
      readonly figures: Readonly<Record<string, number>>
      readonly progress: number | null
    }

/** Names a snapshot. */
export function snapshotKey(of: { readonly instance: string; readonly window: number; readonly attempt: number }): string {
  return `${of.instance}@${of.window}@${of.attempt}`
}
