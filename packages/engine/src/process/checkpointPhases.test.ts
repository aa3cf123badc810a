import { expect, test } from 'vitest'
import type { FromContainer } from '../container/protocol.ts'
import { CheckpointPhases } from './checkpointPhases.ts'

function copied(instance: string, window: number): Extract<FromContainer, { type: 'snapshot-copied' }> {
  return {
    type: 'snapshot-copied',
    instance,
    window,
    attempt: 1,
    memory: null,
    sizeBytes: 0,
    changedPages: [],
    final: false,
    endWorkMs: 1,
    copyMs: 2,
    stoodMs: 0.5,
  }
}

test('a checkpoint whose successor is copied before it is durable keeps its phases', () => {
  const phases = new CheckpointPhases()
  for (const instance of ['source', 'sink']) phases.copied(copied(instance, 2), 100)
  phases.stored({ instance: 'source', window: 2 }, 4, 110)
  phases.copied(copied('source', 4), 120)
  phases.completed({ manifest: 1, window: 2, durationMs: 30 }, [1], 130)
  expect(phases.of(1)).toEqual([
    { instance: 'source', endMs: 0, workedMs: 0, copiedMs: 0, stoodMs: 0.5, writingMs: 6, storedMs: 10 },
    { instance: 'sink', endMs: 0, workedMs: 0, copiedMs: 0, stoodMs: 0.5, writingMs: 0, storedMs: 0 },
  ])
  phases.copied(copied('sink', 4), 140)
  phases.completed({ manifest: 2, window: 4, durationMs: 30 }, [2], 150)
  expect(phases.of(2)?.map(({ instance }) => instance)).toEqual(['source', 'sink'])
  expect(phases.of(1)).toBeUndefined()
})
