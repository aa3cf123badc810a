/** How many lines an instance may write: many at once now and then, few in the long run. */
import { LOG_LINES_PER_SECOND } from '@belay/run'

const BURST = 1000

export class LineBudget {
  #left = BURST
  #atMs: number

  constructor(nowMs: number) {
    this.#atMs = nowMs
  }

  spend(nowMs: number): boolean {
    this.#left = Math.min(BURST, this.#left + ((nowMs - this.#atMs) / 1000) * LOG_LINES_PER_SECOND)
    this.#atMs = nowMs
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
