import { batchOf, ROW_KIND, type LogicalType, type Schema, type Value } from '@belay/columns'
import { createOperatorHarness, randomOf, runDisturbed, type OperatorHarness } from '@belay/engine/testing'
import { resolveParameters, validate, type EdgeType, type PipelineDocument } from '@belay/pipeline'
import { describe, expect, test } from 'vitest'
import { generator } from '../generator/manifest.ts'
import { manifests } from '../manifests.ts'
import { script, type ScriptConfig } from './manifest.ts'
import { module } from './runtime.ts'

const IN: Schema = [
  { name: 'k', type: 'string', nullable: false },
  { name: 'n', type: 'int64', nullable: true },
  { name: 'at', type: 'timestamp', nullable: false },
]
const OUT: Schema = [
  { name: 'k', type: 'string', nullable: false },
  { name: 'total', type: 'float64', nullable: true },
]

interface Start {
  readonly code: string
  readonly input?: Schema
  readonly output?: Schema
  readonly eventTime?: string
  readonly state?: Uint8Array
  readonly config?: Partial<ScriptConfig>
  readonly fullAfter?: number
}

function start({ code, input = IN, output = OUT, eventTime, state, config, fullAfter }: Start): Promise<OperatorHarness> {
  return createOperatorHarness(module, {
    operatorId: 'my-script',
    config: { ...script.defaultConfig, code, ...config },
    inputs: { in: { schema: input, eventTime: eventTime ?? null } },
    outputs: { out: output },
    windowMs: 500,
    ...(state === undefined ? {} : { state }),
    ...(fullAfter === undefined ? {} : { fullAfter }),
  })
}

const rowsOf = (...rows: Value[][]) => batchOf(IN, rows)

