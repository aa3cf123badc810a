/** How many messages one socket may send: some at once, and then as many as come back with time. */

const AT_ONCE = 60
const PER_SECOND = 10

export class MessageBudget {
  #left = AT_ONCE
  #countedAtMs: number | null = null

  /** `false` = it has sent too many. */
  spend(nowMs: number): boolean {
    if (this.#countedAtMs !== null) this.#left = Math.min(AT_ONCE, this.#left + ((nowMs - this.#countedAtMs) / 1000) * PER_SECOND)
    this.#countedAtMs = nowMs
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
