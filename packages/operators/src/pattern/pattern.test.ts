import { batchOf, type Schema } from '@belay/columns'
import { createOperatorHarness, randomOf, runDisturbed } from '@belay/engine/testing'
import type { EdgeType } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { pattern, type PatternConfig } from './manifest.ts'
import { parsePattern, type PatternStep } from './patternText.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [
  { name: 't', type: 'timestamp', nullable: false },
  { name: 'k', type: 'string', nullable: true },
  { name: 'v', type: 'int64', nullable: true },
  { name: 'n', type: 'int64', nullable: false },
]
const edge: EdgeType = { schema: SCHEMA, eventTime: 't', changes: { kind: 'append', key: ['n'] } }
const outputs = (config: PatternConfig): Record<string, Schema> => ({
  out: pattern.typing({ config, inputs: { in: edge } }).outputs['out']?.schema ?? [],
})
const CONFIG: PatternConfig = {
  keys: ['k'],
  pattern: 'A B+',
  conditions: [
    { name: 'A', condition: 'v < 4' },
    { name: 'B', condition: 'v >= 4' },
  ],
  withinMs: 1000,
  after: 'past-last',
  measures: [
    { name: 'first', expression: 'FIRST(n)' },
    { name: 'last', expression: 'LAST(n)' },
  ],
}

interface Row {
  readonly t: number
  readonly k: string | null
  readonly v: number | null
  readonly n: number
}
type Test = (row: Row, before: Row | null) => boolean

/** The plain way: tries the ways to take rows in order of preference, going back where one fails. */
function longest(
  steps: readonly PatternStep[],
  tests: Readonly<Record<string, Test>>,
  rows: readonly Row[],
  from: number,
  withinMs: number,
) {
  const fits = (name: string, at: number): boolean => {
    const before = at > 0 && rows[at].t - rows[at - 1].t < withinMs ? rows[at - 1] : null
    return tests[name]?.(rows[at], before) ?? true
  }
  const match = (step: number, count: number, at: number, taken: readonly string[]): readonly string[] | null => {
    if (step === steps.length) return taken.length === 0 ? null : taken
    const { name, least, most, reluctant } = steps[step]
    const take = () =>
      count < most && at < rows.length && rows[at].t - rows[from].t < withinMs && fits(name, at)
        ? match(step, count + 1, at + 1, [...taken, name])
        : null
    const goOn = () => (count >= least ? match(step + 1, 0, at, taken) : null)
    return reluctant ? (goOn() ?? take()) : (take() ?? goOn())
  }
  return match(0, 0, from, [])
}

function plain(config: PatternConfig, tests: Readonly<Record<string, Test>>, all: readonly Row[]): string[] {
  const parsed = parsePattern(config.pattern)
  if (!parsed.ok) throw new Error(parsed.message)
  const found: string[] = []
  for (const key of config.keys.length === 0 ? ['all'] : new Set(all.map(({ k }) => k))) {
    const rows = all
      .filter(({ k }) => key === 'all' || k === key)
      .sort((a, b) => a.t - b.t || compareKeys(a.k, b.k) || compareNulls(a.v, b.v) || a.n - b.n)
    for (let at = 0; at < rows.length;) {
      const taken = longest(parsed.steps, tests, rows, at, config.withinMs)
      if (taken === null) {
        at += 1
        continue
      }
      const own = rows.slice(at, at + taken.length)
      found.push(`${own[0].n} ${own.at(-1)?.n} ${own.length}`)
      at += config.after === 'past-last' ? taken.length : 1
    }
  }
  return found.sort()
}

const compareKeys = (a: string | null, b: string | null): number => ((a ?? '') < (b ?? '') ? -1 : (a ?? '') > (b ?? '') ? 1 : 0)
const compareNulls = (a: number | null, b: number | null): number => (a ?? -1) - (b ?? -1)

