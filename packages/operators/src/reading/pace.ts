/** How fast a source may read: rows per second, evenly, without catching up in bursts. */

export interface PaceClock {
  nowMs(): number
  wake(delayMs: number): void
}

/** A paced source emits at least this often, so that a slow stream still looks alive. */
const PACE_MS = 50

export class Pace {
  #rowsPerSecond: number
  readonly #clock: PaceClock
  #startedAtMs: number
  #emitted = 0

  /** `rowsPerSecond` 0 = as fast as it goes. */
  constructor(rowsPerSecond: number, clock: PaceClock) {
    this.#rowsPerSecond = rowsPerSecond
    this.#clock = clock
    this.#startedAtMs = clock.nowMs()
  }

  /** Rows that may be read now, at most `most`; 0 = none yet, and the source will be woken. */
  allowance(most: number): number {
    const rate = this.#rowsPerSecond
    if (rate === 0) return most
    const now = this.#clock.nowMs()
    let due = Math.floor(((now - this.#startedAtMs) * rate) / 1000) - this.#emitted
    // After being held up it goes on at its pace instead of catching up in one burst.
    if (due > Math.max(1, rate)) {
      this.#startedAtMs = now - 1000
      this.#emitted = 0
      due = Math.max(1, Math.floor(rate))
    }
    if (due >= 1) return Math.min(due, most)
    const nextMs = this.#startedAtMs + ((this.#emitted + 1) * 1000) / rate
    this.#clock.wake(Math.max(PACE_MS, nextMs - now))
    return 0
  }

  /** From now on at another pace. */
  change(rowsPerSecond: number): void {
    if (rowsPerSecond === this.#rowsPerSecond) return
    this.#rowsPerSecond = rowsPerSecond
    this.#startedAtMs = this.#clock.nowMs()
    this.#emitted = 0
  }

  emitted(rows: number): void {
    this.#emitted += rows
  }
}
