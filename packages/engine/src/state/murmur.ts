/**
 * MurmurHash3-32 of canonical key bytes and the 128 key groups (engine-spec H25).
 *
 * Both are a file format: snapshots hold the hashes, partitions own ranges of key groups. The
 * vectors in murmur.test.ts are frozen.
 */
export const KEY_GROUPS = 128

/** x86 32-bit variant with seed 0 over `bytes[from, to)`, as an unsigned number. */
export function murmur3(bytes: Uint8Array, from: number, to: number): number {
  const length = to - from
  const blocksEnd = from + (length & ~3)
  let hash = 0
  for (let i = from; i < blocksEnd; i += 4) {
    let k = bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24)
    k = Math.imul(k, 0xcc9e2d51)
    k = (k << 15) | (k >>> 17)
    hash ^= Math.imul(k, 0x1b873593)
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
  }
  let tail = 0
  switch (length & 3) {
    case 3:
      tail = (bytes[blocksEnd + 2] << 16) | (bytes[blocksEnd + 1] << 8) | bytes[blocksEnd]
      break
    case 2:
      tail = (bytes[blocksEnd + 1] << 8) | bytes[blocksEnd]
      break
    case 1:
      tail = bytes[blocksEnd]
      break
    default:
  }
  if (tail !== 0) {
    tail = Math.imul(tail, 0xcc9e2d51)
    tail = (tail << 15) | (tail >>> 17)
    hash ^= Math.imul(tail, 0x1b873593)
  }
  hash ^= length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Top seven bits, so that the hash tables, which use the low bits, stay evenly filled inside a partition. */
export function keyGroupOf(hash: number): number {
  return hash >>> 25
}

/** Partition that owns a key group: contiguous ranges. */
export function partitionOf(keyGroup: number, partitions: number): number {
  return Math.floor((keyGroup * partitions) / KEY_GROUPS)
}
