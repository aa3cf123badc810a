/** What row `id` of a generator holds: a pure function of the seed and the id. Browser-safe, for example rows. */

/** 2024-01-01T00:00:00Z */
const FIRST_TIME_MS = 1_704_067_200_000

/** 32 well-mixed bits of seed, id and lane (the finaliser of MurmurHash3). */
function mixed(seed: number, id: number, lane: number): number {
  let hash = Math.imul(seed ^ Math.imul(lane + 1, 0x9e3779b1), 0x85ebca6b)
  hash ^= Math.imul(id >>> 0, 0xcc9e2d51) ^ Math.imul(Math.floor(id / 4_294_967_296), 0x1b873593)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

export function generatedKey(seed: number, id: number, keys: number): string {
  return `k${mixed(seed, id, 0) % keys}`
}

export function generatedValue(seed: number, id: number): number {
  return (mixed(seed, id, 1) % 1_000_000) / 10_000
}

/** ms since the epoch. */
export function generatedTime(id: number): number {
  return FIRST_TIME_MS + id
}
