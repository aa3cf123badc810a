/** socket.io messages on path `/live`: a run is a room. Every message carries the run's `seq`. */
import type { RunEvent } from './event.ts'
import type { RunDelta, RunSnapshot } from './figures.ts'
import type { PeekedRows, PeekedStream } from './peek.ts'

export interface JoinRequest {
  readonly runId: string
  /** Newest event already seen; the answer is then only what is missing. */
  readonly afterSeq?: number
}

export type JoinAnswer =
  | { readonly ok: true; readonly snapshot: RunSnapshot; readonly missed: readonly RunEvent[] }
  | { readonly ok: false; readonly code: string; readonly message: string }

/** Samples of a stream's rows, until `unpeek` or until the socket is gone. */
export interface PeekRequest {
  readonly runId: string
  readonly stream: string
}

export type PeekAnswer = ({ readonly ok: true } & PeekedStream) | { readonly ok: false; readonly code: string; readonly message: string }

export interface ServerMessages {
  snapshot: (message: { readonly seq: number; readonly snapshot: RunSnapshot }) => void
  delta: (message: { readonly seq: number; readonly delta: RunDelta }) => void
  event: (message: { readonly seq: number; readonly runId: string; readonly event: RunEvent }) => void
  peeked: (message: { readonly runId: string; readonly rows: PeekedRows }) => void
  /** The set of runs or one of their states changed: lists should be read again. */
  runs: () => void
  /** An alert, a rule or a webhook changed: lists should be read again. */
  alerts: () => void
  /** Somebody saved a pipeline; `by` as events say it. */
  saved: (message: { readonly pipelineId: string; readonly version: number; readonly by: string }) => void
}

export interface ClientMessages {
  join: (request: JoinRequest, answer: (answer: JoinAnswer) => void) => void
  leave: (request: { readonly runId: string }) => void
  peek: (request: PeekRequest, answer: (answer: PeekAnswer) => void) => void
  unpeek: (request: PeekRequest) => void
}