describe('H27 rows in and out', () => {
  test('nothing, an object, an array and emitted objects, in the order they come', async () => {
    const h = await start({
      code: `
        if (row.n === null) return
        if (row.n === 1) return { k: row.k, total: 1 }
        ctx.emit({ k: 'emitted', total: row.n })
        return [{ k: row.k, total: 0.5 }, { k: row.k }]`,
    })
    h.push('in', rowsOf(['a', null, 0], ['b', 1, 0], ['c', 2, 0]))
    expect(h.takeRows()).toEqual([
      { k: 'b', total: 1 },
      { k: 'emitted', total: 2 },
      { k: 'c', total: 0.5 },
      { k: 'c', total: null },
    ])
    expect(h.rowErrors).toEqual([])
  })

  test('every type is read as what it stands for, and goes back as it was', async () => {
    const all: Schema = (
      ['bool', 'int64', 'float64', 'decimal(9,3)', 'string', 'timestamp', 'date', 'interval', 'json', 'array<int64>'] as LogicalType[]
    ).map((type, i) => ({ name: `c${i}`, type, nullable: true }))
    const rows: Value[][] = [
      [true, 5, 1.5, '4263.060', 'grüße', 1000, '2001-01-31', 60_000, '{"a":[1]}', [1, null]],
      [false, '9007199254740993', -0.25, '-0.001', '', -1, '1969-12-31', 0, 'null', []],
      all.map(() => null),
    ]
    const seen: unknown[] = []
    Object.assign(globalThis, { seenByScript: seen })
    const h = await start({ code: 'seenByScript.push(row.copy())\nreturn row', input: all, output: all })
    h.push('in', batchOf(all, rows))
    expect(h.rowErrors).toEqual([])
    // The null of json is NULL on its way back.
    expect(h.takeRows().map((row) => Object.values(row))).toEqual([rows[0], [...rows[1].slice(0, 8), null, []], rows[2]])
    expect(seen[0]).toEqual({
      c0: true,
      c1: 5,
      c2: 1.5,
      c3: '4263.060',
      c4: 'grüße',
      c5: 1000,
      c6: '2001-01-31',
      c7: 60_000,
      c8: { a: [1] },
      c9: [1, null],
    })
    expect((seen[1] as { c1: unknown }).c1).toBe(9_007_199_254_740_993n)
  })

  test.each<[LogicalType, string, Value]>([
    ['int64', '2n ** 60n', '1152921504606846976'],
    ['int64', '-0', 0],
    ['decimal(5,2)', '1.005', '1.01'],
    ['decimal(5,2)', "'1.5'", '1.50'],
    ['float64', 'NaN', Number.NaN],
    ['timestamp', 'new Date(1000)', 1000],
    ['timestamp', "'1970-01-01T00:00:01Z'", 1000],
    ['date', 'new Date(0)', '1970-01-01'],
    ['json', '{ a: [1, null] }', '{"a":[1,null]}'],
    ['json', "'text'", '"text"'],
    ['array<string>', "['a', undefined]", ['a', null]],
  ])('%s takes %s', async (type, text, value) => {
    const h = await start({ code: `return { x: ${text} }`, output: [{ name: 'x', type, nullable: false }] })
    h.push('in', rowsOf(['a', 1, 0]))
    expect(h.rowErrors).toEqual([])
    expect(h.takeRows()).toEqual([{ x: value }])
  })

  test.each<[LogicalType, string]>([
    ['int64', '1.5'],
    ['int64', '2 ** 60'],
    ['int64', '2n ** 63n'],
    ['int64', 'true'],
    ['decimal(5,2)', '12345'],
    ['float64', "'1'"],
    ['string', '1'],
    ['bool', '1'],
    ['timestamp', "'yesterday'"],
    ['timestamp', 'new Date(NaN)'],
    ['date', "'2001-02-30'"],
    ['json', '() => 1'],
    ['json', '1n'],
    ['array<int64>', "[1, 'a']"],
    ['string', 'null'],
    ['string', 'undefined'],
  ])('a row error: %s from %s', async (type, text) => {
    const h = await start({ code: `return { x: ${text} }`, output: [{ name: 'x', type, nullable: false }] })
    h.push('in', rowsOf(['a', 1, 0]))
    expect(h.takeRows()).toEqual([])
    expect(h.rowErrors).toMatchObject([{ code: 'SCRIPT_OUTPUT', row: { k: 'a' } }])
  })

  test.each([
    ['a column there is none of', 'return { k: row.k, totla: 1 }', 'SCRIPT_OUTPUT', /no output column totla/],
    ['no object', 'return 5', 'SCRIPT_OUTPUT', /it gave 5/],
    ['an array that holds none', 'return [null]', 'SCRIPT_OUTPUT', /it gave null/],
    ['a promise', 'return Promise.resolve({ k: row.k })', 'SCRIPT_ASYNC', /synchronous/],
    ['a write to the row', 'row.n = 1', 'SCRIPT_THREW', /Line 1: .*n/],
    ['an undeclared variable', '\n\ntotal = 1', 'SCRIPT_THREW', /Line 3: total is not defined/],
    ['a thrown text', "throw 'no'", 'SCRIPT_THREW', /it threw no/],
  ])('a row error: %s', async (_what, code, errorCode, message) => {
    const h = await start({ code })
    h.push('in', rowsOf(['a', 1, 0]))
    expect(h.takeRows()).toEqual([])
    expect(h.rowErrors).toMatchObject([{ code: errorCode, message: expect.stringMatching(message) as string, row: { k: 'a' } }])
  })

  test('a column whose name every object has is one like any other', async () => {
    const names = ['constructor', '__proto__', 'toString']
    const schema: Schema = names.map((name) => ({ name, type: 'string', nullable: true }))
    const h = await start({
      code: 'return row.toString === "pass" ? row : row.toString === "copy" ? row.copy() : {}',
      input: schema,
      output: schema,
    })
    h.push(
      'in',
      batchOf(schema, [
        ['a', 'b', 'pass'],
        ['c', 'd', 'copy'],
        ['', '', ''],
      ]),
    )
    expect(h.rowErrors).toEqual([])
    expect(h.takeRows().map((row) => names.map((name) => row[name]))).toEqual([
      ['a', 'b', 'pass'],
      ['c', 'd', 'copy'],
      [null, null, null],
    ])
  })

  test('a kept row throws, a kept copy does not; so does a kept ctx', async () => {
    const h = await start({
      code: `
let kept = null
let keptCtx = null
export default (row, ctx) => {
  const before = kept
  kept = row.k === 'copy' || row.k === 'use' ? row.copy() : row
  keptCtx = ctx
  return { k: row.k, total: before === null ? 0 : before.n }
}
export function onTimer() { keptCtx.state.set('a', kept.n) }`,
    })
    h.push('in', rowsOf(['a', 1, 0], ['copy', 2, 0], ['use', 3, 0], ['row', 4, 0]))
    h.push('in', rowsOf(['b', 5, 0]))
    expect(h.takeRows().map(({ k, total }) => [k, total])).toEqual([
      ['a', 0],
      ['use', 2],
      ['row', 3],
    ])
    expect(h.rowErrors.map(({ code, row }) => [code, (row as { k: string }).k])).toEqual([
      ['SCRIPT_KEPT_ROW', 'copy'],
      ['SCRIPT_KEPT_ROW', 'b'],
    ])
    expect(h.rowErrors[0]?.message).toMatch(/^Line 8: .*row\.copy\(\)/)
  })

  test('H20 a row that gives more than a batch is cut into batches, and the next row waits until there is room', async () => {
    const h = await start({
      code: 'return Array.from({ length: 2500 }, (_, i) => ({ k: row.k, total: i }))',
      fullAfter: 1,
    })
    h.push('in', rowsOf(['a', 1, 0], ['b', 1, 0]))
    const batches = h.takeBatches()
    for (const batch of batches) expect(batch.rows).toBeLessThanOrEqual(1024)
    expect(batches.reduce((sum, batch) => sum + batch.rows, 0)).toBe(5000)
  })
})

