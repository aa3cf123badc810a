/** Digests of bytes, isomorphic: no platform API, so that the page computes what the engine does. */

const encoder = new TextEncoder()

export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

export function hex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text
}

/** The message followed by 0x80, zeros and its length in bits, in whole blocks. */
function padded(message: Uint8Array, blockBytes: 64 | 128, littleEndian: boolean): DataView {
  const lengthBytes = blockBytes / 8
  const blocks = Math.ceil((message.length + 1 + lengthBytes) / blockBytes)
  const bytes = new Uint8Array(blocks * blockBytes)
  bytes.set(message)
  bytes[message.length] = 0x80
  const view = new DataView(bytes.buffer)
  const bits = BigInt(message.length) * 8n
  view.setBigUint64(bytes.length - 8, bits, littleEndian)
  return view
}

function words(values: Uint32Array, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(values.length * 4)
  const view = new DataView(bytes.buffer)
  values.forEach((value, i) => view.setUint32(i * 4, value, littleEndian))
  return bytes
}

const rotl = (value: number, by: number): number => (value << by) | (value >>> (32 - by))
const rotr = (value: number, by: number): number => (value >>> by) | (value << (32 - by))

const MD5_SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]
const MD5_SINES = Uint32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32))

export function md5(message: Uint8Array): Uint8Array {
  const view = padded(message, 64, true)
  const state = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476)
  for (let block = 0; block < view.byteLength; block += 64) {
    let [a, b, c, d] = state
    for (let i = 0; i < 64; i += 1) {
      const round = i >> 4
      const mixed = round === 0 ? (b & c) | (~b & d) : round === 1 ? (d & b) | (~d & c) : round === 2 ? b ^ c ^ d : c ^ (b | ~d)
      const word = round === 0 ? i : round === 1 ? (5 * i + 1) & 15 : round === 2 ? (3 * i + 5) & 15 : (7 * i) & 15
      const sum = (a + mixed + MD5_SINES[i] + view.getUint32(block + word * 4, true)) | 0
      a = d
      d = c
      c = b
      b = (b + rotl(sum, MD5_SHIFTS[round * 4 + (i & 3)])) | 0
    }
    state[0] += a
    state[1] += b
    state[2] += c
    state[3] += d
  }
  return words(state, true)
}

export function sha1(message: Uint8Array): Uint8Array {
  const view = padded(message, 64, false)
  const state = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0)
  const w = new Int32Array(80)
  for (let block = 0; block < view.byteLength; block += 64) {
    for (let i = 0; i < 16; i += 1) w[i] = view.getInt32(block + i * 4)
    for (let i = 16; i < 80; i += 1) w[i] = rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1)
    let [a, b, c, d, e] = state
    for (let i = 0; i < 80; i += 1) {
      const mixed =
        i < 20
          ? ((b & c) | (~b & d)) + 0x5a827999
          : i < 40
            ? (b ^ c ^ d) + 0x6ed9eba1
            : i < 60
              ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
              : (b ^ c ^ d) + 0xca62c1d6
      const next = (rotl(a, 5) + mixed + e + w[i]) | 0
      e = d
      d = c
      c = rotl(b, 30)
      b = a
      a = next
    }
    state[0] += a
    state[1] += b
    state[2] += c
    state[3] += d
    state[4] += e
  }
  return words(state, false)
}

/** The first primes' square or cube roots after the point, as `bits` bits: where SHA-2 has its constants from. */
function roots(count: number, cube: boolean, bits: number): bigint[] {
  const found: bigint[] = []
  for (let candidate = 2n; found.length < count; candidate += 1n) {
    let prime = true
    for (let divisor = 2n; divisor * divisor <= candidate; divisor += 1n) if (candidate % divisor === 0n) prime = false
    if (!prime) continue
    const power = cube ? 3n : 2n
    const target = candidate << (BigInt(bits) * power)
    let low = 0n
    let high = 1n << BigInt(bits + 8)
    while (high - low > 1n) {
      const middle = (low + high) >> 1n
      if (middle ** power <= target) low = middle
      else high = middle
    }
    found.push(low & ((1n << BigInt(bits)) - 1n))
  }
  return found
}

