import { batchOf, ROW_KIND, type Schema, type Value } from '@belay/columns'
import { createOperatorHarness, runDisturbed } from '@belay/engine/testing'
import type { EdgeType } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { parse } from '../parse/manifest.ts'
import { module as parser } from '../parse/runtime.ts'
import { format, type FormatConfig } from './manifest.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [
  { name: 'id', type: 'int64', nullable: false },
  { name: 'name "x"', type: 'string', nullable: true },
  { name: 'at', type: 'timestamp', nullable: true },
  { name: 'price', type: 'decimal(9,3)', nullable: true },
  { name: 'data', type: 'json', nullable: true },
  { name: 'tags', type: 'array<string>', nullable: true },
  { name: 'ok', type: 'bool', nullable: true },
]
const EDGE: EdgeType = { schema: SCHEMA, eventTime: 'at', changes: { kind: 'changes', key: ['id'] } }
const ROWS: Value[][] = [
  [1, 'a;"b"\n,', 0, '4263.060', '{"a": 1}', ['x', null], true],
  ['9007199254740993', '', null, '10.000', null, [], null],
  [3, null, -1, null, 'null', null, false],
]

const typed = (config: Partial<FormatConfig>, edge = EDGE) =>
  format.typing({ config: { ...format.defaultConfig, ...config }, inputs: { in: edge } })
const start = (config: Partial<FormatConfig>) =>
  createOperatorHarness(module, {
    config: { ...format.defaultConfig, ...config },
    inputs: { in: { schema: SCHEMA } },
    outputs: { out: typed(config).outputs['out']?.schema ?? [] },
  })

test('JSON: every type, NULL, and names as they are', async () => {
  const h = await start({})
  h.push('in', batchOf(SCHEMA, ROWS))
  const texts = h.takeRows().map(({ text }) => String(text))
  expect(texts).toEqual([
    '{"id":1,"name \\"x\\"":"a;\\"b\\"\\n,","at":"1970-01-01T00:00:00.000Z","price":4263.06,"data":{"a": 1},"tags":["x",null],"ok":true}',
    '{"id":9007199254740993,"name \\"x\\"":"","at":null,"price":10,"data":null,"tags":[],"ok":null}',
    '{"id":3,"name \\"x\\"":null,"at":"1969-12-31T23:59:59.999Z","price":null,"data":null,"tags":null,"ok":false}',
  ])
})

test('CSV: chosen columns in their order, quoted by the delimiter', async () => {
  const h = await start({ format: 'csv', columns: ['name "x"', 'id', 'tags'], delimiter: ';' })
  h.push('in', batchOf(SCHEMA, ROWS))
  expect(h.takeRows().map(({ text }) => text)).toEqual(['"a;""b""\n,";1;"[""x"",null]"', '"";9007199254740993;[]', ';3;'])
})

test.each(['json', 'csv'] as const)('%s is read back by parse as it was', async (name) => {
  const declared = SCHEMA.map((field) => ({ ...field, name: field.name === 'name "x"' ? 'name' : field.name, nullable: true }))
  const h = await createOperatorHarness(module, {
    config: { ...format.defaultConfig, format: name },
    inputs: { in: { schema: declared } },
    outputs: { out: [{ name: 'text', type: 'string', nullable: false }] },
  })
  const rows = ROWS.map(([id, ...rest]) => [id === '9007199254740993' ? 9_007_199_254_740_991 : id, ...rest])
  h.push('in', batchOf(declared, rows))
  const back = await createOperatorHarness(parser, {
    config: { ...parse.defaultConfig, format: name, column: 'text', columns: declared },
    inputs: { in: { schema: [{ name: 'text', type: 'string', nullable: false }] } },
    outputs: { out: declared },
  })
  for (const batch of h.takeBatches()) back.push('in', batch)
  expect(back.rowErrors).toEqual([])
  // The layout of json, and its own null, are not kept.
  const plain = (row: readonly Value[]): Value[] =>
    row.map((value, column) =>
      column === 4 ? (value === 'null' || value === null ? null : JSON.stringify(JSON.parse(String(value)))) : value,
    )
  expect(back.takeRows().map((row) => plain(declared.map((field) => row[field.name])))).toEqual(rows.map(plain))
})

test('kept columns go on, with kinds, key and event time', async () => {
  expect(typed({ keep: true }).outputs['out']).toEqual({ ...EDGE, schema: [...SCHEMA, { name: 'text', type: 'string', nullable: false }] })
  expect(typed({}).outputs['out']).toMatchObject({ eventTime: null, changes: { kind: 'changes', key: null } })
  expect(typed({ as: 'id', keep: true }).problems).toMatchObject([{ code: 'COLUMN_TWICE', configPath: '/as' }])
  expect(typed({ columns: ['id', 'pric'] }).problems).toMatchObject([{ code: 'COLUMN_UNKNOWN', configPath: '/columns/1' }])
  const h = await start({ keep: true, columns: ['id'] })
  h.push('in', { ...batchOf(SCHEMA, ROWS.slice(0, 2)), kinds: Uint8Array.of(ROW_KIND.delete, ROW_KIND.insert) })
  expect(h.takeChanges().map(({ kind, row }) => [kind, row['id'], row['text']])).toEqual([
    [ROW_KIND.delete, 1, '{"id":1}'],
    [ROW_KIND.insert, '9007199254740993', '{"id":9007199254740993}'],
  ])
})

test('whatever dies when, each row is written once', async () => {
  const rows: Value[][] = Array.from({ length: 800 }, (_, id) => [id, `n${id}`, id, null, null, null, null])
  const run = await runDisturbed(module, {
    config: { ...format.defaultConfig, format: 'csv', columns: ['id'] },
    inputs: { in: { schema: SCHEMA, rows } },
    outputs: { out: typed({}).outputs['out']?.schema ?? [] },
    seed: 4,
    kills: 4,
    fullAfter: 1,
  })
  expect(run.outputs['out']?.map(({ row }) => row['text'])).toEqual(rows.map(([id]) => String(id)))
})
