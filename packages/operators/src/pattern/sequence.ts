/**
 * Looks for a pattern from one row on, row by row: all ways that are still possible go on side by
 * side in order of preference (Pike's way to run a regular expression), so the work per row is bounded
 * by the size of the pattern, whatever the rows.
 *
 * Preference is that of SQL: an earlier part takes as many rows as it can (reluctant: as few), then
 * the next one.
 */

export interface SequenceStep {
  /** Bit of the rows that fit it; −1 = every row fits. */
  readonly bit: number
  readonly least: number
  readonly most: number
  readonly reluctant: boolean
}

/** Rows are numbered from the first one of the match. */
export interface Found {
  /** The last row. */
  readonly end: number
  /** By step its first row; it ends where the next one begins. */
  readonly starts: readonly number[]
}

/** A way that waits for the next row, which `step` would take as its `count`-th. */
interface Way {
  readonly step: number
  readonly count: number
  readonly starts: readonly number[]
}

export class Sequence {
  readonly #steps: readonly SequenceStep[]
  /** Where the states of a step begin: (step, count) is one, counts that make no difference are the same. */
  readonly #offsets: readonly number[]
  readonly #seen: Int32Array
  #round = 0

  constructor(steps: readonly SequenceStep[]) {
    this.#steps = steps
    let states = 0
    this.#offsets = steps.map(({ least, most }) => {
      const offset = states
      states += (Number.isFinite(most) ? most : least) + 1
      return offset
    })
    this.#seen = new Int32Array(states)
  }

  /** An attempt that begins with the next row. */
  begin(): Attempt {
    const attempt = new Attempt(this, this.#steps)
    this.newRound()
    this.explore(attempt, 0, 0, [0])
    return attempt
  }

  newRound(): void {
    this.#round += 1
  }

  /** Adds the ways on from here in order of preference. True = the pattern is complete: what comes after is worse. */
  explore(attempt: Attempt, step: number, count: number, starts: readonly number[]): boolean {
    if (step === this.#steps.length) {
      if (attempt.rows === 0) return false
      attempt.best = { end: attempt.rows - 1, starts }
      return true
    }
    const { least, most, reluctant } = this.#steps[step]
    const state = this.#offsets[step] + Math.min(count, Number.isFinite(most) ? most : least)
    if (this.#seen[state] === this.#round) return false
    this.#seen[state] = this.#round
    const takes = count < most
    if (takes && !reluctant) attempt.ways.push({ step, count: count + 1, starts })
    if (count >= least && this.explore(attempt, step + 1, 0, [...starts, attempt.rows])) return true
    if (takes && reluctant) attempt.ways.push({ step, count: count + 1, starts })
    return false
  }
}

export class Attempt {
  /** The best match so far: final once no way is left. */
  best: Found | null = null
  /** Rows taken. */
  rows = 0
  ways: Way[] = []
  readonly #sequence: Sequence
  readonly #steps: readonly SequenceStep[]

  constructor(sequence: Sequence, steps: readonly SequenceStep[]) {
    this.#sequence = sequence
    this.#steps = steps
  }

  /** Nothing that comes can change the result. */
  get over(): boolean {
    return this.ways.length === 0
  }

  /** `fits`: bits of the steps that the row fits. */
  take(fits: number): void {
    const { ways } = this
    this.ways = []
    this.rows += 1
    this.#sequence.newRound()
    for (const { step, count, starts } of ways) {
      const { bit } = this.#steps[step]
      if (bit >= 0 && ((fits >>> bit) & 1) === 0) continue
      if (this.#sequence.explore(this, step, count, starts)) return
    }
  }
}
