/** How often something may be tried, by key: some times at once, and then as often as comes back with time. */

const MAX_KEYS = 10_000

export class KeyedBudget {
  readonly #left = new Map<string, { readonly left: number; readonly atMs: number }>()
  readonly #atOnce: number
  readonly #perSecond: number

  constructor(atOnce: number, perSecond: number) {
    this.#atOnce = atOnce
    this.#perSecond = perSecond
  }

  /** `false` = too often. */
  spend(key: string, nowMs: number): boolean {
    const known = this.#left.get(key)
    const left = known === undefined ? this.#atOnce : Math.min(this.#atOnce, known.left + ((nowMs - known.atMs) / 1000) * this.#perSecond)
    this.#left.delete(key)
    if (this.#left.size >= MAX_KEYS) {
      // The one that was used longest ago has most of its budget back.
      const [oldest] = this.#left.keys()
      if (oldest !== undefined) this.#left.delete(oldest)
    }
    this.#left.set(key, { left: left < 1 ? left : left - 1, atMs: nowMs })
    return left >= 1
  }
}
