import { batchOf, ROW_KIND, type Schema, type Value } from '@belay/columns'
import { createOperatorHarness, randomChanges, randomOf, runDisturbed, tableOf } from '@belay/engine/testing'
import type { EdgeType, StreamKind } from '@belay/pipeline'
import { expect, test } from 'vitest'
import type { JoinType } from '../joining/columns.ts'
import { regularJoin, type RegularJoinConfig } from './manifest.ts'
import { module } from './runtime.ts'

const LEFT: Schema = [
  { name: 'seller', type: 'int64', nullable: true },
  { name: 'id', type: 'string', nullable: false },
  { name: 't', type: 'timestamp', nullable: false },
]
const RIGHT: Schema = [
  { name: 'person', type: 'int64', nullable: true },
  { name: 'id', type: 'string', nullable: true },
  { name: 't', type: 'timestamp', nullable: false },
]
const APPEND: StreamKind = { kind: 'append', key: null }
const CHANGES: StreamKind = { kind: 'changes', key: null }
const config = (type: JoinType): RegularJoinConfig => ({ type, on: [{ left: 'seller', right: 'person' }], ttlMs: 0 })

function typed(own: RegularJoinConfig, left: StreamKind = APPEND, right: StreamKind = APPEND) {
  const edge = (schema: Schema, changes: StreamKind): EdgeType => ({ schema, eventTime: 't', changes })
  return regularJoin.typing({ config: own, inputs: { left: edge(LEFT, left), right: edge(RIGHT, right) } })
}
const outputs = (own: RegularJoinConfig): Record<string, Schema> => ({ out: typed(own).outputs['out']?.schema ?? [] })

