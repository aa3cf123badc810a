import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Value } from '@belay/columns'
import { createOperatorHarness, type OperatorHarness } from '@belay/engine/testing'
import type { SchemaElement } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { expect, test } from 'vitest'
import { inspectFile } from '../inspect/inspectFile.ts'
import { parquetSource, type ParquetSourceConfig } from './manifest.ts'
import { module } from './runtime.ts'

const data = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '..', 'data')
const columns: ParquetSourceConfig['columns'] = [
  { name: 'date', type: 'timestamp', nullable: false },
  { name: 'delay', type: 'int64', nullable: false },
  { name: 'origin', type: 'string', nullable: false },
]

function harness(config: Partial<ParquetSourceConfig> = {}, state?: Uint8Array, files = data): Promise<OperatorHarness> {
  return createOperatorHarness(module, {
    config: { ...parquetSource.defaultConfig, file: 'demo:flights-3m.parquet', columns, eventTime: 'date', ...config },
    inputs: {},
    outputs: { out: columns },
    files: { demo: { path: files, writable: false } },
    ...(state === undefined ? {} : { state }),
  })
}

/** Reads until so many rows have come; decoding happens in between, off the read. */
async function rowsOf(h: OperatorHarness, rows: number): Promise<string[]> {
  const seen: string[] = []
  while (seen.length < rows) {
    if (h.read() === 'idle') {
      const wakes = h.wakes.length
      while (h.wakes.length === wakes) await new Promise((resolve) => setImmediate(resolve))
    }
    seen.push(...h.takeRows().map((row) => JSON.stringify(row)))
  }
  return seen
}

test('H9 a restore goes on with the very next row, across row groups', async () => {
  const whole = await rowsOf(await harness(), 150_000)
  expect(JSON.parse(whole[0] ?? '')).toEqual({
    date: 978_307_260_000,
    delay: expect.any(Number) as number,
    origin: expect.any(String) as string,
  })
  const first = await harness()
  const before = await rowsOf(first, 120_000)
  const second = await harness({}, first.snapshot())
  expect(second.watermark()).toBe(first.watermark())
  const after = await rowsOf(second, 150_000 - before.length)
  expect([...before, ...after].slice(0, 150_000)).toEqual(whole.slice(0, 150_000))
})

test('the columns are found by inspection', async () => {
  const found = await inspectFile(join(data, 'flights-3m.parquet'), { file: 'demo:flights-3m.parquet' })
  expect(found).toMatchObject({ format: 'parquet', rows: 3_000_000, eventTime: 'date', operatorType: 'parquet-source' })
})