describe('the text', () => {
  test.each([
    ['SCRIPT_INVALID', 'const a = 1\nreturn {', /Line 2/],
    ['SCRIPT_INVALID', 'const a = 1\n} ; globalThis.broken = 1 ; {', /Line 2/],
    ['SCRIPT_IMPORT', "import fs from 'node:fs'\nexport default () => {}", /imports/],
    ['SCRIPT_WITHOUT_FUNCTION', 'export const onTimer = () => {}', /export default/],
    ['SCRIPT_INVALID', 'export default () => {}\nexport const onTimer = 5', /onTimer/],
    ['SCRIPT_INVALID', 'null.x\nexport default () => {}', /Line 1/],
  ])('is refused with %s and its line', async (code, text, message) => {
    await expect(start({ code: text })).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string })
  })

  test.each([
    ['an arrow', 'const name = (row) => row.k\nexport default (row, ctx) => ({ k: name(row), total: 1 })'],
    ['a function', 'export default function (row) {\n  return { k: row.k, total: 1 }\n}'],
    [
      'a function with a name',
      'export default function own(row) {\n  return row.k === "a" ? own({ k: "a2", n: 1 }) : { k: "a", total: 1 }\n}',
    ],
    ['a name', 'function own(row) { return { k: row.k, total: 1 } }\nexport default own'],
    ['a body with a template', 'const total = 1\nreturn { k: `${row.k}`, total: Number(`${total}`) }'],
  ])('may be %s', async (_what, code) => {
    const h = await start({ code })
    h.push('in', rowsOf(['a', 1, 0]))
    expect(h.rowErrors).toEqual([])
    expect(h.takeRows()).toEqual([{ k: 'a', total: 1 }])
  })
})

const COUNTING = `
const seen = ctx.state.get(row.k) ?? { n: 0, sum: 0 }
const next = { n: seen.n + 1, sum: seen.sum + row.n }
ctx.state.set(row.k, next)
return { k: row.k, total: next.sum }`

