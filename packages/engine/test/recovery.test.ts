import { expect, test } from 'vitest'
import { DIAMOND, planOf } from './support/plans.ts'
import { Script, stored } from './support/script.ts'

const CHAIN = planOf([{ id: 'src' }, { id: 'work', from: ['src'] }, { id: 'out', from: ['work'] }])

function settled(plan = CHAIN): Script {
  return Script.settled(plan)
}

/** A checkpoint in flight of which the given operators are stored. */
function inFlight(script: Script, ...instances: string[]): number {
  script.silent.add('write-snapshot')
  while (script.state.checkpoint === null) script.windows(1)
  const { window } = script.state.checkpoint
  script.silent.delete('write-snapshot')
  for (const write of script.of('write-snapshot'))
    if (write.window === window && instances.includes(write.instance)) script.give(stored(write))
  return window
}

function kill(script: Script, operator: string, hold = false): void {
  expect(script.command({ type: 'kill-operator', operator, hold })).toMatchObject({ type: 'accepted' })
}

test('D7 H10 a recovery is carried out in the order journal, pin, empty, cut back, deploy, open', () => {
  const script = settled()
  const from = script.effects.length
  kill(script, 'work')
  const order = script.effects.slice(from).map((effect) => effect.type)
  const positions = ['terminate-container', 'pin', 'undeploy', 'rewind-logs', 'deploy', 'open'].map((type) => order.indexOf(type as 'pin'))
  expect(positions).toEqual([...positions].sort((a, b) => a - b))
  const attempt = script.effects.findIndex((effect, i) => i > from && effect.type === 'journal' && effect.entry.type === 'attempt')
  expect(attempt).toBeLessThan(from + order.indexOf('pin'))
  expect(script.restartedSince(1)).toEqual(['work', 'out'])
  expect(script.state.recovery).toMatchObject({ phase: 'replaying', cut: script.state.committed })
  expect(order.lastIndexOf('deploy')).toBeLessThan(order.indexOf('open'))
})

test('H10 nothing is emptied and no log cut back before the replay is pinned', () => {
  const script = settled()
  script.silent.add('pin').add('undeploy')
  kill(script, 'work')
  // A second failure while the first recovery is empty except for one container: that one leaves by dying.
  script.give({ type: 'pinned', attempt: script.state.attempt, refused: [] })
  script.give({ type: 'operator-failed', instance: 'src', attempt: 1, window: 9, code: 'X', message: 'x' })
  const from = script.effects.length
  script.give({ type: 'container-exited', container: 'c-out', cause: null })
  expect(script.effects.slice(from).filter((effect) => effect.type === 'rewind-logs' || effect.type === 'deploy')).toEqual([])
  expect(script.state.recovery?.phase).toBe('pinning')
})

test('H10 a second failure during a recovery plans again with both', () => {
  const script = settled(planOf(DIAMOND))
  script.silent.add('deploy')
  kill(script, 'out')
  expect(script.state.recovery?.containers).toEqual(['c-out'])
  kill(script, 'copy')
  expect(script.state.recovery?.containers).toEqual(['c-out', 'c-copy'])
  script.silent.clear()
  kill(script, 'left')
  expect(script.restartedSince(1)).toEqual(['left', 'join', 'out', 'copy'])
  expect(script.state.recovery?.phase).toBe('replaying')
})

test('H10 a live member that does not answer in time is terminated, and recovery goes on at its exit', () => {
  const script = settled()
  script.silent.add('undeploy').add('terminate-container')
  kill(script, 'work')
  script.give({ type: 'container-exited', container: 'c-work', cause: null })
  script.wait(250)
  expect(script.of('terminate-container').map((effect) => effect.container)).toEqual(['c-work', 'c-out'])
  expect(script.of('deploy').length).toBe(3)
  script.silent.clear()
  script.give({ type: 'container-exited', container: 'c-out', cause: null })
  expect(script.state.recovery?.phase).toBe('replaying')
})

test('H4 a container that does not end within 2 s ends the process', () => {
  const script = settled()
  script.silent.add('terminate-container')
  kill(script, 'work')
  script.wait(1999)
  expect(script.of('exit-process')).toEqual([])
  script.wait(1)
  expect(script.of('exit-process').length).toBe(1)
  // The next process must know what became of the operator: nobody else can tell.
  const failures = script.of('event').filter(({ event }) => event.type === 'failure')
  expect(failures).toMatchObject([{ event: { operators: ['work'] } }])
})

