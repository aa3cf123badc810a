/**
 * What is said over a run's Unix socket: one JSON object a line.
 *
 * The first request must be `hello` with the run's token (256 bits, from the run folder that only
 * its owner can read); everything else is refused before it (engine-spec H11).
 */
import type {
  CheckpointSummary,
  CommandAnswer,
  KillPreview,
  PeekedRows,
  PeekedStream,
  RowPostAnswer,
  RunCommand,
  RunDelta,
  RunEvent,
  RunSnapshot,
  ThreadProfile,
  ThreadStack,
} from '@belay/run'

export type ControlRequest =
  | { readonly type: 'hello'; readonly token: string }
  | { readonly type: 'command'; readonly command: RunCommand }
  | { readonly type: 'snapshot' }
  | { readonly type: 'events'; readonly after: number; readonly limit: number }
  | { readonly type: 'checkpoints' }
  | { readonly type: 'preview'; readonly operator: string }
  /** `body`: Base64. Answered when the rows are durable. */
  | {
      readonly type: 'post-rows'
      readonly operator: string
      readonly contentType: 'json' | 'json-lines'
      readonly key: string | null
      readonly body: string
    }
  /** Streams to be looked at for the time of a lease. */
  | { readonly type: 'peek'; readonly streams: readonly string[] }
  /** Values for what the run's operators refer to; comes once before they start, and when one is replaced. */
  | { readonly type: 'secrets'; readonly values: Readonly<Record<string, string>> }
  | { readonly type: 'stack'; readonly operator: string }
  | { readonly type: 'profile'; readonly operator: string; readonly forMs: number }
  /** From now on events and deltas are pushed. */
  | { readonly type: 'listen' }

export interface ControlAnswers {
  hello: { readonly runId: string; readonly pid: number }
  command: CommandAnswer
  snapshot: RunSnapshot
  events: readonly RunEvent[]
  checkpoints: readonly CheckpointSummary[]
  preview: KillPreview
  'post-rows': RowPostAnswer
  peek: readonly PeekedStream[]
  /** Names that are still missing: the run does not begin without them. */
  secrets: readonly string[]
  stack: ThreadStack
  profile: ThreadProfile
  listen: { readonly seq: number }
}

export type ControlMessage =
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'refused'; readonly id: number; readonly code: string; readonly message: string }
  | { readonly type: 'event'; readonly event: RunEvent }
  | { readonly type: 'delta'; readonly delta: RunDelta }
  | { readonly type: 'peeked'; readonly rows: PeekedRows }

/** Longest line that a run process accepts: the largest post of rows in Base64. */
export const MAX_REQUEST_BYTES = 8 * 1_048_576
/** Longest line that a client accepts: 10,000 events, or a snapshot with its tables. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024
