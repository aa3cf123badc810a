import { expect, test } from 'vitest'
import { draftOf, killPreview, type Effect } from '../src/job/index.ts'
import { planOf } from './support/plans.ts'
import { Script, type EffectOf } from './support/script.ts'

/** `work` has two partitions, and `top` two and a unifier. */
const PLAN = planOf([
  { id: 'src' },
  { id: 'work#0', operator: 'work', part: 'partition', from: ['src'] },
  { id: 'work#1', operator: 'work', part: 'partition', from: ['src'] },
  { id: 'top#0', operator: 'top', part: 'partition', from: ['work#0'] },
  { id: 'top#1', operator: 'top', part: 'partition', from: ['work#1'] },
  { id: 'top~merge', operator: 'top', part: 'merge', from: ['top#0', 'top#1'] },
  { id: 'out', from: ['top~merge'] },
])

type StateEvent = Extract<EffectOf<'event'>['event'], { type: 'operator-state' }>

function eventsOf(effects: readonly Effect[]): EffectOf<'event'>['event'][] {
  return effects.flatMap((effect) => (effect.type === 'event' ? [effect.event] : []))
}

function statesOf(effects: readonly Effect[], operator: string): StateEvent[] {
  return eventsOf(effects).filter((event): event is StateEvent => event.type === 'operator-state' && event.operator === operator)
}

function kill(script: Script, operator: string, hold = false) {
  return script.command({ type: 'kill-operator', operator, hold })
}

test('H25 D6 all partitions of a killed operator are one failure and one recovery, whatever the order they die in', () => {
  for (const order of [
    ['c-work#0', 'c-work#1'],
    ['c-work#1', 'c-work#0'],
  ]) {
    const script = Script.settled(PLAN)
    script.silent.add('terminate-container')
    const { attempt } = script.state
    const from = script.effects.length
    expect(kill(script, 'work')).toMatchObject({ type: 'accepted' })
    script.give({ type: 'container-exited', container: order[0], cause: null })
    expect(eventsOf(script.effects.slice(from)).some((event) => event.type === 'failure')).toBe(false)
    expect(script.state.recovery).toBeNull()
    script.give({ type: 'container-exited', container: order[1], cause: null })
    const failures = eventsOf(script.effects.slice(from)).filter((event) => event.type === 'failure')
    expect(failures).toMatchObject([{ operators: ['work'], partitions: ['work#0', 'work#1'], by: 'ana' }])
    expect(script.state.attempt).toBe(attempt + 1)
    expect(script.restartedSince(attempt)).toEqual(['work', 'work', 'top', 'top', 'top', 'out'])
    expect(statesOf(script.effects.slice(from), 'work').map(({ state }) => state)).toEqual(['down', 'starting', 'restoring', 'replaying'])
    script.windows(3)
    expect(statesOf(script.effects.slice(from), 'work').at(-1)?.state).toBe('running')
  }
})

test('H25 a partition killed by its instance id takes down its own successors only, and events say which', () => {
  const script = Script.settled(PLAN)
  const { attempt } = script.state
  const from = script.effects.length
  expect(kill(script, 'work#1')).toMatchObject({ type: 'accepted' })
  const restarted = PLAN.instances.filter(({ id }) => script.state.instances[id].attempt > attempt).map(({ id }) => id)
  expect(restarted).toEqual(['work#1', 'top#1', 'top~merge', 'out'])
  const events = eventsOf(script.effects.slice(from))
  expect(events.find((event) => event.type === 'failure')).toMatchObject({ operators: ['work'], partitions: ['work#1'] })
  expect(events.find((event) => event.type === 'recovery-planned')).toMatchObject({
    restart: ['work', 'top', 'out'],
    partitions: ['work#1', 'top#1', 'top~merge'],
  })
  expect(statesOf(script.effects.slice(from), 'work')[0]).toMatchObject({ state: 'down', partition: 'work#1' })
  expect(script.state.instances['work#0'].state).toBe('running')
})