test('bad input: not there, not Parquet, cut off, a column missing', async () => {
  await expect(harness({ file: 'demo:none.parquet' })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  await expect(harness({ file: 'demo:airports.csv' })).rejects.toMatchObject({ code: 'FILE_NOT_PARQUET' })
  const at = mkdtempSync(join(tmpdir(), 'belay-parquet-'))
  copyFileSync(join(data, 'airports.csv'), join(at, 'a.parquet'))
  writeFileSync(join(at, 'b.parquet'), '')
  await expect(harness({ file: 'demo:a.parquet' }, undefined, at)).rejects.toMatchObject({ code: 'FILE_NOT_PARQUET' })
  await expect(harness({ file: 'demo:b.parquet' }, undefined, at)).rejects.toMatchObject({ code: 'FILE_NOT_PARQUET' })
  await expect(harness({ columns: [{ name: 'gate', type: 'string', nullable: true }] })).rejects.toMatchObject({
    code: 'COLUMN_MISSING',
    message: expect.stringMatching(/It has: .*origin/) as string,
  })
})

const required = 'REQUIRED'
const optional = 'OPTIONAL'

/** A file with a column of every kind; returns its folder. */
function everyKind(): string {
  const at = mkdtempSync(join(tmpdir(), 'belay-parquet-'))
  const schema: SchemaElement[] = [
    { name: 'root', num_children: 10 },
    { name: 'flag', type: 'BOOLEAN', repetition_type: optional },
    { name: 'big', type: 'INT64', repetition_type: optional },
    { name: 'real', type: 'DOUBLE', repetition_type: optional },
    { name: 'text', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: optional },
    { name: 'doc', type: 'BYTE_ARRAY', converted_type: 'JSON', repetition_type: optional },
    { name: 'at', type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' }, repetition_type: optional },
    { name: 'day', type: 'INT32', converted_type: 'DATE', repetition_type: optional },
    { name: 'price', type: 'INT64', converted_type: 'DECIMAL', precision: 18, scale: 3, repetition_type: optional },
    { name: 'rate', type: 'BYTE_ARRAY', converted_type: 'DECIMAL', precision: 9, scale: 2, repetition_type: optional },
    { name: 'tags', repetition_type: optional, converted_type: 'LIST', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', type: 'INT64', repetition_type: optional },
  ]
  const columnData = [
    { name: 'flag', data: [true, null] },
    { name: 'big', data: [2n ** 60n, null] },
    { name: 'real', data: [0.5, null] },
    { name: 'text', data: ['größer', null] },
    { name: 'doc', data: [{ a: [1, 2] }, null] },
    { name: 'at', data: [-1n, null] },
    { name: 'day', data: [-1, null] },
    { name: 'price', data: [123_456_789_012_345_678n, null] },
    { name: 'rate', data: [-12_345n, null] },
    { name: 'tags', data: [[1n, null, 2n ** 60n], null] },
  ]
  writeFileSync(join(at, 'a.parquet'), Buffer.from(parquetWriteBuffer({ schema, columnData })))
  return at
}

async function allRows(h: OperatorHarness): Promise<Record<string, Value>[]> {
  for (;;) {
    const told = h.read()
    if (told === 'ended') return h.takeRows()
    if (told === 'progress') continue
    const wakes = h.wakes.length
    while (h.wakes.length === wakes) await new Promise((resolve) => setImmediate(resolve))
  }
}

test('every kind of column, with NULLs, as inspection proposes it', async () => {
  const at = everyKind()
  const found = await inspectFile(join(at, 'a.parquet'), { file: 'demo:a.parquet' })
  expect(found.columns.map(({ name, type }) => [name, type])).toEqual([
    ['flag', 'bool'],
    ['big', 'int64'],
    ['real', 'float64'],
    ['text', 'string'],
    ['doc', 'json'],
    ['at', 'timestamp'],
    ['day', 'date'],
    ['price', 'decimal(18,3)'],
    ['rate', 'decimal(9,2)'],
    ['tags', 'array<int64>'],
  ])
  const h = await createOperatorHarness(module, {
    config: { ...parquetSource.defaultConfig, ...(found.config as Partial<ParquetSourceConfig>) },
    inputs: {},
    outputs: { out: found.columns },
    files: { demo: { path: at, writable: false } },
  })
  const nothing = Object.fromEntries(found.columns.map(({ name }) => [name, null]))
  expect(await allRows(h)).toEqual([
    {
      flag: true,
      big: '1152921504606846976',
      real: 0.5,
      text: 'größer',
      doc: '{"a":[1,2]}',
      at: -1,
      day: '1969-12-31',
      price: '123456789012345.678',
      rate: '-123.45',
      tags: [1, null, '1152921504606846976'],
    },
    nothing,
  ])
  expect(h.rowErrors).toEqual([])
})

test('columns can be declared as another type that holds their values, and no other', async () => {
  const at = everyKind()
  const declared = (name: string, type: ParquetSourceConfig['columns'][number]['type']): Promise<OperatorHarness> => {
    const of: ParquetSourceConfig['columns'] = [{ name, type, nullable: true }]
    return createOperatorHarness(module, {
      config: { ...parquetSource.defaultConfig, file: 'demo:a.parquet', columns: of },
      inputs: {},
      outputs: { out: of },
      files: { demo: { path: at, writable: false } },
    })
  }
  expect(await allRows(await declared('day', 'timestamp'))).toEqual([{ day: -86_400_000 }, { day: null }])
  expect(await allRows(await declared('rate', 'float64'))).toEqual([{ rate: -123.45 }, { rate: null }])
  expect(await allRows(await declared('doc', 'string'))).toEqual([{ doc: '{"a":[1,2]}' }, { doc: null }])
  expect(await allRows(await declared('tags', 'json'))).toEqual([{ tags: '[1,null,"1152921504606846976"]' }, { tags: null }])
  await expect(declared('text', 'int64')).rejects.toMatchObject({
    code: 'COLUMN_TYPE',
    message: 'text of demo:a.parquet cannot be read as int64. Declare it as string or json, or read the columns again in the designer.',
  })
  await expect(declared('price', 'decimal(18,2)')).rejects.toMatchObject({ code: 'COLUMN_TYPE' })
  // What does not fit the declared digits is a row error, not a NULL.
  const narrow = await declared('price', 'decimal(5,3)')
  expect(await allRows(narrow)).toEqual([{ price: null }])
  expect(narrow.rowErrors).toMatchObject([{ code: 'FIELD_INVALID', message: 'row 1: price is not decimal(5,3): 123456789012345.678' }])
})

test('bad input: a row with a missing or broken value is told and left out, the others come', async () => {
  const at = mkdtempSync(join(tmpdir(), 'belay-parquet-'))
  const schema: SchemaElement[] = [
    { name: 'root', num_children: 2 },
    { name: 'id', type: 'INT64', repetition_type: optional },
    { name: 'text', type: 'BYTE_ARRAY', repetition_type: required },
  ]
  const text = ['a', 'b', 'c', 'd'].map((letter) => Buffer.from(letter))
  text[2] = Buffer.from([0xff])
  writeFileSync(
    join(at, 'a.parquet'),
    Buffer.from(
      parquetWriteBuffer({
        schema,
        columnData: [
          { name: 'id', data: [1n, null, 3n, 4n] },
          { name: 'text', data: text },
        ],
      }),
    ),
  )
  const of: ParquetSourceConfig['columns'] = [
    { name: 'id', type: 'int64', nullable: false },
    { name: 'text', type: 'string', nullable: false },
  ]
  const h = await createOperatorHarness(module, {
    config: { ...parquetSource.defaultConfig, file: 'demo:a.parquet', columns: of },
    inputs: {},
    outputs: { out: of },
    files: { demo: { path: at, writable: false } },
  })
  expect(await allRows(h)).toEqual([
    { id: 1, text: 'a' },
    { id: 4, text: 'd' },
  ])
  expect(h.rowErrors.map(({ code, message }) => [code, message])).toEqual([
    ['FIELD_MISSING', 'row 2: id is missing'],
    ['FIELD_INVALID', 'row 3: text is not UTF-8'],
  ])
  // H9: another file under the name is told, not read from the middle.
  const state = h.snapshot()
  writeFileSync(
    join(at, 'a.parquet'),
    Buffer.from(
      parquetWriteBuffer({
        schema,
        columnData: [
          { name: 'id', data: [1n] },
          { name: 'text', data: [Buffer.from('a')] },
        ],
      }),
    ),
  )
  await expect(
    createOperatorHarness(module, {
      config: { ...parquetSource.defaultConfig, file: 'demo:a.parquet', columns: of },
      inputs: {},
      outputs: { out: of },
      files: { demo: { path: at, writable: false } },
      state,
    }),
  ).rejects.toMatchObject({ code: 'FILE_CHANGED' })
})
