import { expect, test } from 'vitest'
import { CheckpointPhases } from '../src/process/checkpointPhases.ts'

const message = { type: 'snapshot-copied', attempt: 1, memory: null, sizeBytes: 0, changedPages: null, final: false } as const
const checkpoint = { manifest: 4, window: 10, durationMs: 100 }

test('V2 each phase of an instance ends where the next one begins, and none ends after the checkpoint', () => {
  const phases = new CheckpointPhases()
  phases.copied({ ...message, instance: 'count', window: 10, endWorkMs: 5, copyMs: 10, stoodMs: 10 }, 1030)
  phases.stored({ instance: 'count', window: 10 }, 20, 1070)
  phases.copied({ ...message, instance: 'plain', window: 10, endWorkMs: 0, copyMs: 1, stoodMs: 1 }, 1040)
  phases.completed(checkpoint, [4], 1100)
  expect(phases.of(4)).toEqual([
    { instance: 'count', endMs: 15, workedMs: 20, copiedMs: 30, stoodMs: 10, writingMs: 50, storedMs: 70 },
    { instance: 'plain', endMs: 39, workedMs: 39, copiedMs: 40, stoodMs: 1, writingMs: 40, storedMs: 40 },
  ])
})

test('V2 what belongs to another window is left out, and what is let go is forgotten', () => {
  const phases = new CheckpointPhases()
  phases.copied({ ...message, instance: 'old', window: 8, endWorkMs: 1, copyMs: 1, stoodMs: 1 }, 900)
  phases.copied({ ...message, instance: 'count', window: 10, endWorkMs: 1, copyMs: 1, stoodMs: 1 }, 1010)
  phases.stored({ instance: 'count', window: 8 }, 5, 920)
  phases.completed(checkpoint, [4], 1100)
  expect(phases.of(4)).toMatchObject([{ instance: 'count', copiedMs: 10, storedMs: 10 }])
  phases.completed({ ...checkpoint, manifest: 5, window: 12 }, [5], 1200)
  expect([phases.of(4), phases.of(5)]).toEqual([undefined, []])
})
