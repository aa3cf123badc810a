import { batchOf, type Schema } from '@belay/columns'
import { createOperatorHarness, runDisturbed } from '@belay/engine/testing'
import type { EdgeType } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { windowTime } from './manifest.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [{ name: 'id', type: 'int64', nullable: false }]
const edge: EdgeType = { schema: SCHEMA, eventTime: null, changes: { kind: 'append', key: ['id'] } }
const outputs = { out: windowTime.typing({ config: windowTime.defaultConfig, inputs: { in: edge } }).outputs['out']?.schema ?? [] }
const config = (roundMs: number) => ({ ...windowTime.defaultConfig, roundMs })

test('the time goes on by a window with each window, also for the rows after a restore', async () => {
  const h = await createOperatorHarness(module, { config: config(0), inputs: { in: { schema: SCHEMA } }, outputs })
  const timeOf = (harness: typeof h): number => {
    harness.push('in', batchOf(SCHEMA, [[1]]))
    return Number(harness.takeRows()[0]?.['window_time'])
  }
  const first = timeOf(h)
  expect(timeOf(h)).toBe(first)
  h.endWindow({ window: 1, watermark: Number.NEGATIVE_INFINITY })
  const second = timeOf(h)
  expect(second).toBeGreaterThan(first)
  h.endWindow({ window: 2, watermark: Number.NEGATIVE_INFINITY })
  const third = timeOf(h)
  expect(third - second).toBe(second - first)
  const restored = await createOperatorHarness(module, {
    config: config(0),
    inputs: { in: { schema: SCHEMA } },
    outputs,
    state: h.snapshot(),
  })
  expect(timeOf(restored)).toBe(third)
})

test('rounded down, and each row once, whatever dies when', async () => {
  const rows = Array.from({ length: 300 }, (_, id) => [id])
  for (const seed of [1, 2, 3]) {
    const run = await runDisturbed(module, {
      config: config(10_000),
      inputs: { in: { schema: SCHEMA, rows } },
      outputs,
      seed,
      kills: 4,
      fullAfter: 1,
    })
    const given = run.outputs['out'] ?? []
    expect(given.map(({ row }) => row['id'])).toEqual(rows.map(([id]) => id))
    for (const { row } of given) expect(Number(row['window_time']) % 10_000).toBe(0)
  }
})

test('typing: a column is added, the rest goes on; a name that is taken is refused', () => {
  const typed = windowTime.typing({ config: windowTime.defaultConfig, inputs: { in: edge } })
  expect(typed.outputs['out']).toMatchObject({ changes: edge.changes, schema: [SCHEMA[0], { name: 'window_time', type: 'timestamp' }] })
  expect(windowTime.typing({ config: { name: 'id', roundMs: 0 }, inputs: { in: edge } }).problems).toMatchObject([
    { code: 'COLUMN_TWICE', configPath: '/name' },
  ])
})
