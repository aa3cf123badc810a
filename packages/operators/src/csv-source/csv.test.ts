import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOperatorHarness, runDisturbed } from '@belay/engine/testing'
import { expect, test } from 'vitest'
import { csvSource, type CsvSourceConfig } from './manifest.ts'
import { module } from './runtime.ts'

const columns: CsvSourceConfig['columns'] = [
  { name: 'name', type: 'string', nullable: true },
  { name: 'n', type: 'float64', nullable: false },
  { name: 't', type: 'timestamp', nullable: true },
]

function harness(text: string, config: Partial<CsvSourceConfig> = {}, state?: Uint8Array) {
  const files = mkdtempSync(join(tmpdir(), 'belay-csv-'))
  writeFileSync(join(files, 'a.csv'), text)
  return createOperatorHarness(module, {
    config: { ...csvSource.defaultConfig, file: 'data:a.csv', columns, eventTime: 't', ...config },
    inputs: {},
    outputs: { out: columns },
    files: { data: files },
    ...(state === undefined ? {} : { state }),
  })
}

test('quotes, line breaks in them, BOM, CRLF, columns by name', async () => {
  const h = await harness('\uFEFFn,t,name\r\n-1.5,2001-01-31 13:45,"a ""b"",\nc"\r\n\r\n2,,Zoë\r\n3,,5" pipe\n4,,""')
  expect(h.read()).toBe('ended')
  expect(h.takeRows()).toEqual([
    { name: 'a "b",\nc', n: -1.5, t: 980_948_700_000 },
    { name: 'Zoë', n: 2, t: null },
    { name: '5" pipe', n: 3, t: null },
    { name: '', n: 4, t: null },
  ])
  expect(h.watermark()).toBe(980_948_700_000)
})

test('H18 bad lines are reported with their number in the file', async () => {
  const h = await harness('name,n,t\n"x\ny",1,\nb,zwei,\nc\nd,4,"2001-01-01"x\ne,5,')
  h.read()
  expect(h.takeRows().map(({ n }) => n)).toEqual([1, 5])
  expect(h.rowErrors.map(({ code, message }) => [code, message.split(':')[0]])).toEqual([
    ['FIELD_INVALID', 'line 4'],
    ['FIELD_MISSING', 'line 5'],
    ['LINE_INVALID', 'line 6'],
  ])
})

test('H9 a restore goes on with the very next row, past the header', async () => {
  const text = `n,name\n${Array.from({ length: 30_000 }, (_, n) => `${n},"row ${n}\n"`).join('\n')}\n`
  const some = { columns: columns.slice(0, 2), eventTime: null }
  let h = await harness(text, some)
  const seen: unknown[] = []
  for (;;) {
    const answer = h.read()
    seen.push(...h.takeBatches().flatMap((batch) => (batch.columns[1]?.storage === 'number' ? [...batch.columns[1].values] : [])))
    if (answer === 'ended') break
    h = await harness(text, some, h.snapshot())
  }
  expect(seen).toEqual(Array.from({ length: 30_000 }, (_, n) => n))
})

test('a missing column is named', async () => {
  await expect(harness('name,t\n')).rejects.toMatchObject({ code: 'COLUMN_MISSING' })
})

test('typing asks for the columns', () => {
  expect(csvSource.typing({ config: { ...csvSource.defaultConfig, file: 'data:a.csv' }, inputs: {} }).problems[0]).toMatchObject({
    code: 'SOURCE_SCHEMA_UNKNOWN',
    fixes: [{ kind: 'read-columns' }],
  })
})

test('H9 whatever dies when, each row comes once and in order', async () => {
  const at = mkdtempSync(join(tmpdir(), 'belay-csv-'))
  writeFileSync(join(at, 'a.csv'), `n;name\r\n${Array.from({ length: 5000 }, (_, n) => `${n};"a;""b\r\n${n}"`).join('\r\n')}`)
  const some: CsvSourceConfig['columns'] = [
    columns[1] as CsvSourceConfig['columns'][number],
    { name: 'name', type: 'string', nullable: false },
  ]
  for (let seed = 1; seed <= 5; seed += 1) {
    const run = await runDisturbed(module, {
      config: { ...csvSource.defaultConfig, file: 'data:a.csv', columns: some, delimiter: ';' },
      inputs: {},
      outputs: { out: some },
      files: { data: at },
      seed,
      kills: 4,
    })
    expect(run.outputs['out']?.map(({ row }) => row)).toEqual(Array.from({ length: 5000 }, (_, n) => ({ n, name: `a;"b\r\n${n}` })))
  }
})

