/** Timers by time, then key: the order in which they ring. A binary heap, made anew from the state. */

export interface Timer {
  readonly atMs: number
  /** JSON. */
  readonly key: string
}

export class TimerQueue {
  readonly #heap: Timer[] = []

  get first(): Timer | undefined {
    return this.#heap[0]
  }

  add(timer: Timer): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(timer)
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!before(timer, heap[above])) break
      heap[at] = heap[above]
      at = above
    }
    heap[at] = timer
  }

  removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
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
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.key < b.key)
}
