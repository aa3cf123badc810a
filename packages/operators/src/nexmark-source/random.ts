/**
 * Random numbers of made-up events: xorshift32, begun anew for every event from the seed and the
 * event's number. Hot loops keep the state in a local variable: `x = next(x); value = below(x, 10)`.
 */

/** 32 well-mixed bits of seed and number, never 0 (the finaliser of MurmurHash3). */
export function mixed(seed: number, n: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b1, 0x85ebca6b)
  hash ^= Math.imul(n >>> 0, 0xcc9e2d51) ^ Math.imul(Math.floor(n / 4_294_967_296), 0x1b873593)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  hash ^= hash >>> 16
  return hash === 0 ? 0x6d2b79f5 : hash
}

/** The state after `state`. */
export function next(state: number): number {
  let x = state
  x ^= x << 13
  x ^= x >>> 17
  x ^= x << 5
  return x
}

/** A whole number in [0, most) from a state; the high bits choose. */
export function below(state: number, most: number): number {
  return Math.floor((state >>> 0) * 2 ** -32 * most)
}

const PRICE_STEPS = 1 << 24
const PART_BITS = 12
const PART = 1 << PART_BITS
/** e^(6 ln 10 · i / 2^24) for i in steps of 4,096, and for i below 4,096: a price is a product of two. */
const COARSE = Float64Array.from({ length: PART }, (_, i) => 100 * Math.exp((i / PART) * 6 * Math.LN10))
const FINE = Float64Array.from({ length: PART }, (_, i) => Math.exp((i / PRICE_STEPS) * 6 * Math.LN10))
/** The product is off by less than this, and so rounds as the power itself unless it is so close to a half. */
const DOUBT = 1e-4

/** 100 to 100,000,000, each power of ten as likely as the others. */
export function priceOf(state: number): number {
  const step = state >>> 8
  const value = COARSE[step >>> PART_BITS] * FINE[step & (PART - 1)]
  const whole = Math.floor(value)
  const rest = value - whole
  if (Math.abs(rest - 0.5) < DOUBT) return Math.round(100 * Math.exp((step / PRICE_STEPS) * 6 * Math.LN10))
  return rest < 0.5 ? whole : whole + 1
}
