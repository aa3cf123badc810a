/**
 * Lets every state of an operator be seen. A recovery takes a few hundred milliseconds and some of
 * its states last two: shown as they come, most would never reach the screen. The reel holds each
 * for a few frames before the next; the picture lags by less than one tick of the figures.
 *
 * Owns: the changes that wait. Pure: times are handed in.
 * Invariant: changes of one operator come out in the order they went in, none left out while the page draws.
 */
import type { OperatorState } from '@belay/run'

export interface StateChange {
  readonly state: OperatorState
  readonly attempt: number
  readonly cause: string | undefined
}

/** Four frames: enough for the eye to notice, short enough not to lie. */
export const DWELL_MS = 66
/** A page in the background draws nothing; what waits there is not kept for ever. */
const KEPT = 12

export class StateReel {
  readonly #waiting = new Map<string, StateChange[]>()
  readonly #shownAtMs = new Map<string, number>()

  push(operator: string, change: StateChange): void {
    const waiting = this.#waiting.get(operator) ?? []
    waiting.push(change)
    if (waiting.length > KEPT) waiting.shift()
    this.#waiting.set(operator, waiting)
  }

  waitsFor(operator: string): boolean {
    return this.#waiting.has(operator)
  }

  get empty(): boolean {
    return this.#waiting.size === 0
  }

  /** What may be shown now, at most one change an operator. */
  due(nowMs: number): readonly (readonly [string, StateChange])[] {
    const due: (readonly [string, StateChange])[] = []
    for (const [operator, waiting] of this.#waiting) {
      // The more wait, the shorter each is held: the picture must not fall behind.
      if (nowMs - (this.#shownAtMs.get(operator) ?? -Infinity) < DWELL_MS / waiting.length) continue
      const change = waiting.shift()
      if (change !== undefined) due.push([operator, change])
      if (waiting.length === 0) this.#waiting.delete(operator)
      this.#shownAtMs.set(operator, nowMs)
    }
    return due
  }

  clear(): void {
    this.#waiting.clear()
  }
}
