/** Seeded randomness (mulberry32). One stream per concern, so that a draw more in one does not shift the others. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** Another stream, told apart by its name. */
  fork(name: string): Random {
    let hash = this.#state ^ 0x9e3779b9
    for (let i = 0; i < name.length; i += 1) hash = Math.imul(hash ^ name.charCodeAt(i), 0x85ebca6b)
    return new Random(hash ^ (hash >>> 13))
  }

  /** 0 ≤ x < 1 */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  /** 0 … n − 1 */
  int(n: number): number {
    return Math.floor(this.next() * n)
  }

  /** least … most, both possible */
  between(least: number, most: number): number {
    return least + this.int(most - least + 1)
  }

  chance(share: number): boolean {
    return this.next() < share
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)]
  }
}
