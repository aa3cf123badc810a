import { batchOf, type Schema, type Value } from '@belay/columns'
import { createOperatorHarness, randomOf, runDisturbed } from '@belay/engine/testing'
import type { EdgeType } from '@belay/pipeline'
import { expect, test } from 'vitest'
import type { JoinType } from '../joining/columns.ts'
import { windowJoin, type WindowJoinConfig } from './manifest.ts'
import { module } from './runtime.ts'

const LEFT: Schema = [
  { name: 't', type: 'timestamp', nullable: false },
  { name: 'id', type: 'int64', nullable: true },
  { name: 'name', type: 'string', nullable: false },
]
const RIGHT: Schema = [
  { name: 'at', type: 'timestamp', nullable: false },
  { name: 'seller', type: 'int64', nullable: true },
  { name: 'item', type: 'string', nullable: false },
]
const config = (type: JoinType): WindowJoinConfig => ({ type, on: [{ left: 'id', right: 'seller' }], sizeMs: 1000 })
const edges: Record<string, EdgeType> = {
  left: { schema: LEFT, eventTime: 't', changes: { kind: 'append', key: ['name'] } },
  right: { schema: RIGHT, eventTime: 'at', changes: { kind: 'append', key: null } },
}
const outputs = (own: WindowJoinConfig): Record<string, Schema> => ({
  out: windowJoin.typing({ config: own, inputs: edges }).outputs['out']?.schema ?? [],
})

type Row = readonly [number, number | null, string]

function expected(type: JoinType, left: readonly Row[], right: readonly Row[]): readonly string[] {
  const endOf = ([t]: Row): number => Math.floor(t / 1000) * 1000 + 1000
  const matches = (l: Row, r: Row): boolean => l[1] !== null && l[1] === r[1] && endOf(l) === endOf(r)
  const text = (l: Row | null, r: Row | null): string => {
    const end = endOf(l ?? r ?? [0, 0, ''])
    const bounds = { window_start: end - 1000, window_end: end }
    const side = (schema: Schema, row: Row | null): Record<string, Value> =>
      Object.fromEntries(schema.map(({ name }, i) => [name, row?.[i] ?? null]))
    return JSON.stringify({ ...side(LEFT, l), ...(type === 'semi' || type === 'anti' ? {} : side(RIGHT, r)), ...bounds })
  }
  const rows: string[] = []
  for (const l of left) {
    const own = right.filter((r) => matches(l, r))
    if (type === 'semi' || type === 'anti') {
      if (own.length > 0 === (type === 'semi')) rows.push(text(l, null))
      continue
    }
    rows.push(...own.map((r) => text(l, r)))
    if (own.length === 0 && (type === 'left' || type === 'full')) rows.push(text(l, null))
  }
  if (type === 'right' || type === 'full') rows.push(...right.filter((r) => !left.some((l) => matches(l, r))).map((r) => text(null, r)))
  return rows.sort()
}

test.each(['inner', 'left', 'right', 'full', 'semi', 'anti'] as const)(
  'H15 %s join in windows, the same rows in the same order whatever dies when',
  async (type) => {
    const orders = new Set<string>()
    const random = randomOf(7)
    const rows = (name: string): Row[] =>
      Array.from({ length: 400 }, (_, n): Row => [n * 20 + random(500), random(9) === 0 ? null : random(6), `${name}${n}`])
    const left = rows('l')
    const right = rows('r')
    for (let seed = 1; seed <= 4; seed += 1) {
      const run = await runDisturbed(module, {
        config: config(type),
        inputs: { left: { schema: LEFT, eventTime: 't', rows: left }, right: { schema: RIGHT, eventTime: 'at', rows: right } },
        outputs: outputs(config(type)),
        seed,
        kills: 5,
        outOfOrderMs: 500,
        fullAfter: 1,
      })
      const given = (run.outputs['out'] ?? []).map(({ row }) => JSON.stringify(row))
      expect([...given].sort()).toEqual(expected(type, left, right))
      orders.add(given.join('\n'))
    }
    expect(orders.size).toBe(1)
  },
)

test('rows that come after their window are counted; rows without a time are errors', async () => {
  const own = config('inner')
  const h = await createOperatorHarness(module, {
    config: own,
    inputs: { left: { schema: LEFT, eventTime: 't' }, right: { schema: RIGHT, eventTime: 'at' } },
    outputs: outputs(own),
  })
  h.endWindow({ window: 1, watermark: 1000 })
  h.push(
    'left',
    batchOf(LEFT, [
      [999, 1, 'late'],
      [1000, 1, 'in time'],
    ]),
  )
  h.push('right', batchOf(RIGHT, [[1500, 1, 'x']]))
  h.endWindow({ window: 2, watermark: 1999 })
  expect(h.takeRows()).toEqual([])
  h.endWindow({ window: 3, watermark: 2000 })
  expect(h.takeRows()).toMatchObject([{ name: 'in time', item: 'x', window_start: 1000 }])
  expect(h.counts.get('late rows')).toBe(1)
})

test('typing: both sides need a time', () => {
  const typed = windowJoin.typing({
    config: config('inner'),
    inputs: { ...edges, right: { ...edges['right'], eventTime: null } as EdgeType },
  })
  expect(typed.problems).toMatchObject([{ code: 'EVENT_TIME_MISSING', port: 'right' }])
  expect(windowJoin.typing({ config: config('semi'), inputs: edges }).outputs['out']?.changes.key).toEqual(['name'])
})
