import { describe, expect, it } from 'vitest'
import { explore, wander, type Setting } from './support/logExplorer.ts'

/** All of it takes some minutes: `BELAY_PROOF=full npx vitest run packages/engine/test/logExploration`. */
const FULL = process.env['BELAY_PROOF'] === 'full'
const SIX: Setting = { records: 6, room: 4, ends: false, dies: 'nobody' }

function randomOf(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

describe('H29 the log on a fake memory: one publisher, two readers, every interleaving', { timeout: 600_000 }, () => {
  it('H29 L2 L4 L5 L8 no record is overwritten too early, none is missed, no wake-up is lost', () => {
    expect(explore(SIX).states).toBeGreaterThan(10_000)
    if (FULL) expect(explore({ ...SIX, ends: true }).states).toBeGreaterThan(50_000)
  })

  it('H29 L6 L11 both readers killed at any call: what is pinned for their successors is whole and stays, whatever the publisher has begun', () => {
    expect(explore({ ...SIX, dies: 'both readers' }).deaths).toBeGreaterThan(5000)
  })

  it.runIf(FULL)('H29 L6 L11 one reader killed at any call, while the other one reads', () => {
    expect(explore({ ...SIX, dies: 'reader' }).deaths).toBeGreaterThan(5000)
  })

  it('H29 L5 H10 a reader that goes back while it reads: what it works on stays whole until it is emptied', () => {
    expect(explore({ ...SIX, records: 5, rollsBack: true, alone: !FULL }).states).toBeGreaterThan(10_000)
  })

  it('H29 L10 the publisher killed at any call: a torn record never was, and the log goes on behind every cut', () => {
    expect(explore({ ...SIX, dies: 'publisher' }).deaths).toBeGreaterThan(30)
  })

  it('H29 a publisher without its second look is caught', () => {
    expect(() => explore({ ...SIX, dies: 'both readers', skipRecheck: true })).toThrow(/the tail has passed/)
  })

  it('H29 L5 L6 L8 long random ways with many deaths', () => {
    let deaths = 0
    for (let seed = 1; seed <= (FULL ? 300 : 12); seed += 1)
      deaths += wander({ records: 60, room: 4 + (seed % 5), ends: seed % 2 === 0, dies: 'reader' }, randomOf(seed))
    expect(deaths).toBeGreaterThan(50)
  })
})