test('bad input: an empty file, a line longer than a chunk, more fields than the header, bytes that are not UTF-8', async () => {
  const empty = await harness('')
  expect(empty.read()).toBe('ended')
  expect(empty.takeRows()).toEqual([])
  const long = await harness(`name,n,t\n"${'x'.repeat(2_000_000)}",1,\nb,2,\n`)
  while (long.read() !== 'ended') continue
  expect(long.takeRows().map(({ name, n }) => [String(name).length, n])).toEqual([
    [2_000_000, 1],
    [1, 2],
  ])
  const wide = await harness('name,n,t\na,1,,x\nb,2,\n')
  wide.read()
  expect(wide.takeRows().map(({ n }) => n)).toEqual([2])
  expect(wide.rowErrors).toMatchObject([{ code: 'LINE_INVALID', message: expect.stringMatching(/^line 2: it has 4 fields/) as string }])
  const at = mkdtempSync(join(tmpdir(), 'belay-csv-'))
  writeFileSync(join(at, 'a.csv'), Buffer.concat([Buffer.from('name,n,t\n'), Buffer.of(0xff, 0xfe), Buffer.from(',1,\nü,2,\n')]))
  const bytes = await createOperatorHarness(module, {
    config: { ...csvSource.defaultConfig, file: 'data:a.csv', columns },
    inputs: {},
    outputs: { out: columns },
    files: { data: at },
  })
  bytes.read()
  expect(bytes.takeRows().map(({ name }) => name)).toEqual(['ü'])
  expect(bytes.rowErrors).toMatchObject([{ code: 'LINE_INVALID', message: 'line 2: it is not UTF-8' }])
})

test('following waits until the first line is complete, then for quoted fields to close', async () => {
  const at = mkdtempSync(join(tmpdir(), 'belay-csv-'))
  const path = join(at, 'a.csv')
  writeFileSync(path, 'name,')
  const h = await createOperatorHarness(module, {
    config: { ...csvSource.defaultConfig, file: 'data:a.csv', columns, follow: true },
    inputs: {},
    outputs: { out: columns },
    files: { data: at },
  })
  expect(h.read()).toBe('idle')
  appendFileSync(path, 'n,t\n"a\n')
  expect(h.read()).toBe('idle')
  expect(h.takeRows()).toEqual([])
  appendFileSync(path, 'b",7,\n')
  h.read()
  expect(h.takeRows()).toEqual([{ name: 'a\nb', n: 7, t: null }])
})

test('every type', async () => {
  const typed: CsvSourceConfig['columns'] = [
    { name: 'i', type: 'int64', nullable: false },
    { name: 'd', type: 'decimal(10,2)', nullable: false },
    { name: 'day', type: 'date', nullable: false },
    { name: 'j', type: 'json', nullable: false },
    { name: 'b', type: 'bool', nullable: false },
    { name: 'a', type: 'array<int64>', nullable: true },
  ]
  const at = mkdtempSync(join(tmpdir(), 'belay-csv-'))
  writeFileSync(
    join(at, 'a.csv'),
    'i,d,day,j,b,a\n9223372036854775807,12.345,2001-01-31,"{""x"":1}",TRUE,"[1,null]"\n1,x,2001-01-31,1,0,\n',
  )
  const h = await createOperatorHarness(module, {
    config: { ...csvSource.defaultConfig, file: 'data:a.csv', columns: typed },
    inputs: {},
    outputs: { out: typed },
    files: { data: at },
  })
  h.read()
  expect(h.takeRows()).toEqual([{ i: '9223372036854775807', d: '12.35', day: '2001-01-31', j: '{"x":1}', b: true, a: [1, null] }])
  expect(h.rowErrors).toMatchObject([{ code: 'FIELD_INVALID' }])
})
