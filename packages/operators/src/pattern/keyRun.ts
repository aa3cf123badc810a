/** The rows of one key in order, and how far the pattern has been looked for in them. Made anew from the state after a restore. */
import type { Attempt, Found, Sequence } from './sequence.ts'

export interface RunRules {
  readonly sequence: Sequence
  /** The rows of a match lie within less than this. */
  readonly withinMs: number
  readonly skipPastLast: boolean
}

export class KeyRun {
  readonly #rules: RunRules
  readonly #times: number[] = []
  readonly #fits: number[] = []
  readonly #entries: number[] = []
  /** The first row that a match may still begin with. */
  #head = 0
  #attempt: Attempt | null = null
  /** Entry and time of the newest row, whether it may still be in a match or not; −1 = there is none. */
  last = -1
  lastTime = Number.NEGATIVE_INFINITY

  constructor(rules: RunRules) {
    this.#rules = rules
  }

  get empty(): boolean {
    return this.#head === this.#times.length
  }

  /** Time of the first row that waits for a match; only if not empty. */
  get firstTime(): number {
    return this.#times[this.#head]
  }

  append(entry: number, time: number, fits: number): void {
    this.#times.push(time)
    this.#fits.push(fits)
    this.#entries.push(entry)
    this.last = entry
    this.lastTime = time
  }

  /** Looks on, knowing that later rows are at `watermark` or after. */
  advance(watermark: number, give: (entries: readonly number[], found: Found) => void, pass: (entry: number) => void): void {
    const { sequence, withinMs, skipPastLast } = this.#rules
    while (!this.empty) {
      const head = this.#head
      const attempt = (this.#attempt ??= sequence.begin())
      const until = this.#times[head] + withinMs
      for (let next = head + attempt.rows; !attempt.over && next < this.#times.length && this.#times[next] < until; next += 1)
        attempt.take(this.#fits[next])
      const closed = attempt.over || head + attempt.rows < this.#times.length || watermark >= until
      if (!closed) break
      const { best } = attempt
      if (best !== null) give(this.#entries.slice(head, head + best.end + 1), best)
      const rows = best !== null && skipPastLast ? best.end + 1 : 1
      for (let i = head; i < head + rows; i += 1) pass(this.#entries[i])
      this.#head = head + rows
      this.#attempt = null
    }
    if (this.#head > 1024 || this.empty) this.#shrink()
  }

  #shrink(): void {
    for (const list of [this.#times, this.#fits, this.#entries]) list.splice(0, this.#head)
    this.#head = 0
  }
}
