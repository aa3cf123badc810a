/** Random numbers of a call that are the same when the call is repeated (engine-spec H27). */

export class ScriptRandom {
  readonly #operator: number
  #state = 0

  constructor(operator: string, partition: number) {
    let hash = 0x811c9dc5
    for (let i = 0; i < operator.length; i += 1) hash = Math.imul(hash ^ operator.charCodeAt(i), 0x01000193)
    this.#operator = mixed(hash ^ Math.imul(partition + 1, 0x9e3779b1))
  }

  /** `index`: number of the row in its window. */
  seed(window: number, index: number): void {
    this.#state = mixed(mixed(this.#operator ^ (window >>> 0) ^ Math.imul(Math.floor(window / 4_294_967_296), 0x85ebca6b)) ^ index)
  }

  /** 0 ≤ x < 1, 53 bits. */
  next(): number {
    return ((this.#word() >>> 5) * 67_108_864 + (this.#word() >>> 6)) / 9_007_199_254_740_992
  }

  #word(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0
    return mixed(this.#state)
  }
}

/** The finaliser of MurmurHash3. */
function mixed(word: number): number {
  let hash = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
