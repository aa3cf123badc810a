import { batchOf, ROW_KIND, type Schema, type Value } from '@belay/columns'
import { createOperatorHarness, randomOf, runDisturbed, type OutputRow } from '@belay/engine/testing'
import type { EdgeType } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { binOf, middleOf } from '../aggregates/percentile.ts'
import { windowAggregate, type WindowAggregateConfig } from './manifest.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [
  { name: 't', type: 'timestamp', nullable: true },
  { name: 'k', type: 'string', nullable: true },
  { name: 'v', type: 'int64', nullable: true },
  { name: 'f', type: 'float64', nullable: false },
  { name: 's', type: 'string', nullable: true },
]
const EDGE: EdgeType = { schema: SCHEMA, eventTime: 't', changes: { kind: 'append', key: null } }

const AGGREGATES: WindowAggregateConfig['aggregates'] = [
  { name: 'rows', function: 'count', column: null },
  { name: 'values', function: 'count', column: 'v' },
  { name: 'sum', function: 'sum', column: 'v' },
  { name: 'mean', function: 'avg', column: 'v' },
  { name: 'least', function: 'min', column: 'v' },
  { name: 'greatest', function: 'max', column: 's' },
  { name: 'different', function: 'count-distinct', column: 's' },
  { name: 'newest', function: 'last', column: 's' },
  { name: 'high', function: 'count', column: null, filter: 'v >= 50' },
  { name: 'about', function: 'approx-count-distinct', column: 's' },
  { name: 'middle', function: 'percentile', column: 'f' },
  { name: 'all', function: 'array-agg', column: 's' },
  { name: 'often', function: 'top-k', column: 's', k: 1 },
]

function outputsOf(config: WindowAggregateConfig): Record<string, Schema> {
  const { outputs, problems } = windowAggregate.typing({ config, inputs: { in: EDGE } })
  expect(problems).toEqual([])
  return { out: outputs['out']?.schema ?? [], late: SCHEMA }
}

type Row = readonly [t: number, k: string | null, v: number | null, f: number, s: string | null]

/** Out of order by at most 2,000 ms. */
function rowsOf(seed: number, count: number): Row[] {
  const random = randomOf(seed)
  const keys = ['a', 'b', 'ü', null]
  return Array.from({ length: count }, (_, i): Row => {
    const t = -5000 + i * 40 - random(2000)
    return [t, keys[random(4)] ?? null, random(5) === 0 ? null : random(100), random(100) / 4, random(6) === 0 ? null : `s${random(8)}`]
  })
}

const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

const countOf = (texts: readonly string[], text: string): number => texts.filter((one) => one === text).length

/** The plain way, one window of one key. */
function aggregated(k: string | null, start: number, end: number, rows: readonly Row[]): Record<string, Value> {
  const values = rows.flatMap(([, , v]) => (v === null ? [] : [v]))
  const texts = rows.flatMap(([, , , , s]) => (s === null ? [] : [s]))
  const sum = values.reduce((total, value) => total + value, 0)
  const newest = rows.reduce<Row | null>(
    (best, row) => (best === null || row[0] > best[0] || (row[0] === best[0] && (row[4] ?? '') > (best[4] ?? '')) ? row : best),
    null,
  )
  texts.sort()
  const [often] = [...new Set(texts)].sort((a, b) => countOf(texts, b) - countOf(texts, a))
  return {
    k,
    window_start: start,
    window_end: end,
    rows: rows.length,
    values: values.length,
    sum: values.length === 0 ? null : sum,
    mean: values.length === 0 ? null : Math.trunc(sum / values.length),
    least: values.length === 0 ? null : Math.min(...values),
    greatest: texts.length === 0 ? null : (texts.sort().at(-1) ?? null),
    different: new Set(texts).size,
    newest: newest?.[4] ?? null,
    high: values.filter((value) => value >= 50).length,
    // So few values that none shares a register with another.
    about: new Set(texts).size,
    middle: middleOf(binOf(rows.map(([, , , f]) => f).sort((a, b) => a - b)[Math.floor((rows.length - 1) / 2)])),
    all: [...rows.flatMap(({ 4: s }) => (s === null ? [s] : [])), ...texts],
    often: often === undefined ? null : [often],
  }
}

