/** Everything that can happen to the job: commands from people, facts from the executor. */
import type { ProcessEnd, RunCommand } from '@belay/run'
import type { FailureCause, KeptManifest, SnapshotRef } from './state.ts'

/** Facts that decisions may look up; given with every input, so that `transition` stays pure. */
export interface Facts {
  /** Monotonic ms. */
  readonly atMs: number
  /** Wall clock for labels. */
  readonly wallMs: number
  /** First window that the stream's log still holds whole (L7). */
  retainedFrom(stream: string): number
  /** Rows in the stream's log of windows after `window`. */
  rowsSince(stream: string, window: number): number
  /** Newest window the instance has ended. */
  ended(instance: string): number
  /** Window the instance works on. */
  working(instance: string): number
}

export interface InstanceFigures {
  readonly ended: number
  readonly progress: number
  /** Rows wait at its inputs, or it is a source that may read. */
  readonly inputWaits: boolean
  /** Its `create` has been called and has not returned. */
  readonly beingMade?: true
}

/** The row that an operator was given when it failed, known only of suspects (H18). */
export interface FailedRow {
  readonly instance: string
  /** Of its text. */
  readonly hash: string
  /** As JSON. */
  readonly text: string
}

export interface DeathSeen {
  readonly end: ProcessEnd
  readonly cause: FailureCause
  /** It died of one of these, and of which row if that is known; empty = of none, as far as is known. */
  readonly instances: readonly string[]
  readonly row: FailedRow | null
}

export type JobInput =
  /** The process has started: what the journal and the store hold. `damaged`: manifests that do not verify; lineage 0 = not even that can be read. */
  | {
      readonly type: 'recovered'
      readonly fresh: boolean
      readonly manifests: readonly KeptManifest[]
      readonly damaged: readonly { readonly seq: number; readonly lineage: number; readonly reason: string }[]
      readonly nextManifest: number
      /** The process before died, as seen from outside. Absent = there was none, or it had ended the run. */
      readonly died?: DeathSeen
    }
  | { readonly type: 'command'; readonly command: RunCommand }
  | { readonly type: 'tick'; readonly figures: Readonly<Record<string, InstanceFigures>>; readonly hungry: boolean }
  | { readonly type: 'container-ready'; readonly container: string }
  | {
      readonly type: 'container-exited'
      readonly container: string
      readonly cause: { readonly code: string; readonly message: string; readonly stack?: string } | null
      readonly row?: FailedRow
    }
  /** Where a container was that is about to be ended because it hangs. */
  | { readonly type: 'looked-at'; readonly container: string; readonly sentence: string; readonly stack?: string }
  | {
      readonly type: 'poison-skipped'
      readonly instance: string
      readonly attempt: number
      readonly hash: string
      readonly window: number
    }
  | { readonly type: 'deployed'; readonly container: string; readonly attempt: number }
  | { readonly type: 'undeployed'; readonly container: string; readonly attempt: number }
  /** The streams whose replay could not be pinned (L6). Empty = all are held. */
  | { readonly type: 'pinned'; readonly attempt: number; readonly refused: readonly string[] }
  | {
      readonly type: 'operator-failed'
      readonly instance: string
      readonly attempt: number
      readonly window: number
      readonly code: string
      readonly message: string
      readonly stack?: string
      readonly row?: FailedRow
    }
  /** The instance knows the change of its settings that begins with that window. */
  | { readonly type: 'configured'; readonly instance: string; readonly from: number }
  | {
      readonly type: 'snapshot-copied'
      readonly instance: string
      readonly window: number
      readonly attempt: number
      readonly sizeBytes: number
      readonly final: boolean
    }
  | { readonly type: 'snapshot-stored'; readonly snapshot: SnapshotRef }
  | {
      readonly type: 'snapshot-failed'
      readonly instance: string
      readonly window: number
      readonly attempt: number
      readonly code: string
      readonly message: string
    }
  | { readonly type: 'manifest-stored'; readonly seq: number; readonly sha256: string }
  /** uncertain: it may lie on the disk all the same. */
  | {
      readonly type: 'manifest-failed'
      readonly seq: number
      readonly code: string
      readonly message: string
      readonly uncertain?: boolean
    }
  /** Another process of this run has taken the number: this one is a zombie. */
  | { readonly type: 'manifest-lost'; readonly seq: number }
  | { readonly type: 'sink-committed'; readonly instance: string; readonly window: number; readonly attempt: number }
  | {
      readonly type: 'sink-commit-failed'
      readonly instance: string
      readonly window: number
      readonly attempt: number
      readonly code: string
      readonly message: string
    }
  /** `row`: what a container that should have ended by then was given, if that is known. */
  | { readonly type: 'deadline'; readonly id: string; readonly row?: FailedRow }
