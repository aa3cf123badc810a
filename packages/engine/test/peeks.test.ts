import { PEEK_LEASE_MS, type PeekedRows } from '@belay/run'
import { expect, test } from 'vitest'
import { Peeks } from '../src/process/peeks.ts'
import { DIAMOND, planOf } from './support/plans.ts'

const PLAN = planOf(DIAMOND)
const EDGES = [...new Set(PLAN.streams.flatMap(({ edge }) => (edge === null ? [] : [edge])))]

function watched() {
  const told = new Map<string, readonly string[]>()
  const shown: PeekedRows[] = []
  const peeks = new Peeks(
    PLAN,
    (container, taps) =>
      told.set(
        container,
        taps.map(({ instance }) => instance),
      ),
    (rows) => shown.push(rows),
  )
  const tapped = (): string[] => [...told.values()].flat()
  return { peeks, told, shown, tapped }
}

test('H33 only the instances that feed a wanted stream are tapped, and only what is wanted is shown', () => {
  const { peeks, shown, tapped } = watched()
  const [edge, other] = EDGES
  const { publisher } = PLAN.streams.find((stream) => stream.edge === edge) ?? PLAN.streams[0]
  expect(peeks.want([edge, 'none'], 0)).toEqual([{ stream: edge, columns: [{ name: 'n', type: 'int64' }] }])
  expect(tapped()).toEqual([publisher])
  const rows = { type: 'peeked', port: 0, every: 1, seen: 1, rows: [] } as const
  peeks.peeked({ ...rows, instance: publisher })
  peeks.peeked({ ...rows, instance: PLAN.streams.find((stream) => stream.edge === other)?.publisher ?? '' })
  expect(shown.map(({ stream }) => stream)).toEqual([edge])
})

test('H33 a peek ends when its lease is over, and a container that comes back is told as long as it is not', () => {
  const { peeks, told, tapped } = watched()
  const { edge, publisherContainer } = PLAN.streams[0]
  peeks.want([edge ?? ''], 0)
  peeks.want([edge ?? ''], PEEK_LEASE_MS / 2)
  told.clear()
  peeks.endIfOver(PEEK_LEASE_MS + 1)
  peeks.remind(publisherContainer)
  expect(tapped()).toHaveLength(1)
  peeks.endIfOver(2 * PEEK_LEASE_MS)
  expect(told.get(publisherContainer)).toEqual([])
  told.clear()
  peeks.remind(publisherContainer)
  expect(told.size).toBe(0)
})

test('H33 so many streams at once and no more', () => {
  const { peeks } = watched()
  expect(() =>
    peeks.want(
      Array.from({ length: 9 }, (_, i) => `s${i}`),
      0,
    ),
  ).toThrow(/at once/)
})