/** Order of results: window end, then the key's bytes; NULL has the smallest tag. */
function inOrder(results: Record<string, Value>[]): Record<string, Value>[] {
  const keyOf = (row: Record<string, Value>): string =>
    row['k'] === null ? '\u0000' : `\u0003${String.fromCharCode(Buffer.byteLength(String(row['k'])))}${bytesOf(String(row['k']))}`
  return results.sort(
    (a, b) => Number(a['window_end']) - Number(b['window_end']) || (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0),
  )
}

function expected(config: WindowAggregateConfig, rows: readonly Row[]): Record<string, Value>[] {
  const { sizeMs, slideMs = sizeMs, window = 'tumbling' } = config
  const groups = new Map<string, { k: string | null; start: number; end: number; rows: Row[] }>()
  const add = (row: Row, start: number, end: number): void => {
    const id = JSON.stringify([row[1], end])
    const group = groups.get(id) ?? { k: row[1], start, end, rows: [] }
    group.rows.push(row)
    groups.set(id, group)
  }
  if (window === 'session') {
    for (const key of new Set(rows.map(([, k]) => k))) {
      const own = rows.filter(([, k]) => k === key).sort((a, b) => a[0] - b[0])
      let start = own[0]?.[0] ?? 0
      let from = 0
      own.forEach((row, i) => {
        const next = own[i + 1]
        if (next !== undefined && next[0] - row[0] <= sizeMs) return
        for (const one of own.slice(from, i + 1)) add(one, start, row[0] + sizeMs)
        from = i + 1
        start = next?.[0] ?? 0
      })
    }
  } else
    for (const row of rows) {
      const step = window === 'tumbling' ? sizeMs : slideMs
      if (window === 'cumulate') {
        const start = Math.floor(row[0] / sizeMs) * sizeMs
        for (let end = start + step; end <= start + sizeMs; end += step) if (end > row[0]) add(row, start, end)
      } else for (let start = Math.floor(row[0] / step) * step; start > row[0] - sizeMs; start -= step) add(row, start, start + sizeMs)
    }
  return inOrder([...groups.values()].map(({ k, start, end, rows: own }) => aggregated(k, start, end, own)))
}

const CONFIGS: readonly WindowAggregateConfig[] = [
  { window: 'tumbling', sizeMs: 1000, keys: ['k'], aggregates: AGGREGATES },
  { window: 'hopping', sizeMs: 3000, slideMs: 1000, keys: ['k'], aggregates: AGGREGATES },
  { window: 'hopping', sizeMs: 2500, slideMs: 1000, keys: ['k'], aggregates: AGGREGATES },
  { window: 'cumulate', sizeMs: 4000, slideMs: 1000, keys: ['k'], aggregates: AGGREGATES },
  { window: 'session', sizeMs: 150, keys: ['k'], aggregates: AGGREGATES },
]

test.each(CONFIGS)(
  'H15 $window $sizeMs/$slideMs: results are those of all rows at once, in canonical order, whatever dies when',
  async (config) => {
    for (let seed = 1; seed <= 6; seed += 1) {
      const rows = rowsOf(seed, 700)
      const run = await runDisturbed(module, {
        config,
        inputs: { in: { schema: SCHEMA, eventTime: 't', rows } },
        outputs: outputsOf(config),
        seed,
        kills: 5,
        outOfOrderMs: 2000,
        fullAfter: 1 + (seed % 2),
      })
      expect(run.outputs['late']).toEqual([])
      expect(run.outputs['out']?.map(({ row }) => row)).toEqual(expected(config, rows))
      expect(run.counts.get('late rows')).toBeUndefined()
    }
  },
)

