import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PhysicalPlan } from '../src/plan/physicalPlan.ts'
import { planRecovery, type RecoveryPlan, type RecoveryQuestion } from '../src/plan/planRecovery.ts'
import { DIAMOND, planOf, plans } from './support/plans.ts'

interface World {
  readonly plan: PhysicalPlan
  readonly committed: number
  readonly stored: Readonly<Record<string, readonly number[]>>
  readonly finished: Readonly<Record<string, number>>
  readonly retained: Readonly<Record<string, number>>
}

const worlds = plans().chain((plan) =>
  fc.record({
    plan: fc.constant(plan),
    committed: fc.nat({ max: 5 }),
    stored: perKey(
      plan.instances.map((instance) => instance.id),
      fc.array(fc.integer({ min: 6, max: 9 }), { maxLength: 3 }),
    ),
    finished: perKey(
      plan.instances.map((instance) => instance.id),
      fc.oneof({ weight: 3, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat({ max: 10 }) }),
    ),
    retained: perKey(
      plan.streams.map((stream) => stream.id),
      fc.oneof(fc.nat({ max: 12 }), fc.constant(0)),
    ),
  }),
)

function perKey<T>(keys: readonly string[], value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> {
  return fc.record(Object.fromEntries(keys.map((key) => [key, value])))
}

function ask(world: World, failed: readonly string[]): RecoveryPlan {
  const question: RecoveryQuestion = {
    plan: world.plan,
    failed,
    committed: world.committed,
    storedAfterCommitted: (instance) => world.stored[instance] ?? [],
    retainedFrom: (stream) => world.retained[stream] ?? 0,
    finishedAt: (instance) => ((world.finished[instance] ?? -1) < 0 ? null : world.finished[instance]),
  }
  return planRecovery(question)
}

/** A world with some of its instances. */
const cases = worlds.chain((world) =>
  fc.record({ world: fc.constant(world), failed: fc.subarray(world.plan.instances.map((instance) => instance.id)) }),
)

function ids(plan: RecoveryPlan): string[] {
  return [...plan.restart.keys()]
}

test('H1 D7 the restart set holds what failed, is closed downstream and over containers', () => {
  fc.assert(
    fc.property(cases, ({ world, failed }) => {
      const { restart } = ask(world, failed)
      for (const instance of failed) expect(restart.get(instance)).toBe('killed')
      for (const stream of world.plan.streams)
        if (restart.has(stream.publisher)) for (const reader of stream.readers) expect(restart.has(reader.instance)).toBe(true)
      for (const { instances } of world.plan.containers) expect(new Set(instances.map((instance) => restart.has(instance))).size).toBe(1)
      if (failed.length === 0) expect(restart.size).toBe(0)
    }),
  )
})

test('H1 the plan does not depend on the order in which failures are named', () => {
  fc.assert(
    fc.property(
      cases.chain(({ world, failed }) =>
        fc.record({
          world: fc.constant(world),
          failed: fc.constant(failed),
          other: fc.shuffledSubarray(failed, { minLength: failed.length }),
        }),
      ),
      ({ world, failed, other }) => {
        const plan = ask(world, failed)
        const again = ask(world, other)
        expect({ ...again, restart: [...again.restart] }).toEqual({ ...plan, restart: [...plan.restart] })
      },
    ),
  )
})

test('H1 more failures never shrink the restart set and never make the cut newer', () => {
  fc.assert(
    fc.property(cases, fc.nat(), ({ world, failed }, pick) => {
      const less = ask(world, failed.slice(0, failed.length === 0 ? 0 : pick % failed.length))
      const more = ask(world, failed)
      for (const instance of less.restart.keys()) expect(more.restart.has(instance)).toBe(true)
      if (less.restart.size > 0) expect(more.cut).toBeLessThanOrEqual(less.cut)
    }),
  )
})

test('H1 the cut is one window, not below committed, that every member has', () => {
  fc.assert(
    fc.property(cases, ({ world, failed }) => {
      fc.pre(failed.length > 0)
      const { cut, restart } = ask(world, failed)
      expect(cut).toBeGreaterThanOrEqual(world.committed)
      const has = (instance: string, window: number): boolean =>
        window === world.committed ||
        world.stored[instance].includes(window) ||
        (world.finished[instance] >= 0 && world.finished[instance] <= window)
      for (const instance of restart.keys()) expect(has(instance, cut)).toBe(true)
      for (let window = cut + 1; window <= 10; window += 1) {
        const known =
          Object.values(world.stored).some((windows) => windows.includes(window)) || Object.values(world.finished).includes(window)
        if (known) expect([...restart.keys()].every((instance) => has(instance, window))).toBe(false)
      }
    }),
  )
})

test('H2 L7 every stream into the restart set still holds the window after the cut, or its publisher has ended before', () => {
  fc.assert(
    fc.property(cases, ({ world, failed }) => {
      const { cut, restart, outer } = ask(world, failed)
      for (const stream of world.plan.streams) {
        if (restart.has(stream.publisher) || !stream.readers.some((reader) => restart.has(reader.instance))) continue
        const finished = world.finished[stream.publisher]
        if (finished >= 0 && finished <= cut) {
          expect(outer.some((reader) => reader.stream === stream.id)).toBe(false)
          continue
        }
        expect(world.retained[stream.id]).toBeLessThanOrEqual(cut + 1)
        const containers = new Set(stream.readers.filter((reader) => restart.has(reader.instance)).map((reader) => reader.container))
        expect(
          outer
            .filter((reader) => reader.stream === stream.id)
            .map((reader) => reader.container)
            .sort(),
        ).toEqual([...containers].sort())
      }
    }),
  )
})

test('H1 when everything restarts, the cut is committed or a window that everything has stored', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const all = world.plan.instances.map((instance) => instance.id)
      const { cut, outer } = ask(world, all)
      expect(outer).toEqual([])
      if (cut !== world.committed)
        for (const instance of all)
          expect(world.stored[instance].includes(cut) || (world.finished[instance] >= 0 && world.finished[instance] <= cut)).toBe(true)
    }),
  )
})

