import { expect, test } from 'vitest'
import type { JobInput } from '../src/job/index.ts'
import { planOf } from './support/plans.ts'
import { Script } from './support/script.ts'

const PLAN = planOf([
  { id: 'src' },
  { id: 'work', from: ['src'] },
  { id: 'out', from: ['work'] },
  { id: 'view', from: ['work'], delivery: 'display', verbs: [] },
])
/** One of its sinks cannot take anything back. */
const FINAL = planOf([{ id: 'src' }, { id: 'out', from: ['src'] }, { id: 'mail', from: ['src'], verbs: ['keep'] }])

/** A run with several committed checkpoints. */
function committed(times: number, plan = PLAN): Script {
  const script = Script.settled(plan)
  while (script.state.manifests.length < times || script.state.target === script.state.committed) script.windows(1)
  return script
}

function restore(script: Script, manifest: number, verbs: Record<string, 'rewind' | 'keep' | 'fork'> = { out: 'rewind' }) {
  return script.command({ type: 'restore-run', manifest, verbs })
}

const SEEN = {
  end: { pid: 7, exitCode: null, signal: 'SIGKILL', downMs: 300 },
  cause: { code: 'PROCESS_DIED', message: 'It died.' },
  instances: [],
  row: null,
} as const

const failuresOf = (script: Script) => script.of('event').flatMap(({ event }) => (event.type === 'failure' ? [event] : []))

test('L12 the death of the process is a failure, told by its successor before anything is deployed; it costs no operator anything', () => {
  const script = committed(2)
  const next = script.restarted({ died: SEEN })
  expect(failuresOf(next)).toMatchObject([{ operators: [], code: 'PROCESS_DIED', process: SEEN.end }])
  expect(next.state.budget).toEqual({})
  const [{ incident }] = failuresOf(next)
  next.windows(3)
  const ofIncident = next.of('event').flatMap(({ event }) => ('incident' in event && event.incident === incident ? [event.type] : []))
  expect(ofIncident).toEqual(['failure', 'recovery-planned', 'recovered'])
  const told = next.effects.findIndex((effect) => effect.type === 'event' && effect.event.type === 'failure')
  expect(next.effects.slice(0, told).some((effect) => effect.type === 'deploy')).toBe(false)
})

test('L12 what the process said before it died counts more than what was seen; a failure it had told is not told again', () => {
  const asked = committed(2)
  asked.command({ type: 'kill-process' })
  const next = asked.restarted({ died: SEEN })
  expect(failuresOf(next)).toMatchObject([{ code: 'KILLED', by: 'ana', process: { signal: 'SIGKILL' } }])
  // It was told, so it is over: the next death is another one.
  expect(failuresOf(next.restarted({ died: SEEN }))).toMatchObject([{ code: 'PROCESS_DIED' }])

  const hung = committed(2)
  hung.silent.add('terminate-container')
  hung.command({ type: 'kill-operator', operator: 'work', hold: false })
  hung.wait(2000)
  const [{ incident }] = failuresOf(hung)
  const after = hung.restarted({ died: SEEN })
  after.windows(3)
  expect(failuresOf(after)).toEqual([])
  expect(after.of('event')).toContainEqual({ type: 'event', event: expect.objectContaining({ type: 'recovered', incident }) as unknown })
})

type Damaged = Extract<JobInput, { type: 'recovered' }>['damaged']

test('H7 a restore opens a lineage, begins at the manifest, and gives each sink its verb once', () => {
  const script = committed(3)
  const [first] = script.state.manifests
  const from = script.effects.length
  expect(restore(script, first.seq)).toMatchObject({ type: 'accepted' })
  expect(script.state).toMatchObject({ lineage: 2, committed: first.window, verbs: {} })
  const deploys = script.effects.slice(from).filter((effect) => effect.type === 'deploy')
  expect(deploys.map(({ cut, lineage }) => [cut, lineage])).toEqual(deploys.map(() => [first.window, 2]))
  expect(deploys.find(({ container }) => container === 'c-out')?.instances[0].verb).toBe('rewind')
  expect(script.of('rewind-logs').at(-1)).toMatchObject({ window: first.window })
  script.windows(4)
  expect(script.state.manifests.at(-1)).toMatchObject({ lineage: 2 })
  const again = script.effects.length
  script.command({ type: 'kill-operator', operator: 'out', hold: false })
  expect(script.effects.slice(again).find((effect) => effect.type === 'deploy')?.instances[0].verb).toBe(null)
})

