import { batchOf, ROW_KIND, type Schema, type Value } from '@belay/columns'
import { createOperatorHarness, randomChanges, randomOf, runDisturbed, tableOf } from '@belay/engine/testing'
import type { EdgeType, StreamKind } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { aggregate, type AggregateOperatorConfig } from './manifest.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [
  { name: 'k', type: 'string', nullable: true },
  { name: 'v', type: 'int64', nullable: true },
  { name: 's', type: 'string', nullable: true },
  { name: 't', type: 'timestamp', nullable: false },
  { name: 'd', type: 'decimal(10,2)', nullable: false },
]
const CHANGES: StreamKind = { kind: 'changes', key: null }
/** Divided by how many, and whether the root is drawn. */
const SPREADS = [
  ['stddev', 1, true],
  ['stddev-pop', 0, true],
  ['var-samp', 1, false],
  ['var-pop', 0, false],
] as const

const CONFIG: AggregateOperatorConfig = {
  keys: ['k'],
  ttlMs: 0,
  aggregates: [
    { name: 'rows', function: 'count', column: null },
    { name: 'sum', function: 'sum', column: 'v' },
    { name: 'mean', function: 'avg', column: 'v' },
    { name: 'least', function: 'min', column: 'v' },
    { name: 'greatest', function: 'max', column: 's' },
    { name: 'different', function: 'count-distinct', column: 's' },
    { name: 'newest', function: 'last', column: 's' },
    { name: 'money', function: 'sum', column: 'd' },
    { name: 'big', function: 'count-distinct', column: 'v', filter: 'v >= 5' },
    ...SPREADS.map(([name]) => ({ name, function: name, column: 'v' })),
    { name: 'high', function: 'percentile', column: 'v', percentile: 0.9 },
    { name: 'all', function: 'array-agg', column: 's' },
    { name: 'often', function: 'top-k', column: 's', k: 2 },
  ],
}

function typed(config: AggregateOperatorConfig, changes: StreamKind = CHANGES, eventTime: string | null = 't') {
  const edge: EdgeType = { schema: SCHEMA, eventTime, changes }
  return aggregate.typing({ config, inputs: { in: edge } })
}

const outputs = (config: AggregateOperatorConfig): Record<string, Schema> => ({ out: typed(config).outputs['out']?.schema ?? [] })

/** Twice through the values, rounded: the running way differs by rounding. */
function spreadOf(values: readonly number[], less: number, root: boolean): number | null {
  if (values.length <= less) return null
  const mean = values.reduce((total, value) => total + value, 0) / values.length
  const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / (values.length - less)
  return rounded(root ? Math.sqrt(variance) : variance)
}

function mostFrequent(texts: readonly string[], k: number): readonly string[] | null {
  const countOf = (text: string): number => texts.filter((one) => one === text).length
  const order = [...new Set(texts)].sort((a, b) => countOf(b) - countOf(a) || (a < b ? -1 : 1))
  return texts.length === 0 ? null : order.slice(0, k)
}

const rounded = (value: number): number => Math.round(value * 1e4) / 1e4

function expected(rows: readonly (readonly Value[])[]): readonly string[] {
  const keys = [...new Set(rows.map(([k]) => k))]
  return keys
    .map((k) => {
      const own = rows.filter((row) => row[0] === k)
      const values = own.flatMap(([, v]) => (typeof v === 'number' ? [v] : []))
      const texts = own.flatMap(([, , s]) => (typeof s === 'string' ? [s] : []))
      const sum = values.reduce((total, value) => total + value, 0)
      const newest = own.reduce((best, row) =>
        Number(row[3]) > Number(best[3]) || (row[3] === best[3] && String(row[2] ?? '') > String(best[2] ?? '')) ? row : best,
      )
      return JSON.stringify({
        k,
        rows: own.length,
        sum: values.length === 0 ? null : sum,
        mean: values.length === 0 ? null : Math.trunc(sum / values.length),
        least: values.length === 0 ? null : Math.min(...values),
        greatest: texts.sort().at(-1) ?? null,
        different: new Set(texts).size,
        newest: newest[2],
        money: (own.reduce((total, row) => total + Math.round(Number(row[4]) * 100), 0) / 100).toFixed(2),
        big: new Set(values.filter((value) => value >= 5)).size,
        ...Object.fromEntries(SPREADS.map(([name, less, root]) => [name, spreadOf(values, less, root)])),
        high: values.sort((a, b) => a - b)[Math.floor(0.9 * (values.length - 1))] ?? null,
        all: own.map(([, , s]) => s).sort((a, b) => Number(b === null) - Number(a === null) || (String(a) < String(b) ? -1 : 1)),
        often: mostFrequent(texts, 2),
      })
    })
    .sort()
}

/** The table that changes lead to, with spreads rounded, and percentiles to the whole numbers that they are of. */
function resultsOf(changes: Parameters<typeof tableOf>[0]): readonly string[] {
  return tableOf(changes)
    .map((text) =>
      JSON.stringify(JSON.parse(text), (name, value: unknown) =>
        typeof value !== 'number'
          ? value
          : name === 'high'
            ? Math.round(value)
            : SPREADS.some(([spread]) => spread === name)
              ? rounded(value)
              : value,
      ),
    )
    .sort()
}

const randomRow = (random: (below: number) => number) => (): readonly Value[] => [
  ['a', 'b', 'c', null][random(4)] ?? null,
  random(4) === 0 ? null : random(10),
  random(5) === 0 ? null : `s${random(6)}`,
  random(50),
  (random(1000) / 100).toFixed(2),
]

