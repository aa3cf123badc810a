/** Settings that change while a run goes on (engine-spec §3, live properties). */
import { expect, test } from 'vitest'
import { planOf } from './support/plans.ts'
import { Script } from './support/script.ts'

const PLAN = planOf([
  { id: 'src' },
  { id: 'limit#0', operator: 'limit', part: 'partition', from: ['src'], config: { rate: 10 } },
  { id: 'limit#1', operator: 'limit', part: 'partition', from: ['src'], config: { rate: 10 } },
  { id: 'out', from: ['limit#0', 'limit#1'] },
])

const set = (rate: number) => ({ type: 'set-config' as const, operator: 'limit', values: { rate } })

function confirmed(script: Script): void {
  for (const { instance, change } of script.of('configure')) script.give({ type: 'configured', instance, from: change.from })
}

test('H26 a setting holds from the first window that nobody has begun, in all partitions, and is journaled before the answer', () => {
  const script = Script.settled(PLAN)
  const from = script.state.target + 2
  const effects = script.effects.length
  expect(script.command(set(20))).toMatchObject({ type: 'accepted' })
  const after = script.effects.slice(effects)
  expect(after.map(({ type }) => type)).toEqual(['journal', 'event', 'answer', 'event', 'configure', 'configure'])
  expect(script.of('configure')).toMatchObject(
    ['limit#0', 'limit#1'].map((instance) => ({ instance, change: { from, values: { rate: 20 } } })),
  )
  // The window before it is not closed, so it is not begun, before both have said that they know.
  script.windows(4)
  expect(script.state.target).toBe(from - 2)
  const [first, second] = script.of('configure')
  script.give({ type: 'configured', instance: first.instance, from })
  script.windows(2)
  expect(script.state.target).toBe(from - 2)
  script.give({ type: 'configured', instance: second.instance, from })
  script.windows(4)
  expect(script.state.target).toBeGreaterThan(from)
})

test('H26 windows before the change are replayed with the value of then, after a kill and after the end of the process', () => {
  const script = Script.settled(PLAN)
  script.silent.add('write-manifest')
  const from = script.state.target + 2
  script.command(set(20))
  confirmed(script)
  script.windows(6)
  script.command({ type: 'kill-operator', operator: 'limit', hold: false })
  const deployed = (of: Script) =>
    of
      .of('deploy')
      .findLast(({ container }) => container === 'c-limit#1')
      ?.instances.map(({ live }) => live)
  expect(deployed(script)).toEqual([[{ from, values: { rate: 20 } }]])
  expect(script.of('deploy').at(-1)?.cut).toBeLessThan(from)
  expect(deployed(script.restarted())).toEqual([[{ from, values: { rate: 20 } }]])
})

test('H26 who is deployed meanwhile holds nobody up, and what lies behind the committed window is forgotten', () => {
  const script = Script.settled(PLAN)
  script.command(set(20))
  script.command({ type: 'kill-operator', operator: 'limit', hold: false })
  expect(script.state.unconfirmed).toEqual({})
  script.windows(2)
  script.command(set(30))
  confirmed(script)
  script.windows(12)
  expect(script.state.live['limit']).toMatchObject([{ values: { rate: 30 } }])
})

test('H26 F18 the same command has one effect, the value of the document ends the difference, and a new lineage keeps what was wanted', () => {
  const script = Script.settled(PLAN)
  script.command(set(20), 'once')
  const journal = script.journal.length
  expect(script.command(set(30), 'once')).toMatchObject({ type: 'accepted' })
  expect(script.journal.length).toBe(journal)
  confirmed(script)
  script.windows(6)
  const [manifest] = script.state.manifests
  script.command({ type: 'restore-run', manifest: manifest.seq, verbs: { out: 'rewind' } })
  const carried = { limit: [{ from: manifest.window + 1, values: { rate: 20 } }] }
  expect(script.state.live).toEqual(carried)
  expect(script.restarted({ manifests: [manifest] }).state.live).toEqual(carried)
  script.command(set(10))
  expect(script.state.live['limit'].at(-1)?.values).toEqual({})
  expect(script.command({ ...set(1), operator: 'nobody' })).toMatchObject({ type: 'refused', status: 404 })
})