test('H7 a restore is refused while a sink that may have published beyond has no verb, or one it cannot do', () => {
  const script = committed(3)
  script.silent.add('commit-sink')
  script.windows(3)
  const newest = script.state.manifests.at(-1)
  const before = script.state.manifests.at(-2)
  if (newest === undefined || before === undefined) throw new Error('no manifests')
  // Committed, told, not yet answered: it may have been published.
  expect(script.state.commits['out']).toBeLessThan(newest.window)
  expect(restore(script, before.seq, {})).toMatchObject({ type: 'refused', code: 'VERB_MISSING', status: 400 })
  expect(restore(script, before.seq, { out: 'fork' })).toMatchObject({ type: 'refused', code: 'VERB_UNSUPPORTED' })
  expect(restore(script, 99)).toMatchObject({ type: 'refused', code: 'CHECKPOINT_UNKNOWN', status: 404 })
  expect(script.state.lineage).toBe(1)
  // Nothing can have been published beyond the newest.
  expect(restore(script, newest.seq, {})).toMatchObject({ type: 'accepted' })
})

test('H7 a sink that is held during the restore gets its verb when it comes back', () => {
  const script = committed(3)
  script.command({ type: 'kill-operator', operator: 'out', hold: true })
  restore(script, script.state.manifests[0].seq)
  expect(script.state.verbs).toEqual({ out: 'rewind' })
  const next = script.restarted()
  expect(next.state.verbs).toEqual({ out: 'rewind' })
  const from = next.effects.length
  next.command({ type: 'restore-operator', operator: 'out' })
  const deploy = next.effects.slice(from).find((effect) => effect.type === 'deploy' && effect.container === 'c-out')
  expect(deploy).toMatchObject({ cut: script.state.committed, instances: [{ verb: 'rewind' }] })
  expect([next.state.verbs, next.restarted().state.verbs]).toEqual([{}, {}])
})

test('H7 a fork goes on with every deploy of the lineage, over restarts of the process too', () => {
  const script = committed(3, planOf([{ id: 'src' }, { id: 'out', from: ['src'], verbs: ['rewind', 'fork', 'keep'] }]))
  restore(script, script.state.manifests[0].seq, { out: 'fork' })
  script.command({ type: 'kill-operator', operator: 'out', hold: false })
  const next = script.restarted()
  for (const deploy of [script.of('deploy').at(-1), next.of('deploy').at(-1)]) expect(deploy?.instances[0].verb).toBe('fork')
})

test('H7 a checkpoint of another branch needs a verb, and not keep: its output may have been taken back', () => {
  const script = committed(3)
  const [first, , third] = script.state.manifests
  restore(script, first.seq)
  script.windows(6)
  expect(restore(script, third.seq, {})).toMatchObject({ type: 'refused', code: 'VERB_MISSING' })
  expect(restore(script, third.seq, { out: 'keep' })).toMatchObject({ type: 'refused', code: 'CHECKPOINT_OTHER_BRANCH' })
  const next = script.restarted()
  expect(restore(next, third.seq, { out: 'keep' })).toMatchObject({ type: 'refused', code: 'CHECKPOINT_OTHER_BRANCH' })
  expect(restore(next, third.seq)).toMatchObject({ type: 'accepted' })
  expect(next.state).toMatchObject({ lineage: 3, committed: third.window, forks: { 3: { parent: 1, window: third.window } } })
  expect(restore(next, first.seq, { out: 'keep' })).toMatchObject({ type: 'accepted' })
})

