/**
 * Virtual time: what happens next, one thing after another. Things of the same moment happen in an
 * order drawn from the seed, so that every order is met by some run.
 */
import type { Random } from './random.ts'

/** What a process or thread had in mind dies with it. */
export interface Owner {
  readonly alive: boolean
  /** A suspended owner keeps what it would do now for later; true = kept. */
  park(what: () => void | Promise<void>): boolean
}

interface Due {
  readonly atMs: number
  readonly tie: number
  readonly owner: Owner
  readonly what: () => void | Promise<void>
}

export class VirtualClock {
  readonly #random: Random
  readonly #heap: Due[] = []
  nowMs = 0

  constructor(random: Random) {
    this.#random = random
  }

  in(delayMs: number, owner: Owner, what: () => void | Promise<void>): void {
    const due: Due = { atMs: this.nowMs + Math.max(0, delayMs), tie: this.#random.next(), owner, what }
    const heap = this.#heap
    let at = heap.push(due) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!before(due, heap[above])) break
      heap[at] = heap[above]
      at = above
    }
    heap[at] = due
  }

  /** Does the next thing; false = nothing is due any more; a promise only where that thing has to wait, which few have. */
  step(): boolean | Promise<true> {
    const due = this.#take()
    if (due === undefined) return false
    this.nowMs = Math.max(this.nowMs, due.atMs)
    if (!due.owner.alive || due.owner.park(due.what)) return true
    const done = due.what()
    return done === undefined ? true : done.then(() => true as const)
  }

  #take(): Due | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return last
    let at = 0
    for (;;) {
      let below = at * 2 + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && before(heap[below + 1], heap[below])) below += 1
      if (!before(heap[below], last)) break
      heap[at] = heap[below]
      at = below
    }
    heap[at] = last
    return first
  }
}

function before(a: Due, b: Due): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.tie < b.tie)
}
