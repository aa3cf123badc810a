import { expect, test } from 'vitest'
import { lastOf, linePath, mostOf, valueAt } from './chartPaths.ts'

const times = [0, 10_000, 20_000, 30_000, 40_000]
const box = { fromMs: 0, toMs: 40_000, stepMs: 10_000, most: 10, width: 400, height: 10 }

test('lines go on where values are known, and nowhere else', () => {
  expect(linePath(times, [0, 10, null, 5, 5], box)).toBe('M0 10L100 0M300 5L400 5')
  expect(linePath(times, [null, null, null, null, null], box)).toBe('')
})

test('a value between two gaps is a dot', () => {
  expect(linePath(times, [5, null, 5, null, 5], box)).toBe('M0 5h0.01M200 5h0.01M400 5h0.01')
})

test('a single second that was not told is bridged', () => {
  const seconds = { ...box, toMs: 4000, stepMs: 1000 }
  const at = [0, 1000, 2000, 3000, 4000]
  expect(linePath(at, [5, null, 5, 5, 5], seconds)).toBe('M0 5L200 5L300 5L400 5')
})

test('values at a moment, the newest and the highest one', () => {
  expect([valueAt(times, [1, 2, null, 4, 5], 10_000, 19_999), valueAt(times, [1, 2, null, 4, 5], 10_000, 25_000)]).toEqual([2, null])
  expect([lastOf([1, 2, null]), lastOf([null])]).toEqual([2, null])
  expect([mostOf([[1, null, 7]], 1), mostOf([[]], 1)]).toEqual([7, 1])
})
