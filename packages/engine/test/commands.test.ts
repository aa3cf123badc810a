import { expect, test } from 'vitest'
import type { JournalEntry } from '../src/job/index.ts'
import { DIAMOND, planOf } from './support/plans.ts'
import { Script } from './support/script.ts'

const CHAIN = planOf([{ id: 'src' }, { id: 'work', from: ['src'] }, { id: 'out', from: ['work'] }])

function settled(plan = CHAIN): Script {
  return Script.settled(plan)
}

test('F18 the same command id has one effect and gets the first answer again, also after the process has died', () => {
  const script = settled()
  const first = script.command({ type: 'kill-operator', operator: 'work', hold: false }, 'x')
  const { attempt } = script.state
  expect(script.command({ type: 'kill-operator', operator: 'work', hold: false }, 'x')).toEqual(first)
  expect(script.state.attempt).toBe(attempt)
  const next = script.restarted()
  const before = next.state.attempt
  expect(next.command({ type: 'kill-operator', operator: 'work', hold: false }, 'x')).toEqual(first)
  expect(next.state.attempt).toBe(before)
})

test('F18 a refusal is repeated as well', () => {
  const script = settled()
  const first = script.command({ type: 'resume' }, 'x')
  expect(first).toMatchObject({ type: 'refused', code: 'NOT_PAUSED' })
  script.command({ type: 'pause' })
  expect(script.command({ type: 'resume' }, 'x')).toEqual(first)
})

test('F18 only so many answers are kept, in memory and after a restart', () => {
  const script = settled()
  for (let i = 0; i < 700; i += 1) script.command({ type: 'take-checkpoint', pin: false })
  expect(Object.keys(script.state.commands).length).toBe(500)
  expect(Object.keys(script.restarted().state.commands).length).toBe(500)
})

test('D6 a command is durable together with what it asks for, before it is answered and before anything is done', () => {
  const bodies = [
    { type: 'kill-operator', operator: 'work', hold: true },
    { type: 'restore-operator', operator: 'work' },
    { type: 'take-checkpoint', pin: true },
    { type: 'restore-run', manifest: 1, verbs: { out: 'rewind' } },
    { type: 'pause' },
    { type: 'resume' },
    { type: 'stop', mode: 'drain' },
  ] as const
  const promised = ['held', 'held', 'checkpoint-request', 'lineage', 'desired', 'desired', 'desired']
  const script = settled()
  bodies.forEach((body, i) => {
    const from = script.effects.length
    expect(script.command(body)).toMatchObject({ type: 'accepted' })
    const effects = script.effects.slice(from)
    const written = effects.findIndex((effect) => effect.type === 'journal')
    const entry: JournalEntry | null = effects[written]?.type === 'journal' ? effects[written].entry : null
    expect(entry).toMatchObject({ type: 'group', entries: [{ type: promised[i] }, { type: 'command' }] })
    expect(effects.slice(0, written).every((effect) => effect.type === 'event')).toBe(true)
    expect(effects.findIndex((effect) => effect.type === 'answer')).toBeGreaterThan(written)
  })
})

test('D7 what the preview foretells is what happens, and a changed set is refused with the new preview', () => {
  const script = settled(planOf(DIAMOND))
  const stale = script.command({ type: 'kill-operator', operator: 'left', hold: false, expect: ['left'] })
  expect(stale).toMatchObject({ type: 'refused', code: 'PREVIEW_CHANGED', status: 409, preview: { target: 'left' } })
  if (stale.type !== 'refused' || stale.preview === undefined) throw new Error('no preview')
  const foretold = stale.preview.restart.map((entry) => entry.operator)
  expect(foretold).toEqual(['left', 'join', 'out', 'copy'])
  expect(stale.preview.unaffected).toEqual(['a', 'b', 'right', 'trim'])
  const { attempt } = script.state
  expect(script.command({ type: 'kill-operator', operator: 'left', hold: false, expect: [...foretold].reverse() })).toMatchObject({
    type: 'accepted',
  })
  expect(script.restartedSince(attempt)).toEqual(foretold)
  expect(script.state.recovery?.cut).toBe(stale.preview.cut)
})

test('D7 the preview of a kill during a recovery names what goes back again with it', () => {
  const script = settled(planOf(DIAMOND))
  script.silent.add('deploy')
  script.command({ type: 'kill-operator', operator: 'copy', hold: false })
  const refused = script.command({ type: 'kill-operator', operator: 'out', hold: false, expect: [] })
  if (refused.type !== 'refused' || refused.preview === undefined) throw new Error('no preview')
  expect(refused.preview.restart.map((entry) => entry.operator)).toEqual(['out', 'copy'])
  script.silent.clear()
  const { attempt } = script.state
  script.command({ type: 'kill-operator', operator: 'out', hold: false })
  expect(script.restartedSince(attempt)).toEqual(['out', 'copy'])
})

test('D6 a kill of what is down, held or unknown is refused and changes nothing', () => {
  const script = settled()
  expect(script.command({ type: 'kill-operator', operator: 'nobody', hold: false })).toMatchObject({
    code: 'OPERATOR_UNKNOWN',
    status: 404,
  })
  script.silent.add('terminate-container')
  script.command({ type: 'kill-operator', operator: 'work', hold: false })
  expect(script.command({ type: 'kill-operator', operator: 'work', hold: false })).toMatchObject({ code: 'OPERATOR_DOWN' })
  expect(script.command({ type: 'restore-operator', operator: 'work' })).toMatchObject({ code: 'OPERATOR_NOT_HELD' })
})

