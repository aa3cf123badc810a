import { expect, test } from 'vitest'
import { stepAfter, TOUR, type Seen } from './steps.ts'

const NOTHING: Seen = { selection: { kind: 'nothing' }, operators: 7, commandsOpen: false }

test('each step but the last waits for its own action, and nothing else moves it on', () => {
  const actions: Seen[] = [
    { ...NOTHING, selection: { kind: 'operators', ids: ['a'] } },
    { ...NOTHING, selection: { kind: 'stream', stream: 's', to: { operator: 'b', port: 'in' } } },
    { ...NOTHING, operators: 8 },
    { ...NOTHING, commandsOpen: true },
  ]
  expect(TOUR.length).toBeLessThanOrEqual(6)
  expect(TOUR).toHaveLength(actions.length + 1)
  for (const step of TOUR.keys()) {
    expect(stepAfter(step, NOTHING, NOTHING)).toBe(step)
    for (const [i, now] of actions.entries()) expect(stepAfter(step, now, NOTHING)).toBe(i === step ? step + 1 : step)
  }
})

test('an operator that was there before is none that was added', () => {
  expect(stepAfter(2, { ...NOTHING, operators: 8 }, { ...NOTHING, operators: 8 })).toBe(2)
})
