/**
 * Edges as a node sees them: what comes in as items of a queue, what goes out to targets.
 *
 * A target refuses by accepting nothing; the node keeps the item in its outbox (engine-spec L8).
 * An inline edge is a bounded queue and keeps nothing after it was read (H3).
 */
import type { Batch } from '@belay/columns'
import type { PortEnd } from '../window/aligner.ts'

export type EdgeItem =
  | { readonly type: 'data'; readonly window: number; readonly batch: Batch; readonly seq: number }
  | { readonly type: 'end'; readonly end: PortEnd }
  /** Formal end after the END with watermark +∞. */
  | { readonly type: 'stream-end'; readonly window: number }

const INLINE_ITEMS = 4

export class InputQueue {
  readonly #items: EdgeItem[] = []
  /** First row of the head batch that is not processed. */
  from = 0

  get head(): EdgeItem | undefined {
    return this.#items[0]
  }

  /** Batches in an inline edge's queue may be views of a log record (L5). */
  get holdsBatches(): boolean {
    return this.#items.some((item) => item.type === 'data')
  }

  get length(): number {
    return this.#items.length
  }

  push(item: EdgeItem): void {
    this.#items.push(item)
  }

  shift(): void {
    this.#items.shift()
    this.from = 0
  }
}

/** Reader numbers that are not those of a log. */
export const BLOCKED_BY = { inline: -1, pin: -2 } as const

/** Where one output port's records go. Each port has one target per way: the logs, and each inline reader. */
export interface EdgeTarget {
  /** Which of the port's streams it belongs to. */
  readonly stream: number
  /** Who keeps it from taking more: a reader's number in the log, or one of BLOCKED_BY. */
  readonly blockedBy: number
  /** Publishes rows from `from` on; returns the row reached (batch.rows = all, `from` = no room). */
  data(batch: Batch, from: number, window: number): number
  end(end: PortEnd): boolean
  streamEnd(window: number): boolean
}

export function inlineTarget(stream: number, queue: InputQueue): EdgeTarget {
  let seq = 0
  const room = (): boolean => queue.length < INLINE_ITEMS
  return {
    stream,
    blockedBy: BLOCKED_BY.inline,
    data(batch, from, window) {
      if (!room()) return from
      queue.push({ type: 'data', window, batch, seq: seq++ })
      return batch.rows
    },
    end(end) {
      if (!room()) return false
      queue.push({ type: 'end', end })
      return true
    },
    streamEnd(window) {
      if (!room()) return false
      queue.push({ type: 'stream-end', window })
      return true
    },
  }
}
