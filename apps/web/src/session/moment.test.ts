import type { RunEvent, RunHistory, SessionFile } from '@belay/run'
import { expect, test } from 'vitest'
import { momentAt, seriesOf, spanOf } from './moment.ts'

const history = (fromMs: number, stepMs: number, behind: readonly (number | null)[]): RunHistory => {
  const values = {
    rowsInPerSecond: behind,
    rowsOutPerSecond: behind,
    busy: behind,
    blocked: behind,
    stateSizeBytes: behind,
    windowsBehind: behind,
  }
  return {
    stepMs,
    times: behind.map((_, i) => fromMs + i * stepMs),
    run: { rowsInPerSecond: behind, windowsBehind: behind, sharedBytes: behind, residentBytes: behind },
    operators: { a: values },
  }
}

const EVENTS: readonly RunEvent[] = [
  { type: 'run-state', state: 'running', seq: 1, atMs: 1000 },
  { type: 'operator-state', operator: 'a', state: 'running', attempt: 1, seq: 2, atMs: 1000 },
  { type: 'committed', window: 10, manifest: 1, seq: 3, atMs: 20_000 },
  { type: 'operator-state', operator: 'a', state: 'down', attempt: 1, cause: 'killed by ana', seq: 4, atMs: 25_040 },
  { type: 'operator-state', operator: 'a', state: 'running', attempt: 2, seq: 5, atMs: 25_090 },
]

const session = {
  record: { startedAtMs: 1000, endedAtMs: 40_000 },
  exportedAtMs: 90_000,
  events: EVENTS,
  histories: [history(0, 10_000, [null, 4]), history(20_000, 1000, [6, 5, null, 3])],
  snapshot: { document: { operators: [{ id: 'a' }, { id: 'b' }] } },
} as unknown as SessionFile

test('states are exact to the millisecond, figures to a step', () => {
  expect(momentAt(session, 25_039).operators.get('a')?.state).toBe('running')
  expect(momentAt(session, 25_040).operators.get('a')).toMatchObject({ state: 'down', cause: 'killed by ana' })
  expect(momentAt(session, 25_090).operators.get('a')?.state).toBe('running')
  expect(momentAt(session, 12_000)).toMatchObject({ committed: 0, figures: { windowsBehind: 4 } })
  expect(momentAt(session, 20_500)).toMatchObject({ committed: 10, target: 16, figures: { windowsBehind: 6 } })
  expect(momentAt(session, 20_500).operators.get('a')?.window).toBe(10)
})

test('what is not known is not made up', () => {
  expect(momentAt(session, 1500).figures.windowsBehind).toBeNull()
  expect(momentAt(session, 500)).toMatchObject({ state: null, target: null })
  expect(momentAt(session, 35_000).figures.windowsBehind).toBeNull()
  expect(momentAt(session, 20_500).operators.get('b')).toMatchObject({ state: null, window: null, figures: { busy: null } })
})

test('a second that is missing shows the one before, not a later one', () => {
  expect(momentAt(session, 22_500).figures.windowsBehind).toBe(5)
})

test('the span ends with the run, and series keep their gaps', () => {
  expect(spanOf(session)).toEqual({ fromMs: 1000, toMs: 40_000 })
  expect(seriesOf(session.histories, ({ run }) => run.windowsBehind).map(({ value }) => value)).toEqual([null, 4, 6, 5, null, 3])
})
