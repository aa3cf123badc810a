import { batchOf, type Schema, type Value } from '@belay/columns'
import { createOperatorHarness, randomOf, type OperatorHarness } from '@belay/engine/testing'
import { expect, test } from 'vitest'
import { aggregate, type AggregateOperatorConfig } from '../aggregate/manifest.ts'
import { module } from '../aggregate/runtime.ts'

const SCHEMA: Schema = [
  { name: 'k', type: 'string', nullable: false },
  { name: 'v', type: 'float64', nullable: true },
  { name: 's', type: 'string', nullable: true },
]

async function aggregating(aggregates: AggregateOperatorConfig['aggregates']): Promise<OperatorHarness> {
  const config: AggregateOperatorConfig = { keys: ['k'], aggregates, ttlMs: 0 }
  const { outputs } = aggregate.typing({
    config,
    inputs: { in: { schema: SCHEMA, eventTime: null, changes: { kind: 'append', key: null } } },
  })
  return createOperatorHarness(module, {
    config,
    inputs: { in: { schema: SCHEMA } },
    outputs: { out: outputs['out']?.schema ?? [] },
  })
}

function push(h: OperatorHarness, rows: readonly (readonly Value[])[]): void {
  for (let from = 0; from < rows.length; from += 1024) h.push('in', batchOf(SCHEMA, rows.slice(from, from + 1024)))
  h.endWindow({ window: 1 })
}

test('HyperLogLog: within three standard errors from one value to many, whatever comes twice', async () => {
  const sizes = [1, 20, 300, 4000, 9000, 30_000]
  const h = await aggregating([
    { name: 'numbers', function: 'approx-count-distinct', column: 'v' },
    { name: 'texts', function: 'approx-count-distinct', column: 's' },
  ])
  const rows = sizes.flatMap((size) => Array.from({ length: size }, (_, i): readonly Value[] => [String(size), i, `user-${i}`]))
  push(h, [...rows, ...rows.slice(0, 5000), ['none', null, null]])
  const error = 1.04 / 64
  for (const { k, numbers, texts } of h.takeRows()) {
    const size = k === 'none' ? 0 : Number(k)
    for (const found of [numbers, texts])
      expect(Math.abs(Number(found) - size), `${String(k)}: ${String(found)}`).toBeLessThanOrEqual(size * 3 * error)
  }
})

test('DDSketch: every percentile is within 1 %, of values over many powers of ten, below and above 0', async () => {
  const random = randomOf(7)
  const values = Array.from({ length: 4000 }, () => (random(3) === 0 ? -1 : 1) * 10 ** (random(30_000) / 1000 - 12))
  values.push(...Array.from({ length: 40 }, () => 0), Number.MAX_VALUE, Number.MIN_VALUE, -Infinity)
  values.sort((a, b) => a - b)
  const asked = [0, 0.01, 0.25, 0.33, 0.34, 0.5, 0.9, 0.99, 1]
  const h = await aggregating(asked.map((percentile) => ({ name: `p${percentile}`, function: 'percentile', column: 'v', percentile })))
  push(h, [
    ...values.map((value): readonly Value[] => ['a', value, null]),
    ['a', null, null],
    ['b', null, null],
    ['c', Number.NaN, null],
    ['c', 1, null],
  ])
  const [a, b, c] = h.takeRows()
  for (const percentile of asked) {
    const exact = values[Math.floor(percentile * (values.length - 1))]
    const found = Number(a[`p${percentile}`])
    if (Number.isFinite(exact)) expect(Math.abs(found - exact), `p${percentile}`).toBeLessThanOrEqual(Math.abs(exact) * (0.01 + 1e-9))
    else expect(found).toBe(exact)
  }
  expect(b).toMatchObject({ k: 'b', 'p0.5': null })
  expect(c).toMatchObject({ k: 'c', p1: Number.NaN })
})

test('ARRAY_AGG: an array that is too long is an error of its row', async () => {
  const h = await aggregating([{ name: 'all', function: 'array-agg', column: 'v' }])
  push(h, [...Array.from({ length: 10_001 }, (_, i): readonly Value[] => ['a', i, null]), ['b', 2, null], ['b', 1, null]])
  expect(h.takeRows()).toEqual([{ k: 'b', all: [1, 2] }])
  expect(h.rowErrors).toMatchObject([{ code: 'ARRAY_TOO_LONG', row: { k: 'a' } }])
})
