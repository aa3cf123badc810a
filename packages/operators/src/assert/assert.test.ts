import { batchOf, ROW_KIND, type Schema, type Value } from '@belay/columns'
import { createOperatorHarness, randomOf, runDisturbed } from '@belay/engine/testing'
import type { EdgeType } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { assertRules, type AssertConfig } from './manifest.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [
  { name: 'id', type: 'int64', nullable: false },
  { name: 'price', type: 'float64', nullable: true },
]
const EDGE: EdgeType = { schema: SCHEMA, eventTime: null, changes: { kind: 'append', key: ['id'] } }
const CONFIG: AssertConfig = {
  rules: [
    { name: 'positive', condition: 'price > 0' },
    { name: '', condition: '100 / id < 60' },
  ],
  onBroken: 'count',
}
const BROKEN: Schema = [...SCHEMA, { name: 'rule', type: 'string', nullable: false }]
const start = (config = CONFIG) =>
  createOperatorHarness(module, { config, inputs: { in: { schema: SCHEMA } }, outputs: { out: SCHEMA, broken: BROKEN } })

test('rows that keep the rules go on, broken ones leave with the first rule they break and are counted; NULL breaks none', async () => {
  const h = await start()
  h.push(
    'in',
    batchOf(SCHEMA, [
      [2, 5],
      [1, -1],
      [1, 7],
      [3, null],
      [4, 0],
      [5, 1],
    ]),
  )
  expect(h.takeRows('out').map(({ id }) => id)).toEqual([2, 3, 5])
  expect(h.takeRows('broken').map(({ id, rule }) => [id, rule])).toEqual([
    [1, 'positive'],
    [1, '100 / id < 60'],
    [4, 'positive'],
  ])
  expect([...h.counts]).toEqual([
    ['broken: positive', 2],
    ['broken: 100 / id < 60', 1],
  ])
})

test('H18 a rule that cannot be worked out is an error of the row; a rule before it has the first word', async () => {
  const h = await start()
  h.push(
    'in',
    batchOf(SCHEMA, [
      [0, 1],
      [0, -1],
    ]),
  )
  expect(h.takeRows('out')).toEqual([])
  expect(h.takeRows('broken')).toMatchObject([{ id: 0, price: -1, rule: 'positive' }])
  expect(h.rowErrors).toMatchObject([{ code: 'DIVISION_BY_ZERO', row: { id: 0, price: 1 } }])
})

test('a rule that must not be broken ends the operator, with the row', async () => {
  const h = await start({ ...CONFIG, onBroken: 'fail' })
  h.push(
    'in',
    batchOf(SCHEMA, [
      [2, 5],
      [3, null],
    ]),
  )
  expect(h.takeRows('out')).toHaveLength(2)
  expect(() =>
    h.push(
      'in',
      batchOf(SCHEMA, [
        [2, 5],
        [7, -2],
      ]),
    ),
  ).toThrow(/"positive".*price > 0.*"id":7/)
})

test('C3 halves of an update that go apart are a delete and an insert', async () => {
  const h = await start()
  h.push('in', {
    ...batchOf(SCHEMA, [
      [2, 5],
      [2, -5],
    ]),
    kinds: Uint8Array.of(ROW_KIND.updateBefore, ROW_KIND.updateAfter),
  })
  expect(h.takeChanges('out').map(({ kind }) => kind)).toEqual([ROW_KIND.delete])
  expect(h.takeChanges('broken').map(({ kind }) => kind)).toEqual([ROW_KIND.insert])
})

test('whatever dies when, each row leaves once', async () => {
  const random = randomOf(2)
  const rows: Value[][] = Array.from({ length: 2000 }, (_, id) => [id + 10, random(4) - 1])
  for (const seed of [1, 2]) {
    const run = await runDisturbed(module, {
      config: CONFIG,
      inputs: { in: { schema: SCHEMA, rows } },
      outputs: { out: SCHEMA, broken: BROKEN },
      seed,
      kills: 4,
      batchRows: 400,
      fullAfter: 1,
    })
    const ids = (port: string): unknown[] => (run.outputs[port] ?? []).map(({ row }) => row['id'])
    expect(ids('out')).toEqual(rows.filter(([, price]) => Number(price) > 0).map(([id]) => id))
    expect(ids('broken')).toEqual(rows.filter(([, price]) => Number(price) <= 0).map(([id]) => id))
  }
})

test('typing: broken rows only where they are set aside; a column called rule is in the way', () => {
  const typed = (config: Partial<AssertConfig>, edge = EDGE) =>
    assertRules.typing({ config: { ...CONFIG, ...config }, inputs: { in: edge } })
  expect(typed({}).outputs).toEqual({ out: EDGE, broken: { ...EDGE, schema: BROKEN } })
  expect(typed({ onBroken: 'fail' }).outputs).toEqual({ out: EDGE })
  expect(assertRules.outputsOf?.({ ...CONFIG, onBroken: 'fail' }).map(({ name }) => name)).toEqual(['out'])
  expect(typed({ rules: [{ name: 'a', condition: 'pric > 0' }] }).problems).toMatchObject([
    { configPath: '/rules/0/condition', range: { from: 0, to: 4 } },
  ])
  expect(typed({}, { ...EDGE, schema: BROKEN }).problems).toMatchObject([{ code: 'COLUMN_TWICE' }])
})
