import { describe, expect, test } from 'vitest'
import type { RunEvent } from '@belay/run'
import { RunHistory } from './history.ts'
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
