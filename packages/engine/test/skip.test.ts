/** Operators that skip what they miss (engine-spec §3 Modes): Apex's at-most-once. */
import { expect, test } from 'vitest'
import { planOf } from './support/plans.ts'
import { Script } from './support/script.ts'

/** A branch that skips beside one that does not. */
const BESIDE = planOf([
  { id: 'src' },
  { id: 'calc', from: ['src'] },
  { id: 'alarm', from: ['calc'], skips: true },
  { id: 'page', from: ['alarm'], skips: true },
  { id: 'file', from: ['calc'] },
])

function settled(): Script {
  const script = Script.settled(BESIDE)
  // Nothing after the committed window is kept: who replays would make the source go back too.
  for (const { id } of BESIDE.streams) script.retained.set(id, 1000)
  return script
}

test('H16 who skips goes on behind what went by, with the newest checkpoint that all of them have, and nobody before it goes back', () => {
  const script = settled()
  const { attempt, committed } = script.state
  const before = script.effects.length
  script.command({ type: 'kill-operator', operator: 'alarm', hold: false })
  expect(script.restartedSince(attempt)).toEqual(['alarm', 'page'])
  const deploys = script.effects.slice(before).filter((effect) => effect.type === 'deploy')
  // The one before it is in the window after `target`: it would get only a part of that.
  for (const { cut, goesOnAfter } of deploys) expect({ cut, goesOnAfter }).toEqual({ cut: committed, goesOnAfter: script.state.target + 1 })
  expect(script.of('pin').at(-1)).toMatchObject({ skips: true, readers: [{ stream: 's-calc', container: 'c-alarm' }] })
  const planned = script.of('event').flatMap(({ event }) => (event.type === 'recovery-planned' ? [event] : []))
  expect(planned.at(-1)?.skipped).toEqual({ from: committed + 1, to: script.state.target + 1, rows: 0 })
  expect(script.state.instances['alarm']).toMatchObject({ state: 'running', skippedWindows: script.state.target + 1 - committed })
  script.windows(8)
  expect(script.state.status).toBe('running')
  expect(script.state.committed).toBeGreaterThan(committed)
})

test('H16 a checkpoint in a range that is skipped is given up, and the next one lies behind it', () => {
  const script = settled()
  script.silent.add('write-snapshot')
  while (script.state.checkpoint === null) script.windows(1)
  const { window } = script.state.checkpoint
  script.command({ type: 'kill-operator', operator: 'alarm', hold: false })
  expect(script.state.checkpoint).toBe(null)
  script.silent.clear()
  script.command({ type: 'take-checkpoint', pin: false })
  const from = script.cutOf('alarm')
  expect(from).toBeGreaterThan(window)
  script.windows(4)
  expect(script.state.committed).toBeGreaterThan(from)
})

test('H16 together with one that replays, and after the end of the process, who skips replays as all do', () => {
  const script = settled()
  const { committed } = script.state
  script.command({ type: 'kill-operator', operator: 'calc', hold: false })
  expect(script.of('deploy').at(-1)).toMatchObject({ cut: committed, goesOnAfter: committed })
  const next = script.restarted()
  const deploys = next.of('deploy')
  expect(deploys.map(({ container }) => container).toSorted()).toEqual(['c-alarm', 'c-calc', 'c-file', 'c-page', 'c-src'])
  for (const { cut, goesOnAfter } of deploys) expect(goesOnAfter).toBe(cut)
})

test('H16 the preview says what is skipped, and that nothing comes again', () => {
  const script = settled()
  const answer = script.command({ type: 'kill-operator', operator: 'alarm', hold: false, expect: [] })
  if (answer.type !== 'refused' || answer.preview === undefined) throw new Error('it was not refused with a preview')
  expect(answer.preview).toMatchObject({
    restart: [
      { operator: 'alarm', windowsToReplay: 0, rowsToReplay: 0 },
      { operator: 'page', windowsToReplay: 0, rowsToReplay: 0 },
    ],
    unaffected: ['src', 'calc', 'file'],
    skipped: { from: script.state.committed + 1, to: script.state.target + 1, rows: 0 },
    sinks: [{ operator: 'page', duplicates: false, sentence: expect.stringContaining('never gets') }],
  })
})
