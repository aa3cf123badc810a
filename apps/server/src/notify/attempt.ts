/** What comes of one try to deliver a message: done, again later, or given up. Pure. */
import type { Outcome } from './webhookStore.ts'

/** Pauses after tries that failed, about five hours in all; one more failure is the last. */
export const PAUSES_MS: readonly number[] = [1000, 5000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 10_800_000]
const LONGEST_RETRY_AFTER_MS = 3_600_000
/** Answers that may be another one later. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429])

export type Tried =
  | { readonly type: 'answered'; readonly status: number; readonly retryAfter: string | undefined }
  /** `final`: no later try can end otherwise. */
  | { readonly type: 'failed'; readonly message: string; readonly final: boolean }

/** `attempts`: this one included. */
export function outcomeOf(tried: Tried, attempts: number, atMs: number): Outcome {
  if (tried.type === 'answered' && tried.status >= 200 && tried.status < 300) return { state: 'delivered', attempts, atMs, problem: null }
  const problem = tried.type === 'failed' ? tried.message : `the receiver answered ${tried.status}`
  const final = tried.type === 'failed' ? tried.final : tried.status < 500 && !PASSING.has(tried.status)
  const pauseMs = PAUSES_MS.at(attempts - 1)
  if (final || pauseMs === undefined) return { state: 'given-up', attempts, atMs, problem }
  const seconds = tried.type === 'answered' ? Number(tried.retryAfter) : Number.NaN
  const asked = seconds > 0 ? Math.min(LONGEST_RETRY_AFTER_MS, seconds * 1000) : 0
  return { state: 'waiting', attempts, atMs: atMs + Math.max(pauseMs, asked), problem }
}
