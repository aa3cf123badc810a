import { expect, test } from 'vitest'
import { copyBytes, viewOf } from './copyBytes.ts'

test('any run of bytes arrives at any place, touches nothing beside it, and says whether it is ASCII', () => {
  const memory = Uint8Array.from({ length: 96 }, (_, i) => 32 + i)
  for (const high of [-1, 0, 1, 6, 7, 8, 15, 16, 30]) {
    const source = memory.slice().subarray(3)
    if (high >= 0) source[5 + high] = 195
    for (let size = 0; size <= 33; size += 1) {
      const target = new Uint8Array(64).fill(1)
      const ascii = copyBytes(viewOf(source), 5, 5 + size, new DataView(target.buffer), 9)
      expect(ascii).toBe(high < 0 || high >= size)
      expect([...target]).toEqual(Array.from({ length: 64 }, (_, i) => (i >= 9 && i < 9 + size ? source[i - 4] : 1)))
    }
  }
})

test('a view is that of the bytes it was asked for, however many others there were', () => {
  const all = Array.from({ length: 20 }, (_, i) => new Uint8Array(8).fill(i).subarray(i % 4))
  for (let round = 0; round < 3; round += 1)
    for (const [i, bytes] of all.entries()) expect([viewOf(bytes).getUint8(0), viewOf(bytes).byteLength]).toEqual([i, bytes.length])
})
