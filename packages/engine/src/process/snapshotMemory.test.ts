import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { claimMemory } from '../container/memoryClaim.ts'
import { SnapshotMemory, type Offer } from './snapshotMemory.ts'

const MB = 1_048_576

/** Requests that were served, in order. */
function memoryOf(boundBytes: number) {
  const offers = new Map<string, Offer>()
  const memory = new SnapshotMemory(boundBytes, (instance, offer) => offers.set(instance, offer))
  const grants: SharedArrayBuffer[] = []
  const request = (leastBytes: number, instance = 'a', wantedBytes = leastBytes): void =>
    memory.request(instance, { leastBytes, wantedBytes }, (granted) => grants.push(granted))
  const written = (key: string, instance = 'a'): string | null | undefined => {
    memory.keep(key, instance, { sizeBytes: 1, changedPages: [] })
    const heldBefore = memory.copied(key)?.heldBefore
    memory.release(key, instance)
    return heldBefore
  }
  return { memory, grants, offers, request, written }
}

it('H22 memory that grows keeps what it held, and it is known which snapshot that is', () => {
  const { memory, grants, request, written } = memoryOf(64 * MB)
  request(2 * MB)
  new Uint8Array(grants[0])[0] = 7
  expect(written('a@1')).toBeNull()
  request(20 * MB)
  expect(grants[1].byteLength).toBeGreaterThanOrEqual(20 * MB)
  expect(new Uint8Array(grants[1])[0]).toBe(7)
  // The container found that it needs more than it had asked for.
  request(30 * MB)
  expect(new Uint8Array(grants[2])[0]).toBe(7)
  expect(memory.usedBytes).toBe(grants[2].byteLength)
  expect(written('a@2')).toBe('a@1')
})

it('H22 a snapshot that comes while the one before is written waits for its memory', () => {
  const { memory, grants, request, written } = memoryOf(64 * MB)
  request(2 * MB)
  memory.keep('a@1', 'a', { sizeBytes: 1, changedPages: null })
  request(2 * MB)
  request(2 * MB, 'b')
  expect(grants.length).toBe(2)
  memory.release('a@1', 'a')
  expect(grants.length).toBe(3)
  expect(written('a@2')).toBe('a@1')
})

it('H22 a grant that is lost is memory for others, and its snapshot none of ours', () => {
  const { memory, grants, request } = memoryOf(4 * MB)
  request(3 * MB)
  request(3 * MB, 'b')
  expect(grants.length).toBe(1)
  memory.lost('a')
  expect(grants.length).toBe(2)
  expect(memory.keep('a@1', 'a', { sizeBytes: 1, changedPages: null })).toBe(false)
})

it('L1 H22 a state that fits the memory to the page is taken, though it has no room to grow then', () => {
  const { memory, grants, request, written } = memoryOf(16 * MB)
  request(13 * MB, 'a', 16.25 * MB)
  expect(grants[0].byteLength).toBe(16 * MB)
  expect(written('a@1')).toBeNull()
  request(15 * MB, 'a', 18.75 * MB)
  expect(grants.length).toBe(2)
  expect(written('a@2')).toBe('a@1')
  expect(() => request(16 * MB + 1, 'a', 20 * MB)).toThrow(/needs 17 MB/)
  expect(memory.usedBytes).toBe(16 * MB)
})

it('H22 what others keep for their next snapshots gives way to what is needed, and not to room for growth', () => {
  const { memory, grants, request, written } = memoryOf(16 * MB)
  request(6 * MB)
  written('a@1')
  request(8 * MB, 'b', 12 * MB)
  expect(grants[1].byteLength).toBe(10 * MB)
  request(6 * MB)
  expect(written('a@2')).toBe('a@1')
  written('b@1', 'b')
  request(11 * MB, 'b')
  expect(grants[3].byteLength).toBe(11 * MB)
  expect(memory.usedBytes).toBe(11 * MB)
})

it('H22 memory whose snapshot is written is offered; what its instance has claimed is not given to others, the rest is', () => {
  const { memory, grants, offers, request, written } = memoryOf(16 * MB)
  request(8 * MB)
  written('a@1')
  expect(offers.get('a')).toMatchObject({ memory: grants[0], holds: 'a@1' })
  const claim = offers.get('a')?.claim ?? new Int32Array(1)
  expect(claimMemory(claim)).toBe(true)
  request(12 * MB, 'b')
  expect(grants.length).toBe(1)
  // It was used without being asked for, and is free again when that is written.
  expect(written('a@2')).toBe('a@1')
  expect(grants[1].byteLength).toBe(12 * MB)
  expect(claimMemory(offers.get('a')?.claim ?? new Int32Array(1))).toBe(false)
  written('b@1', 'b')
  expect(claimMemory(offers.get('b')?.claim ?? new Int32Array(1))).toBe(true)
  memory.lost('b')
  expect(memory.usedBytes).toBe(0)
})

it('L1 H22 whatever is asked for, lost, filled and written, the bound is kept, and who fits it alone is served in the end', () => {
  const bound = 16 * MB
  const instances = ['a', 'b', 'c'] as const
  const ask = fc.record({
    instance: fc.constantFrom(...instances),
    leastBytes: fc.integer({ min: 1, max: bound }),
    room: fc.double({ min: 1, max: 1.5, noNaN: true }),
    next: fc.constantFrom('keep', 'keep', 'lose', 'write'),
    uses: fc.constantFrom('offer', 'request'),
  })
  fc.assert(
    fc.property(fc.array(ask, { maxLength: 60 }), (asks) => {
      const offers = new Map<string, Offer>()
      const memory = new SnapshotMemory(bound, (instance, offer) => offers.set(instance, offer))
      /** Granted and not filled, by instance; and filled and not written, by key. */
      const granted = new Map<string, SharedArrayBuffer>()
      const copied = new Map<string, string>()
      asks.forEach(({ instance, leastBytes, room, next, uses }, window) => {
        const offer = offers.get(instance)
        offers.delete(instance)
        if (uses === 'offer' && offer !== undefined && claimMemory(offer.claim)) {
          // Whoever has it, has it alone.
          expect([...granted.values()]).not.toContain(offer.memory)
          granted.set(instance, offer.memory)
        } else {
          granted.delete(instance)
          memory.request(instance, { leastBytes, wantedBytes: leastBytes * room }, (buffer) => {
            expect(buffer.byteLength).toBeGreaterThanOrEqual(leastBytes)
            expect([...granted.values()]).not.toContain(buffer)
            granted.set(instance, buffer)
          })
        }
        const key = `${instance}@${window}`
        if (next === 'lose') {
          memory.lost(instance)
          granted.delete(instance)
        } else if (memory.keep(key, instance, { sizeBytes: 1, changedPages: null })) {
          granted.delete(instance)
          copied.set(key, instance)
        }
        if (next === 'write')
          for (const [written, owner] of copied) {
            copied.delete(written)
            memory.release(written, owner)
          }
        expect(memory.usedBytes).toBeLessThanOrEqual(bound)
        const inUse = [...granted.values()].reduce((sum, buffer) => sum + buffer.byteLength, 0)
        expect(inUse).toBeLessThanOrEqual(memory.usedBytes)
      })
      for (const instance of instances) memory.lost(instance)
      for (const [key, instance] of copied) memory.release(key, instance)
      let served = false
      memory.request('d', { leastBytes: bound, wantedBytes: bound * 2 }, () => {
        served = true
      })
      expect(served).toBe(true)
    }),
    { numRuns: 200 },
  )
})
