import { describe, expect, test } from 'vitest'
import type { RunEvent, RunEventBody } from '@belay/run'
import { asOf, Incidents, planOf, restoredAt, type Incident } from './incidents.ts'

/** Events numbered and timed one after another, `ms` apart from the start. */
function feed(steps: readonly (readonly [ms: number, body: RunEventBody])[]): readonly Incident[] {
  const incidents = new Incidents()
  steps.forEach(([ms, body], i) => incidents.apply({ ...body, seq: i + 1, atMs: 1_000_000 + ms } as RunEvent))
  return incidents.take() ?? []
}

const state = (
  operator: string,
  name: 'down' | 'starting' | 'restoring' | 'replaying' | 'running' | 'held' | 'rolling-back',
  attempt = 2,
) => ({ type: 'operator-state', operator, state: name, attempt }) as const
const killAsked = { type: 'command-accepted', commandId: 'c1', command: 'kill-operator', by: 'ana', operator: 'hourly' } as const
const failure = { type: 'failure', incident: 'r-1', operators: ['hourly'], code: 'KILLED', message: 'Killed by ana.', by: 'ana' } as const
const plan = {
  type: 'recovery-planned',
  incident: 'r-1',
  attempt: 2,
  cut: 18,
  restart: ['hourly', 'top10'],
  foretold: ['hourly', 'top10'],
} as const
const recovered = (incident: string) =>
  ({ type: 'recovered', incident, durations: { undeployedMs: 6, restoredMs: 136, firstNewRowMs: 173, caughtUpMs: 173 } }) as const