test('H4 H18 who cannot be ended was given a row: it is told and counted with the failure before the process goes', () => {
  const script = settled()
  script.silent.add('terminate-container')
  const figures = { work: { ended: script.state.instances['work'].ended, progress: 7, inputWaits: true } }
  for (let waited = 0; script.of('terminate-container').length === 0 && waited < 30_000; waited += 20) {
    script.atMs += 20
    script.give({ type: 'tick', figures, hungry: false })
  }
  const { id, endOf } = script.of('arm').findLast((arm) => arm.endOf !== undefined) ?? { id: '' }
  expect(endOf).toBe('c-work')
  script.give({ type: 'deadline', id, row: { instance: 'work', hash: 'h', text: '{"id":7}' } })
  expect(script.of('event').findLast(({ event }) => event.type === 'failure')?.event).toMatchObject({
    operators: ['work'],
    row: '{"id":7}',
  })
  expect(script.state.budget['work']).toMatchObject({ failures: 1, row: 'h' })
  expect(script.of('exit-process').length).toBe(1)
})

test('H4 who does not get through its start is ended as stuck, three times; each operator that is made is progress', () => {
  const script = settled()
  script.silent.add('deploy')
  kill(script, 'out')
  const { attempt } = script.state
  let progress = 0
  const tick = (forMs: number): void => {
    for (let waited = 0; waited < forMs; waited += 100) {
      script.atMs += 100
      const figures = { out: { ended: script.state.instances['out'].ended, progress, inputWaits: false, beingMade: true as const } }
      script.give({ type: 'tick', figures, hungry: false })
    }
  }
  tick(9000)
  expect(script.of('look-at').map(({ container }) => container)).toContain('c-out')
  progress += 1
  tick(9000)
  expect(script.of('terminate-container').filter(({ stuck }) => stuck === true)).toEqual([])
  // A suspended process is no reason.
  script.atMs += 3_600_000
  tick(500)
  expect(script.of('terminate-container').filter(({ stuck }) => stuck === true)).toEqual([])
  for (let times = 0; times < 3; times += 1) {
    tick(12_000)
    script.wait(1000)
  }
  const failures = script.of('event').flatMap(({ event }) => (event.type === 'failure' && event.code === 'OPERATOR_STUCK' ? [event] : []))
  expect(failures.filter(({ operators }) => operators.includes('out')).length).toBe(3)
  expect(failures[0].message).toMatch(/^out did not get through its start for 10 s/)
  expect(script.state.attempt).toBeGreaterThan(attempt)
  expect([script.state.status, script.state.reason]).toEqual(['failed', expect.stringMatching(/^out failed 3 times/)])
})

test('H4 the deadline of one kill does not hit the next', () => {
  const script = settled()
  kill(script, 'work')
  script.wait(1900)
  script.silent.add('terminate-container')
  kill(script, 'work')
  script.wait(150)
  expect(script.of('exit-process')).toEqual([])
  script.wait(1900)
  expect(script.of('exit-process').length).toBe(1)
})

test('L6 a refused pin lets the restart set grow upstream and says why', () => {
  const script = settled()
  script.silent.add('pin')
  kill(script, 'out')
  script.silent.clear()
  script.give({ type: 'pinned', attempt: script.state.attempt, refused: ['s-work'] })
  expect(script.restartedSince(1)).toEqual(['work', 'out'])
  const planned = script.of('event').findLast(({ event }) => event.type === 'recovery-planned')
  expect(planned?.event).toMatchObject({ restart: ['work', 'out'], foretold: ['out'], reason: expect.stringContaining('s-work') as string })
})

test('H5 what a dead attempt stores late is deleted and never part of a checkpoint', () => {
  const script = settled()
  const window = inFlight(script, 'src')
  const late = script.of('write-snapshot').find((write) => write.window === window && write.instance === 'work')
  kill(script, 'work')
  if (late === undefined) throw new Error('work has copied nothing')
  const effects = script.give(stored(late))
  expect(effects).toEqual([{ type: 'delete-snapshots', files: [`work-${window}-1`] }])
  script.windows(3)
  const manifest = script.state.manifests.find((kept) => kept.window === window)
  expect(manifest?.snapshots['work'].attempt).toBe(2)
  expect(manifest?.snapshots['src'].attempt).toBe(1)
})

test('H5 a rollback below a checkpoint in flight voids what its members have stored of it', () => {
  const script = settled()
  const window = inFlight(script, 'out')
  kill(script, 'work')
  expect(script.state.recovery?.cut).toBe(script.state.committed)
  expect(script.of('delete-snapshots').flatMap(({ files }) => files)).toEqual([`out-${window}-1`])
  expect(script.state.checkpoint).toMatchObject({ window, stored: {} })
})

