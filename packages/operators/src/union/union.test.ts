import { batchOf, ROW_KIND, type Schema, type Value } from '@belay/columns'
import { createOperatorHarness, runDisturbed } from '@belay/engine/testing'
import type { EdgeType } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { union } from './manifest.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [{ name: 'n', type: 'int64', nullable: false }]
const NULLABLE: Schema = [{ name: 'n', type: 'int64', nullable: true }]

test('passes on every input under the schema of the output', async () => {
  const h = await createOperatorHarness(module, {
    config: {},
    inputs: { in1: { schema: SCHEMA }, in2: { schema: NULLABLE } },
    outputs: { out: NULLABLE },
    fullAfter: 1,
  })
  h.push('in1', batchOf(SCHEMA, [[1], [2]]))
  h.push('in2', batchOf(NULLABLE, [[null]]))
  const batches = h.takeBatches()
  expect(batches.map((batch) => batch.schema)).toEqual([NULLABLE, NULLABLE])
  expect(batches.map((batch) => batch.rows)).toEqual([2, 1])
})

test('rows that are taken back pass on; the key of one input is none of all', async () => {
  const edge = (changes: EdgeType['changes']): EdgeType => ({ schema: SCHEMA, eventTime: null, changes })
  const inputs = { in1: edge({ kind: 'append', key: ['n'] }), in2: edge({ kind: 'changes', key: ['n'] }) }
  expect(union.typing({ config: {}, inputs }).outputs['out']?.changes).toEqual({ kind: 'changes', key: null })
  const h = await createOperatorHarness(module, {
    config: {},
    inputs: { in1: { schema: SCHEMA }, in2: { schema: SCHEMA } },
    outputs: { out: SCHEMA },
  })
  h.push('in2', { ...batchOf(SCHEMA, [[1], [1]]), kinds: Uint8Array.of(ROW_KIND.insert, ROW_KIND.delete) })
  expect(h.takeChanges().map(({ kind }) => kind)).toEqual([ROW_KIND.insert, ROW_KIND.delete])
})

test('whatever dies when, every row of every input comes once', async () => {
  const rows = (from: number): Value[][] => Array.from({ length: 500 }, (_, i) => [from + i])
  for (let seed = 1; seed <= 4; seed += 1) {
    const run = await runDisturbed(module, {
      config: {},
      inputs: { in1: { schema: SCHEMA, rows: rows(0) }, in2: { schema: SCHEMA, rows: rows(500) } },
      outputs: { out: SCHEMA },
      seed,
      kills: 4,
      fullAfter: 1,
    })
    const seen = (run.outputs['out'] ?? []).map(({ row }) => Number(row['n'])).sort((a, b) => a - b)
    expect(seen).toEqual(Array.from({ length: 1000 }, (_, i) => i))
  }
})
