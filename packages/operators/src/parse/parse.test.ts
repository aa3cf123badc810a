import { batchOf, ROW_KIND, type Schema, type Value } from '@belay/columns'
import { createOperatorHarness, randomOf, runDisturbed } from '@belay/engine/testing'
import type { EdgeType } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { parse, type ParseConfig } from './manifest.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [
  { name: 'id', type: 'int64', nullable: false },
  { name: 'line', type: 'string', nullable: true },
  { name: 'time', type: 'timestamp', nullable: false },
]
const EDGE: EdgeType = { schema: SCHEMA, eventTime: 'time', changes: { kind: 'append', key: ['id'] } }
const COLUMNS: ParseConfig['columns'] = [
  { name: 'user', type: 'string', nullable: false },
  { name: 'ms', type: 'int64', nullable: true },
]

const configOf = (config: Partial<ParseConfig>): ParseConfig => ({ ...parse.defaultConfig, column: 'line', columns: COLUMNS, ...config })
const typed = (config: Partial<ParseConfig>) => parse.typing({ config: configOf(config), inputs: { in: EDGE } })
const start = (config: Partial<ParseConfig>, input = SCHEMA) =>
  createOperatorHarness(module, {
    config: configOf(config),
    inputs: { in: { schema: input } },
    outputs: { out: parse.typing({ config: configOf(config), inputs: { in: { ...EDGE, schema: input } } }).outputs['out']?.schema ?? [] },
  })
const rows = (...lines: (string | null)[]) =>
  batchOf(
    SCHEMA,
    lines.map((line, i) => [i, line, i * 10]),
  )

test('JSON: columns by name; usual, unusual and bad lines', async () => {
  const h = await start({})
  h.push(
    'in',
    rows(
      '{"user":"a","ms":5}',
      '{ "x": [1], "ms": null, "user": "grü\\u00dfe" }\r\n',
      '{"user":"b"}',
      '{"user":1}',
      '{"ms":1}',
      '[]',
      '',
      '{',
    ),
  )
  expect(h.takeRows()).toEqual([
    { id: 0, time: 0, user: 'a', ms: 5 },
    { id: 1, time: 10, user: 'grüße', ms: null },
    { id: 2, time: 20, user: 'b', ms: null },
  ])
  expect(h.rowErrors.map(({ code, row }) => [code, (row as { id: number }).id])).toEqual([
    ['FIELD_INVALID', 3],
    ['FIELD_MISSING', 4],
    ['LINE_INVALID', 5],
    ['LINE_INVALID', 6],
    ['LINE_INVALID', 7],
  ])
  expect(h.rowErrors[0]?.message).toBe('The text in line cannot be read: user is not string: 1.')
})

test('CSV: columns by place, quoted or not, with any delimiter', async () => {
  const h = await start({ format: 'csv', delimiter: ';', keep: 'none' })
  h.push('in', rows('a;5', '"b;""c""";\n', ';7', 'd;x', '"e', '"";1'))
  expect(h.takeRows()).toEqual([
    { user: 'a', ms: 5 },
    { user: 'b;"c"', ms: null },
    { user: '', ms: 7 },
    { user: '', ms: 1 },
  ])
  expect(h.rowErrors.map(({ code }) => code)).toEqual(['FIELD_INVALID', 'LINE_INVALID'])
})

test('pattern: named groups, wherever it matches; a group that took no part is NULL', async () => {
  const h = await start({ format: 'regex', pattern: 'user=(?<user>\\S+)(?: took (?<ms>\\S+)ms)?', keep: 'all' })
  h.push('in', rows('GET user=zoë took 15ms', 'user=b', 'nobody', 'user=c took longms'))
  expect(h.takeRows()).toEqual([
    { id: 0, line: 'GET user=zoë took 15ms', time: 0, user: 'zoë', ms: 15 },
    { id: 1, line: 'user=b', time: 10, user: 'b', ms: null },
  ])
  expect(h.rowErrors.map(({ code, message }) => [code, message])).toEqual([
    ['LINE_INVALID', 'The text in line cannot be read: the pattern does not match.'],
    ['FIELD_INVALID', 'The text in line cannot be read: ms is not int64: long.'],
  ])
})

test('a NULL text is NULL in every column, or an error where one may not be', async () => {
  const strict = await start({})
  strict.push('in', rows(null))
  expect(strict.rowErrors).toMatchObject([{ code: 'FIELD_MISSING' }])
  const lax = await start({ columns: COLUMNS.map((column) => ({ ...column, nullable: true })) })
  lax.push('in', rows(null, '{"user":"a"}'))
  expect(lax.takeRows()).toMatchObject([{ user: null, ms: null }, { user: 'a' }])
})

test('kinds stay with their rows', async () => {
  const h = await start({})
  h.push('in', { ...rows('{"user":"a"}', 'bad', '{"user":"b"}'), kinds: Uint8Array.of(ROW_KIND.insert, ROW_KIND.insert, ROW_KIND.delete) })
  expect(h.takeChanges().map(({ kind, row }) => [kind, row['user']])).toEqual([
    [ROW_KIND.insert, 'a'],
    [ROW_KIND.delete, 'b'],
  ])
})

test('whatever dies when, each row is read once', async () => {
  const random = randomOf(1)
  const input: Value[][] = Array.from({ length: 1500 }, (_, id) => [
    id,
    random(5) === 0 ? 'x' : JSON.stringify({ user: `u${id}`, ms: id }),
    id,
  ])
  const outputs = { out: typed({}).outputs['out']?.schema ?? [] }
  const run = await runDisturbed(module, {
    config: configOf({}),
    inputs: { in: { schema: SCHEMA, rows: input } },
    outputs,
    seed: 2,
    kills: 4,
    batchRows: 300,
    fullAfter: 1,
  })
  expect(run.outputs['out']?.map(({ row }) => row['id'])).toEqual(input.filter(([, line]) => line !== 'x').map(([id]) => id))
})

test('typing: kept columns keep key and event time; what is wrong is placed', () => {
  expect(typed({}).outputs['out']).toMatchObject({ eventTime: 'time', changes: { kind: 'append', key: ['id'] } })
  expect(typed({ keep: 'none' }).outputs['out']).toEqual({ schema: COLUMNS, eventTime: null, changes: { kind: 'append', key: null } })
  expect(typed({ column: 'lin' }).problems).toMatchObject([{ code: 'COLUMN_UNKNOWN', configPath: '/column', fixes: [{ value: 'line' }] }])
  expect(typed({ column: 'id', keep: 'all' }).problems).toMatchObject([{ code: 'COLUMN_TYPE' }])
  expect(typed({ columns: [{ name: 'id', type: 'int64', nullable: true }] }).problems).toMatchObject([
    { code: 'COLUMN_TWICE', configPath: '/columns/0/name' },
  ])
  expect(typed({ format: 'regex', pattern: '(?<user>a' }).problems).toMatchObject([{ code: 'BAD_REGEX', configPath: '/pattern' }])
  expect(typed({ format: 'regex', pattern: '(?<user>a)' }).problems).toMatchObject([
    { code: 'PATTERN_GROUP_MISSING', configPath: '/columns/1/name' },
  ])
  expect(typed({ format: 'regex', pattern: '(?<user>a)', columns: [] }).problems).toMatchObject([
    { code: 'PARSE_COLUMNS_MISSING', fixes: [{ value: [{ name: 'user', type: 'string', nullable: true }] }] },
  ])
})
