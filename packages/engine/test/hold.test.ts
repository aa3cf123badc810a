import { expect, test } from 'vitest'
import { planOf } from './support/plans.ts'
import { Script } from './support/script.ts'

/** Two branches that meet again, and a third that does not. */
const BRANCHES = planOf([
  { id: 'src' },
  { id: 'one', from: ['src'] },
  { id: 'two', from: ['src'] },
  { id: 'three', from: ['src'] },
  { id: 'join', from: ['one', 'two'] },
  { id: 'out', from: ['join'] },
  { id: 'other', from: ['three'] },
  { id: 'tail', from: ['one'] },
])

function settled(plan = BRANCHES): Script {
  return Script.settled(plan)
}

test('H32 a held operator stays down, nothing is committed, and the run says because of whom', () => {
  const script = settled()
  const { committed, target } = script.state
  script.command({ type: 'kill-operator', operator: 'one', hold: true })
  script.windows(30)
  expect(script.state.instances['one'].state).toBe('held')
  expect(script.state.committed).toBe(committed)
  expect(script.state.checkpoint).toBe(null)
  expect([script.state.status, script.state.reason]).toEqual(['degraded', expect.stringContaining('one is held by ana')])
  // Nobody waits for it: windows go on.
  expect(script.state.target).toBeGreaterThanOrEqual(target + 25)
})

test('H32 who waits for a held operator and reads from a living one too is not opened, so that it does not press back', () => {
  const script = settled()
  script.command({ type: 'kill-operator', operator: 'one', hold: true })
  const phases = Object.fromEntries(Object.entries(script.state.containers).map(([id, { phase }]) => [id, phase]))
  expect(phases).toMatchObject({
    'c-one': 'absent',
    'c-join': 'ready',
    'c-tail': 'open',
    'c-out': 'open',
    'c-two': 'open',
    'c-other': 'open',
  })
  expect(script.state.instances['join']).toMatchObject({ state: 'pending', cause: 'waits for one' })
  script.command({ type: 'restore-operator', operator: 'one' })
  expect(Object.values(script.state.containers).every(({ phase }) => phase === 'open')).toBe(true)
  expect(script.state.held).toEqual({})
  script.windows(6)
  expect(script.state.status).toBe('running')
  expect(script.state.committed).toBeGreaterThan(2)
})

test('H32 a hold in a shared container holds nobody up but those behind it', () => {
  const script = settled(
    planOf([
      { id: 'src' },
      { id: 'head', from: ['src'], container: 'c' },
      { id: 'tail', from: ['head'], container: 'c' },
      { id: 'out', from: ['tail'] },
      { id: 'side', from: ['src'] },
    ]),
  )
  const { target } = script.state
  script.command({ type: 'kill-operator', operator: 'tail', hold: true })
  script.windows(30)
  expect(script.state.target).toBeGreaterThanOrEqual(target + 25)
})

test('H32 a pin made for an operator that is held before it is deployed is taken back', () => {
  const script = settled()
  script.silent.add('deploy')
  script.command({ type: 'kill-operator', operator: 'three', hold: false })
  script.command({ type: 'kill-operator', operator: 'three', hold: true })
  expect(script.of('unpin').flatMap(({ readers }) => readers)).toContainEqual({ stream: 's-src', container: 'c-three' })
  expect(
    script
      .of('pin')
      .at(-1)
      ?.readers.some(({ container }) => container === 'c-three'),
  ).toBe(false)
})

test('H32 a hold while a manifest is being written leaves the manifest alone', () => {
  const script = settled()
  script.silent.add('write-manifest')
  while (script.state.pendingManifest === null) script.windows(1)
  const { seq, window } = script.state.pendingManifest
  script.silent.clear()
  script.command({ type: 'kill-operator', operator: 'one', hold: true })
  expect(script.cutOf('join')).toBe(window)
  script.give({ type: 'manifest-stored', seq, sha256: 'm' })
  expect(script.state.committed).toBe(window)
})

test('H32 a checkpoint that a held operator cannot reach any more is given up at once', () => {
  const script = settled()
  script.silent.add('write-snapshot')
  while (script.state.checkpoint === null) script.windows(1)
  script.command({ type: 'kill-operator', operator: 'one', hold: true })
  expect(script.state.checkpoint).toBe(null)
})

test('H32 a hold survives the process, and so does its end', () => {
  const first = settled()
  first.command({ type: 'kill-operator', operator: 'one', hold: true })
  const second = first.restarted()
  expect(second.state.containers['c-one'].phase).toBe('absent')
  expect(second.state.instances['one'].state).toBe('held')
  expect(second.state.status).toBe('degraded')
  second.command({ type: 'restore-operator', operator: 'one' })
  second.windows(4)
  expect(second.state.committed).toBeGreaterThan(first.state.committed)
  expect(second.restarted().state.held).toEqual({})
})

test('H32 stop and checkpoint are refused while an operator is held; a pause comes through once it is restored', () => {
  const script = settled()
  script.command({ type: 'kill-operator', operator: 'one', hold: true })
  expect(script.command({ type: 'stop', mode: 'stop' })).toMatchObject({ type: 'refused', code: 'OPERATOR_HELD' })
  expect(script.command({ type: 'take-checkpoint', pin: true })).toMatchObject({ type: 'refused', code: 'OPERATOR_HELD' })
  expect(script.command({ type: 'pause' })).toMatchObject({ type: 'accepted' })
  script.windows(5)
  const { target } = script.state
  script.windows(5)
  expect(script.state.target).toBe(target)
  script.command({ type: 'restore-operator', operator: 'one' })
  script.windows(5)
  expect(script.state.status).toBe('paused')
})
