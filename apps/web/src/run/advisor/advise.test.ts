import type { CheckpointPhase, RunEvent } from '@belay/run'
import { describe, expect, test } from 'vitest'
import { advise, type AdvisorFacts } from './advise.ts'

const phase = (copyMs: number): CheckpointPhase => ({
  instance: 'a',
  endMs: 1,
  workedMs: 2,
  copiedMs: 2 + copyMs + 10,
  stoodMs: copyMs,
  writingMs: 2 + copyMs + 10,
  storedMs: 30,
})

/** Ten checkpoints of 40 ms and 1 MB, operators stopped for 5 ms, one every second. */
function facts(more: Partial<AdvisorFacts> = {}, copyMs = 5, durationMs = 40): AdvisorFacts {
  const checkpoints = Array.from({ length: 10 }, (_, i) => ({
    window: (i + 1) * 2,
    atMs: (i + 1) * 1000 + durationMs,
    durationMs,
    sizeBytes: 1_000_000,
    phases: [phase(1), phase(copyMs)],
  }))
  return { intervalMs: 1000, windowMs: 500, checkpoints, events: [], publishes: true, ...more }
}

const at = (advice: ReturnType<typeof advise>, ms: number) => advice?.candidates.find(({ intervalMs }) => intervalMs === ms)

describe('interval advisor', () => {
  test('without a checkpoint nothing is said', () => {
    expect(advise(facts({ checkpoints: [] }))).toBeNull()
  })

  test('worked numbers: 5 ms of stop, 40 ms to the manifest, replay as fast as reading', () => {
    expect(at(advise(facts()), 1000)).toEqual({
      intervalMs: 1000,
      overhead: 0.005,
      bytesPerSecond: 1_000_000,
      recoveryMs: { mean: 540, most: 1040 },
      latencyMs: { mean: 540, most: 1040 },
      crowded: false,
    })
    expect(at(advise(facts()), 5000)).toMatchObject({ overhead: 0.001, bytesPerSecond: 200_000, recoveryMs: { mean: 2540, most: 5040 } })
  })

  test('the shortest that costs at most 1 % is recommended: 5 ms of stop fit into 500 ms, 12 ms only into 2 s', () => {
    expect(advise(facts({ intervalMs: 10_000 }))?.recommendedMs).toBe(500)
    expect(advise(facts({ intervalMs: 10_000 }, 12))).toMatchObject({
      recommendedMs: 2000,
      reason: expect.stringContaining('less than 1 %'),
    })
  })

  test('checkpoints are not crowded: 800 ms to the manifest need 2 s', () => {
    const advice = advise(facts({ intervalMs: 500 }, 1, 800))
    expect(advice?.recommendedMs).toBe(2000)
    expect(advice?.reason).toContain('twice the time')
    expect(at(advice, 1000)?.crowded).toBe(true)
  })

  test('what is good enough is left alone', () => {
    expect(advise(facts({ intervalMs: 1000 }))).toMatchObject({ recommendedMs: 1000, reason: expect.stringContaining('As it is') })
  })

  test('no interval shorter than a window is offered', () => {
    expect(advise(facts({ windowMs: 2000, intervalMs: 2000 }))?.candidates[0].intervalMs).toBe(2000)
  })

  test('past recoveries say how fast work is replayed and how long states take to come back', () => {
    const durations = { undeployedMs: 10, restoredMs: 100, firstNewRowMs: 150, caughtUpMs: 400 }
    // Back to window 20, which ended at 10 s; it failed at 10.9 s; 900 ms of work were replayed in 300 ms.
    const events: readonly RunEvent[] = [
      { type: 'failure', incident: 'i1', operators: ['a'], code: 'X', message: '', seq: 1, atMs: 10_900 },
      { type: 'recovery-planned', incident: 'i1', attempt: 2, cut: 20, restart: ['a'], seq: 2, atMs: 10_901 },
      { type: 'recovered', incident: 'i1', durations, seq: 3, atMs: 11_300 },
    ]
    const advice = advise(facts({ events }))
    expect(advice?.basis).toMatchObject({ replaySpeed: 3, restoreMs: 100, recoveries: 1 })
    expect(at(advice, 1000)?.recoveryMs).toEqual({ mean: 100 + 540 / 3, most: 100 + 1040 / 3 })
  })

  test('without phases the whole duration counts as a stop, and it says so', () => {
    const { checkpoints } = facts()
    const bare = checkpoints.map(({ phases: _phases, ...rest }) => rest)
    const advice = advise(facts({ checkpoints: bare }))
    expect(advice?.basis).toMatchObject({ stopMeasured: false, stopMs: 40 })
    expect(at(advice, 1000)?.overhead).toBe(0.04)
  })

  test('without a sink that publishes there is no latency of one', () => {
    expect(at(advise(facts({ publishes: false })), 1000)?.latencyMs).toBeNull()
  })
})