describe('incidents', () => {
  test('a kill is one incident from the failure to the recovery, with the states of every operator', () => {
    const [incident] = feed([
      [0, killAsked],
      [7, failure],
      [7, state('hourly', 'down', 1)],
      [8, plan],
      [9, state('top10', 'rolling-back')],
      [16, state('hourly', 'starting')],
      [29, state('top10', 'restoring')],
      [75, state('hourly', 'restoring')],
      [141, state('hourly', 'replaying')],
      [141, state('top10', 'replaying')],
      [178, state('hourly', 'running')],
      [178, state('top10', 'running')],
      [180, recovered('r-1')],
    ])
    expect(incident.trigger).toEqual({ kind: 'kill', by: 'ana' })
    expect(incident.number).toBe(1)
    expect(incident.commandId).toBe('c1')
    expect(incident.startedAtMs - (incident.askedAtMs ?? 0)).toBe(7)
    expect(planOf(incident)).toMatchObject({ cut: 18, restart: ['hourly', 'top10'], foretold: ['hourly', 'top10'] })
    expect(incident.spans.filter((span) => span.operator === 'hourly').map((span) => [span.state, span.fromMs, span.toMs])).toEqual([
      ['down', 1_000_007, 1_000_016],
      ['starting', 1_000_016, 1_000_075],
      ['restoring', 1_000_075, 1_000_141],
      ['replaying', 1_000_141, 1_000_178],
    ])
    expect(restoredAt(incident)).toBe(1_000_141)
    expect(incident.outcome).toMatchObject({ kind: 'recovered', atMs: 1_000_180 })
  })

  test('as of a moment, what came later is not known', () => {
    const [incident] = feed([
      [0, failure],
      [0, state('hourly', 'down', 1)],
      [5, plan],
      [10, state('hourly', 'starting')],
      [50, state('hourly', 'running')],
      [60, recovered('r-1')],
    ])
    expect(asOf(incident, 999_999)).toBeNull()
    expect(asOf(incident, 1_000_003)).toMatchObject({ plans: [], outcome: { kind: 'open' }, spans: [{ state: 'down', toMs: null }] })
    expect(asOf(incident, 1_000_020)?.spans.map((span) => [span.state, span.toMs])).toEqual([
      ['down', 1_000_010],
      ['starting', null],
    ])
    expect(asOf(incident, 1_000_060)?.outcome.kind).toBe('recovered')
  })

  test('a hold stays open until it is restored; the restore is a recovery of its own and no failure', () => {
    const list = feed([
      [0, failure],
      [1, plan],
      [2, state('hourly', 'held')],
      // What is told of the others does not say that it is back.
      [90, recovered('r-1')],
      [5000, { type: 'command-accepted', commandId: 'c2', command: 'restore-operator', by: 'ana', operator: 'hourly' }],
      [5001, { ...plan, incident: 'r-2', attempt: 3 }],
      [5100, recovered('r-2')],
    ])
    expect(list.map((incident) => [incident.number, incident.trigger.kind, incident.outcome.kind])).toEqual([
      [1, 'kill', 'held'],
      [null, 'restore-operator', 'recovered'],
    ])
    expect(list[0].outcome).toMatchObject({ operator: 'hourly', untilMs: 1_005_001 })
  })

  test('a failure before the recovery is over supersedes it', () => {
    const list = feed([
      [0, failure],
      [1, plan],
      [50, { ...failure, incident: 'r-2', operators: ['top10'] }],
      [51, { ...plan, incident: 'r-2', attempt: 3 }],
      [200, recovered('r-2')],
    ])
    expect(list.map((incident) => incident.outcome.kind)).toEqual(['superseded', 'recovered'])
    expect(list.map((incident) => incident.number)).toEqual([1, 2])
  })

  test('the process killed on request: known from the command on, planned by its successor', () => {
    const steps: (readonly [number, RunEventBody])[] = [
      [0, { type: 'command-accepted', commandId: 'c1', command: 'kill-process', by: 'ana' }],
    ]
    expect(feed(steps)).toMatchObject([{ trigger: { kind: 'process', by: 'ana' }, outcome: { kind: 'open' }, plans: [] }])
    steps.push(
      [300, { type: 'process-started', pid: 7, attempt: 2, adopted: false }],
      [302, { ...plan, incident: 'r-0', foretold: undefined }],
      [664, recovered('r-0')],
    )
    const list = feed(steps)
    expect(list).toHaveLength(1)
    expect(list[0]).toMatchObject({ id: 'r-0', startedAtMs: 1_000_000, operators: ['hourly', 'top10'], outcome: { kind: 'recovered' } })
  })

  test('its successor tells of the death: the incident that was asked for goes on, one that nobody asked for begins', () => {
    const told = {
      type: 'failure',
      incident: 'r-2',
      operators: [],
      code: 'KILLED',
      message: 'Killed by ana.',
      by: 'ana',
      process: { pid: 6, exitCode: null, signal: 'SIGKILL', downMs: 300 },
    } as const
    const after: (readonly [number, RunEventBody])[] = [
      [300, { type: 'process-started', pid: 7, attempt: 2, adopted: false }],
      [301, told],
      [302, { ...plan, incident: 'r-2', foretold: undefined }],
      [664, recovered('r-2')],
    ]
    const asked = feed([[0, { type: 'command-accepted', commandId: 'c1', command: 'kill-process', by: 'ana' }], ...after])
    expect(asked).toMatchObject([
      {
        id: 'r-2',
        number: 1,
        trigger: { kind: 'process', by: 'ana' },
        askedAtMs: 1_000_000,
        startedAtMs: 1_000_301,
        code: 'KILLED',
        operators: ['hourly', 'top10'],
        outcome: { kind: 'recovered' },
      },
    ])
    const { by: _by, ...unasked } = { ...told, code: 'PROCESS_DIED' }
    expect(feed(after.map(([ms, body]) => [ms, body.type === 'failure' ? unasked : body] as const))).toMatchObject([
      { id: 'r-2', number: 1, trigger: { kind: 'process', by: null }, code: 'PROCESS_DIED', outcome: { kind: 'recovered' } },
    ])
  })

  test('a process that died by itself is an incident as well, and the same id may come again', () => {
    const death: readonly (readonly [number, RunEventBody])[] = [
      [0, { type: 'process-started', pid: 7, attempt: 2, adopted: false }],
      [2, { ...plan, incident: 'r-0' }],
      [300, recovered('r-0')],
    ]
    const list = feed([...death, ...death.map(([ms, body]) => [ms + 60_000, body] as const)])
    expect(list.map((incident) => [incident.number, incident.trigger.kind])).toEqual([
      [1, 'process'],
      [2, 'process'],
    ])
    expect(new Set(list.map((incident) => incident.key)).size).toBe(2)
  })

  test('a restore of the run is a recovery without a failure; a server that found the run again is nothing', () => {
    const list = feed([
      [0, { type: 'process-started', pid: 7, attempt: 2, adopted: true }],
      [10, { type: 'command-accepted', commandId: 'c1', command: 'restore-run', by: 'ana' }],
      [11, { type: 'restored', manifest: 5, window: 10, lineage: 2, verbs: { archive: 'rewind' } }],
      [12, { ...plan, incident: 'r-3', cut: 10, foretold: undefined }],
      [60, recovered('r-3')],
    ])
    expect(list).toHaveLength(1)
    expect(list[0]).toMatchObject({ number: null, trigger: { kind: 'restore-run', window: 10 }, commandId: 'c1' })
  })

  test('the list is handed out only when something changed', () => {
    const incidents = new Incidents()
    incidents.apply({ type: 'committed', window: 4, manifest: 2, seq: 1, atMs: 0 })
    expect(incidents.take()).toBeNull()
    incidents.apply({ ...failure, seq: 2, atMs: 1 })
    expect(incidents.take()).toHaveLength(1)
    expect(incidents.take()).toBeNull()
  })
})
