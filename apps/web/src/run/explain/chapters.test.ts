import { describe, expect, test } from 'vitest'
import type { RunEvent, RunEventBody } from '@belay/run'
import { duration, plural, windowName } from '../../theme/numbers.ts'
import { Incidents } from '../live/incidents.ts'
import { chaptersOf, type Chapter } from './chapters.ts'

const START_MS = 1_000_000

function tell(steps: readonly (readonly [ms: number, body: RunEventBody])[]): readonly Chapter[] {
  const events = steps.map(([ms, body], i) => ({ ...body, seq: i + 1, atMs: START_MS + ms }) as RunEvent)
  const incidents = new Incidents()
  for (const event of events) incidents.apply(event)
  return chaptersOf({ events, incidents: incidents.take() ?? [], nameOf: (id) => id.toUpperCase(), operators: 3 })
}

function checkpoint(ms: number, window: number): (readonly [number, RunEventBody])[] {
  const stored = {
    manifest: window * 10,
    window,
    lineage: 1,
    attempt: 1,
    atMs: 0,
    durationMs: 40 + window,
    sizeBytes: 2_000_000,
    pinned: false,
  }
  return [
    [ms, { type: 'checkpoint-started', window }],
    [ms + 50, { type: 'checkpoint-completed', checkpoint: stored }],
    [ms + 51, { type: 'committed', window, manifest: window * 10 }],
    [ms + 52, { type: 'sink-committed', operator: 'out', window }],
  ]
}

const failure = { type: 'failure', incident: 'r-1', operators: ['hourly'], code: 'KILLED', message: 'Killed by ana.', by: 'ana' } as const
const plan = { type: 'recovery-planned', incident: 'r-1', attempt: 2, cut: 2, restart: ['hourly', 'out'] } as const
const durations = { undeployedMs: 6, restoredMs: 136, firstNewRowMs: 173, caughtUpMs: 180 }

describe('the story of a run', () => {
  test('the newest checkpoint is told step by step, those before it together', () => {
    const [newest, before, ...rest] = tell([1, 2, 3].flatMap((window) => checkpoint(window * 1000, window)))
    expect(rest).toEqual([])
    expect(newest.steps).toHaveLength(4)
    expect(newest.steps[1]).toContain(duration(43))
    expect(newest.steps[2]).toContain('Manifest 30')
    expect(newest.steps[3]).toContain('OUT published')
    expect(before.title).toBe(`${plural(2, 'checkpoint')} before`)
    expect(before.steps.join(' ')).toContain(`${duration(41)} to ${duration(42)}`)
  })

  test('a checkpoint is told only as far as events go', () => {
    const [chapter] = tell([[0, { type: 'checkpoint-started', window: 7 }]])
    expect(chapter.steps).toHaveLength(1)
    expect(chapter.title).toContain('is being taken')
  })

  test('a failed checkpoint is a chapter of its own between those that went by', () => {
    const chapters = tell([
      ...checkpoint(1000, 1),
      ...checkpoint(2000, 2),
      [3000, { type: 'checkpoint-started', window: 3 }],
      [3100, { type: 'checkpoint-failed', window: 3, code: 'DISK_FULL', message: 'The disk is full.' }],
      ...checkpoint(4000, 4),
      ...checkpoint(5000, 5),
    ])
    expect(chapters.map(({ title }) => title)).toEqual([
      `Checkpoint of ${windowName(5)}`,
      `Checkpoint of ${windowName(4)}`,
      `Checkpoint of ${windowName(3)} failed`,
      `${plural(2, 'checkpoint')} before`,
    ])
    expect(chapters[2].steps.join(' ')).toContain('The disk is full.')
  })

  test('a kill parts the checkpoints, and says who goes back, who stays and how long it took', () => {
    const chapters = tell([
      ...checkpoint(1000, 1),
      ...checkpoint(2000, 2),
      [2500, failure],
      [2501, plan],
      [2700, { type: 'recovered', incident: 'r-1', durations }],
      ...checkpoint(3000, 3),
    ])
    expect(chapters.map(({ title }) => title)).toEqual([
      `Checkpoint of ${windowName(3)}`,
      'Incident 1',
      `${plural(2, 'checkpoint')} before`,
    ])
    const incident = chapters[1]
    expect(incident.steps[0]).toContain('HOURLY killed by ana')
    expect(incident.steps[1]).toContain(`HOURLY and OUT go back to ${windowName(2)}`)
    expect(incident.steps[1]).toContain(`The other ${plural(1, 'operator')} keeps running`)
    expect(incident.steps[2]).toContain(duration(180))
    expect(incident.operators).toEqual(['hourly', 'out'])
    expect(incident.incident?.number).toBe(1)
  })

  test('after a recovery a window that is taken again is another checkpoint', () => {
    const chapters = tell([...checkpoint(1000, 1), [1500, failure], [1501, { ...plan, cut: 0 }], ...checkpoint(2000, 1)])
    expect(chapters.filter(({ title }) => title === `Checkpoint of ${windowName(1)}`)).toHaveLength(2)
  })
})
