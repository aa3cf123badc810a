import { expect, it } from 'vitest'
import { FrameCopy } from './frameCopy.ts'
import { PAGE_BYTES, frameMemoryNeed, heldIn, readFrameImages } from './snapshotFrame.ts'

/** What a restore has: the whole frame, or that of the file before with the changed pages over it and zeros behind it. */
function onDisk(before: Uint8Array, memory: Uint8Array, sizeBytes: number, changedPages: readonly number[] | null): Uint8Array {
  if (changedPages === null) return memory.slice(0, sizeBytes)
  const frame = new Uint8Array(sizeBytes)
  frame.set(before.subarray(0, sizeBytes))
  for (const page of changedPages) frame.set(memory.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES), page * PAGE_BYTES)
  return frame
}

it('H22 a state that shrinks and grows back is restored as it was, though its memory still held it', () => {
  const all = new Uint8Array(4_194_304).fill(7)
  const memory = new Uint8Array(16_777_216)
  let file: Uint8Array = new Uint8Array(0)
  const deltas: boolean[] = []
  for (const length of [all.length, 983_040, 1_000_000, all.length, all.length - 5, all.length]) {
    const image = {
      name: 'table',
      kind: 'table' as const,
      version: 1,
      shape: '',
      header: {},
      sections: [all.subarray(0, length), all.subarray(0, 65_536)],
    }
    expect(frameMemoryNeed([image], () => heldIn(memory)).wantedBytes).toBeLessThanOrEqual(memory.length)
    const { sizeBytes, changedPages } = new FrameCopy([image], memory, 'another').finish()
    deltas.push(changedPages !== null)
    file = onDisk(file, memory, sizeBytes, changedPages)
    const restored = readFrameImages(file).get('table')?.sections[0]
    expect(restored === undefined ? -1 : Buffer.compare(restored, image.sections[0])).toBe(0)
  }
  expect(deltas).toEqual([false, false, true, true, true, true])
})