test('H25 an operator shows the partition that needs most attention, and runs again when all do', () => {
  const script = Script.settled(PLAN)
  script.silent.add('deploy')
  expect(kill(script, 'work')).toMatchObject({ type: 'accepted' })
  const { attempt } = script.state
  const from = script.effects.length
  script.give({ type: 'deployed', container: 'c-work#0', attempt })
  for (const container of ['c-top#0', 'c-top#1', 'c-top~merge', 'c-out']) script.give({ type: 'deployed', container, attempt })
  expect(statesOf(script.effects.slice(from), 'work')).toEqual([])
  script.give({ type: 'deployed', container: 'c-work#1', attempt })
  expect(statesOf(script.effects.slice(from), 'work').map(({ state }) => state)).toEqual(['replaying'])
})

test('H25 D7 the preview names each operator once, and is what happens', () => {
  const script = Script.settled(PLAN)
  const facts = {
    atMs: 0,
    wallMs: 0,
    retainedFrom: () => 0,
    rowsSince: () => 7,
    ended: () => script.state.target,
    working: () => script.state.target,
  }
  const whole = killPreview(draftOf(script.state, facts), 'work')
  expect(whole.restart.map(({ operator, reason, rowsToReplay }) => [operator, reason, rowsToReplay])).toEqual([
    ['work', 'killed', 7],
    ['top', 'downstream', 14],
    ['out', 'downstream', 7],
  ])
  expect(whole.unaffected).toEqual(['src'])
  const part = killPreview(draftOf(script.state, facts), 'work#1')
  expect(part).toMatchObject({ target: 'work#1', killed: ['work'] })
  expect(whole.instances).toEqual({ killed: ['work#0', 'work#1'], restart: ['work#0', 'work#1', 'top#0', 'top#1', 'top~merge', 'out'] })
  expect(part.instances).toEqual({ killed: ['work#1'], restart: ['work#1', 'top#1', 'top~merge', 'out'] })
  const foretold = part.restart.map(({ operator }) => operator)
  expect(script.command({ type: 'kill-operator', operator: 'work#1', hold: false, expect: foretold })).toMatchObject({ type: 'accepted' })
})

test('H25 H32 one partition alone cannot be held; its operator can, and comes back whole', () => {
  const script = Script.settled(PLAN)
  expect(kill(script, 'work#1', true)).toMatchObject({ type: 'refused', code: 'PARTITION_HELD', status: 400 })
  expect(kill(script, 'work', true)).toMatchObject({ type: 'accepted' })
  expect(PLAN.instances.filter(({ id }) => script.state.instances[id].state === 'held').map(({ id }) => id)).toEqual(['work#0', 'work#1'])
  expect(script.command({ type: 'restore-operator', operator: 'work' })).toMatchObject({ type: 'accepted' })
  expect(script.state.instances['work#0'].state).not.toBe('held')
})

test('H18 H25 partitions spend budgets of their own', () => {
  const script = Script.settled(PLAN)
  for (const instance of ['work#0', 'work#1', 'work#0', 'work#1']) {
    const { attempt } = script.state.instances[instance]
    script.give({ type: 'operator-failed', instance, attempt, window: script.state.committed + 1, code: 'X', message: 'x' })
    script.wait(60_000)
  }
  expect(script.state.status).not.toBe('failed')
  const { attempt } = script.state.instances['work#0']
  script.give({ type: 'operator-failed', instance: 'work#0', attempt, window: script.state.committed + 1, code: 'X', message: 'x' })
  expect(script.state.status).toBe('failed')
})

test('H10 H25 a failure between the deaths of two partitions leaves neither behind', () => {
  const script = Script.settled(PLAN)
  script.silent.add('terminate-container')
  expect(kill(script, 'top')).toMatchObject({ type: 'accepted' })
  script.give({ type: 'container-exited', container: 'c-top#0', cause: null })
  const { attempt } = script.state.instances['src']
  script.give({ type: 'operator-failed', instance: 'src', attempt, window: 9, code: 'X', message: 'x' })
  script.give({ type: 'container-exited', container: 'c-top~merge', cause: null })
  script.give({ type: 'container-exited', container: 'c-top#1', cause: null })
  script.windows(4)
  expect(script.state.recovery).toBeNull()
  expect(PLAN.containers.map(({ id }) => script.state.containers[id].phase)).toEqual(PLAN.containers.map(() => 'open'))
})
