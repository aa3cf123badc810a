import { expect, test } from 'vitest'
import { keyGroupOf, murmur3, partitionOf } from './murmur.ts'

test('H25 frozen vectors of MurmurHash3-32, seed 0', () => {
  const hash = (text: string): number => {
    const bytes = new TextEncoder().encode(`xx${text}yy`)
    return murmur3(bytes, 2, bytes.length - 2)
  }
  expect(hash('')).toBe(0)
  expect(hash('test')).toBe(0xba6bd213)
  expect(hash('Hello, world!')).toBe(0xc0363e43)
  expect(hash('The quick brown fox jumps over the lazy dog')).toBe(0x2e4ff723)
})

test('H25 every key group has one owner and owners are contiguous ranges', () => {
  for (const partitions of [1, 2, 3, 7, 128]) {
    let before = 0
    const owners = new Set<number>()
    for (let group = 0; group < 128; group += 1) {
      const owner = partitionOf(group, partitions)
      expect(owner).toBeGreaterThanOrEqual(before)
      before = owner
      owners.add(owner)
    }
    expect(owners.size).toBe(partitions)
  }
  expect(keyGroupOf(0xffffffff)).toBe(127)
  expect(keyGroupOf(0)).toBe(0)
})