test('H17 stop ends after a checkpoint of the last window read, committed by every sink', () => {
  const script = settled()
  script.silent.add('commit-sink')
  script.command({ type: 'stop', mode: 'stop' })
  expect(script.command({ type: 'stop', mode: 'stop' })).toMatchObject({ type: 'refused', code: 'ALREADY_STOPPING' })
  script.windows(6)
  expect([script.state.status, script.state.committed]).toEqual(['stopping', script.state.holdAfter])
  script.give({ type: 'sink-committed', instance: 'out', window: script.state.committed, attempt: 1 })
  expect(script.state.status).toBe('stopped')
  expect(script.of('end')).toEqual([{ type: 'end', state: 'stopped', reason: null }])
})

test('H17 a stop asked while a checkpoint is in flight, or whose checkpoint fails, still comes through', () => {
  for (const failing of [false, true]) {
    const script = settled()
    script.silent.add('write-manifest')
    while (script.state.pendingManifest === null) script.windows(1)
    const { seq } = script.state.pendingManifest
    script.command({ type: 'stop', mode: 'stop' })
    script.windows(3)
    script.silent.clear()
    script.give(failing ? { type: 'manifest-failed', seq, code: 'X', message: 'x' } : { type: 'manifest-stored', seq, sha256: 'm' })
    script.windows(6)
    expect(script.state.status).toBe('stopped')
  }
})

test('H17 stop and drain survive the process', () => {
  for (const mode of ['stop', 'drain'] as const) {
    const first = settled()
    first.command({ type: 'stop', mode })
    const script = first.restarted()
    expect(script.of('clock').at(-1)).toMatchObject({
      holdAfter: script.state.committed + 1,
      drainAfter: mode === 'drain' ? script.state.committed + 1 : null,
    })
    if (mode === 'drain') {
      script.windows(1)
      for (const id of ['src', 'work', 'out']) script.finish(id, script.state.committed + 1)
    }
    script.windows(6)
    expect(script.state.status).toBe(mode === 'stop' ? 'stopped' : 'finished')
  }
})

test('H17 a pause stands at a committed window, survives the process, and is resumed', () => {
  const first = settled()
  first.command({ type: 'pause' })
  expect(first.state.status).toBe('pausing')
  first.windows(6)
  expect([first.state.status, first.state.committed]).toEqual(['paused', first.state.target])
  const script = first.restarted()
  script.windows(6)
  expect([script.state.status, script.state.target]).toEqual(['paused', first.state.target])
  script.command({ type: 'resume' })
  script.windows(6)
  expect(script.state.status).toBe('running')
  expect(script.state.committed).toBeGreaterThan(first.state.committed)
})

test('H17 a pause asked while a checkpoint is in flight is reached', () => {
  const script = settled()
  script.silent.add('write-snapshot')
  while (script.state.checkpoint === null) script.windows(1)
  script.command({ type: 'pause' })
  script.windows(2)
  script.silent.clear()
  for (const write of script.of('write-snapshot'))
    if (write.window === script.state.checkpoint?.window)
      script.give({
        type: 'snapshot-stored',
        snapshot: { instance: write.instance, window: write.window, attempt: write.attempt, file: 'f', sizeBytes: 1, sha256: 'x' },
      })
  script.windows(6)
  expect(script.state.status).toBe('paused')
})

test('H16 a checkpoint that was asked for is taken and pinned, again if it fails, and also by the next process', () => {
  const script = settled()
  script.command({ type: 'take-checkpoint', pin: true })
  script.silent.add('write-manifest')
  while (script.state.pendingManifest === null) script.windows(1)
  script.give({ type: 'manifest-failed', seq: script.state.pendingManifest.seq, code: 'X', message: 'x' })
  expect(script.state.checkpointRequest).toEqual({ pinned: true })
  const next = script.restarted()
  next.windows(4)
  expect(next.state.manifests.filter((manifest) => manifest.pinned).length).toBe(1)
  const last = next.restarted()
  last.windows(4)
  expect(last.state.manifests.filter((manifest) => manifest.pinned).length).toBe(1)
})

test('D6 an ended run, and one that has not begun, refuse what they are asked', () => {
  const script = settled()
  script.command({ type: 'stop', mode: 'abort' })
  expect(script.state.status).toBe('stopped')
  expect(script.command({ type: 'pause' })).toMatchObject({ type: 'refused', code: 'RUN_ENDED' })
  expect(new Script(CHAIN).command({ type: 'pause' })).toMatchObject({ type: 'refused', code: 'RUN_STARTING' })
})

test('H16 another checkpoint interval holds at once, is journaled before the answer, and over the end of the process', () => {
  const script = settled()
  const started = () => script.of('event').filter(({ event }) => event.type === 'checkpoint-started').length
  const during = (windows: number): number => {
    const before = started()
    script.windows(windows)
    return started() - before
  }
  const often = during(40)
  expect(often).toBeGreaterThan(5)
  const intervalMs = CHAIN.windowMs * 20
  const effects = script.effects.length
  expect(script.command({ type: 'set-checkpoint-interval', intervalMs }, 'once')).toMatchObject({ type: 'accepted' })
  expect(script.effects.slice(effects).map(({ type }) => type)).toEqual(['journal', 'event', 'answer', 'event'])
  expect(during(40)).toBeLessThanOrEqual(3)
  // The same command again, and a value that it has already, change nothing.
  const journal = script.journal.length
  script.command({ type: 'set-checkpoint-interval', intervalMs: 200 }, 'once')
  expect(script.journal.length).toBe(journal)
  expect(script.restarted().state.checkpointIntervalMs).toBe(intervalMs)
  for (const wrong of [199, 3_600_001, 250.5, Number.NaN])
    expect(script.command({ type: 'set-checkpoint-interval', intervalMs: wrong })).toMatchObject({
      type: 'refused',
      code: 'INTERVAL_INVALID',
    })
  expect(script.state.checkpointIntervalMs).toBe(intervalMs)
})
