import { describe, expect, test } from 'vitest'
import type { RunEvent } from '@belay/run'
import type { Tick } from '../live/history.ts'
import { operatorFigures, runFigures } from '../live/testing.ts'
import { axisTicks, eventMarks, pathOf, pointsOf, storedPoints } from './timelineDrawing.ts'

function tick(atMs: number, rowsOutPerSecond: number): Tick {
  return { atMs, figures: runFigures({ source: operatorFigures({ rowsOutPerSecond }) }, { targetWindow: 12, committedWindow: 9 }) }
}

describe('the timeline', () => {
  test('rows in are what the sources give, and windows behind what is not committed', () => {
    expect(pointsOf([tick(0, 5), tick(250, 7)], ['source'], 0, 1000)).toEqual([
      { atMs: 0, rowsInPerSecond: 5, windowsBehind: 3 },
      { atMs: 250, rowsInPerSecond: 7, windowsBehind: 3 },
    ])
  })

  test('a gap without figures is drawn as a gap', () => {
    const points = pointsOf([tick(0, 1), tick(250, 1), tick(9000, 1), tick(9250, 1)], ['source'], 0, 10_000)
    expect(pathOf(points, (point) => [point.atMs / 10, 0]).map((segment) => segment.d)).toEqual([
      'M0.0 0.0L25.0 0.0',
      'M900.0 0.0L925.0 0.0',
    ])
  })

  test('what the server has kept is drawn in steps of its own length, without what it does not know', () => {
    const run = { rowsInPerSecond: [4, null, 6, 8], windowsBehind: [1, null, 1, 2], sharedBytes: [], residentBytes: [] }
    const { points, gapMs } = storedPoints({ times: [0, 6000, 12_000, 18_000], stepMs: 6000, run })
    expect(points.map(({ atMs }) => atMs)).toEqual([3000, 15_000, 21_000])
    expect(pathOf(points, (point) => [point.atMs / 1000, point.rowsInPerSecond], gapMs).map((segment) => segment.d)).toEqual([
      'M3.0 4.0L15.0 6.0L21.0 8.0',
    ])
    expect(pathOf(points, (point) => [point.atMs / 1000, 0])).toHaveLength(3)
  })

  test('labels keep their distance and are not cut at the edges', () => {
    const ticks = axisTicks(0, 30_000, 1000)
    expect(ticks.map((entry) => entry.atMs)).toEqual([5000, 10_000, 15_000, 20_000, 25_000])
  })

  test('marks that would lie on one another are one: the gravest', () => {
    const events: RunEvent[] = [
      { type: 'command-accepted', commandId: 'c', command: 'kill-operator', by: 'ana', operator: 'a', seq: 1, atMs: 1000 },
      { type: 'failure', incident: 'i', operators: ['a'], code: 'KILLED', message: '', by: 'ana', seq: 2, atMs: 1007 },
      { type: 'operator-state', operator: 'a', state: 'down', attempt: 1, seq: 3, atMs: 1008 },
      {
        type: 'recovered',
        incident: 'i',
        durations: { undeployedMs: 1, restoredMs: 1, firstNewRowMs: 1, caughtUpMs: 1 },
        seq: 4,
        atMs: 1180,
      },
      { type: 'notice', level: 'warning', code: 'X', message: 'late', seq: 5, atMs: 9000 },
    ]
    const marks = eventMarks(
      events,
      0,
      10_000,
      (atMs) => atMs / 20,
      (id) => id,
    )
    expect(marks.map((mark) => [mark.seq, mark.state])).toEqual([
      [5, 'stuck'],
      [2, 'down'],
    ])
  })
})