test('H1 a checkpoint in flight that all members have stored is the cut', () => {
  const script = settled()
  const window = inFlight(script, 'work', 'out')
  kill(script, 'work')
  expect(script.cutOf('work')).toBe(window)
  const deployed = script.of('deploy').filter(({ attempt }) => attempt === 2)
  expect(deployed.map(({ cut, instances }) => [cut, instances[0].snapshot?.window])).toEqual([
    [window, window],
    [window, window],
  ])
})

test('H5 a checkpoint given up while a recovery goes back to it is planned again, at the committed window', () => {
  for (const answered of [['pin'], ['undeploy'], ['deploy']] as const) {
    const script = settled()
    const window = inFlight(script, 'work', 'out')
    for (const type of answered) script.silent.add(type)
    kill(script, 'work')
    expect(script.state.recovery?.cut).toBe(window)
    script.silent.clear()
    script.give({ type: 'snapshot-failed', instance: 'src', window, attempt: 1, code: 'STORE_FAILED', message: 'no' })
    expect(script.state.recovery).toMatchObject({ phase: 'replaying', cut: script.state.committed })
    const deployed = script.of('deploy').slice(-2)
    expect(deployed.map(({ cut }) => cut)).toEqual([script.state.committed, script.state.committed])
    expect(deployed.every(({ instances }) => instances[0].snapshot?.window === script.state.committed)).toBe(true)
    script.windows(4)
    expect(script.state.committed).toBeGreaterThan(window)
  }
})

test('H5 a manifest that fails under a recovery to its window is planned again', () => {
  const script = settled()
  script.silent.add('write-manifest').add('deploy')
  while (script.state.pendingManifest === null) script.windows(1)
  const { seq, window } = script.state.pendingManifest
  kill(script, 'work')
  expect(script.state.recovery?.cut).toBe(window)
  script.silent.clear()
  script.give({ type: 'manifest-failed', seq, code: 'DISK_FULL', message: 'full' })
  expect(script.state.recovery).toMatchObject({ phase: 'replaying', cut: script.state.committed })
  expect(script.state.committed).toBeLessThan(window)
})

test('H8 H11 a manifest that failed is tried again under its number; one whose fate is unknown ends the process', () => {
  for (const uncertain of [false, true]) {
    const script = settled()
    script.silent.add('write-manifest')
    while (script.state.pendingManifest === null) script.windows(1)
    const { seq } = script.state.pendingManifest
    const from = script.effects.length
    script.give({ type: 'manifest-failed', seq, code: 'DISK_FULL', message: 'full', uncertain })
    const after = script.effects.slice(from).map((effect) => effect.type)
    expect(after.includes('exit-process')).toBe(uncertain)
    expect(after.includes('delete-snapshots')).toBe(!uncertain)
    expect(after).not.toContain('delete-manifest')
    if (uncertain) continue
    while (script.state.pendingManifest === null) script.windows(1)
    expect(script.state.pendingManifest.seq).toBe(seq)
  }
})

test('H8 sinks are told to commit only what a stored manifest holds, and again after every restore', () => {
  const script = settled()
  const { committed } = script.state
  script.silent.add('write-manifest')
  script.windows(3)
  expect(Math.max(...script.of('commit-sink').map(({ window }) => window))).toBe(committed)
  const from = script.effects.length
  kill(script, 'out')
  expect(script.effects.slice(from).filter((effect) => effect.type === 'commit-sink')).toEqual([
    { type: 'commit-sink', instance: 'out', window: committed },
  ])
})

test('H6 a checkpoint that cannot be read is given up if it is not committed, and decided about at the next start if it is', () => {
  const script = settled()
  const window = inFlight(script, 'work', 'out')
  script.silent.add('deploy')
  kill(script, 'work')
  script.silent.clear()
  const damage = { type: 'operator-failed', instance: 'work', window, code: 'SNAPSHOT_CORRUPT', message: 'flipped' } as const
  script.give({ ...damage, attempt: script.state.attempt })
  expect(script.state.recovery).toMatchObject({ phase: 'replaying', cut: script.state.committed })
  expect(script.of('exit-process')).toEqual([])
  script.silent.add('deploy')
  kill(script, 'work')
  script.give({ ...damage, attempt: script.state.attempt })
  expect(script.of('exit-process').length).toBe(1)
  expect(script.of('journal').some(({ entry }) => entry.type === 'budget')).toBe(false)
})

test('P19 three failures at one place with nothing committed since end the run, and the count survives the process', () => {
  let script = settled()
  const fail = (): void => {
    script.give({
      type: 'operator-failed',
      instance: 'work',
      attempt: script.state.instances['work'].attempt,
      window: 9,
      code: 'X',
      message: 'row 7',
    })
  }
  fail()
  expect(script.state.recovery?.phase).toBe('replaying')
  fail()
  expect(script.state.recovery?.phase).toBe('waiting')
  script.wait(200)
  expect(script.state.recovery?.phase).toBe('replaying')
  script = script.restarted()
  script.wait(200)
  fail()
  expect(script.state.status).toBe('failed')
  expect(script.state.reason).toContain('row 7')
})

