import { batchOf, ROW_KIND, type Schema, type Value } from '@belay/columns'
import { createOperatorHarness, randomOf, runDisturbed, type OperatorHarness } from '@belay/engine/testing'
import { expect, test } from 'vitest'
import type { TableViewConfig } from './manifest.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [
  { name: 'k', type: 'string', nullable: false },
  { name: 'n', type: 'int64', nullable: true },
]
const start = (config: TableViewConfig, state?: Uint8Array): Promise<OperatorHarness> =>
  createOperatorHarness(module, { config, inputs: { in: { schema: SCHEMA } }, outputs: {}, ...(state === undefined ? {} : { state }) })

test('H33 the last rows, drawn again from the state', async () => {
  const h = await start({ rows: 3, key: [] })
  h.push(
    'in',
    batchOf(SCHEMA, [
      ['a', 1],
      ['a', 1],
      ['b', null],
      ['c', 4],
      ['d', 5],
    ]),
  )
  h.endWindow({ window: 1 })
  const shown = {
    rows: [
      ['b', null],
      ['c', 4],
      ['d', 5],
    ],
    total: 5,
  }
  expect(h.tables.at(-1)).toEqual(shown)
  const again = await start({ rows: 3, key: [] }, h.snapshot())
  expect(again.tables).toEqual([shown])
})

test('with a key, the latest row of each; an update stays in its place', async () => {
  const h = await start({ rows: 3, key: ['k'] })
  h.push(
    'in',
    batchOf(SCHEMA, [
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ]),
  )
  h.endWindow({ window: 1 })
  expect(h.tables.at(-1)?.rows).toEqual([
    ['b', 2],
    ['a', 3],
  ])
  const changes = batchOf(SCHEMA, [
    ['b', 2],
    ['b', 7],
    ['a', 3],
  ])
  h.push('in', { ...changes, kinds: Uint8Array.of(ROW_KIND.updateBefore, ROW_KIND.updateAfter, ROW_KIND.delete) })
  h.endWindow({ window: 2 })
  expect(h.tables.at(-1)?.rows).toEqual([['b', 7]])
})

test('C4 rows that are taken back leave, one for one; one that is not shown is passed over', async () => {
  const h = await start({ rows: 10, key: [] })
  h.push('in', {
    ...batchOf(SCHEMA, [
      ['a', 1],
      ['a', 1],
      ['b', 2],
      ['a', 1],
      ['x', 0],
    ]),
    kinds: Uint8Array.of(0, 0, 0, 3, 3),
  })
  h.endWindow({ window: 1 })
  expect(h.tables.at(-1)?.rows).toEqual([
    ['a', 1],
    ['b', 2],
  ])
})

test('whatever dies when, the table at the end is the same', async () => {
  const random = randomOf(1)
  const rows: Value[][] = Array.from({ length: 500 }, (_, n) => [`k${random(30)}`, n])
  const tables = new Set<string>()
  for (let seed = 1; seed <= 6; seed += 1) {
    let last: OperatorHarness | null = null
    await runDisturbed(module, {
      config: { rows: 20, key: ['k'] },
      inputs: { in: { schema: SCHEMA, rows } },
      outputs: {},
      seed,
      kills: 4,
      onStart: (harness) => {
        last = harness
      },
    })
    tables.add(JSON.stringify((last as OperatorHarness | null)?.tables.at(-1)))
  }
  expect(tables.size).toBe(1)
})
