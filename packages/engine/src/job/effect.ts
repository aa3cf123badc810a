/**
 * What the executor has to do, in order. A `journal` effect is durable before the next one starts.
 */
import type { CommandAnswer, LogLevel, OnRowError, RowErrorRule, RunEventBody, RunState, SinkVerb } from '@belay/run'
import type { JournalEntry, KeptManifest, LiveChange, SnapshotRef } from './state.ts'

export interface DeployInstance {
  readonly instance: string
  readonly snapshot: SnapshotRef | null
  readonly reached: number
  /** Its inputs had ended at or before the cut: it only commits. */
  readonly finished: boolean
  /** Streams among its inputs that had ended at or before the cut. */
  readonly endedInputs: readonly string[]
  readonly verb: SinkVerb | null
  /** It failed up to this window before: it is given row by row, so that the row is known if it does again (H18). null = no suspect. */
  readonly suspectUntil: number | null
  /** Hashes of rows that it is not given. */
  readonly poison: readonly string[]
  /** Changes of its settings, those of the past and of windows to come. */
  readonly live: readonly LiveChange[]
}

/** How long the end of a container that hangs may wait for a look at its stack. */
export const LOOK_MS = 500

export type Effect =
  | { readonly type: 'journal'; readonly entry: JournalEntry }
  | { readonly type: 'answer'; readonly commandId: string; readonly answer: CommandAnswer }
  | { readonly type: 'event'; readonly event: RunEventBody }
  | { readonly type: 'start-container'; readonly container: string }
  /** It makes no progress: its stack should be known before it is ended, which may be soon. */
  | { readonly type: 'look-at'; readonly container: string }
  /** `stuck`: it hangs, and where should be known first, if that takes no longer than LOOK_MS; answered by `looked-at`. */
  | { readonly type: 'terminate-container'; readonly container: string; readonly stuck?: true }
  | { readonly type: 'undeploy'; readonly container: string; readonly attempt: number }
  /** Streams and the containers that will read them again from window + 1, or, if they skip, from where they are now; answered by `pinned`. */
  | {
      readonly type: 'pin'
      readonly attempt: number
      readonly window: number
      readonly skips: boolean
      readonly readers: readonly { readonly stream: string; readonly container: string }[]
    }
  | { readonly type: 'unpin'; readonly readers: readonly { readonly stream: string; readonly container: string }[] }
  /** Readers of a container are neither active nor pinned. */
  | { readonly type: 'deactivate'; readonly container: string }
  /** Cuts the logs of these streams back to records of windows ≤ window; their readers start again. */
  | { readonly type: 'rewind-logs'; readonly streams: readonly string[]; readonly window: number; readonly epoch: number }
  | {
      readonly type: 'deploy'
      readonly container: string
      readonly attempt: number
      readonly lineage: number
      /** Window of their states. */
      readonly cut: number
      /** Window after which they go on; later than the cut: what lies between is skipped. */
      readonly goesOnAfter: number
      readonly instances: readonly DeployInstance[]
    }
  /** Its readers count from here on, pins go, processing starts. */
  | { readonly type: 'open'; readonly container: string; readonly attempt: number }
  /** `holdAfter`: nothing is read after that window; `drainAfter`: sources end after it. null = none. */
  | {
      readonly type: 'clock'
      readonly target: number
      readonly checkpoint: number
      readonly holdAfter: number | null
      readonly drainAfter: number | null
    }
  | {
      readonly type: 'write-snapshot'
      readonly instance: string
      readonly window: number
      readonly attempt: number
      readonly lineage: number
    }
  /** The copied memory is of no use: give it back. */
  | { readonly type: 'drop-snapshot'; readonly instance: string; readonly window: number; readonly attempt: number }
  | { readonly type: 'delete-snapshots'; readonly files: readonly string[] }
  | { readonly type: 'write-manifest'; readonly manifest: KeptManifest; readonly parent: string | null }
  | { readonly type: 'delete-manifest'; readonly seq: number; readonly files: readonly string[] }
  /** Its settings change with that window; answered by `configured`. */
  | { readonly type: 'configure'; readonly instance: string; readonly change: LiveChange }
  | { readonly type: 'on-row-error'; readonly operator: string; readonly action: OnRowError }
  | { readonly type: 'row-error-rules'; readonly operator: string; readonly rules: readonly RowErrorRule[] }
  | { readonly type: 'log-level'; readonly operator: string; readonly level: LogLevel }
  | { readonly type: 'commit-sink'; readonly instance: string; readonly window: number }
  /** No checkpoint before `window` is kept: a source may let go what only they need (H9). */
  | { readonly type: 'trim-source'; readonly instance: string; readonly window: number }
  /** `endOf`: it may have hung over a row, and what is known of that comes with the deadline. */
  | { readonly type: 'arm'; readonly id: string; readonly afterMs: number; readonly endOf?: string }
  /** The run is over: leave the folder as it is and end the process. */
  | { readonly type: 'end'; readonly state: RunState; readonly reason: string | null }
  /** Die as SIGKILL would: a thread cannot be trusted any more, or somebody asked (H4). */
  | { readonly type: 'exit-process'; readonly why: string }