const diamond = planOf(DIAMOND)
const calm: World = { plan: diamond, committed: 3, stored: {}, finished: {}, retained: {} }

test('D7 a kill takes what is downstream and nothing else while the logs reach back', () => {
  expect(ids(ask(calm, ['left']))).toEqual(['left', 'join', 'out', 'copy'])
  expect(ids(ask(calm, ['out']))).toEqual(['out'])
})

test('H3 an edge inside a container pulls its publisher in', () => {
  expect([...ask(calm, ['trim']).restart]).toEqual([
    ['right', 'same-container'],
    ['trim', 'killed'],
    ['join', 'downstream'],
    ['out', 'downstream'],
  ])
  // Even one whose stream had ended before the cut: the thread is emptied as a whole.
  expect(ids(ask({ ...calm, finished: { right: 2 } }, ['trim']))).toContain('right')
})

test('H2 an overwritten log pulls its publisher in, and with it everything behind that', () => {
  const plan = ask({ ...calm, retained: { 's-join': 5 } }, ['out'])
  expect([...plan.restart]).toEqual([
    ['join', 'not-retained'],
    ['out', 'killed'],
  ])
  expect(ids(ask({ ...calm, retained: { 's-join': 5, 's-left': 9, 's-a': 9 } }, ['out']))).toEqual([
    'a',
    'left',
    'right',
    'trim',
    'join',
    'out',
    'copy',
  ])
  // Window 4 is the first that is needed.
  expect(ids(ask({ ...calm, retained: { 's-join': 4 } }, ['out']))).toEqual(['out'])
})

test('H1 a checkpoint in flight is the cut only if all members have it, also after the set has grown', () => {
  const stored = { join: [7], out: [7] }
  expect(ask({ ...calm, stored }, ['join']).cut).toBe(7)
  expect(ask({ ...calm, stored: { out: [7] } }, ['join']).cut).toBe(3)
  const grown = ask({ ...calm, stored, retained: { 's-b': 9 } }, ['join'])
  expect([grown.cut, ids(grown)]).toEqual([3, ['b', 'join', 'out']])
})

test('H17 the last checkpoint of a finished operator counts for all later windows', () => {
  expect(ask({ ...calm, stored: { join: [7], out: [7] }, finished: { b: 5 } }, ['b', 'join']).cut).toBe(7)
  expect(ask({ ...calm, stored: { join: [7], out: [7] }, finished: { b: 8 } }, ['b', 'join']).cut).toBe(3)
  expect(ask({ ...calm, finished: { out: 6 } }, ['out']).cut).toBe(6)
})