const TESTS: Readonly<Record<string, Test>> = {
  A: ({ v }) => v !== null && v < 4,
  B: ({ v }) => v !== null && v >= 4,
  C: ({ v }) => v !== null && v === 9,
  UP: ({ v }, before) => v !== null && before !== null && before.v !== null && v > before.v,
  DOWN: ({ v }, before) => v !== null && before !== null && before.v !== null && v < before.v,
}
const TEXTS: Readonly<Record<string, string>> = { A: 'v < 4', B: 'v >= 4', C: 'v = 9', UP: 'v > prev_v', DOWN: 'v < prev_v' }

test.each([
  ['A B+', 'past-last', ['k']],
  ['A B+', 'next-row', ['k']],
  ['A B* C', 'past-last', ['k']],
  ['A X*? C', 'next-row', ['k']],
  ['A{2,3} B?', 'past-last', []],
  ['A+ B{,2} A', 'next-row', ['k']],
  ['DOWN+ UP+', 'past-last', ['k']],
  ['X DOWN{2,} UP{2,4}?', 'next-row', ['k']],
  ['A?? B+? C', 'past-last', []],
  ['B A* B A*? C', 'next-row', ['k']],
] as const)(
  '%s, looking on %s, for each %j: the matches of the plain way, whatever dies when and arrives how',
  async (text, after, keys) => {
    const used = [...new Set(text.match(/[A-Z]+/g) ?? [])].filter((name) => name in TEXTS)
    const config: PatternConfig = {
      ...CONFIG,
      keys: [...keys],
      pattern: text,
      conditions: used.map((name) => ({ name, condition: TEXTS[name] ?? '' })),
      after,
      withinMs: 600,
      measures: [...CONFIG.measures, { name: 'rows', expression: 'COUNT(*)' }],
    }
    for (let seed = 1; seed <= 4; seed += 1) {
      const random = randomOf(seed)
      const rows: Row[] = Array.from({ length: 500 }, (_, n) => ({
        // Tens, so that times are often the same; now and then a pause.
        t: Math.round((n * 12 + Math.floor(n / 100) * 900 + random(200)) / 10) * 10,
        k: random(8) === 0 ? null : `k${random(3)}`,
        v: random(12) === 0 ? null : random(10),
        n,
      }))
      const run = await runDisturbed(module, {
        config,
        inputs: { in: { schema: SCHEMA, eventTime: 't', rows: rows.map(({ t, k, v, n }) => [t, k, v, n]) } },
        outputs: outputs(config),
        seed,
        kills: 5,
        outOfOrderMs: 300,
        fullAfter: 1,
      })
      const given = (run.outputs['out'] ?? []).map(({ row }) => row)
      const wanted = plain(config, TESTS, rows)
      expect(wanted.length).toBeGreaterThan(0)
      expect(given.map((row) => `${String(row['first'])} ${String(row['last'])} ${String(row['rows'])}`).sort()).toEqual(wanted)
      expect(run.rowErrors).toEqual([])
      expect(run.counts.get('late rows')).toBeUndefined()
    }
  },
)

async function matchesOf(config: PatternConfig, rows: readonly (readonly (number | string | null)[])[]) {
  const h = await createOperatorHarness(module, {
    config,
    inputs: { in: { schema: SCHEMA, eventTime: 't' } },
    outputs: outputs(config),
  })
  h.push('in', batchOf(SCHEMA, rows))
  h.endWindow({ window: 1, watermark: Number.POSITIVE_INFINITY, last: true })
  return { rows: h.takeRows(), h }
}

