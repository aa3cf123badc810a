import { batchOf, ROW_KIND, type Schema, type Value } from '@belay/columns'
import { createOperatorHarness, randomOf, runDisturbed } from '@belay/engine/testing'
import { expect, test } from 'vitest'
import { filter } from './manifest.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [
  { name: 'n', type: 'int64', nullable: false },
  { name: 'delay', type: 'int64', nullable: true },
]
const start = (condition: string) =>
  createOperatorHarness(module, { config: { condition }, inputs: { in: { schema: SCHEMA } }, outputs: { true: SCHEMA, false: SCHEMA } })

test('true goes one way, false and NULL the other, each row once and in order', async () => {
  const random = randomOf(2)
  const rows: Value[][] = Array.from({ length: 3000 }, (_, n) => [n, random(3) === 0 ? null : random(30)])
  const run = await runDisturbed(module, {
    config: { condition: 'delay >= 15' },
    inputs: { in: { schema: SCHEMA, rows } },
    outputs: { true: SCHEMA, false: SCHEMA },
    seed: 3,
    kills: 4,
    batchRows: 400,
    fullAfter: 1,
  })
  const numbers = (port: string): unknown[] => (run.outputs[port] ?? []).map(({ row }) => row['n'])
  const late = ([, delay]: Value[]): boolean => typeof delay === 'number' && delay >= 15
  expect(numbers('true')).toEqual(rows.filter(late).map(([n]) => n))
  expect(numbers('false')).toEqual(rows.filter((row) => !late(row)).map(([n]) => n))
})

test('C3 half of an update that passes alone is an insert or a delete; a whole one stays an update', async () => {
  const h = await start('n >= 15')
  const kinds = Uint8Array.of(ROW_KIND.updateBefore, ROW_KIND.updateAfter, ROW_KIND.updateBefore, ROW_KIND.updateAfter)
  h.push('in', {
    ...batchOf(SCHEMA, [
      [1, 0],
      [20, 0],
      [16, 0],
      [17, 0],
    ]),
    kinds,
  })
  const passed = h.takeChanges('true')
  expect(passed.map(({ row }) => row['n'])).toEqual([20, 16, 17])
  expect(passed[0]?.kind).toBe(ROW_KIND.insert)
  expect(passed.map(({ kind }) => kind === ROW_KIND.insert || kind === ROW_KIND.updateAfter)).toEqual([true, false, true])
  expect(h.takeChanges('false')).toEqual([{ kind: ROW_KIND.delete, row: { n: 1, delay: 0 } }])
})

test('H18 a row whose condition fails goes neither way and is reported', async () => {
  const h = await start('10 / delay > 1')
  h.push(
    'in',
    batchOf(SCHEMA, [
      [1, 2],
      [2, 0],
      [3, 20],
      [4, null],
    ]),
  )
  expect(h.takeRows('true').map(({ n }) => n)).toEqual([1])
  expect(h.takeRows('false').map(({ n }) => n)).toEqual([3, 4])
  expect(h.rowErrors).toMatchObject([{ code: 'DIVISION_BY_ZERO', row: { n: 2 } }])
})

test('typing: a condition that is wrong is placed, also while a column is missing', () => {
  const edge = { schema: SCHEMA, eventTime: null, changes: { kind: 'append' as const, key: null } }
  const typed = (condition: string) => filter.typing({ config: { condition }, inputs: { in: edge } })
  expect(typed('delya > 1').problems).toMatchObject([{ configPath: '/condition', range: { from: 0, to: 5 } }])
  expect(typed('delay + 1').problems).toMatchObject([{ code: 'CONDITION_NOT_BOOL' }])
})
