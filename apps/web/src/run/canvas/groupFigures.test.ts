import { expect, test } from 'vitest'
import type { OperatorFigures } from '@belay/run'
import { groupFigures } from './groupFigures.ts'

function figures(change: Partial<OperatorFigures>, busy = 0.1): OperatorFigures {
  return {
    state: 'running',
    attempt: 1,
    container: 'c',
    activity: { busy, blocked: 0, starved: 0, idle: 1 - busy },
    rowsIn: 0,
    rowsOut: 0,
    rowsInPerSecond: 0,
    rowsOutPerSecond: 0,
    window: 10,
    checkpointWindow: 8,
    watermark: null,
    stateSizeBytes: 0,
    rowErrors: 0,
    ...change,
  }
}

test('the worst state stands for the group, and leads to the operator that is in it', () => {
  const told = groupFigures(
    ['a', 'b', 'c'],
    [
      figures({ state: 'replaying', window: 7 }),
      figures({ state: 'down', checkpointWindow: 4, rowErrors: 2 }),
      figures({ rowErrors: 1 }, 0.9),
    ],
  )
  expect(told).toMatchObject({ state: 'down', inState: 1, first: 'b', window: 7, checkpointWindow: 4, rowErrors: 3 })
  expect(told?.busiest.activity.busy).toBe(0.9)
})

test('of well operators the busiest is looked at first; one that is done is better than one at work', () => {
  expect(groupFigures(['a', 'b'], [figures({ state: 'finished' }, 0), figures({}, 0.4)])).toMatchObject({ state: 'running', first: 'b' })
  expect(groupFigures(['a', 'b'], [undefined, figures({ state: 'finished' })])).toMatchObject({ state: 'finished', first: 'b' })
})

test('nothing is told before anything is known', () => {
  expect(groupFigures(['a'], [undefined])).toBeNull()
})
