import { batchOf, type Schema, type Value } from '@belay/columns'
import { createOperatorHarness, randomOf, runDisturbed } from '@belay/engine/testing'
import type { EdgeType } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { topN, type TopNConfig } from './manifest.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [
  { name: 'state', type: 'string', nullable: true },
  { name: 'mean', type: 'float64', nullable: true },
  { name: 'id', type: 'int64', nullable: false },
  { name: 'end', type: 'timestamp', nullable: false },
]
const EDGE: EdgeType = { schema: SCHEMA, eventTime: 'end', changes: { kind: 'append', key: null } }
const CONFIG: TopNConfig = { n: 3, partition: ['state'], orderBy: [{ column: 'mean', direction: 'desc' }], rank: 'rank' }

function outputOf(config: TopNConfig): Schema {
  const { outputs, problems } = topN.typing({ config, inputs: { in: EDGE } })
  expect(problems).toEqual([])
  return outputs['out']?.schema ?? []
}

type Row = readonly [state: string | null, mean: number | null, id: number, end: number]

/** NULL is least, NaN greatest. */
const compareMean = (a: number | null, b: number | null): number =>
  a === b
    ? 0
    : a === null
      ? -1
      : b === null
        ? 1
        : Number.isNaN(a) || Number.isNaN(b)
          ? Number(Number.isNaN(a)) - Number(Number.isNaN(b))
          : a - b

function expected(config: TopNConfig, rows: readonly Row[], windowOf: (row: Row) => number): Value[][] {
  const states = [null, 'CA', 'NY']
  const result: Value[][] = []
  for (const end of [...new Set(rows.map(windowOf))].sort((a, b) => a - b)) {
    for (const state of config.partition.length === 0 ? ['all'] : states) {
      const group = rows.filter((row) => windowOf(row) === end && (state === 'all' || row[0] === state))
      const order = (a: Row, b: Row): number => compareMean(b[1], a[1])
      group.sort((a, b) => order(a, b) || (a[0] ?? '').localeCompare(b[0] ?? '') || a[2] - b[2])
      group.forEach((row, i) => {
        const rank = config.ties === true ? group.findIndex((other) => order(other, row) === 0) + 1 : i + 1
        if (rank <= config.n) result.push([row[0], row[1], row[2], rank])
      })
    }
  }
  return result
}

function rowsOf(seed: number, count: number): Row[] {
  const random = randomOf(seed)
  return Array.from({ length: count }, (_, id): Row => {
    const mean = random(12) === 0 ? null : random(15) === 0 ? Number.NaN : random(9)
    return [[null, 'CA', 'NY'][random(3)] ?? null, mean, id, Math.floor(id / 60) * 1000 + 1000]
  })
}

test.each([
  CONFIG,
  { ...CONFIG, n: 1, ties: true },
  { ...CONFIG, n: 4, ties: true, partition: [] },
  { ...CONFIG, n: 1000, partition: [] },
] as TopNConfig[])('H15 top $n, ties $ties: the same whatever comes first and dies when', async (config) => {
  for (let seed = 1; seed <= 5; seed += 1) {
    const rows = rowsOf(seed, 500)
    const run = await runDisturbed(module, {
      config,
      inputs: { in: { schema: SCHEMA, eventTime: 'end', rows } },
      outputs: { out: outputOf(config) },
      seed,
      kills: 5,
      fullAfter: 1,
    })
    expect(run.outputs['out']?.map(({ row }) => [row['state'], row['mean'], row['id'], row['rank']])).toEqual(
      expected(config, rows, (row) => row[3]),
    )
  }
})

test('windows of its own: rows of any time, results with the bounds', async () => {
  const config: TopNConfig = { ...CONFIG, n: 1, ties: true, partition: [], windowMs: 5000 }
  const rows = rowsOf(9, 600)
  const run = await runDisturbed(module, {
    config,
    inputs: { in: { schema: SCHEMA, eventTime: 'end', rows } },
    outputs: { out: outputOf(config) },
    seed: 4,
    kills: 3,
  })
  const bounds = (row: Row): number => Math.floor(row[3] / 5000) * 5000 + 5000
  expect(run.outputs['out']?.map(({ row }) => [row['state'], row['mean'], row['id'], row['rank']])).toEqual(expected(config, rows, bounds))
  expect(run.outputs['out']?.every(({ row }) => Number(row['window_end']) - Number(row['window_start']) === 5000)).toBe(true)
})

test('a window is given when the watermark is past it, later rows are counted', async () => {
  const h = await createOperatorHarness(module, {
    config: CONFIG,
    inputs: { in: { schema: SCHEMA, eventTime: 'end' } },
    outputs: { out: outputOf(CONFIG) },
  })
  h.push('in', batchOf(SCHEMA, [['CA', 1, 1, 1000]]))
  h.endWindow({ window: 1, watermark: 1000 })
  expect(h.takeRows()).toEqual([])
  h.endWindow({ window: 2, watermark: 1500 })
  expect(h.takeRows()).toEqual([{ state: 'CA', mean: 1, id: 1, end: 1000, rank: 1 }])
  h.push('in', batchOf(SCHEMA, [['CA', 9, 2, 1000]]))
  h.endWindow({ window: 3, watermark: 2000 })
  expect(h.takeRows()).toEqual([])
  expect(h.counts.get('late rows')).toBe(1)
})

test('typing', () => {
  const codes = (config: Partial<TopNConfig>, edge = EDGE): string[] =>
    topN.typing({ config: { ...CONFIG, ...config }, inputs: { in: edge } }).problems.map(({ code }) => code)
  expect(codes({ rank: 'id' })).toEqual(['COLUMN_TWICE'])
  expect(codes({ partition: ['stat'], orderBy: [{ column: 'maen', direction: 'asc' }] })).toEqual(['COLUMN_UNKNOWN', 'COLUMN_UNKNOWN'])
  expect(codes({}, { ...EDGE, eventTime: null })).toEqual(['EVENT_TIME_MISSING'])
})
