/**
 * How a run stood at a past moment, from its events: found by halving, then read backwards until everything is told.
 * Pure but for what is handed in.
 */
import type { OperatorStanding, RunEvent, RunStanding } from '@belay/run'

export interface EventSource {
  /** Number of the newest event. */
  readonly newest: number
  /** Events with seq > after, oldest first. */
  readonly read: (after: number, limit: number) => Promise<readonly RunEvent[]>
}

const PAGE = 2000

export async function standingAt(events: EventSource, operators: readonly string[], atMs: number): Promise<RunStanding> {
  const seq = await newestUpTo(events, atMs)
  const missing = new Set(operators)
  const found: Record<string, OperatorStanding> = {}
  let run: Extract<RunEvent, { type: 'run-state' }> | null = null
  let committedWindow: number | null = null
  let checkpointWindow: number | null = null
  for (let before = seq; before > 0;) {
    const after = Math.max(0, before - PAGE)
    const page = await events.read(after, before - after)
    for (const event of page.toReversed()) {
      if (event.type === 'operator-state' && missing.delete(event.operator))
        found[event.operator] = { state: event.state, attempt: event.attempt, cause: event.cause ?? null }
      else if (event.type === 'run-state') run ??= event
      else if (event.type === 'committed' || event.type === 'restored') committedWindow ??= event.window
      else if (event.type === 'checkpoint-completed') checkpointWindow ??= event.checkpoint.window
    }
    before = after
    if (missing.size === 0 && run !== null && committedWindow !== null && checkpointWindow !== null) break
  }
  return {
    atMs,
    seq,
    state: run?.state ?? null,
    reason: run?.reason ?? null,
    committedWindow: committedWindow ?? 0,
    checkpointWindow: checkpointWindow ?? 0,
    operators: found,
  }
}

/** Times are labels: where the clock was set back, one of the moments of that name is found. */
async function newestUpTo({ newest, read }: EventSource, atMs: number): Promise<number> {
  let low = 0
  let high = newest
  while (low < high) {
    const middle = (low + high + 1) >> 1
    const [event] = await read(middle - 1, 1)
    if (event !== undefined && event.atMs <= atMs) low = middle
    else high = middle - 1
  }
  return low
}