describe('H22 state, timers, time and randomness', () => {
  test('whatever dies when, the state is right', async () => {
    const random = randomOf(3)
    const rows: Value[][] = Array.from({ length: 600 }, (_, at) => [`k${random(20)}`, random(100), at])
    const sums = new Map<Value, number>()
    const expected = rows.map(([k, n]) => {
      sums.set(k, (sums.get(k) ?? 0) + Number(n))
      return [k, sums.get(k)]
    })
    for (let seed = 1; seed <= 5; seed += 1) {
      const run = await runDisturbed(module, {
        config: { ...script.defaultConfig, code: COUNTING },
        inputs: { in: { schema: IN, rows } },
        outputs: { out: OUT },
        seed,
        kills: 4,
        fullAfter: 1,
      })
      expect(run.outputs['out']?.map(({ row }) => [row['k'], row['total']])).toEqual(expected)
    }
  })

  test('H18 a row that fails leaves nothing behind', async () => {
    const h = await start({
      code: `
export default (row, ctx) => {
  const before = ctx.state.get('x')
  ctx.state.set('x', row.n)
  ctx.state.delete('gone')
  ctx.timer(0, row.k)
  ctx.emit({ k: row.k, total: before ?? -1 })
  if (row.k === 'bad') throw new Error('after all that')
  if (row.k === 'wrong') return { k: 5 }
}
export function onTimer({ key }) {
  return { k: 'timer ' + key, total: 0 }
}`,
    })
    h.push('in', rowsOf(['a', 1, 0], ['bad', 2, 0], ['wrong', 3, 0], ['b', 4, 0]))
    h.endWindow({ window: 1 })
    expect(h.takeRows()).toEqual([
      { k: 'a', total: -1 },
      { k: 'b', total: 1 },
      { k: 'timer a', total: 0 },
      { k: 'timer b', total: 0 },
    ])
    expect(h.rowErrors.map(({ code }) => code)).toEqual(['SCRIPT_THREW', 'SCRIPT_OUTPUT'])
    expect(h.rowErrors[0]?.message).toBe('Line 8: after all that')
  })

  test('keys are told apart by their JSON, values are copies, what is not JSON is refused', async () => {
    const h = await start({
      code: `
const { state } = ctx
if (row.k === 'set') {
  const value = { list: [1] }
  state.set(1, 'number'); state.set('1', 'text'); state.set(['1', 2], value)
  value.list.push(2)
  state.get(['1', 2]).list.push(3)
} else if (row.k === 'delete') state.delete(1)
else if (row.k === 'bad') state.set('f', () => 1)
else if (row.k === 'key') state.get(undefined)
return { k: JSON.stringify([state.get(1) ?? null, state.get('1'), state.get(['1', 2])]), total: 0 }`,
    })
    h.push('in', rowsOf(['set', 1, 0], ['see', 1, 0], ['delete', 1, 0], ['bad', 1, 0], ['key', 1, 0]))
    expect(h.takeRows().map(({ k }) => k)).toEqual([
      '["number","text",{"list":[1]}]',
      '["number","text",{"list":[1]}]',
      '[null,"text",{"list":[1]}]',
    ])
    expect(h.rowErrors.map(({ code }) => code)).toEqual(['SCRIPT_STATE', 'SCRIPT_STATE'])
  })

  const TIMERS = `
export default (row, ctx) => {
  if (ctx.state.get(row.k) === undefined) ctx.timer(row.at + 100, row.k)
  ctx.state.set(row.k, (ctx.state.get(row.k) ?? 0) + 1)
}
export function onTimer({ at, key }, ctx) {
  const n = ctx.state.get(key)
  ctx.state.delete(key)
  return { k: key + '@' + at, total: n }
}`

  test('timers ring by event time, in order, once, whatever dies when', async () => {
    const random = randomOf(5)
    const rows: Value[][] = Array.from({ length: 400 }, (_, at) => [`k${random(15)}`, 1, at])
    const outputs = new Set<string>()
    for (let seed = 1; seed <= 4; seed += 1) {
      const run = await runDisturbed(module, {
        config: { ...script.defaultConfig, code: TIMERS },
        inputs: { in: { schema: IN, rows, eventTime: 'at' } },
        outputs: { out: OUT },
        seed,
        kills: 3,
        fullAfter: 1,
      })
      const rung = run.outputs['out'] ?? []
      expect(rung.reduce((sum, { row }) => sum + Number(row['total']), 0)).toBe(400)
      const times = rung.map(({ row }) => Number(String(row['k']).split('@')[1]))
      expect(times).toEqual([...times].sort((a, b) => a - b))
      outputs.add(JSON.stringify(rung.map(({ row }) => row['k']).slice(0, 15)))
    }
    expect(outputs.size).toBe(1)
  })

  test('a timer rings at the first window end that has reached it, by key among equals, and from a restored state', async () => {
    const h = await start({ code: TIMERS, eventTime: 'at' })
    h.push('in', rowsOf(['b', 1, 0], ['a', 1, 0], ['c', 1, 50]))
    h.endWindow({ window: 1, watermark: 99 })
    expect(h.takeRows()).toEqual([])
    const again = await start({ code: TIMERS, eventTime: 'at', state: h.snapshot() })
    again.endWindow({ window: 2, watermark: 100 })
    expect(again.takeRows().map(({ k }) => k)).toEqual(['a@100', 'b@100'])
    again.endWindow({ window: 3, watermark: Number.POSITIVE_INFINITY, last: true })
    expect(again.takeRows().map(({ k }) => k)).toEqual(['c@150'])
  })

  test('timers that set themselves again come once a window, and the end of the input ends', async () => {
    const code = `
export default (row, ctx) => { ctx.timer(0, 'again') }
export function onTimer({ key }, ctx) { ctx.timer(0, key); return { k: key, total: ctx.now() } }`
    const h = await start({ code })
    h.push('in', rowsOf(['a', 1, 0]))
    for (let window = 1; window <= 3; window += 1) h.endWindow({ window, last: window === 3 })
    const times = h.takeRows().map(({ total }) => Number(total))
    expect(times.map((time) => time - times[0])).toEqual([0, 500, 1000])
  })

  test('a timer without anything to call is an error that says so; one that throws leaves its row error', async () => {
    const none = await start({ code: 'ctx.timer(1)' })
    none.push('in', rowsOf(['a', 1, 0]))
    expect(none.rowErrors).toMatchObject([{ code: 'SCRIPT_TIMER', message: expect.stringMatching(/Line 1: .*onTimer/) as string }])
    const failing = await start({
      code: "export default (row, ctx) => { ctx.timer(1, { a: 1 }) }\nexport function onTimer(timer) {\n  throw new Error('no')\n}",
    })
    failing.push('in', rowsOf(['a', 1, 0]))
    failing.endWindow({ window: 1, last: true })
    expect(failing.rowErrors).toMatchObject([{ code: 'SCRIPT_THREW', message: 'Line 3: no', row: 'timer at 1, key {"a":1}' }])
  })

  test('H27 time and randomness are those of window and row: the same when they come again', async () => {
    const code = 'return { k: String(ctx.now()), total: ctx.random() + ctx.random() }'
    const h = await start({ code })
    h.push('in', rowsOf(['a', 1, 0], ['b', 1, 0]))
    h.endWindow({ window: 1 })
    const first = h.takeRows()
    const state = h.snapshot()
    h.push('in', rowsOf(['c', 1, 0], ['d', 1, 0]))
    const second = h.takeRows()
    const again = await start({ code, state })
    again.push('in', rowsOf(['c', 1, 0]))
    again.push('in', rowsOf(['d', 1, 0]))
    expect(again.takeRows()).toEqual(second)
    expect(Number(second[0]?.['k']) - Number(first[0]?.['k'])).toBe(500)
    const numbers = [...first, ...second].map(({ total }) => total)
    expect(new Set(numbers).size).toBe(4)
    for (const number of numbers) expect(number).toBeGreaterThan(0)
  })

  test('randomness is spread evenly', async () => {
    const h = await start({ code: 'return { k: row.k, total: ctx.random() }' })
    const buckets = Array.from({ length: 10 }, () => 0)
    for (let batch = 0; batch < 20; batch += 1) {
      h.push('in', rowsOf(...Array.from({ length: 500 }, (): Value[] => ['a', 1, 0])))
      for (const { total } of h.takeRows()) buckets[Math.floor(Number(total) * 10)] += 1
    }
    for (const count of buckets) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })

  test('state that has not been written for its time is forgotten, by event time', async () => {
    const code = 'const n = (ctx.state.get(row.k) ?? 0) + 1\nif (row.n !== 0) ctx.state.set(row.k, n)\nreturn { k: row.k, total: n }'
    const h = await start({ code, eventTime: 'at', config: { ttlMs: 1000 } })
    h.push('in', rowsOf(['early', 1, 0]))
    h.endWindow({ window: 1, watermark: 0 })
    h.push('in', rowsOf(['a', 1, 0], ['b', 1, 0]))
    h.endWindow({ window: 2, watermark: 999 })
    h.push('in', rowsOf(['early', 0, 999], ['a', 1, 999]))
    h.takeRows()
    h.endWindow({ window: 3, watermark: 1000 })
    const sizeBytes = h.store.sizeBytes
    h.endWindow({ window: 4, watermark: 1998 })
    h.push('in', rowsOf(['early', 0, 1998], ['a', 0, 1998], ['b', 0, 1998]))
    expect(h.takeRows().map(({ total }) => total)).toEqual([1, 3, 1])
    h.endWindow({ window: 5, watermark: 2000 })
    expect(h.store.sizeBytes).toBeLessThan(sizeBytes)
  })
})

