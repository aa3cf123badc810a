/**
 * What changes is shown over the next few frames instead of in one: a hundred nodes drawn at once hold the page up for
 * longer than a frame, a sixth of them does not. First come, first shown; what waits already is not counted twice.
 */
const FRAMES = 10
/** So many in a frame are no work: a small graph changes as one. */
const AT_ONCE = 18

export class Spread<T> {
  readonly #waiting = new Set<T>()
  #perFrame = AT_ONCE

  add(one: T): void {
    this.#waiting.add(one)
    this.#perFrame = Math.max(AT_ONCE, Math.ceil(this.#waiting.size / FRAMES))
  }

  get empty(): boolean {
    return this.#waiting.size === 0
  }

  /** What this frame shows. */
  take(): readonly T[] {
    const taken: T[] = []
    for (const one of this.#waiting) {
      if (taken.length === this.#perFrame) break
      this.#waiting.delete(one)
      taken.push(one)
    }
    return taken
  }

  /** Is shown in this frame whatever its turn. */
  hurry(one: T): void {
    this.#waiting.delete(one)
  }
}