test('what a match gives', async () => {
  const measures = [
    ['from', 'FIRST(A.v)'],
    ['to', 'last( B . v )'],
    ['bs', 'COUNT(B.*)'],
    ['values', 'COUNT(B.v)'],
    ['sum', 'SUM(B.v)'],
    ['mean', 'AVG(v)'],
    ['least', 'MIN(v)'],
    ['most', 'MAX(`v`)'],
    ['none', 'FIRST(C.n)'],
  ].map(([name, expression]) => ({ name, expression }))
  const config = {
    ...CONFIG,
    pattern: 'A B+ C?',
    conditions: [
      { name: 'A', condition: 'v < 4' },
      { name: 'B', condition: 'v >= 4 OR v IS NULL' },
      { name: 'C', condition: 'v = 0' },
    ],
    measures,
  }
  const { rows } = await matchesOf(config, [
    [0, 'x', 3, 0],
    [10, 'x', 9, 1],
    [20, 'x', null, 2],
    [30, 'x', 6, 3],
    [40, 'x', 1, 4],
  ])
  expect(rows).toEqual([
    { k: 'x', match_start: 0, match_end: 30, from: 3, to: 6, bs: 3, values: 2, sum: 15, mean: 6, least: 3, most: 9, none: null },
  ])
})

test('a match comes as soon as nothing can change it, and no later than its time is over', async () => {
  const config = { ...CONFIG, pattern: 'A B' }
  const h = await createOperatorHarness(module, { config, inputs: { in: { schema: SCHEMA, eventTime: 't' } }, outputs: outputs(config) })
  h.push(
    'in',
    batchOf(SCHEMA, [
      [0, 'x', 1, 0],
      [100, 'x', 5, 1],
    ]),
  )
  h.endWindow({ window: 1, watermark: 100 })
  expect(h.takeRows()).toEqual([])
  h.endWindow({ window: 2, watermark: 101 })
  expect(h.takeRows()).toHaveLength(1)
  const greedy = await createOperatorHarness(module, {
    config: CONFIG,
    inputs: { in: { schema: SCHEMA, eventTime: 't' } },
    outputs: outputs(CONFIG),
  })
  greedy.push(
    'in',
    batchOf(SCHEMA, [
      [0, 'x', 1, 0],
      [100, 'x', 5, 1],
    ]),
  )
  const before = greedy.store.sizeBytes
  greedy.endWindow({ window: 1, watermark: 999 })
  expect(greedy.takeRows()).toEqual([])
  greedy.endWindow({ window: 2, watermark: 1000 })
  expect(greedy.takeRows()).toHaveLength(1)
  expect(greedy.store.sizeBytes).toBeLessThan(before)
  greedy.push('in', batchOf(SCHEMA, [[999, 'x', 1, 2]]))
  expect(greedy.counts.get('late rows')).toBe(1)
})

test('the last row is kept for the next one to look back at, and forgotten after the time of a match', async () => {
  const config = { ...CONFIG, pattern: 'UP', conditions: [{ name: 'UP', condition: 'v > prev_v' }] }
  const h = await createOperatorHarness(module, { config, inputs: { in: { schema: SCHEMA, eventTime: 't' } }, outputs: outputs(config) })
  const windows = 4000
  for (let n = 0; n < windows; n += 1) {
    h.push('in', batchOf(SCHEMA, [[n * 999, 'x', n, n]]))
    h.endWindow({ window: n + 1, watermark: n * 999 + 1 })
    expect(h.takeRows()).toHaveLength(n === 0 ? 0 : 1)
  }
  // All of them would be twice that; what is dead is given back 64 KB at a time.
  expect(h.store.sizeBytes).toBeLessThan(150_000)
  h.push('in', batchOf(SCHEMA, [[(windows - 1) * 999 + 1000, 'x', windows, windows]]))
  h.endWindow({ window: windows + 1, watermark: windows * 1000 + 1000 })
  expect(h.takeRows()).toEqual([])
})

test('a condition that cannot be computed is a row error, and the row fits nothing', async () => {
  const config = { ...CONFIG, pattern: 'A', conditions: [{ name: 'A', condition: '10 / v > 1' }] }
  const { rows, h } = await matchesOf(config, [
    [0, 'x', 0, 0],
    [10, 'x', 5, 1],
  ])
  expect(rows).toMatchObject([{ first: 1 }])
  expect(h.rowErrors).toMatchObject([{ code: 'DIVISION_BY_ZERO', row: { n: 0 } }])
})

