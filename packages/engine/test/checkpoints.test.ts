import { expect, test } from 'vitest'
import { planOf } from './support/plans.ts'
import { Script, stored } from './support/script.ts'

const PLAN = planOf([{ id: 'a' }, { id: 'b' }, { id: 'join', from: ['a', 'b'] }, { id: 'out', from: ['join'] }])

test('H8 a manifest is written when the last operator has stored, names each with its attempt, and commits the sinks', () => {
  const script = Script.settled(PLAN)
  script.silent.add('write-snapshot')
  while (script.state.checkpoint === null) script.windows(1)
  const { window } = script.state.checkpoint
  const writes = script.of('write-snapshot').filter((write) => write.window === window)
  const manifests = script.of('write-manifest').length
  for (const write of writes.slice(1)) script.give(stored(write))
  expect(script.of('write-manifest').length).toBe(manifests)
  const effects = script.give(stored(writes[0]))
  expect(effects.find((effect) => effect.type === 'write-manifest')?.manifest).toMatchObject({
    window,
    lineage: 1,
    snapshots: { a: { window, attempt: 1 }, join: { window, attempt: 1 }, out: { window, attempt: 1 } },
  })
  expect(effects.find((effect) => effect.type === 'commit-sink')).toMatchObject({ instance: 'out', window })
  expect(script.state.committed).toBe(window)
})

test('H16 one checkpoint at a time: while one is in flight none begins, however hungry the logs are', () => {
  const script = Script.settled(PLAN)
  script.silent.add('write-snapshot')
  while (script.state.checkpoint === null) script.windows(1)
  const { window } = script.state.checkpoint
  for (let i = 0; i < 10; i += 1) {
    script.windows(1)
    script.tick(true)
  }
  expect(script.state.checkpoint.window).toBe(window)
  expect(script.of('clock').at(-1)?.checkpoint).toBe(window)
})

test('L9 a hungry log brings the next checkpoint forward, but not below 200 ms', () => {
  const script = Script.settled(planOf([{ id: 'a' }, { id: 'out', from: ['a'] }], { windowMs: 50, checkpointIntervalMs: 10_000 }))
  const started = (): number => script.of('event').filter(({ event }) => event.type === 'checkpoint-started').length
  const before = started()
  for (let i = 0; i < 12; i += 1) {
    script.wait(50)
    script.tick(true)
    script.catchUp()
  }
  expect(started() - before).toBeGreaterThanOrEqual(2)
  expect(started() - before).toBeLessThanOrEqual(4)
})

test('D8 a failed checkpoint leaves everything as it was; two in a row are told, once, and forgotten with the next success', () => {
  const script = Script.settled(PLAN)
  const { committed } = script.state
  script.silent.add('write-snapshot')
  for (let i = 0; i < 3; i += 1) {
    while (script.state.checkpoint === null) script.windows(1)
    script.give({
      type: 'snapshot-failed',
      instance: 'join',
      window: script.state.checkpoint.window,
      attempt: 1,
      code: 'DISK_FULL',
      message: 'No room.',
    })
    expect(script.state.checkpoint).toBe(null)
    expect(script.state.status).toBe(i === 0 ? 'running' : 'degraded')
  }
  script.tick()
  expect(script.state.reason).toBe('Not checkpointing: No room.')
  expect(script.state.committed).toBe(committed)
  script.silent.clear()
  script.windows(4)
  expect([script.state.status, script.state.reason]).toEqual(['running', null])
})

test('H8 a sink that cannot publish is tried again until it has, and the run says so meanwhile', () => {
  const script = Script.settled(PLAN)
  script.silent.add('commit-sink')
  script.windows(3)
  const { committed } = script.state
  script.give({ type: 'sink-commit-failed', instance: 'out', window: committed, attempt: 1, code: 'X', message: 'It is away.' })
  expect([script.state.status, script.state.reason]).toEqual(['degraded', 'out: commit pending, It is away.'])
  const before = script.of('commit-sink').length
  script.wait(1000)
  expect(script.of('commit-sink').length).toBe(before + 1)
  script.give({ type: 'sink-committed', instance: 'out', window: committed, attempt: 1 })
  expect(script.state.status).toBe('running')
})

