/**
 * What the job says to its store thread and what comes back. One request, one answer, in order:
 * the thread works synchronously, so a hung operator can never starve checkpoints (engine-spec H4).
 */
import type { FrameHeader } from './frame.ts'
import type { Manifest } from './manifest.ts'
import type { Delta } from './snapshotFile.ts'

export interface StoreInit {
  readonly manifests: string
  readonly snapshots: string
}

export type ToStore =
  | {
      readonly type: 'write-snapshot'
      readonly header: FrameHeader
      readonly memory: SharedArrayBuffer
      readonly sizeBytes: number
      readonly file: string
      /** Write only these pages, to be laid over the file; null = everything. */
      readonly delta: Delta | null
    }
  | { readonly type: 'write-manifest'; readonly manifest: Manifest }
  | { readonly type: 'delete-manifest'; readonly seq: number; readonly files: readonly string[] }
  | { readonly type: 'delete-snapshots'; readonly files: readonly string[] }
  | { readonly type: 'close' }

export type FromStore =
  | {
      readonly type: 'snapshot-stored'
      readonly header: FrameHeader
      readonly file: string
      readonly sizeBytes: number
      readonly sha256: string
      readonly durationMs: number
    }
  | {
      readonly type: 'snapshot-failed'
      readonly header: FrameHeader
      readonly file: string
      readonly code: string
      readonly message: string
    }
  | { readonly type: 'manifest-stored'; readonly manifest: Manifest; readonly sha256: string }
  /** uncertain: it may lie on the disk all the same. */
  | {
      readonly type: 'manifest-failed'
      readonly manifest: Manifest
      readonly code: string
      readonly message: string
      readonly uncertain: boolean
    }
  /** Another process of this run has written that number: this one is a zombie. */
  | { readonly type: 'manifest-lost'; readonly manifest: Manifest }
  | { readonly type: 'manifest-deleted'; readonly seq: number }
  | { readonly type: 'delete-failed'; readonly message: string }
  | { readonly type: 'closed' }