test('attempts that could go back for ever cost a step a row', async () => {
  const config = {
    ...CONFIG,
    keys: [],
    pattern: 'X* Y* Z* A{3,900} C',
    conditions: [
      { name: 'A', condition: 'TRUE' },
      { name: 'C', condition: 'FALSE' },
    ],
  }
  const rows = Array.from({ length: 200 }, (_, n) => [n, 'x', 1, n])
  expect((await matchesOf(config, rows)).rows).toEqual([])
})

test.each([
  ['', 'There is no pattern'],
  ['A | B', 'alternatives'],
  ['A{3,2}', 'no number of rows'],
  ['A{}', 'no number of rows'],
  ['A{0}', 'no number of rows'],
  ['A{2000}', 'no number of rows'],
  ['A* B?', 'fits no rows'],
])('pattern %j is refused: %s', (text, words) => {
  const parsed = parsePattern(text)
  expect(parsed.ok ? '' : parsed.message).toContain(words)
})

test('H14 no match is older than the watermark that is passed on', async () => {
  const config: PatternConfig = { ...CONFIG, pattern: 'A B*', after: 'next-row' }
  const h = await createOperatorHarness(module, { config, inputs: { in: { schema: SCHEMA, eventTime: 't' } }, outputs: outputs(config) })
  if (h.operator.role !== 'transform') throw new Error('a pattern transforms')
  const heldBackMs = h.operator.heldBackMs ?? 0
  const random = randomOf(1)
  let told = Number.NEGATIVE_INFINITY
  let oldest = Number.POSITIVE_INFINITY
  for (let window = 1; window <= 200; window += 1) {
    h.push('in', batchOf(SCHEMA, [[window * 100 + random(200), ['a', 'b', 'c'][random(3)] ?? null, random(8), window]]))
    const watermark = (window + 1) * 100
    h.endWindow({ window, watermark })
    for (const row of h.takeRows()) oldest = Math.min(oldest, Number(row['match_end']) - told)
    told = watermark - heldBackMs
  }
  expect(oldest).toBeGreaterThanOrEqual(0)
  expect(oldest).toBeLessThan(200)
})

test('typing: keys, bounds and measures come out; what is wrong is placed', () => {
  const typed = (config: Partial<PatternConfig>) => pattern.typing({ config: { ...CONFIG, ...config }, inputs: { in: edge } })
  expect(typed({}).outputs['out']).toMatchObject({ eventTime: 'match_end', changes: { kind: 'append', key: null } })
  expect(outputs(CONFIG)['out']?.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'k string',
    'match_start timestamp',
    'match_end timestamp',
    'first int64',
    'last int64',
  ])
  expect(typed({ pattern: 'A (B' }).problems).toMatchObject([
    { code: 'PATTERN_INVALID', configPath: '/pattern', range: { from: 2, to: 3 } },
  ])
  expect(typed({ pattern: 'A' }).problems).toMatchObject([{ code: 'CONDITION_UNUSED', configPath: '/conditions/1/name' }])
  expect(typed({ conditions: [{ name: 'A', condition: 'w > 1' }] }).problems).toMatchObject([{ configPath: '/conditions/0/condition' }])
  expect(typed({ measures: [{ name: 'x', expression: 'SUM(k)' }] }).problems).toMatchObject([{ code: 'MEASURE_INVALID' }])
  expect(typed({ measures: [{ name: 'match_end', expression: 'COUNT(*)' }] }).problems).toMatchObject([{ code: 'COLUMN_TWICE' }])
  expect(pattern.typing({ config: CONFIG, inputs: { in: { ...edge, eventTime: null } } }).problems).toMatchObject([
    { code: 'EVENT_TIME_MISSING' },
  ])
})