test('§2 what a script gives for a row that is taken back is taken back', async () => {
  const h = await start({
    code: 'if (row.n > 1) return { k: row.k + ctx.op, total: row.n }',
    config: { changelogAware: true },
  })
  const { insert, updateBefore, updateAfter } = ROW_KIND
  h.push('in', {
    ...rowsOf(['a', 2, 0], ['a', 2, 0], ['a', 1, 0], ['b', 3, 0]),
    kinds: Uint8Array.of(insert, updateBefore, updateAfter, insert),
  })
  expect(h.takeChanges().map(({ kind, row }) => [kind, row['k']])).toEqual([
    [ROW_KIND.insert, 'a+I'],
    [ROW_KIND.delete, 'a-U'],
    [ROW_KIND.insert, 'b+I'],
  ])
})

test('typing: columns as declared or those of the input, event time by its name, changes only where they are known', () => {
  const edge = (kind: 'append' | 'changes'): EdgeType => ({ schema: IN, eventTime: 'at', changes: { kind, key: ['k'] } })
  const typed = (config: Partial<ScriptConfig>, kind: 'append' | 'changes' = 'append') =>
    script.typing({ config: { ...script.defaultConfig, ...config }, inputs: { in: edge(kind) } })
  expect(typed({})).toEqual({ outputs: { out: { schema: IN, eventTime: 'at', changes: { kind: 'append', key: null } } }, problems: [] })
  expect(typed({ columns: [{ name: 'total', type: 'float64', nullable: true }] }).outputs['out']).toMatchObject({ eventTime: null })
  expect(typed({ code: ' ' }).problems).toMatchObject([{ code: 'SCRIPT_EMPTY', configPath: '/code' }])
  expect(typed({ code: COUNTING }).problems).toMatchObject([{ severity: 'warning', configPath: '/ttlMs' }])
  expect(typed({ code: COUNTING, ttlMs: 0 }).problems).toEqual([])
  expect(typed({ keys: ['gone'] }).problems).toMatchObject([{ code: 'COLUMN_UNKNOWN', configPath: '/keys/0' }])
  expect(typed({}, 'changes')).toMatchObject({ outputs: {}, problems: [{ code: 'SCRIPT_CHANGES', port: 'in' }] })
  expect(typed({ changelogAware: true }, 'changes').outputs['out']?.changes).toEqual({ kind: 'changes', key: null })
})