test('H7 a manifest that is being written when the run is restored never counts, even if only the next process finds it', () => {
  const script = committed(2)
  script.silent.add('write-manifest')
  while (script.state.pendingManifest === null) script.windows(1)
  const pending = script.state.pendingManifest
  restore(script, script.state.manifests[0].seq)
  expect(script.of('delete-manifest')).toEqual([])
  const next = script.restarted({ manifests: [...script.state.manifests, { ...pending, sha256: 'm' }], nextManifest: pending.seq + 1 })
  expect(next.state.manifests.some(({ seq }) => seq === pending.seq)).toBe(false)
  expect(next.of('delete-manifest').map(({ seq }) => seq)).toEqual([pending.seq])
  expect(next.state.committed).toBe(script.state.committed)
  // This process learns of it itself, and only then lets go of what it names.
  const effects = script.give({ type: 'manifest-stored', seq: pending.seq, sha256: 'm' })
  expect(effects.find((effect) => effect.type === 'delete-manifest')).toMatchObject({ seq: pending.seq })
})

test('H7 a restore while finished operators have ends beyond the manifest starts them again', () => {
  const script = committed(2)
  const [first] = script.state.manifests
  for (const { id } of script.state.plan.instances) if (id !== 'view') script.finish(id, script.state.target)
  expect(script.state.instances['src'].final).not.toBe(null)
  restore(script, first.seq)
  expect(script.state.instances['src']).toMatchObject({ final: null, finalWindow: null, reached: first.window })
  const deploys = script.of('deploy').slice(-4)
  expect(deploys.flatMap(({ instances }) => instances).every(({ finished, endedInputs }) => !finished && endedInputs.length === 0)).toBe(
    true,
  )
})

test('H7 a paused run that is restored stands at the manifest, one that stops stops after it', () => {
  for (const body of [{ type: 'pause' }, { type: 'stop', mode: 'stop' }] as const) {
    const script = committed(3)
    script.silent.add('write-manifest')
    script.command(body)
    const [first] = script.state.manifests
    restore(script, first.seq)
    script.silent.clear()
    script.windows(6)
    expect([script.state.status, script.state.committed]).toEqual(
      body.type === 'pause' ? ['paused', first.window] : ['stopped', first.window + 1],
    )
  }
})

function damagedRestart(script: Script, damage: (seq: number) => Damaged): Script {
  const manifests = script.state.manifests.slice(0, -1)
  const worst = script.state.manifests.at(-1)?.seq ?? 0
  return script.restarted({ manifests, damaged: damage(worst) })
}

test('H6 P25 a damaged newest checkpoint is fallen back from only in a new lineage in which every sink rewinds', () => {
  for (const lineage of [1, 0]) {
    const script = committed(3)
    const next = damagedRestart(script, (seq) => [{ seq, lineage, reason: 'flipped' }])
    const base = script.state.manifests.at(-2)
    expect(next.state).toMatchObject({ lineage: 2, committed: base?.window, baseManifest: base?.seq })
    const out = next.of('deploy').find(({ container }) => container === 'c-out')
    expect(out).toMatchObject({ cut: base?.window, instances: [{ verb: 'rewind' }] })
    expect(next.of('event').map(({ event }) => event.type)).toContain('restored')
    // The damaged file still lies there: it is known by now.
    const again = next.restarted({
      manifests: next.state.manifests,
      damaged: [{ seq: script.state.manifests.at(-1)?.seq ?? 0, lineage, reason: 'flipped' }],
    })
    expect(again.state.lineage).toBe(2)
  }
})

test('H6 a sink that cannot rewind, or no checkpoint left at all, makes the run ask', () => {
  const final = damagedRestart(committed(3, FINAL), (seq) => [{ seq, lineage: 1, reason: 'flipped' }])
  expect(final.state.status).toBe('needs-decision')
  expect(final.of('deploy')).toEqual([])
  const script = committed(2)
  const none = script.restarted({ manifests: [], damaged: script.state.manifests.map(({ seq }) => ({ seq, lineage: 0, reason: 'gone' })) })
  expect([none.state.status, none.of('start-container')]).toEqual(['needs-decision', []])
})