test('C1 H19 changes in, changes out: the table at the end is that of the rows that are left', async () => {
  for (let seed = 1; seed <= 6; seed += 1) {
    const random = randomOf(seed)
    const { rows, kinds, table } = randomChanges(800, random, randomRow(random))
    const run = await runDisturbed(module, {
      config: CONFIG,
      inputs: { in: { schema: SCHEMA, eventTime: 't', changes: CHANGES, rows, kinds } },
      outputs: outputs(CONFIG),
      seed,
      kills: 5,
      fullAfter: 1,
    })
    expect(resultsOf(run.outputs['out'] ?? [])).toEqual(expected(table))
    expect(run.counts.get('orphaned')).toBeUndefined()
  }
})

test('rows that only come: one value a group is kept for MIN and MAX', async () => {
  const random = randomOf(9)
  const make = randomRow(random)
  const rows = Array.from({ length: 600 }, make)
  const run = await runDisturbed(module, {
    config: CONFIG,
    inputs: { in: { schema: SCHEMA, eventTime: 't', rows } },
    outputs: outputs(CONFIG),
    seed: 3,
    kills: 5,
  })
  expect(resultsOf(run.outputs['out'] ?? [])).toEqual(expected(rows))
})

test('C1 the net of a window: nothing for what came and went, pairs side by side', async () => {
  const config: AggregateOperatorConfig = { keys: ['k'], aggregates: [{ name: 'rows', function: 'count', column: null }] }
  const h = await createOperatorHarness(module, { config, inputs: { in: { schema: SCHEMA, changes: CHANGES } }, outputs: outputs(config) })
  const push = (...rows: (readonly [string, number])[]): void => {
    const batch = batchOf(
      SCHEMA,
      rows.map(([k]) => [k, 1, null, 0, '0.00']),
    )
    h.push('in', { ...batch, kinds: Uint8Array.from(rows, ([, kind]) => kind) })
  }
  push(['a', ROW_KIND.insert], ['b', ROW_KIND.insert], ['b', ROW_KIND.delete])
  h.endWindow({ window: 1 })
  expect(h.takeChanges()).toEqual([{ kind: ROW_KIND.insert, row: { k: 'a', rows: 1 } }])
  push(['a', ROW_KIND.updateBefore], ['a', ROW_KIND.updateAfter])
  h.endWindow({ window: 2 })
  expect(h.takeChanges()).toEqual([])
  push(['a', ROW_KIND.insert])
  h.endWindow({ window: 3 })
  expect(h.takeChanges()).toEqual([
    { kind: ROW_KIND.updateBefore, row: { k: 'a', rows: 1 } },
    { kind: ROW_KIND.updateAfter, row: { k: 'a', rows: 2 } },
  ])
  push(['a', ROW_KIND.delete], ['a', ROW_KIND.delete], ['a', ROW_KIND.delete])
  h.endWindow({ window: 4 })
  expect(h.takeChanges()).toEqual([{ kind: ROW_KIND.delete, row: { k: 'a', rows: 2 } }])
  expect(h.counts.get('orphaned')).toBe(1)
})

test('C4 what is forgotten by time counts as new; taking it back is passed over', async () => {
  const config: AggregateOperatorConfig = { keys: ['k'], aggregates: [{ name: 'n', function: 'count-distinct', column: 's' }], ttlMs: 1000 }
  const h = await createOperatorHarness(module, {
    config,
    inputs: { in: { schema: SCHEMA, eventTime: 't', changes: CHANGES } },
    outputs: outputs(config),
  })
  h.push(
    'in',
    batchOf(SCHEMA, [
      ['a', 1, 'x', 100, '0.00'],
      ['b', 1, 'x', 1500, '0.00'],
    ]),
  )
  h.endWindow({ window: 1, watermark: 500 })
  h.endWindow({ window: 2, watermark: 1100 })
  h.takeChanges()
  h.push('in', {
    ...batchOf(SCHEMA, [
      ['a', 1, 'x', 100, '0.00'],
      ['b', 1, 'y', 1600, '0.00'],
    ]),
    kinds: Uint8Array.of(3, 0),
  })
  h.endWindow({ window: 3, watermark: 1200 })
  expect(h.counts.get('orphaned')).toBe(1)
  expect(h.takeRows()).toEqual([
    { k: 'b', n: 1 },
    { k: 'b', n: 2 },
  ])
})

test('typing: key, the warning that it never forgets, and its ways out', () => {
  const { outputs: out, problems } = typed({ ...CONFIG, ttlMs: undefined })
  expect(out['out']?.changes).toEqual({ kind: 'changes', key: ['k'] })
  expect(problems).toMatchObject([{ code: 'STATE_UNBOUNDED', severity: 'warning', fixes: [{ value: 0 }, { value: 86_400_000 }] }])
  expect(typed({ ...CONFIG, ttlMs: 0 }).problems).toEqual([])
  const codes = (config: Partial<AggregateOperatorConfig>, eventTime: string | null = 't'): string[] =>
    typed({ ...CONFIG, ...config }, CHANGES, eventTime).problems.map(({ code }) => code)
  expect(codes({ ttlMs: 5, aggregates: [{ name: 'n', function: 'count', column: null }] }, null)).toEqual(['EVENT_TIME_MISSING'])
  expect(codes({ keys: ['kk'] })).toEqual(['COLUMN_UNKNOWN'])
  expect(out['out']?.schema.slice(-2)).toEqual([
    { name: 'all', type: 'array<string>', nullable: false },
    { name: 'often', type: 'array<string>', nullable: true },
  ])
  const approximate: Partial<AggregateOperatorConfig> = { aggregates: [{ name: 'n', function: 'approx-count-distinct', column: 's' }] }
  expect(codes(approximate)).toEqual(['AGG_NOT_RETRACTABLE'])
  expect(typed({ ...CONFIG, ...approximate }, { kind: 'append', key: null }).problems).toEqual([])
})
