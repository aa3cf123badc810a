import { batchOf, ROW_KIND, type Schema, type Value } from '@belay/columns'
import { createOperatorHarness, randomChanges, randomOf, runDisturbed, tableOf } from '@belay/engine/testing'
import type { EdgeType, StreamKind } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { rank, type RankConfig } from './manifest.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [
  { name: 'auction', type: 'int64', nullable: true },
  { name: 'price', type: 'int64', nullable: true },
  { name: 'id', type: 'string', nullable: false },
  { name: 't', type: 'timestamp', nullable: false },
]
const CONFIG: RankConfig = { n: 3, partition: ['auction'], orderBy: [{ column: 'price', direction: 'desc' }], rank: 'rank', ttlMs: 0 }
const APPEND: StreamKind = { kind: 'append', key: null }
const CHANGES: StreamKind = { kind: 'changes', key: ['id'] }

function typed(config: RankConfig, changes: StreamKind = APPEND) {
  const edge: EdgeType = { schema: SCHEMA, eventTime: 't', changes }
  return rank.typing({ config, inputs: { in: edge } })
}
const outputs = (config: RankConfig): Record<string, Schema> => ({ out: typed(config).outputs['out']?.schema ?? [] })

function expected(config: RankConfig, rows: readonly (readonly Value[])[]): readonly string[] {
  const value = (row: readonly Value[]): number => (typeof row[1] === 'number' ? row[1] : -1)
  return [...new Set(rows.map(([auction]) => auction))]
    .flatMap((auction) =>
      rows
        .filter((row) => row[0] === auction)
        .sort((a, b) => value(b) - value(a) || (String(a[2]) < String(b[2]) ? -1 : 1))
        .slice(0, config.n)
        .map(([, price, id, t], i) => JSON.stringify({ auction, price, id, t, ...(config.rank === '' ? {} : { rank: i + 1 }) })),
    )
    .sort()
}

const rowOf =
  (random: (below: number) => number) =>
  (n: number): readonly Value[] => [[1, 2, null][random(3)] ?? null, random(9) === 0 ? null : random(12), `row ${n}`, n]

test.each([CONFIG, { ...CONFIG, rank: '' }, { ...CONFIG, n: 1, rank: '' }] as RankConfig[])(
  'C1 first $n, rank "$rank": of rows that come and go, the table at the end is right',
  async (config) => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const random = randomOf(seed)
      const { rows, kinds, table } = randomChanges(600, random, rowOf(random))
      const common = { config, outputs: outputs(config), seed, kills: 5, fullAfter: 1 }
      const changing = await runDisturbed(module, {
        ...common,
        inputs: { in: { schema: SCHEMA, eventTime: 't', changes: CHANGES, rows, kinds } },
      })
      expect(tableOf(changing.outputs['out'] ?? [])).toEqual(expected(config, table))
      const fresh = Array.from({ length: 500 }, (_, n) => rowOf(random)(n))
      const coming = await runDisturbed(module, { ...common, inputs: { in: { schema: SCHEMA, eventTime: 't', rows: fresh } } })
      expect(tableOf(coming.outputs['out'] ?? [])).toEqual(expected(config, fresh))
    }
  },
)

test('C1 only what has changed is said, pairs side by side', async () => {
  const h = await createOperatorHarness(module, { config: CONFIG, inputs: { in: { schema: SCHEMA } }, outputs: outputs(CONFIG) })
  h.push(
    'in',
    batchOf(SCHEMA, [
      [1, 5, 'a', 0],
      [1, 3, 'b', 0],
      [1, 4, 'c', 0],
    ]),
  )
  h.endWindow({ window: 1 })
  expect(h.takeChanges().map(({ kind, row }) => [kind, row['id'], row['rank']])).toEqual([
    [ROW_KIND.insert, 'a', 1],
    [ROW_KIND.insert, 'c', 2],
    [ROW_KIND.insert, 'b', 3],
  ])
  h.push('in', batchOf(SCHEMA, [[1, 1, 'd', 0]]))
  h.endWindow({ window: 2 })
  expect(h.takeChanges()).toEqual([])
  h.push('in', batchOf(SCHEMA, [[1, 4, 'bb', 0]]))
  h.endWindow({ window: 3 })
  expect(h.takeChanges().map(({ kind, row }) => [kind, row['id'], row['rank']])).toEqual([
    [ROW_KIND.updateBefore, 'c', 2],
    [ROW_KIND.updateAfter, 'bb', 2],
    [ROW_KIND.updateBefore, 'b', 3],
    [ROW_KIND.updateAfter, 'c', 3],
  ])
})

test('C1 a group that begins where a forgotten one was takes nothing of it back', async () => {
  const config: RankConfig = { ...CONFIG, n: 1, rank: '', ttlMs: 10 }
  const h = await createOperatorHarness(module, { config, inputs: { in: { schema: SCHEMA, eventTime: 't' } }, outputs: outputs(config) })
  const kinds = (window: number, watermark: number, ...row: readonly Value[]): readonly number[] => {
    if (row.length > 0) h.push('in', batchOf(SCHEMA, [row]))
    h.endWindow({ window, watermark })
    return h.takeChanges().map(({ kind }) => kind)
  }
  expect(kinds(1, 0, 1, 5, 'a', 0)).toEqual([ROW_KIND.insert])
  expect(kinds(2, 1, 1, 6, 'b', 1)).toEqual([ROW_KIND.updateBefore, ROW_KIND.updateAfter])
  expect(kinds(3, 1000)).toEqual([])
  expect(kinds(4, 1000, 2, 1, 'c', 1000)).toEqual([ROW_KIND.insert])
})

test('typing: the key is the rank, or the group when there is one row of it', () => {
  expect(typed(CONFIG).outputs['out']?.changes).toEqual({ kind: 'changes', key: ['auction', 'rank'] })
  expect(typed({ ...CONFIG, n: 1, rank: '' }).outputs['out']?.changes).toEqual({ kind: 'changes', key: ['auction'] })
  expect(typed({ ...CONFIG, rank: '' }, CHANGES).outputs['out']?.changes).toEqual({ kind: 'changes', key: ['id'] })
  expect(typed({ ...CONFIG, ttlMs: undefined }).problems).toMatchObject([{ code: 'STATE_UNBOUNDED' }])
  expect(typed({ ...CONFIG, rank: 'id' }).problems).toMatchObject([{ code: 'COLUMN_TWICE' }])
})