test('H6 a run that asks takes nothing but a decision, and keeps asking over restarts until it has one', () => {
  const script = committed(3, FINAL)
  script.command({ type: 'kill-operator', operator: 'out', hold: true })
  script.command({ type: 'pause' })
  const store = {
    manifests: script.state.manifests.slice(0, -1),
    damaged: [{ seq: script.state.manifests.at(-1)?.seq ?? 0, lineage: 0, reason: 'flipped' }],
  }
  const asking = script.restarted(store)
  for (const body of [
    { type: 'resume' },
    { type: 'restore-operator', operator: 'out' },
    { type: 'take-checkpoint', pin: false },
    { type: 'stop', mode: 'stop' },
    { type: 'kill-operator', operator: 'src', hold: false },
  ] as const)
    expect(asking.command(body)).toMatchObject({ type: 'refused', code: 'NEEDS_DECISION' })
  asking.windows(3)
  expect([asking.state.status, asking.of('deploy')]).toEqual(['needs-decision', []])
  const still = asking.restarted(store)
  expect(still.state.status).toBe('needs-decision')
  expect(restore(still, store.manifests.at(-1)?.seq ?? 0, { out: 'rewind', mail: 'keep' })).toMatchObject({ type: 'accepted' })
  expect(still.of('deploy').length).toBeGreaterThan(0)
  expect(still.restarted(store).state.status).not.toBe('needs-decision')
})

test('L12 a process restart goes back to the newest manifest of the lineage, not to a newer one of another', () => {
  const script = committed(3)
  const [first, , third] = script.state.manifests
  restore(script, first.seq)
  const next = script.restarted()
  expect(next.state.committed).toBe(first.window)
  expect(next.of('deploy').every(({ cut }) => cut === first.window)).toBe(true)
  expect(next.state.manifests.map(({ seq }) => seq)).toContain(third.seq)
})

test('P15 the manifest a lineage began at and pinned ones stay; files go only with the last manifest that names them', () => {
  const script = Script.settled(planOf([{ id: 'src' }, { id: 'gone' }, { id: 'out', from: ['src', 'gone'] }], { keepCheckpoints: 2 }))
  script.finish('gone', script.state.target)
  const last = script.state.instances['gone'].final?.file
  script.command({ type: 'take-checkpoint', pin: true })
  script.windows(20)
  expect(script.of('delete-manifest').flatMap(({ files }) => files)).not.toContain(last)
  expect(script.state.manifests.filter(({ pinned }) => pinned).length).toBe(1)
  expect(script.state.manifests.length).toBe(3)
})

test('P13 what the oldest kept checkpoint needs stays, and what one needs that may still lie on the disk: sources let go a checkpoint later, and never beyond a pinned one', () => {
  const script = Script.settled(planOf([{ id: 'src' }, { id: 'out', from: ['src'] }], { keepCheckpoints: 2 }))
  /** Where sources may be let go to, and where the oldest checkpoint lay before: a process that dies now finds it again. */
  const trims: { readonly to: number; readonly oldest: number }[] = []
  const windows = (times: number): void => {
    for (let i = 0; i < times; i += 1) {
      const before = script.of('trim-source').length
      const oldest = script.state.manifests[0]?.window ?? 0
      script.windows(1)
      for (const { window } of script.of('trim-source').slice(before)) trims.push({ to: window, oldest })
    }
  }
  windows(20)
  const last = trims.at(-1)?.to ?? 0
  expect(last).toBeGreaterThan(0)
  expect(last).toBeLessThan(script.state.committed)
  script.command({ type: 'take-checkpoint', pin: true })
  windows(40)
  const pinned = script.state.manifests.find((manifest) => manifest.pinned)?.window
  expect(trims.at(-1)?.to).toBe(pinned)
  for (const { to, oldest } of trims) expect(to).toBeLessThanOrEqual(oldest)
})
