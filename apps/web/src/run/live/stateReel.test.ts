import { describe, expect, test } from 'vitest'
import type { OperatorState } from '@belay/run'
import { DWELL_MS, StateReel } from './stateReel.ts'

function change(state: OperatorState) {
  return { state, attempt: 2, cause: undefined }
}

describe('the state reel', () => {
  test('shows every state that came in one frame, in order, each for its dwell', () => {
    const reel = new StateReel()
    const states: OperatorState[] = ['down', 'starting', 'restoring', 'replaying', 'running']
    for (const state of states) reel.push('hourly', change(state))
    const shown: OperatorState[] = []
    for (let now = 0; !reel.empty; now += DWELL_MS / 2) for (const [, next] of reel.due(now)) shown.push(next.state)
    expect(shown).toEqual(states)
  })

  test('the first change shows at once', () => {
    const reel = new StateReel()
    reel.push('hourly', change('down'))
    expect(reel.due(1000)).toHaveLength(1)
    expect(reel.empty).toBe(true)
  })

  test('operators do not wait for each other', () => {
    const reel = new StateReel()
    reel.push('hourly', change('down'))
    reel.push('hourly', change('starting'))
    reel.push('top10', change('rolling-back'))
    expect(reel.due(0).map(([operator]) => operator)).toEqual(['hourly', 'top10'])
    expect(reel.waitsFor('hourly')).toBe(true)
    expect(reel.waitsFor('top10')).toBe(false)
  })

  test('a page that draws nothing keeps only the newest', () => {
    const reel = new StateReel()
    for (let i = 0; i < 100; i += 1) reel.push('hourly', change(i % 2 === 0 ? 'down' : 'starting'))
    reel.push('hourly', change('failed'))
    const shown: OperatorState[] = []
    for (let now = 0; !reel.empty; now += DWELL_MS) for (const [, next] of reel.due(now)) shown.push(next.state)
    expect(shown.length).toBeLessThan(20)
    expect(shown.at(-1)).toBe('failed')
  })
})
