import { expect, it } from 'vitest'
import { SnapshotMemory } from './snapshotMemory.ts'

const MB = 1_048_576

/** Requests that were served, in order. */
function memoryOf(boundBytes: number) {
  const memory = new SnapshotMemory(boundBytes)
  const grants: SharedArrayBuffer[] = []
  const request = (sizeBytes: number, instance = 'a'): void => memory.request(instance, sizeBytes, (granted) => grants.push(granted))
  const written = (key: string, instance = 'a'): string | null | undefined => {
    memory.keep(key, instance, { sizeBytes: 1, changedPages: [] })
    const heldBefore = memory.copied(key)?.heldBefore
    memory.release(key, instance)
    return heldBefore
  }
  return { memory, grants, request, written }
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
