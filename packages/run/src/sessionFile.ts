/** A run as one file that opens without a server: what the server puts into it and the viewer in it reads. */
import type { CheckpointSummary, RunEvent } from './event.ts'
import type { RunSnapshot } from './figures.ts'
import type { RunHistory } from './history.ts'
import type { RunRecord } from './runner.ts'

export interface SessionFile {
  readonly format: 1
  readonly version: string
  readonly exportedAtMs: number
  readonly exportedBy: string
  readonly record: RunRecord
  /** Without rows unless who exported it saw them and wanted them in it; its events are `events`. */
  readonly snapshot: RunSnapshot
  readonly checkpoints: readonly CheckpointSummary[]
  /** Oldest first. */
  readonly events: readonly RunEvent[]
  /** One after another in time; each may have another step. */
  readonly histories: readonly RunHistory[]
  readonly rows: boolean
  /** In sentences. */
  readonly leftOut: readonly string[]
}