/** The plain way: nested loops over what is left of both sides. */
function expected(type: JoinType, left: readonly (readonly Value[])[], right: readonly (readonly Value[])[]): readonly string[] {
  const matches = (l: readonly Value[], r: readonly Value[]): boolean => l[0] !== null && l[0] === r[0]
  const text = (l: readonly Value[] | null, r: readonly Value[] | null): string =>
    JSON.stringify({
      ...Object.fromEntries(LEFT.map(({ name }, i) => [name, l?.[i] ?? null])),
      ...(type === 'semi' || type === 'anti'
        ? {}
        : Object.fromEntries(RIGHT.map(({ name }, i) => [name === 'id' || name === 't' ? `right_${name}` : name, r?.[i] ?? null]))),
    })
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

const rowOf =
  (random: (below: number) => number, name: string) =>
  (n: number): readonly Value[] => [
    random(8) === 0 ? null : random(25),
    random(6) === 0 && name === 'r' ? null : `${name}${random(5) === 0 ? 'same' : n}`,
    random(3),
  ]

test.each(['inner', 'left', 'right', 'full', 'semi', 'anti'] as const)('C1 %s join of rows that come and go', async (type) => {
  for (let seed = 1; seed <= 5; seed += 1) {
    const random = randomOf(seed)
    const left = randomChanges(300, random, rowOf(random, 'l'))
    const right = randomChanges(200, random, rowOf(random, 'r'))
    const run = await runDisturbed(module, {
      config: config(type),
      inputs: {
        left: { schema: LEFT, eventTime: 't', changes: CHANGES, rows: left.rows, kinds: left.kinds },
        right: { schema: RIGHT, eventTime: 't', changes: CHANGES, rows: right.rows, kinds: right.kinds },
      },
      outputs: outputs(config(type)),
      seed,
      kills: 5,
      fullAfter: 1,
    })
    expect(tableOf(run.outputs['out'] ?? [])).toEqual(expected(type, left.table, right.table))
    expect(run.counts.get('orphaned')).toBeUndefined()
  }
})

test.each(['inner', 'left', 'full'] as const)('%s join of rows that only come', async (type) => {
  for (let seed = 1; seed <= 3; seed += 1) {
    const random = randomOf(seed)
    const left = Array.from({ length: 300 }, (_, n) => rowOf(random, 'l')(n))
    const right = Array.from({ length: 200 }, (_, n) => rowOf(random, 'r')(n))
    const run = await runDisturbed(module, {
      config: config(type),
      inputs: { left: { schema: LEFT, rows: left }, right: { schema: RIGHT, rows: right } },
      outputs: outputs(config(type)),
      seed,
      kills: 5,
      fullAfter: 1,
    })
    expect(tableOf(run.outputs['out'] ?? [])).toEqual(expected(type, left, right))
    if (type === 'inner') expect(run.outputs['out']?.every(({ kind }) => kind === ROW_KIND.insert)).toBe(true)
  }
})

test('H20 one row that meets very many goes out in pieces while the outputs are full', async () => {
  const own = config('inner')
  const h = await createOperatorHarness(module, {
    config: own,
    inputs: { left: { schema: LEFT }, right: { schema: RIGHT } },
    outputs: outputs(own),
    fullAfter: 1,
  })
  for (let n = 0; n < 10; n += 1)
    h.push(
      'right',
      batchOf(
        RIGHT,
        Array.from({ length: 1000 }, (_, i) => [1, `${n * 1000 + i}`, 0]),
      ),
    )
  h.push(
    'left',
    batchOf(LEFT, [
      [2, 'no', 0],
      [1, 'a', 0],
      [1, 'b', 0],
    ]),
  )
  const batches = h.takeBatches('out')
  expect(batches.every(({ rows }) => rows <= 1024)).toBe(true)
  expect(batches.reduce((sum, { rows }) => sum + rows, 0)).toBe(20_000)
})

test('C4 rows that are too old are forgotten on both sides', async () => {
  const own: RegularJoinConfig = { ...config('inner'), ttlMs: 1000 }
  const h = await createOperatorHarness(module, {
    config: own,
    inputs: { left: { schema: LEFT, eventTime: 't' }, right: { schema: RIGHT, eventTime: 't' } },
    outputs: outputs(own),
  })
  h.push(
    'left',
    batchOf(LEFT, [
      [1, 'old', 0],
      [1, 'new', 900],
    ]),
  )
  h.endWindow({ window: 1, watermark: 1000 })
  h.push('right', batchOf(RIGHT, [[1, 'r', 1100]]))
  expect(h.takeRows('out').map(({ id }) => id)).toEqual(['new'])
})

test('typing: kinds, keys, names that are taken, keys that never match', () => {
  const unique = (kind: 'append' | 'changes', ...key: string[]): StreamKind => ({ kind, key })
  expect(typed(config('inner')).outputs['out']).toMatchObject({
    schema: [...LEFT, RIGHT[0], { name: 'right_id' }, { name: 'right_t' }],
    changes: { kind: 'append', key: null },
  })
  expect(typed(config('inner'), unique('append', 'id'), unique('append', 'person')).outputs['out']?.changes).toEqual({
    kind: 'append',
    key: ['id'],
  })
  expect(typed(config('inner'), unique('append', 'id'), unique('append', 'id')).outputs['out']?.changes).toEqual({
    kind: 'append',
    key: ['id', 'right_id'],
  })
  expect(typed(config('left'), unique('append', 'id')).outputs['out']?.changes).toEqual({ kind: 'changes', key: null })
  expect(typed(config('semi'), unique('append', 'id')).outputs['out']).toMatchObject({
    schema: LEFT,
    changes: { kind: 'changes', key: ['id'] },
  })
  expect(typed({ ...config('inner'), ttlMs: undefined }).problems).toMatchObject([{ code: 'STATE_UNBOUNDED' }])
  expect(typed({ ...config('inner'), on: [{ left: 'seller', right: 'id' }] }).problems).toMatchObject([{ code: 'KEY_TYPES' }])
  expect(typed({ ...config('inner'), on: [{ left: 'selller', right: 'persn' }] }).problems).toMatchObject([
    { code: 'COLUMN_UNKNOWN', configPath: '/on/0/left' },
    { code: 'COLUMN_UNKNOWN', configPath: '/on/0/right' },
  ])
})