test('P19 what fails again however often it is tried ends the run at once', () => {
  const script = settled()
  const attempt = script.state.instances['work'].attempt
  script.give({ type: 'operator-failed', instance: 'work', attempt, window: 9, code: 'STATE_TOO_LARGE', message: 'raise the memory' })
  expect(script.state.status).toBe('failed')
  expect(script.state.reason).toBe('work failed: raise the memory')
})

test('P19 what a person kills costs nothing, and a manifest past the place clears the count', () => {
  const script = settled()
  for (let i = 0; i < 5; i += 1) kill(script, 'work')
  expect(script.state.budget).toEqual({})
  for (let i = 0; i < 2; i += 1) {
    script.give({
      type: 'operator-failed',
      instance: 'work',
      attempt: script.state.instances['work'].attempt,
      window: 9,
      code: 'X',
      message: 'x',
    })
    script.wait(500)
    script.windows(4)
  }
  expect(script.state.budget).toEqual({})
  expect(script.state.status).toBe('running')
})

test('D6 an earlier recovery that still replays is over only when its members have caught up', () => {
  const script = settled(planOf(DIAMOND))
  kill(script, 'out')
  expect(script.state.instances['out'].state).toBe('replaying')
  kill(script, 'copy')
  expect(script.state.recovery).toMatchObject({ containers: ['c-copy'], watched: ['c-out'] })
  script.catchUp()
  script.tick()
  expect([script.state.instances['out'].state, script.state.instances['copy'].state]).toEqual(['running', 'running'])
  expect(script.state.recovery).toBe(null)
})

test('D6 incidents keep their names apart over a restart of the process', () => {
  const first = settled()
  kill(first, 'work')
  const second = first.restarted()
  second.windows(2)
  kill(second, 'work')
  const incidents = [...first.effects, ...second.effects].flatMap((effect) =>
    effect.type === 'event' && effect.event.type === 'failure' ? [effect.event.incident] : [],
  )
  expect(new Set(incidents).size).toBe(2)
})

test('P9 nobody is stuck for having been suspended together with the job', () => {
  const script = settled()
  script.atMs += 3_600_000
  const figures = Object.fromEntries(
    script.state.plan.instances.map(({ id }) => [id, { ended: script.state.instances[id].ended, progress: 7, inputWaits: true }]),
  )
  script.give({ type: 'tick', figures, hungry: false })
  script.atMs += 20
  script.give({ type: 'tick', figures, hungry: false })
  expect(script.of('terminate-container')).toEqual([])
  for (let i = 0; i < 600; i += 1) {
    script.atMs += 20
    script.give({ type: 'tick', figures, hungry: false })
  }
  expect(script.of('terminate-container').length).toBeGreaterThan(0)
})

test('H4 who hangs is looked at before it is ended, and what was seen is told with the failure', () => {
  const script = settled()
  script.silent.add('terminate-container')
  const figures = Object.fromEntries(
    script.state.plan.instances.map(({ id }) => [id, { ended: script.state.instances[id].ended, progress: 7, inputWaits: id === 'work' }]),
  )
  const tick = (ms: number): void => {
    script.atMs += ms
    script.give({ type: 'tick', figures, hungry: false })
  }
  tick(20)
  for (let waited = 0; waited < 5100; waited += 100) tick(100)
  expect(script.of('look-at')).toMatchObject([{ container: 'c-work' }])
  expect(script.of('terminate-container')).toEqual([])
  for (let waited = 0; waited < 5100; waited += 100) tick(100)
  expect(script.of('look-at').length).toBe(1)
  expect(script.of('terminate-container')).toEqual([{ type: 'terminate-container', container: 'c-work', stuck: true }])
  // The look may take half a second, the end two more.
  expect(script.of('arm').at(-1)).toMatchObject({ id: expect.stringMatching(/^exit:c-work:/) as string, afterMs: 2500 })
  script.give({
    type: 'looked-at',
    container: 'c-work',
    sentence: 'It was in spin of work (script:work:3).',
    stack: '    at spin (script:work:3:1)',
  })
  script.give({ type: 'container-exited', container: 'c-work', cause: null })
  const events = script.of('event').map(({ event }) => event)
  expect(events.findLast((event) => event.type === 'failure')).toMatchObject({
    code: 'OPERATOR_STUCK',
    message: expect.stringMatching(/^work made no progress for 10 s .* It was in spin of work \(script:work:3\)\.$/) as string,
    stack: '    at spin (script:work:3:1)',
  })
})
