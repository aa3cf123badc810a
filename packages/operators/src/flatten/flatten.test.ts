import { batchOf, ROW_KIND, rowAt, type Schema, type Value } from '@belay/columns'
import { createOperatorHarness, randomOf, runDisturbed } from '@belay/engine/testing'
import type { EdgeType } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { flatten, type FlattenConfig } from './manifest.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [
  { name: 'id', type: 'int64', nullable: false },
  { name: 'tags', type: 'array<string>', nullable: true },
  { name: 'data', type: 'json', nullable: true },
]
const EDGE: EdgeType = { schema: SCHEMA, eventTime: null, changes: { kind: 'append', key: ['id'] } }
const configOf = (config: Partial<FlattenConfig>): FlattenConfig => ({ ...flatten.defaultConfig, column: 'tags', ...config })
const typed = (config: Partial<FlattenConfig>, edge = EDGE) => flatten.typing({ config: configOf(config), inputs: { in: edge } })
const schemaOf = (config: Partial<FlattenConfig>): Schema => typed(config).outputs['out']?.schema ?? []
const start = (config: Partial<FlattenConfig>, fullAfter?: number) =>
  createOperatorHarness(module, {
    config: configOf(config),
    inputs: { in: { schema: SCHEMA } },
    outputs: { out: schemaOf(config) },
    ...(fullAfter === undefined ? {} : { fullAfter }),
  })

test('a row for each item, with the other columns; NULL and empty lists give none, NULL items are items', async () => {
  const h = await start({ as: 'tag' })
  h.push(
    'in',
    batchOf(SCHEMA, [
      [1, ['a', null, 'b'], '{}'],
      [2, [], null],
      [3, null, null],
      [4, ['c'], null],
    ]),
  )
  expect(h.takeRows()).toEqual([
    { id: 1, data: '{}', tag: 'a' },
    { id: 1, data: '{}', tag: null },
    { id: 1, data: '{}', tag: 'b' },
    { id: 4, data: null, tag: 'c' },
  ])
})

test('rows without items may stay; positions count from 1; the list may stay', async () => {
  const h = await start({ keepEmpty: true, position: 'n', keepList: true })
  h.push(
    'in',
    batchOf(SCHEMA, [
      [1, ['a', 'b'], null],
      [2, [], null],
      [3, null, null],
    ]),
  )
  expect(h.takeRows().map(({ id, tags, item, n }) => [id, tags, item, n])).toEqual([
    [1, ['a', 'b'], 'a', 1],
    [1, ['a', 'b'], 'b', 2],
    [2, [], null, null],
    [3, null, null, null],
  ])
})

test('lists in json: items as json or of a type; H18 what is no such list is an error of its row', async () => {
  const texts = ['[1, {"a": [2]}, null, "x"]', 'null', '[]', '{"a": 1}', '5']
  const rows = (...list: (string | null)[]) =>
    batchOf(
      SCHEMA,
      list.map((text, id) => [id, null, text]),
    )
  const h = await start({ column: 'data' })
  h.push('in', rows(...texts))
  expect(h.takeRows().map(({ id, item }) => [id, item])).toEqual([
    [0, '1'],
    [0, '{"a":[2]}'],
    [0, 'null'],
    [0, '"x"'],
  ])
  expect(h.rowErrors.map(({ code, row }) => [code, (row as { id: number }).id])).toEqual([
    ['LIST_INVALID', 3],
    ['LIST_INVALID', 4],
  ])
  const numbers = await start({ column: 'data', itemType: 'int64' })
  numbers.push('in', rows('[1, null, "9007199254740993"]', '[1, "x"]'))
  expect(numbers.takeRows().map(({ item }) => item)).toEqual([1, null, '9007199254740993'])
  expect(numbers.rowErrors).toMatchObject([{ message: 'data cannot be flattened: item 2 is not int64.' }])
})

test('H20 a list longer than a batch is left in the middle when the outputs are full', async () => {
  const long = Array.from({ length: 5000 }, (_, i) => `i${i}`)
  const h = await start({ position: 'n' }, 1)
  h.push(
    'in',
    batchOf(SCHEMA, [
      [1, long, null],
      [2, ['x'], null],
      [3, long, null],
    ]),
  )
  const json = await start({ column: 'data', itemType: 'string', position: 'n' }, 1)
  json.push(
    'in',
    batchOf(SCHEMA, [
      [1, null, JSON.stringify(long)],
      [2, null, '["x"]'],
      [3, null, JSON.stringify(long)],
    ]),
  )
  for (const harness of [h, json]) {
    const batches = harness.takeBatches()
    for (const batch of batches) expect(batch.rows).toBeLessThanOrEqual(1024)
    const rows = batches.flatMap((batch) => Array.from({ length: batch.rows }, (_, row) => rowAt(batch, row)))
    expect(rows.map(({ item }) => item)).toEqual([...long, 'x', ...long])
    expect(rows.map(({ n }) => n)).toEqual([...long.keys(), 0, ...long.keys()].map((i) => i + 1))
  }
})

test('what the items repeat beside them makes batches shorter', async () => {
  const h = await start({}, 1)
  h.push('in', batchOf(SCHEMA, [[1, Array.from({ length: 100 }, (_, i) => `i${i}`), JSON.stringify('x'.repeat(50_000))]]))
  const batches = h.takeBatches()
  for (const batch of batches) expect(batch.rows).toBeLessThan(10)
  expect(batches.reduce((sum, batch) => sum + batch.rows, 0)).toBe(100)
})

test('whatever dies when, every item comes once and in order', async () => {
  const random = randomOf(7)
  const rows: Value[][] = Array.from({ length: 300 }, (_, id) => [id, Array.from({ length: random(8) }, (_item, i) => `${id}.${i}`), null])
  for (const seed of [1, 2, 3]) {
    const run = await runDisturbed(module, {
      config: configOf({}),
      inputs: { in: { schema: SCHEMA, rows } },
      outputs: { out: schemaOf({}) },
      seed,
      kills: 4,
      fullAfter: 1,
    })
    expect(run.outputs['out']?.map(({ row }) => row['item'])).toEqual(rows.flatMap(([, tags]) => tags))
  }
})

test('items of a list that is taken back are taken back', async () => {
  const h = await start({})
  const { updateBefore, updateAfter } = ROW_KIND
  h.push('in', {
    ...batchOf(SCHEMA, [
      [1, ['a', 'b'], null],
      [1, ['a'], null],
    ]),
    kinds: Uint8Array.of(updateBefore, updateAfter),
  })
  expect(h.takeChanges().map(({ kind, row }) => [kind, row['item']])).toEqual([
    [ROW_KIND.delete, 'a'],
    [ROW_KIND.delete, 'b'],
    [ROW_KIND.insert, 'a'],
  ])
})

test('typing: the type of an item, the key with the position, and what is wrong', () => {
  expect(typed({ position: 'n' }).outputs['out']).toMatchObject({ changes: { key: ['id', 'n'] } })
  expect(typed({}).outputs['out']).toMatchObject({ changes: { key: null } })
  expect(schemaOf({ column: 'data', itemType: 'timestamp' }).at(-1)).toEqual({ name: 'item', type: 'timestamp', nullable: true })
  expect(typed({ column: 'id' }).problems).toMatchObject([{ code: 'COLUMN_TYPE', configPath: '/column' }])
  expect(typed({ column: 'tag' }).problems).toMatchObject([{ code: 'COLUMN_UNKNOWN', configPath: '/column' }])
  expect(typed({ as: 'id', position: 'id' }).problems).toMatchObject([{ configPath: '/as' }, { configPath: '/position' }])
})
