import { mkdirSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { RunDelta, RunEvent, RunEventBody } from '@belay/run'
import { beforeEach, expect, test } from 'vitest'
import { standingAt } from '../src/history/standing.ts'
import { FigureHistory } from '../src/history/figureHistory.ts'
import { testHome } from './support/belay.ts'
import { MemoryRun } from './support/memoryRunner.ts'

const START = 1_700_000_000_000
let home: string
let figures: RunDelta['figures']

beforeEach(async () => {
  home = testHome()
  mkdirSync(join(home, 'runs', 'r'), { recursive: true })
  figures = (await new MemoryRun('r').snapshot()).figures
})

function delta(atMs: number, rate: number, operators = ['count']): RunDelta {
  const operator = {
    state: 'running',
    attempt: 1,
    container: 'c',
    activity: { busy: 0.25, blocked: 0.5, starved: 0, idle: 0.25 },
    rowsIn: 1,
    rowsOut: 1,
    rowsInPerSecond: rate,
    rowsOutPerSecond: rate / 2,
    window: 7,
    checkpointWindow: 6,
    watermark: null,
    stateSizeBytes: 1000,
    rowErrors: 0,
  } as const
  return {
    runId: 'r',
    tick: 1,
    atMs,
    tables: {},
    figures: { ...figures, targetWindow: 10, committedWindow: 6, operators: Object.fromEntries(operators.map((id) => [id, operator])) },
  }
}

const all = { fromMs: START, toMs: START + 9000, points: 1000, operator: null }

test('a second is the mean of what was told in it, and a server that comes back goes on in the same file', () => {
  const first = new FigureHistory(home)
  for (let i = 0; i < 16; i += 1) first.delta('r', delta(START + i * 250, 100 * Math.floor(i / 4) + (i % 4)))
  first.close()
  const second = new FigureHistory(home)
  for (let i = 0; i < 8; i += 1) second.delta('r', delta(START + 7000 + i * 250, 5))
  const { stepMs, times, operators, run } = second.read('r', all)
  second.close()
  expect([stepMs, times[0], times.length]).toEqual([1000, START, 10])
  // Nobody looked for three seconds: that is not zero, and the second under way is not told yet.
  expect(operators['count']?.rowsInPerSecond).toEqual([1.5, 101.5, 201.5, 301.5, null, null, null, 5, null, null])
  expect(operators['count']).toMatchObject({ busy: expect.arrayContaining([0.25]), stateSizeBytes: expect.arrayContaining([1000]) })
  expect(operators['count']?.windowsBehind[0]).toBe(3)
  expect(run.windowsBehind[0]).toBe(4)
  expect(new FigureHistory(home).read('r', all).operators['count']?.rowsInPerSecond[8]).toBe(5)
})

test('hours are told in steps of ten seconds and more, and files stay within their bound', () => {
  const history = new FigureHistory(home)
  const hours = 30
  for (let at = 0; at < hours * 3600; at += 5) history.delta('r', delta(START + at * 1000, at))
  history.close()
  const endMs = START + hours * 3_600_000
  const day = history.read('r', { fromMs: endMs - 86_400_000, toMs: endMs - 1, points: 1000, operator: 'count' })
  expect(day.stepMs).toBe(90_000)
  const known = day.operators['count']?.rowsInPerSecond ?? []
  expect(known.filter((value) => value === null)).toEqual([])
  expect(known.at(-1)).toBeGreaterThan((hours - 0.1) * 3600)
  const before = history.read('r', { fromMs: START, toMs: START + 3_600_000, points: 100, operator: 'count' })
  expect(before.operators['count']?.rowsInPerSecond.every((value) => value === null)).toBe(true)
  const sizes = readdirSync(join(home, 'runs', 'r', 'history')).map((name) => statSync(join(home, 'runs', 'r', 'history', name)).size)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(8640 * (8 + 4 * 10))
})

test('a run that is gone, other operators, or files that are none do no harm', () => {
  const history = new FigureHistory(home)
  history.delta('none', delta(START, 1))
  expect(history.read('none', all).times.length).toBeLessThanOrEqual(1)
  history.delta('r', delta(START, 1))
  history.close()
  history.delta('r', delta(START + 1000, 2, ['count', 'other']))
  history.delta('r', delta(START + 2000, 2, ['count', 'other']))
  expect(Object.keys(history.read('r', all).operators)).toEqual(['count', 'other'])
  expect(Object.keys(history.read('r', { ...all, operator: 'other' }).operators)).toEqual(['other'])
  rmSync(join(home, 'runs', 'r'), { recursive: true })
  history.event('r', { type: 'run-state', state: 'finished', seq: 1, atMs: 0 })
  history.delta('r', delta(START + 3000, 2))
  expect(readdirSync(join(home, 'runs'))).toEqual([])
})

test('a run that has ended holds no file open, however its end became known', () => {
  const history = new FigureHistory(home)
  const held = () =>
    readdirSync('/proc/self/fd').filter((name) => {
      try {
        return readlinkSync(join('/proc/self/fd', name)).startsWith(join(home, 'runs'))
      } catch {
        return false
      }
    }).length
  history.delta('r', delta(START, 1))
  expect(held()).toBe(2)
  history.ended('r')
  expect(held()).toBe(0)
})

test('how a run stood at a moment is read from the events up to it, however long ago something changed', async () => {
  const windows = Array.from({ length: 5000 }, (_, i): RunEventBody => ({ type: 'committed', window: i, manifest: i }))
  const bodies: readonly RunEventBody[] = [
    { type: 'run-state', state: 'running' },
    { type: 'operator-state', operator: 'a', state: 'running', attempt: 1 },
    { type: 'operator-state', operator: 'b', state: 'running', attempt: 1 },
    ...windows,
    { type: 'operator-state', operator: 'b', state: 'held', attempt: 1, cause: 'killed by ana' },
    { type: 'run-state', state: 'degraded', reason: 'b is held.' },
  ]
  const events = bodies.map((body, i): RunEvent => ({ ...body, seq: i + 1, atMs: 1000 * (i + 1) }))
  const source = { newest: events.length, read: async (after: number, limit: number) => events.slice(after, after + limit) }
  const at = (atMs: number) => standingAt(source, ['a', 'b'], atMs)
  const running = { state: 'running', attempt: 1, cause: null }
  expect(await at(999)).toMatchObject({ seq: 0, state: null, committedWindow: 0, operators: {} })
  expect(await at(4000)).toMatchObject({
    seq: 4,
    state: 'running',
    reason: null,
    committedWindow: 0,
    operators: { a: running, b: running },
  })
  expect(await at(5_003_999)).toMatchObject({ seq: 5003, committedWindow: 4999, operators: { a: running, b: running } })
  const last = await at(Infinity)
  expect(last).toMatchObject({ seq: 5005, state: 'degraded', reason: 'b is held.' })
  expect(last.operators).toEqual({ a: running, b: { state: 'held', attempt: 1, cause: 'killed by ana' } })
})