const K256 = Int32Array.from(roots(64, true, 32), (value) => Number(BigInt.asIntN(32, value)))
const H256 = Uint32Array.from(roots(8, false, 32), Number)

export function sha256(message: Uint8Array): Uint8Array {
  const view = padded(message, 64, false)
  const state = H256.slice()
  const w = new Int32Array(64)
  for (let block = 0; block < view.byteLength; block += 64) {
    for (let i = 0; i < 16; i += 1) w[i] = view.getInt32(block + i * 4)
    for (let i = 16; i < 64; i += 1) {
      const s0 = rotr(w[i - 15], 7) ^ rotr(w[i - 15], 18) ^ (w[i - 15] >>> 3)
      const s1 = rotr(w[i - 2], 17) ^ rotr(w[i - 2], 19) ^ (w[i - 2] >>> 10)
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0
    }
    let [a, b, c, d, e, f, g, h] = state
    for (let i = 0; i < 64; i += 1) {
      const s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K256[i] + w[i]) | 0
      const s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g
      g = f
      f = e
      e = (d + t1) | 0
      d = c
      c = b
      b = a
      a = (t1 + t2) | 0
    }
    const sums = [a, b, c, d, e, f, g, h]
    for (let i = 0; i < 8; i += 1) state[i] += sums[i]
  }
  return words(state, false)
}

const MASK64 = (1n << 64n) - 1n
const K512 = roots(80, true, 64)
const H512 = roots(8, false, 64)
const rotr64 = (value: bigint, by: bigint): bigint => (value >> by) | ((value << (64n - by)) & MASK64)

export function sha512(message: Uint8Array): Uint8Array {
  const view = padded(message, 128, false)
  const state = [...H512]
  const w: bigint[] = []
  for (let block = 0; block < view.byteLength; block += 128) {
    for (let i = 0; i < 16; i += 1) w[i] = view.getBigUint64(block + i * 8)
    for (let i = 16; i < 80; i += 1) {
      const s0 = rotr64(w[i - 15], 1n) ^ rotr64(w[i - 15], 8n) ^ (w[i - 15] >> 7n)
      const s1 = rotr64(w[i - 2], 19n) ^ rotr64(w[i - 2], 61n) ^ (w[i - 2] >> 6n)
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) & MASK64
    }
    let [a, b, c, d, e, f, g, h] = state
    for (let i = 0; i < 80; i += 1) {
      const s1 = rotr64(e, 14n) ^ rotr64(e, 18n) ^ rotr64(e, 41n)
      const t1 = (h + s1 + ((e & f) ^ (~e & MASK64 & g)) + K512[i] + w[i]) & MASK64
      const s0 = rotr64(a, 28n) ^ rotr64(a, 34n) ^ rotr64(a, 39n)
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) & MASK64
      h = g
      g = f
      f = e
      e = (d + t1) & MASK64
      d = c
      c = b
      b = a
      a = (t1 + t2) & MASK64
    }
    const sums = [a, b, c, d, e, f, g, h]
    for (let i = 0; i < 8; i += 1) state[i] = (state[i] + sums[i]) & MASK64
  }
  const bytes = new Uint8Array(64)
  const out = new DataView(bytes.buffer)
  state.forEach((value, i) => out.setBigUint64(i * 8, value))
  return bytes
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, i) => {
  let value = i
  for (let bit = 0; bit < 8; bit += 1) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** CRC-32 as in zip and gzip, 0 to 2^32 − 1. */
export function crc32(bytes: Uint8Array): number {
  let crc = -1
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 255] ^ (crc >>> 8)
  return ~crc >>> 0
}

/** MurmurHash3-32, seed 0, 0 to 2^32 − 1. */
export function murmur3(bytes: Uint8Array, from = 0, to: number = bytes.length): number {
  const mixed = (word: number): number => Math.imul(rotl(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593)
  let hash = 0
  let at = from
  for (; at + 4 <= to; at += 4) {
    hash ^= mixed(bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24))
    hash = (Math.imul(rotl(hash, 13), 5) + 0xe6546b64) | 0
  }
  let tail = 0
  for (let k = to - 1; k >= at; k -= 1) tail = (tail << 8) | bytes[k]
  if (at < to) hash ^= mixed(tail)
  hash ^= to - from
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
