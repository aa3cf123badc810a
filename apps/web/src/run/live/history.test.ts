import { describe, expect, test } from 'vitest'
import type { RunEvent, RunSnapshot } from '@belay/run'
import { RunHistory } from './history.ts'
import { pictureOf } from './storedPast.ts'
import { operatorFigures, runFigures } from './testing.ts'

const figures = (window: number) => runFigures({ a: operatorFigures({ window }), b: operatorFigures({ window }) })

function filled(everyMs: number, untilMs: number): RunHistory {
  const history = new RunHistory()
  for (let atMs = 0; atMs <= untilMs; atMs += everyMs) history.add({ atMs, figures: figures(atMs) })
  return history
}

describe('the history of figures', () => {
  test('a moment shows the figures of the tick before it and the states of the events since', () => {
    const history = filled(250, 1000)
    const events: RunEvent[] = [
      { type: 'operator-state', operator: 'a', state: 'down', attempt: 1, cause: 'killed by ana', seq: 1, atMs: 520 },
      { type: 'operator-state', operator: 'a', state: 'starting', attempt: 2, seq: 2, atMs: 560 },
      { type: 'committed', window: 9, manifest: 4, seq: 3, atMs: 600 },
    ]
    const at = (atMs: number) => history.pictureAt(atMs, events)?.figures
    expect(at(519)?.operators['a']).toMatchObject({ state: 'running', window: 500 })
    expect(at(520)?.operators['a']).toMatchObject({ state: 'down', cause: 'killed by ana', window: 500 })
    expect(at(599)?.operators['a']).toMatchObject({ state: 'starting', attempt: 2 })
    expect(at(599)?.committedWindow).toBe(8)
    expect(at(600)?.committedWindow).toBe(9)
    expect(at(600)?.operators['b'].state).toBe('running')
  })

  test('a moment before everything seen shows the oldest figures', () => {
    expect(filled(250, 1000).pictureAt(-5, [])?.figures.operators['a'].window).toBe(0)
    expect(new RunHistory().pictureAt(0, [])).toBeNull()
  })

  test('old ticks are thinned to one a second, and the newest two minutes are whole', () => {
    const history = filled(250, 600_000)
    const ticks = history.ticks.map((tick) => tick.atMs)
    expect(ticks.filter((atMs) => atMs > 480_000)).toHaveLength(480)
    const old = ticks.filter((atMs) => atMs <= 480_000)
    expect(old.length).toBeLessThan(500)
    expect(Math.max(...old.slice(1).map((atMs, i) => atMs - old[i]))).toBeLessThanOrEqual(1250)
    expect(ticks).toEqual([...ticks].sort((a, b) => a - b))
  })

  test('it ends after half an hour, and earlier for wide graphs', () => {
    expect(filled(1000, 2_400_000).ticks[0].atMs).toBe(600_000)
    const wide = new RunHistory()
    const operators = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`o${i}`, operatorFigures()]))
    for (let i = 0; i < 400; i += 1) wide.add({ atMs: i * 250, figures: runFigures(operators) })
    expect(wide.ticks).toHaveLength(40)
  })

  test('a tick that is not newer is left out', () => {
    const history = filled(250, 500)
    history.add({ atMs: 250, figures: figures(1) })
    expect(history.ticks).toHaveLength(3)
  })
})

describe('a moment that this page has not seen', () => {
  const series = (values: readonly (number | null)[]) => ({
    rowsInPerSecond: values,
    rowsOutPerSecond: values,
    busy: values.map((value) => value && 0.5),
    blocked: values.map((value) => value && 0.25),
    stateSizeBytes: values,
    windowsBehind: values.map((value) => value && 1),
  })
  const run = { rowsInPerSecond: [1, 2, null], windowsBehind: [2, 3, null], sharedBytes: [1, 1, null], residentBytes: [1, 1, null] }
  const stretch = {
    fromMs: 0,
    toMs: 60_000,
    history: { stepMs: 1000, times: [0, 1000, 2000], run, operators: { a: series([10, 20, null]), b: series([10, 20, null]) } },
    standing: {
      atMs: 0,
      seq: 7,
      state: 'running' as const,
      reason: null,
      committedWindow: 40,
      checkpointWindow: 41,
      operators: { a: { state: 'running' as const, attempt: 1, cause: null }, b: { state: 'running' as const, attempt: 1, cause: null } },
    },
    events: [
      { type: 'committed', window: 44, manifest: 3, seq: 8, atMs: 1400 },
      { type: 'operator-state', operator: 'b', state: 'held', attempt: 2, cause: 'killed by ana', seq: 9, atMs: 1500 },
    ] satisfies RunEvent[],
  }
  const structure = {
    startedAtMs: -5000,
    document: { operators: [{ id: 'a' }, { id: 'b' }], streams: [{ id: 's', from: { operator: 'a' }, to: [{ operator: 'b' }] }] },
    figures: runFigures({}),
  } as unknown as RunSnapshot
  const at = (atMs: number) => pictureOf(stretch, structure, atMs)

  test('is drawn from the step it lies in and the events up to it', () => {
    const { figures, stepMs } = at(1450)
    expect(stepMs).toBe(1000)
    expect(figures).toMatchObject({ state: 'running', committedWindow: 44, targetWindow: 47, uptimeMs: 6450 })
    expect(figures.operators['b']).toMatchObject({ state: 'running', window: 46, checkpointWindow: 41, rowsInPerSecond: 20 })
    expect(figures.operators['b'].activity).toEqual({ busy: 0.5, blocked: 0.25, starved: 0, idle: 0.25 })
    expect(figures.streams['s'].rowsPerSecond).toBe(20)
    expect(at(1500).figures.operators['b']).toMatchObject({ state: 'held', attempt: 2, cause: 'killed by ana' })
  })

  test('makes up nothing that is not kept', () => {
    expect(at(500).figures.operators['a'].rowsIn).toBeNaN()
    const later = at(20_000)
    expect(later.stepMs).toBeNull()
    expect(later.figures.operators['a'].rowsInPerSecond).toBeNaN()
    expect(later.figures.operators['b'].state).toBe('held')
  })

  test('is one before everything seen, or in a gap of it', () => {
    const seen = filled(250, 1000)
    seen.add({ atMs: 30_000, figures: figures(30_000) })
    expect([-1, 0, 900, 2000, 30_000, 99_000].map((atMs) => seen.saw(atMs))).toEqual([false, true, true, false, true, true])
  })
})