test('H17 a source that ends early counts with its last checkpoint from then on', () => {
  const script = Script.settled(PLAN)
  script.finish('a', script.state.target)
  const last = script.state.instances['a'].final
  script.windows(4)
  expect(script.state.manifests.at(-1)).toMatchObject({ finished: ['a'], snapshots: { a: last } })
  expect(script.state.status).toBe('running')
})

test('H17 the run is finished only after the last manifest and the last commit', () => {
  const script = Script.settled(PLAN)
  script.silent.add('commit-sink')
  const { target } = script.state
  for (const id of ['a', 'b', 'join']) script.finish(id, target)
  expect(script.state.status).toBe('running')
  script.finish('out', target)
  expect(script.state.manifests.at(-1)).toMatchObject({ window: target, finished: ['a', 'b', 'join', 'out'] })
  expect(script.state.status).toBe('running')
  script.give({ type: 'sink-committed', instance: 'out', window: target, attempt: 1 })
  expect([script.state.status, script.of('end')]).toEqual(['finished', [{ type: 'end', state: 'finished', reason: null }]])
})

test('H17 the last checkpoint of a finished operator is made again if it cannot be stored', () => {
  const script = Script.settled(PLAN)
  script.silent.add('write-snapshot')
  script.finish('a', script.state.target)
  script.give({ type: 'snapshot-failed', instance: 'a', window: script.state.target, attempt: 1, code: 'X', message: 'x' })
  script.silent.clear()
  script.wait(1000)
  expect(script.restartedSince(1)).toEqual(['a', 'join', 'out'])
  expect(script.state.instances['a']).toMatchObject({ finalWindow: null, final: null })
})

test('H17 a rollback below the last window of a finished operator starts it again, one above does not', () => {
  const script = Script.settled(PLAN)
  const { committed, target } = script.state
  script.finish('b', target)
  const file = script.state.instances['b'].final?.file ?? ''
  script.retained.set('s-b', target + 1)
  script.command({ type: 'kill-operator', operator: 'join', hold: false })
  expect(script.cutOf('b')).toBe(committed)
  expect(script.state.instances['b'].final).toBe(null)
  expect(script.of('delete-snapshots').flatMap(({ files }) => files)).toContain(file)
  expect(script.of('deploy').findLast(({ container }) => container === 'c-b')?.instances[0].finished).toBe(false)
  script.finish('b', script.state.target)
  script.windows(4)
  script.command({ type: 'kill-operator', operator: 'join', hold: false })
  const join = script.of('deploy').findLast(({ container }) => container === 'c-join')?.instances[0]
  expect(join).toMatchObject({ finished: false, endedInputs: ['s-b'] })
})

test('H17 a stream that has ended is told to its reader even while the last checkpoint of its publisher is still being written', () => {
  const script = Script.settled(PLAN)
  script.silent.add('write-snapshot')
  script.finish('b', script.state.target)
  while (script.state.checkpoint === null) script.windows(1)
  const { window } = script.state.checkpoint
  for (const write of script.of('write-snapshot')) if (write.window === window && write.instance !== 'a') script.give(stored(write))
  script.command({ type: 'kill-operator', operator: 'join', hold: false })
  expect(script.cutOf('join')).toBe(window)
  expect(script.of('deploy').findLast(({ container }) => container === 'c-join')?.instances[0].endedInputs).toEqual(['s-b'])
})

test('H13 D4 windows are closed by the monotonic clock: no empty catch-up after a standstill, none ahead of a slow operator', () => {
  const script = Script.settled(PLAN)
  const { target } = script.state
  script.atMs += 3_600_000
  script.tick()
  script.tick()
  expect(script.state.target).toBe(target + 1)
  for (let i = 0; i < 60; i += 1) {
    script.wait(500)
    script.tick()
  }
  // Nobody ends a window, the sources neither: they are the first to hold it up.
  expect(script.state.target).toBe(target + 2)
  for (let i = 0; i < 60; i += 1) {
    script.wait(500)
    for (const source of ['a', 'b']) script.ends(source, script.state.target)
    script.tick()
  }
  expect(script.state.target).toBe(target + 20)
  script.catchUp()
  script.windows(3)
  expect(script.state.target).toBe(target + 23)
})
