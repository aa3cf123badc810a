import { expect, test } from 'vitest'
import { slowestPhase, spansOf } from './phases.ts'

const phase = (instance: string, storedMs: number) => ({ instance, endMs: 2, workedMs: 3, copiedMs: 5, stoodMs: 1, writingMs: 6, storedMs })

test('spans add up to the checkpoint, the slowest first, and stragglers are those far behind the others', () => {
  const all = spansOf([phase('a', 10), phase('b', 12), phase('slow', 60)], 70)
  expect(all.map(({ instance, straggler }) => [instance, straggler])).toEqual([
    ['slow', true],
    ['b', false],
    ['a', false],
  ])
  for (const { spans } of all) expect(Object.values(spans).reduce((sum, ms) => sum + ms, 0)).toBe(70)
  expect(slowestPhase(all)).toEqual({ instance: 'slow', phase: 'store', ms: 54 })
})

test('who only waits for the others is no straggler; who makes them wait is', () => {
  const late = { instance: 'late', endMs: 103, workedMs: 104, copiedMs: 105, stoodMs: 1, writingMs: 105, storedMs: 108 }
  const slow = { instance: 'slow', endMs: 2, workedMs: 100, copiedMs: 101, stoodMs: 1, writingMs: 101, storedMs: 103 }
  const all = spansOf([phase('a', 7), late, slow], 110)
  expect(all.map(({ instance, straggler }) => [instance, straggler])).toEqual([
    ['late', false],
    ['slow', true],
    ['a', false],
  ])
  expect(slowestPhase(all)).toEqual({ instance: 'slow', phase: 'work', ms: 98 })
})

test('among equals and among the very fast nobody is a straggler', () => {
  expect(spansOf([phase('a', 50), phase('b', 50)], 60).some(({ straggler }) => straggler)).toBe(false)
  expect(spansOf([phase('a', 7), phase('b', 20)], 21).some(({ straggler }) => straggler)).toBe(false)
  expect(slowestPhase([])).toBeNull()
})
