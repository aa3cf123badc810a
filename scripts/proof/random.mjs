// Seeded randomness for proofs: the same seed gives the same faults.

/** mulberry32. @param {number} seed @returns {() => number} uniform in [0, 1) */
export function seeded(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** @template T @param {() => number} random @param {readonly T[]} from @returns {T} */
export function pick(random, from) {
  return from[Math.floor(random() * from.length)]
}
