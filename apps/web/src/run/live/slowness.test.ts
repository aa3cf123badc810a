import { describe, expect, test } from 'vitest'
import type { OperatorFigures } from '@belay/run'
import type { Tick } from './history.ts'
import { culpritOf, SlownessWatch, type Wiring } from './slowness.ts'
import { operatorFigures, runFigures } from './testing.ts'

/** source → filter → window → sink */
const WIRING: Wiring = {
  readers: new Map([
    ['source', [{ operator: 'filter', stream: 's1' }]],
    ['filter', [{ operator: 'window', stream: 's2' }]],
    ['window', [{ operator: 'sink', stream: 's3' }]],
  ]),
}
const BUSY: Partial<OperatorFigures> = { activity: { busy: 0.97, blocked: 0, starved: 0, idle: 0.03 } }
const BLOCKED: Partial<OperatorFigures> = { activity: { busy: 0.2, blocked: 0.8, starved: 0, idle: 0 } }
const STARVED: Partial<OperatorFigures> = { activity: { busy: 0.05, blocked: 0, starved: 0.95, idle: 0 } }

function tick(atMs: number, who: Readonly<Record<string, Partial<OperatorFigures>>>, fill = 0): Tick {
  const operators = Object.fromEntries(
    ['source', 'filter', 'window', 'sink'].map((id) => [id, operatorFigures({ container: id, ...STARVED, ...who[id] })]),
  )
  const stream = (share: number) => ({ rowsPerSecond: 1, fill: share, pinned: false })
  return { atMs, figures: runFigures(operators, { streams: { s1: stream(0.3), s2: stream(fill), s3: stream(0) } }) }
}

describe('why it is slow', () => {
  test('the culprit is whoever the blocked ones wait for, directly or through others', () => {
    const culprit = culpritOf([tick(0, { source: BLOCKED, filter: BLOCKED, window: BUSY }, 0.92)], WIRING)
    expect(culprit).toEqual({ operator: 'window', busy: 0.97, waiting: ['source', 'filter'], fill: 0.92 })
  })

  test('nobody is named while nobody waits, however busy one is', () => {
    expect(culpritOf([tick(0, { window: BUSY })], WIRING)).toBeNull()
  })

  test('who is blocked by one that starves is not the culprit of anything', () => {
    expect(culpritOf([tick(0, { source: BLOCKED })], WIRING)).toBeNull()
  })

  test('where the reader shares its thread, the busiest of that container is the culprit', () => {
    const together = { container: 'c-both' }
    const culprit = culpritOf([tick(0, { source: BLOCKED, filter: { ...STARVED, ...together }, window: { ...BUSY, ...together } })], WIRING)
    expect(culprit).toMatchObject({ operator: 'window', waiting: ['source'], fill: 0.3 })
  })

  test('the engine names whom an operator is blocked on, before any guess', () => {
    const wiring: Wiring = {
      readers: new Map([
        [
          'source',
          [
            { operator: 'filter', stream: 's1' },
            { operator: 'window', stream: 's1' },
          ],
        ],
      ]),
    }
    const culprit = culpritOf([tick(0, { source: { ...BLOCKED, blockedOn: 'window#0' }, filter: BUSY, window: BUSY })], wiring)
    expect(culprit?.operator).toBe('window')
  })

  test('a culprit is named after it has been one for a while, and forgotten after it has not', () => {
    const watch = new SlownessWatch()
    const slow = (atMs: number) => tick(atMs, { source: BLOCKED, filter: BLOCKED, window: BUSY }, 0.5 + atMs / 10_000)
    const ticks: Tick[] = []
    let named: number | null = null
    for (let atMs = 0; atMs <= 3000; atMs += 250) {
      ticks.push(slow(atMs))
      if (watch.look(ticks, WIRING) !== null && named === null) named = atMs
    }
    expect(named).toBe(1500)
    expect(watch.look(ticks, WIRING)).toMatchObject({ operator: 'window', sinceMs: 0, growing: true })
    let gone: number | null = null
    for (let atMs = 3250; atMs <= 9000; atMs += 250) {
      ticks.push(tick(atMs, {}))
      if (watch.look(ticks, WIRING) === null && gone === null) gone = atMs
    }
    // Two seconds of figures are averaged, so it fades before it is forgotten.
    expect(gone).toBeGreaterThan(4500)
    expect(gone).toBeLessThan(7000)
  })
})
