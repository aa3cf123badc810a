import { batchOf, type Schema, type Value } from '@belay/columns'
import { createOperatorHarness, randomOf, runDisturbed } from '@belay/engine/testing'
import type { EdgeType } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { dedup, type DedupConfig } from './manifest.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [
  { name: 'id', type: 'int64', nullable: true },
  { name: 'n', type: 'int64', nullable: false },
  { name: 't', type: 'timestamp', nullable: false },
]
const EDGE: EdgeType = { schema: SCHEMA, eventTime: 't', changes: { kind: 'append', key: null } }
const outputs = { out: SCHEMA, duplicates: SCHEMA }

test('the first row of each key passes once, whatever dies when; NULL is a key', async () => {
  const random = randomOf(4)
  const rows: Value[][] = Array.from({ length: 1500 }, (_, n) => [random(10) === 0 ? null : random(300), n, n])
  const firsts = rows.filter(([id], n) => rows.findIndex((row) => row[0] === id) === n)
  for (let seed = 1; seed <= 4; seed += 1) {
    const run = await runDisturbed(module, {
      config: { keys: ['id'], withinMs: 0 },
      inputs: { in: { schema: SCHEMA, eventTime: 't', rows } },
      outputs,
      seed,
      kills: 5,
      fullAfter: 1,
    })
    const numbers = (port: string): unknown[] => (run.outputs[port] ?? []).map(({ row }) => row['n'])
    expect(numbers('out')).toEqual(firsts.map(([, n]) => n))
    expect(numbers('duplicates')).toHaveLength(rows.length - firsts.length)
  }
})

test('within a time by event time, also before what is too old has been forgotten', async () => {
  const config: DedupConfig = { keys: ['id'], withinMs: 1000 }
  const h = await createOperatorHarness(module, { config, inputs: { in: { schema: SCHEMA, eventTime: 't' } }, outputs })
  h.push(
    'in',
    batchOf(SCHEMA, [
      [1, 1, 0],
      [1, 2, 999],
      [1, 3, 1000],
      [1, 4, 1999],
    ]),
  )
  expect(h.takeRows('out').map(({ n }) => n)).toEqual([1, 3])
  expect(h.takeRows('duplicates').map(({ n }) => n)).toEqual([2, 4])
  h.endWindow({ window: 1, watermark: 5000 })
  h.push('in', batchOf(SCHEMA, [[1, 5, 5000]]))
  expect(h.takeRows('out').map(({ n }) => n)).toEqual([5])
  expect(h.counts.get('duplicates')).toBe(2)
})

test('typing: the key is unique where nothing is forgotten', () => {
  const typed = (config: DedupConfig, edge = EDGE) => dedup.typing({ config, inputs: { in: edge } })
  expect(typed({ keys: ['id'], withinMs: 0 }).outputs['out']?.changes).toEqual({ kind: 'append', key: ['id'] })
  expect(typed({ keys: ['id'], withinMs: 5 }).outputs['out']?.changes).toEqual({ kind: 'append', key: null })
  expect(typed({ keys: ['id'] }).problems).toMatchObject([
    { code: 'STATE_UNBOUNDED', configPath: '/withinMs', fixes: [{ configPath: '/withinMs' }, {}] },
  ])
  expect(typed({ keys: ['id'], withinMs: 5 }, { ...EDGE, eventTime: null }).problems).toMatchObject([{ code: 'EVENT_TIME_MISSING' }])
})
