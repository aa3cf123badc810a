import { describe, expect, test } from 'vitest'
import type { RunState } from '@belay/run'
import type { Incident } from './live/incidents.ts'
import { situationOf, type SituationFacts } from './situation.ts'

const FACTS: SituationFacts = {
  state: 'running',
  reason: null,
  incident: null,
  bottleneck: null,
  moment: { kind: 'live' },
  stored: false,
  nowMs: 100_000,
  uptimeMs: 90_000,
  operators: ['flights', 'hourly', 'archive'],
  held: [],
  nameOf: (id) => id,
  outputs: 'archive wrote to home:flights.',
}

const INCIDENT: Incident = {
  key: 'k',
  id: 'r-1',
  number: 1,
  trigger: { kind: 'kill', by: 'ana' },
  commandId: null,
  startedAtMs: 99_000,
  askedAtMs: null,
  operators: ['hourly'],
  code: 'KILLED',
  message: '',
  stack: null,
  plans: [
    { atMs: 99_001, attempt: 2, cut: 18, restart: ['hourly', 'archive'], partitions: null, foretold: null, reason: null, skipped: null },
  ],
  spans: [],
  outcome: { kind: 'open' },
}

const say = (over: Partial<SituationFacts>): string => {
  const { lead, detail } = situationOf({ ...FACTS, ...over })
  return `${lead} ${detail}`.trim().replaceAll('\u00a0', ' ')
}

describe('the sentence', () => {
  test('silence is the default', () => {
    expect(situationOf(FACTS)).toMatchObject({ icon: null, lead: '', actions: [] })
  })

  test('a failure is told with its reach and with who stays up', () => {
    expect(say({ state: 'recovering', incident: INCIDENT })).toBe(
      'hourly is down. 2 of 3 operators go back to w 18. Nothing is lost: flights stays up.',
    )
  })

  test('for a while after it, how long it took; then nothing', () => {
    const durations = { undeployedMs: 1, restoredMs: 2, firstNewRowMs: 3, caughtUpMs: 310 }
    const incident: Incident = { ...INCIDENT, outcome: { kind: 'recovered', atMs: 99_310, durations } }
    expect(say({ incident })).toBe('hourly is back after 0.31 s. 2 of 3 operators went back to w 18 and replayed from there.')
    expect(say({ incident, nowMs: 200_000 })).toBe('No operator holds the others up.')
  })

  test('what a person has to do comes before everything else, with the step as a button', () => {
    const held = situationOf({
      ...FACTS,
      state: 'degraded',
      reason: 'Nothing is committed while hourly is held.',
      held: ['hourly'],
      incident: INCIDENT,
    })
    expect(held.lead).toBe('hourly is held.')
    expect(held.actions).toEqual([{ kind: 'restore-operator', operator: 'hourly' }])
    expect(situationOf({ ...FACTS, state: 'needs-decision', reason: 'x' }).actions).toEqual([{ kind: 'restore-run' }])
  })

  test('a past moment has the sentence of its time, the time before it, and the way back', () => {
    const past = { kind: 'past', atMs: 99_200, speed: 0, untilMs: 99_200 } as const
    const then = situationOf({ ...FACTS, state: 'recovering', incident: INCIDENT, moment: past, nowMs: 103_200 })
    expect(then.lead.replaceAll('\u00a0', ' ')).toMatch(/^\d\d:\d\d:39\.2, 4 s ago: hourly is down\. 2 of 3 operators go back to w 18\.$/)
    expect(then.actions).toEqual([{ kind: 'live' }])
  })

  test('the culprit, who waits, and the buffer before it', () => {
    const bottleneck = { operator: 'hourly', busy: 0.97, waiting: ['flights'], fill: 0.92, sinceMs: 52_000, growing: true }
    expect(say({ bottleneck })).toBe(
      'hourly is the bottleneck: 97 % busy for 48 s. flights waits for it; the buffer before it is 92 % full and growing.',
    )
  })

  test('every state of a run has a sentence', () => {
    const states: RunState[] = [
      'starting',
      'running',
      'recovering',
      'degraded',
      'pausing',
      'paused',
      'stopping',
      'stopped',
      'finished',
      'needs-decision',
      'failed',
      'unreachable',
    ]
    for (const state of states) expect(say({ state, reason: 'because' }).length, state).toBeGreaterThan(5)
    expect(say({ state: 'finished' })).toBe('Finished in 1 min 30 s. Every row is processed and committed. archive wrote to home:flights.')
  })
})