/** The table that changes lead to; every row taken back must have been there. */
function tableOf(changes: readonly OutputRow[]): Record<string, Value>[] {
  const table = new Map<string, { row: Record<string, Value>; count: number }>()
  for (const { kind, row } of changes) {
    const text = JSON.stringify(row)
    const known = table.get(text) ?? { row: { ...row }, count: 0 }
    known.count += kind === ROW_KIND.insert || kind === ROW_KIND.updateAfter ? 1 : -1
    expect(known.count).toBeGreaterThanOrEqual(0)
    if (known.count === 0) table.delete(text)
    else table.set(text, known)
  }
  return inOrder([...table.values()].flatMap(({ row, count }) => Array.from({ length: count }, () => row)))
}

test.each([CONFIGS[0], CONFIGS[1], CONFIGS[3]] as WindowAggregateConfig[])(
  'C1 %j: early results are corrected until they are right',
  async (base) => {
    const config = { ...base, early: true }
    for (let seed = 1; seed <= 4; seed += 1) {
      const rows = rowsOf(seed, 400)
      const run = await runDisturbed(module, {
        config,
        inputs: { in: { schema: SCHEMA, eventTime: 't', rows } },
        outputs: outputsOf(config),
        seed,
        kills: 4,
        outOfOrderMs: 2000,
      })
      expect(tableOf(run.outputs['out'] ?? [])).toEqual(expected(base, rows))
    }
  },
)

test('C1 lateness: rows within it correct the result, those beyond it leave by late', async () => {
  const config: WindowAggregateConfig = {
    sizeMs: 1000,
    keys: [],
    aggregates: [{ name: 'rows', function: 'count', column: null }],
    latenessMs: 2000,
  }
  const h = await createOperatorHarness(module, { config, inputs: { in: { schema: SCHEMA, eventTime: 't' } }, outputs: outputsOf(config) })
  const push = (...times: number[]): void =>
    void h.push(
      'in',
      batchOf(
        SCHEMA,
        times.map((t) => [t, null, null, 0, null]),
      ),
    )
  push(0, 999)
  h.endWindow({ window: 1, watermark: 999 })
  expect(h.takeChanges('out')).toEqual([])
  h.endWindow({ window: 2, watermark: 1000 })
  expect(h.takeChanges('out')).toEqual([{ kind: ROW_KIND.insert, row: { window_start: 0, window_end: 1000, rows: 2 } }])
  push(5, 2500)
  h.endWindow({ window: 3, watermark: 2999 })
  expect(h.takeChanges('out')).toEqual([
    { kind: ROW_KIND.updateBefore, row: { window_start: 0, window_end: 1000, rows: 2 } },
    { kind: ROW_KIND.updateAfter, row: { window_start: 0, window_end: 1000, rows: 3 } },
  ])
  h.endWindow({ window: 4, watermark: 3000 })
  h.takeChanges('out')
  push(7)
  expect(h.takeRows('late')).toMatchObject([{ t: 7 }])
  expect(h.counts.get('late rows')).toBe(1)
})

test('discard: every further result has only what was added', async () => {
  const config: WindowAggregateConfig = {
    sizeMs: 1000,
    keys: [],
    aggregates: [{ name: 'sum', function: 'sum', column: 'v' }],
    early: true,
    updates: 'discard',
  }
  const h = await createOperatorHarness(module, { config, inputs: { in: { schema: SCHEMA, eventTime: 't' } }, outputs: outputsOf(config) })
  for (const [window, v] of [3, 4].entries()) {
    h.push('in', batchOf(SCHEMA, [[10, null, v, 0, null]]))
    h.endWindow({ window, watermark: 0 })
  }
  h.endWindow({ window: 3, watermark: 1000 })
  expect(h.takeChanges('out')).toMatchObject([
    { kind: ROW_KIND.insert, row: { sum: 3 } },
    { kind: ROW_KIND.insert, row: { sum: 4 } },
  ])
})

