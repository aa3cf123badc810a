import { expect, test } from 'vitest'
import type { ContainerEnd } from './containerThread.ts'
import { MemoryGuard, type GuardedThread } from './memoryGuard.ts'

function guarded(threads: readonly GuardedThread[]) {
  const failed: (ContainerEnd & { container: string })[] = []
  const died: string[] = []
  const state = { threads }
  const guard = new MemoryGuard(1000, {
    threads: () => state.threads,
    fail: (container, why) => void failed.push({ container, ...why }),
    dieNow: (why, _container, cause) => void died.push(`${why} (${cause.code})`),
  })
  return { guard, failed, died, state }
}

const thread = (operator: string, progress: number, bytes: number, busy = true): GuardedThread => ({
  operator,
  container: `c-${operator}`,
  progress,
  busy,
  bytes,
})

test('H18 above the bound the one that works without getting on is ended, whatever the others hold', () => {
  const { guard, failed, state } = guarded([thread('large', 1, 900), thread('waits', 1, 5, false), thread('taker', 1, 10)])
  guard.look(0, 500)
  state.threads = [thread('large', 2, 900), thread('waits', 1, 5, false), thread('taker', 1, 10)]
  guard.look(100, 999)
  expect(failed).toEqual([])
  state.threads = [thread('large', 3, 900), thread('waits', 1, 5, false), thread('taker', 1, 10)]
  guard.look(200, 1001)
  expect(failed).toMatchObject([{ container: 'c-taker', code: 'MEMORY_EXHAUSTED' }])
})

test('H18 where several stand still, who gets on a moment later only waited for the machine', () => {
  const { guard, failed, state } = guarded([thread('rows', 1, 10), thread('taker', 1, 10)])
  guard.look(0, 500)
  guard.look(100, 1001)
  expect(failed).toEqual([])
  state.threads = [thread('rows', 2, 10), thread('taker', 1, 10)]
  guard.look(200, 1200)
  expect(failed).toMatchObject([{ container: 'c-taker' }])
})

test('H18 where several go on standing still, it is who was ended for it before, at once where much is taken', () => {
  const { guard, failed, state } = guarded([thread('rows', 1, 10), thread('taker', 1, 10)])
  guard.look(0, 500)
  guard.look(100, 1001)
  guard.look(599, 1001)
  expect(failed).toEqual([])
  guard.look(600, 1001)
  expect(failed).toMatchObject([{ container: 'c-rows' }])
  guard.ended('c-rows', 700)
  guard.look(1700, 500)
  state.threads = [thread('taker', 1, 10), thread('rows', 1, 10)]
  guard.look(1800, 1600)
  guard.look(1900, 1600)
  expect(failed.map(({ container }) => container)).toEqual(['c-rows', 'c-rows'])
})

test('H18 where everybody gets on it is the one that holds most; the next only once that memory had time to go', () => {
  const { guard, failed, state } = guarded([thread('a', 1, 10), thread('b', 1, 20)])
  guard.look(0, 2000)
  expect(failed).toMatchObject([{ container: 'c-b' }])
  guard.look(100, 2000)
  guard.ended('c-b', 200)
  guard.look(900, 2000)
  expect(failed.length).toBe(1)
  state.threads = [thread('a', 2, 10), thread('b', 2, 0)]
  guard.look(1300, 2000)
  expect(failed).toMatchObject([{ container: 'c-b' }, { container: 'c-a' }])
})

test('H4 a thread that does not end in time is ended with the process', () => {
  const { guard, died } = guarded([thread('a', 1, 10)])
  guard.look(0, 2000)
  guard.look(1900, 2000)
  expect(died).toEqual([])
  guard.look(2100, 2000)
  expect(died).toEqual([expect.stringMatching(/c-a did not end within 2000 ms.* \(MEMORY_EXHAUSTED\)$/)])
})
