import { describe, expect, test } from 'vitest'
import { stepsOf } from './incidentWords.ts'
import type { Incident } from './live/incidents.ts'

const span = (operator: string, state: 'restoring' | 'replaying', fromMs: number, toMs: number | null) => ({
  operator,
  state,
  fromMs,
  toMs,
})

const INCIDENT: Incident = {
  key: '1',
  id: 'i1',
  number: 1,
  trigger: { kind: 'crash' },
  commandId: null,
  startedAtMs: 100,
  askedAtMs: null,
  operators: ['a'],
  code: 'X',
  message: '',
  stack: null,
  plans: [{ atMs: 100, attempt: 2, cut: 7, restart: ['a', 'b'], partitions: null, foretold: null, reason: null, skipped: null }],
  // One of two replays already while the other still reads its state.
  spans: [span('a', 'restoring', 120, 130), span('b', 'restoring', 121, 134), span('a', 'replaying', 133, null)],
  outcome: { kind: 'open' },
}

const keys = (incident: Incident): readonly string[] => stepsOf(incident, 3, (id) => id).map(({ key }) => key)

describe('the steps of an incident', () => {
  test('come by their times, by kind at the same time, and what is to come last', () => {
    expect(keys(INCIDENT)).toEqual(['trigger', 'planned', 'restoring', 'replaying', 'restored', 'end'])
    const same = { ...INCIDENT, spans: INCIDENT.spans.map((one) => (one.toMs === 134 ? { ...one, toMs: 133 } : one)) }
    expect(keys(same)).toEqual(['trigger', 'planned', 'restoring', 'restored', 'replaying', 'end'])
  })

  test('the newest that has happened is the one that goes on', () => {
    expect(
      stepsOf(INCIDENT, 3, (id) => id)
        .filter(({ phase }) => phase === 'now')
        .map(({ key }) => key),
    ).toEqual(['restored'])
  })
})