test('a window holds its start and not its end; it is complete when the watermark has reached its end', async () => {
  const [config] = CONFIGS
  if (config === undefined) throw new Error('no config')
  const h = await createOperatorHarness(module, { config, inputs: { in: { schema: SCHEMA, eventTime: 't' } }, outputs: outputsOf(config) })
  h.push('in', batchOf(SCHEMA, [[999, 'a', 1, 0, null]]))
  h.endWindow({ window: 1, watermark: 999 })
  expect(h.takeRows('out')).toEqual([])
  // A row of the same time may still come, also after a restore.
  const again = await createOperatorHarness(module, {
    config,
    inputs: { in: { schema: SCHEMA, eventTime: 't' } },
    outputs: outputsOf(config),
    state: h.snapshot(),
  })
  again.push(
    'in',
    batchOf(SCHEMA, [
      [999, 'a', 2, 0, null],
      [1000, 'a', 4, 0, null],
      [null, 'a', 8, 0, null],
    ]),
  )
  again.endWindow({ window: 2, watermark: 1000 })
  expect(again.takeRows('out')).toMatchObject([{ window_start: 0, window_end: 1000, sum: 3 }])
  expect(again.rowErrors).toMatchObject([{ code: 'EVENT_TIME_NULL', row: { v: 8 } }])
  again.push('in', batchOf(SCHEMA, [[999, 'b', 1, 0, null]]))
  expect(again.takeRows('late')).toMatchObject([{ t: 999, k: 'b' }])
})

test('exact sums beyond 2^53, and an error where the result does not fit', async () => {
  const config: WindowAggregateConfig = {
    sizeMs: 1000,
    keys: ['k'],
    aggregates: [
      { name: 'sum', function: 'sum', column: 'v' },
      { name: 'mean', function: 'avg', column: 'v' },
      { name: 'greatest', function: 'max', column: 'v' },
    ],
  }
  const h = await createOperatorHarness(module, { config, inputs: { in: { schema: SCHEMA, eventTime: 't' } }, outputs: outputsOf(config) })
  h.push(
    'in',
    batchOf(SCHEMA, [
      [0, 'a', 9_007_199_254_740_991, 0, null],
      [0, 'a', 9_007_199_254_740_991, 0, null],
      [0, 'a', 1, 0, null],
    ]),
  )
  h.push(
    'in',
    batchOf(SCHEMA, [
      [0, 'b', '9223372036854775807', 0, null],
      [0, 'b', '9223372036854775806', 0, null],
    ]),
  )
  h.endWindow({ window: 1, watermark: 1000 })
  expect(h.takeRows('out')).toMatchObject([
    { k: 'a', sum: '18014398509481983', mean: 6_004_799_503_160_661, greatest: 9_007_199_254_740_991 },
  ])
  expect(h.rowErrors).toMatchObject([{ code: 'NUMBER_OVERFLOW', row: { k: 'b' } }])
})

test('typing: columns, kinds and what is wrong', () => {
  const typed = (config: Partial<WindowAggregateConfig>, edge: EdgeType = EDGE) =>
    windowAggregate.typing({ config: { ...windowAggregate.defaultConfig, ...config }, inputs: { in: edge } })
  expect(typed({ keys: ['k'] }).outputs['out']).toMatchObject({
    eventTime: 'window_end',
    changes: { kind: 'append', key: ['k', 'window_end'] },
  })
  expect(typed({ early: true }).outputs['out']?.changes).toEqual({ kind: 'changes', key: ['window_end'] })
  const codes = (config: Partial<WindowAggregateConfig>, edge?: EdgeType): string[] => typed(config, edge).problems.map(({ code }) => code)
  expect(codes({ keys: ['kk'] })).toEqual(['COLUMN_UNKNOWN'])
  expect(codes({ window: 'hopping' })).toEqual(['SLIDE_MISSING'])
  expect(codes({ window: 'cumulate', slideMs: 7 })).toEqual(['SLIDE_UNEVEN'])
  expect(codes({ window: 'hopping', slideMs: 70_000 })).toEqual(['SLIDE_LONG'])
  expect(codes({ window: 'session', early: true })).toEqual(['SESSION_UPDATES'])
  expect(codes({}, { ...EDGE, eventTime: null })).toEqual(['EVENT_TIME_MISSING'])
  expect(codes({ aggregates: [{ name: 'k', function: 'sum', column: 's' }], keys: ['k'] })).toEqual(['AGGREGATE_TYPE', 'COLUMN_TWICE'])
  expect(codes({ aggregates: [{ name: 'n', function: 'count', column: null, filter: 'v' }] })).toEqual(['CONDITION_NOT_BOOL'])
})
