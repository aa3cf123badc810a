import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { batchOf, type Schema, type Value } from '@belay/columns'
import { createOperatorHarness, randomOf, runDisturbed } from '@belay/engine/testing'
import type { EdgeType } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { lookupJoin, type LookupJoinConfig } from './manifest.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [
  { name: 'origin', type: 'string', nullable: true },
  { name: 'gate', type: 'int64', nullable: true },
]
const EDGE: EdgeType = { schema: SCHEMA, eventTime: null, changes: { kind: 'append', key: null } }
const CONFIG: LookupJoinConfig = {
  file: 'data:airports.csv',
  format: 'csv',
  fileColumns: [
    { name: 'iata', type: 'string', nullable: true },
    { name: 'gate', type: 'int64', nullable: true },
    { name: 'city', type: 'string', nullable: true },
  ],
  on: [{ input: 'origin', file: 'iata' }],
  add: [
    { column: 'city', name: 'city' },
    { column: 'gate', name: 'best gate' },
  ],
  onMiss: 'keep',
}
const FILE = '\uFEFFcity,iata,gate\r\nChicago,ORD,1\r\n"New York, NY",JFK,\r\nZürich,ZRH,7\r\nTwice,ORD,2\r\nNowhere,,3'

function folderWith(text: string | Buffer, name = 'airports.csv'): string {
  const at = mkdtempSync(join(tmpdir(), 'belay-lookup-'))
  writeFileSync(join(at, name), text)
  return at
}

function options(config: LookupJoinConfig, at: string) {
  return {
    config,
    inputs: { in: { schema: SCHEMA } },
    outputs: { out: lookupJoin.typing({ config, inputs: { in: EDGE } }).outputs['out']?.schema ?? [] },
    files: { data: at },
  }
}

test('columns of the first matching line; a miss and a NULL key have none and are counted', async () => {
  const h = await createOperatorHarness(module, options(CONFIG, folderWith(FILE)))
  h.push(
    'in',
    batchOf(SCHEMA, [
      ['ORD', 1],
      ['XXX', 1],
      [null, 1],
      ['JFK', 1],
      ['ZRH', null],
    ]),
  )
  expect(h.takeRows()).toEqual([
    { origin: 'ORD', gate: 1, city: 'Chicago', 'best gate': 1 },
    { origin: 'XXX', gate: 1, city: null, 'best gate': null },
    { origin: null, gate: 1, city: null, 'best gate': null },
    { origin: 'JFK', gate: 1, city: 'New York, NY', 'best gate': null },
    { origin: 'ZRH', gate: null, city: 'Zürich', 'best gate': 7 },
  ])
  expect(h.counts.get('misses')).toBe(2)
  expect(h.counts.get('lines with a key seen before')).toBe(1)
})

test('several keys, and rows without a match dropped', async () => {
  const config: LookupJoinConfig = { ...CONFIG, on: [...CONFIG.on, { input: 'gate', file: 'gate' }], onMiss: 'drop' }
  const h = await createOperatorHarness(module, options(config, folderWith(FILE)))
  h.push(
    'in',
    batchOf(SCHEMA, [
      ['ORD', 2],
      ['ORD', 3],
      ['ORD', 1],
      ['JFK', null],
    ]),
  )
  expect(h.takeRows().map(({ city }) => city)).toEqual(['Twice', 'Chicago'])
})

test('JSON lines', async () => {
  const at = folderWith('{"iata":"ORD","gate":5,"city":"Chicago"}\n\n{"city":"x","iata":"JFK"}\n', 'a.jsonl')
  const h = await createOperatorHarness(module, options({ ...CONFIG, file: 'data:a.jsonl', format: 'json-lines' }, at))
  h.push(
    'in',
    batchOf(SCHEMA, [
      ['ORD', 1],
      ['JFK', 1],
    ]),
  )
  expect(h.takeRows().map((row) => row['best gate'])).toEqual([5, null])
})

test('whatever dies when, each row is joined once and in order', async () => {
  const at = folderWith(FILE)
  const random = randomOf(1)
  const rows: Value[][] = Array.from({ length: 1500 }, (_, n) => [['ORD', 'JFK', 'XXX', null][random(4)] ?? null, n])
  for (const onMiss of ['keep', 'drop'] as const) {
    const config = { ...CONFIG, onMiss }
    const run = await runDisturbed(module, {
      ...options(config, at),
      inputs: { in: { schema: SCHEMA, rows } },
      seed: 5,
      kills: 5,
      fullAfter: 1,
    })
    const kept = rows.filter(([origin]) => onMiss === 'keep' || origin === 'ORD' || origin === 'JFK')
    expect(run.outputs['out']?.map(({ row }) => [row['origin'], row['gate']])).toEqual(kept)
  }
})

test('bad input: no file, no column, a value that is wrong, bytes that are not text', async () => {
  const start = (text: string | Buffer, config: Partial<LookupJoinConfig> = {}) =>
    createOperatorHarness(module, options({ ...CONFIG, ...config }, folderWith(text)))
  await expect(start(FILE, { file: 'data:none.csv' })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  await expect(start('iata,city\n')).rejects.toMatchObject({
    code: 'COLUMN_MISSING',
    message: expect.stringMatching(/It has: iata, city/) as string,
  })
  await expect(start('iata,gate,city\nORD,one,x\n')).rejects.toMatchObject({
    code: 'LINE_INVALID',
    message: expect.stringMatching(/^Line 2/) as string,
  })
  await expect(start('')).rejects.toMatchObject({ code: 'FILE_EMPTY' })
  await expect(start(Buffer.of(0xff, 0xfe, 10))).rejects.toMatchObject({ code: 'FILE_NOT_TEXT' })
})

test('typing: unknown columns, keys of different types, names taken', () => {
  const codes = (config: Partial<LookupJoinConfig>): string[] =>
    lookupJoin.typing({ config: { ...CONFIG, ...config }, inputs: { in: EDGE } }).problems.map(({ code }) => code)
  expect(codes({})).toEqual([])
  expect(codes({ on: [{ input: 'orign', file: 'iatta' }] })).toEqual(['COLUMN_UNKNOWN', 'COLUMN_UNKNOWN'])
  expect(codes({ on: [{ input: 'origin', file: 'gate' }] })).toEqual(['KEY_TYPES'])
  expect(codes({ add: [{ column: 'city', name: 'gate' }] })).toEqual(['COLUMN_TWICE'])
  expect(codes({ fileColumns: [], on: [], add: [] })).toEqual(['SOURCE_SCHEMA_UNKNOWN'])
})
