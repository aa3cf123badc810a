/** socket.io messages on path `/live`: a run is a room. Every message carries the run's `seq`. */
import type { RunEvent } from './event.ts'
import type { RunDelta, RunSnapshot } from './figures.ts'

export interface JoinRequest {
  readonly runId: string
  /** Newest event already seen; the answer is then only what is missing. */
  readonly afterSeq?: number
}

export type JoinAnswer =
  | { readonly ok: true; readonly snapshot: RunSnapshot; readonly missed: readonly RunEvent[] }
  | { readonly ok: false; readonly code: string; readonly message: string }

export interface ServerMessages {
  snapshot: (message: { readonly seq: number; readonly snapshot: RunSnapshot }) => void
  delta: (message: { readonly seq: number; readonly delta: RunDelta }) => void
  event: (message: { readonly seq: number; readonly runId: string; readonly event: RunEvent }) => void
  /** The set of runs or one of their states changed: lists should be read again. */
  runs: () => void
}

export interface ClientMessages {
  join: (request: JoinRequest, answer: (answer: JoinAnswer) => void) => void
  leave: (request: { readonly runId: string }) => void
}