test('`${…}` in the text is the script’s own and no parameter of the pipeline', () => {
  const code = 'return { k: `${total}`, total: `$${total}` }'
  const document: PipelineDocument = {
    format: 1,
    id: 'p',
    name: 'P',
    parameters: {},
    settings: { windowMs: 100, checkpointIntervalMs: 1000, memoryBytes: 67_108_864 },
    operators: [
      { id: 'rows', type: 'generator', typeVersion: 1, name: 'rows', config: { ...generator.defaultConfig } },
      { id: 'own', type: 'script', typeVersion: 1, name: 'own', config: { ...script.defaultConfig, code } },
      { id: 'end', type: 'null-sink', typeVersion: 1, name: 'end', config: {} },
    ],
    streams: [
      { id: 's1', from: { operator: 'rows', port: 'out' }, to: [{ operator: 'own', port: 'in' }] },
      { id: 's2', from: { operator: 'own', port: 'out' }, to: [{ operator: 'end', port: 'in' }] },
    ],
    layout: {},
  }
  expect(validate(document, manifests)).toEqual([])
  const resolved = resolveParameters(document, {})
  expect(resolved.ok && resolved.document.operators[1]?.config['code']).toBe(code)
  for (const { form } of Object.values(manifests))
    for (const { control, path } of form) if (control.kind === 'code') expect(path).toBe('/code')
})
