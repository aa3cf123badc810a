import { batchOf, ROW_KIND, type Schema } from '@belay/columns'
import { createOperatorHarness } from '@belay/engine/testing'
import type { EdgeType } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { select, type SelectConfig } from './manifest.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [
  { name: 'id', type: 'int64', nullable: false },
  { name: 'delay', type: 'int64', nullable: true },
  { name: 'time', type: 'timestamp', nullable: false },
]
const EDGE: EdgeType = { schema: SCHEMA, eventTime: 'time', changes: { kind: 'append', key: ['id'] } }

function typed(config: Partial<SelectConfig>) {
  return select.typing({ config: { ...select.defaultConfig, ...config }, inputs: { in: EDGE } })
}

async function harness(config: Partial<SelectConfig>) {
  const whole = { ...select.defaultConfig, ...config }
  return createOperatorHarness(module, {
    config: whole,
    inputs: { in: { schema: SCHEMA } },
    outputs: { out: typed(config).outputs['out']?.schema ?? [] },
  })
}

test('typing: event time and key survive when unchanged, follow a rename, and go when computed', () => {
  expect(typed({ drop: ['delay'] }).outputs['out']).toEqual({
    schema: [SCHEMA[0], SCHEMA[2]],
    eventTime: 'time',
    changes: { kind: 'append', key: ['id'] },
  })
  expect(typed({ mode: 'listed', columns: [{ name: 'at', expression: 'time' }] }).outputs['out']).toMatchObject({
    eventTime: 'at',
    changes: { key: null },
  })
  expect(typed({ columns: [{ name: 'id', expression: 'id + 1' }] }).outputs['out']).toMatchObject({
    eventTime: 'time',
    changes: { key: null },
  })
})

test('typing: problems are placed in the config', () => {
  expect(typed({ columns: [{ name: 'x', expression: 'delya + 1' }] }).problems[0]).toMatchObject({
    configPath: '/columns/0/expression',
    range: { from: 0, to: 5 },
    fixes: [{ kind: 'set-config', configPath: '/columns/0/expression', value: 'delay + 1' }],
  })
  expect(typed({ drop: ['dely'] }).problems[0]).toMatchObject({
    code: 'COLUMN_UNKNOWN',
    configPath: '/drop/0',
    fixes: [{ value: 'delay' }],
  })
  expect(typed({ mode: 'listed' }).problems[0]).toMatchObject({ code: 'COLUMNS_NONE' })
  expect(
    typed({
      columns: [
        { name: 'a', expression: '1' },
        { name: 'a', expression: '2' },
      ],
    }).problems[0],
  ).toMatchObject({ code: 'COLUMN_TWICE', configPath: '/columns/1/name' })
})

test('computes, replaces and drops', async () => {
  const h = await harness({
    columns: [
      { name: 'delay', expression: 'delay * 2' },
      { name: 'twice', expression: 'id * 2' },
    ],
    drop: ['time'],
  })
  h.push(
    'in',
    batchOf(SCHEMA, [
      [1, 10, 0],
      [2, null, 0],
    ]),
  )
  expect(h.takeRows()).toEqual([
    { id: 1, delay: 20, twice: 2 },
    { id: 2, delay: null, twice: 4 },
  ])
})

test('batches emitted earlier do not change when more are computed', async () => {
  const h = await harness({ mode: 'listed', columns: [{ name: 'n', expression: 'id + 1' }] })
  h.push('in', batchOf(SCHEMA, [[1, 1, 0]]))
  h.push('in', batchOf(SCHEMA, [[5, 1, 0]]))
  expect(h.takeRows()).toEqual([{ n: 2 }, { n: 6 }])
})

test('H18 a row that fails is reported once and left out; kinds stay with their rows', async () => {
  const h = await harness({
    mode: 'listed',
    columns: [
      { name: 'id', expression: 'id' },
      { name: 'n', expression: '100 / delay' },
    ],
  })
  h.push('in', {
    ...batchOf(SCHEMA, [
      [1, 10, 0],
      [2, 0, 0],
      [3, 5, 0],
    ]),
    kinds: Uint8Array.of(ROW_KIND.insert, ROW_KIND.delete, ROW_KIND.delete),
  })
  expect(h.takeChanges()).toEqual([
    { kind: ROW_KIND.insert, row: { id: 1, n: 10 } },
    { kind: ROW_KIND.delete, row: { id: 3, n: 20 } },
  ])
  expect(h.rowErrors).toHaveLength(1)
  expect(h.rowErrors[0]?.row).toMatchObject({ id: 2 })
})
