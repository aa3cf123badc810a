import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inspectFile } from './inspectFile.ts'

function file(name: string, text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'belay-inspect-')), name)
  writeFileSync(path, text)
  return path
}

test('CSV: types, missing values, delimiter and event time', async () => {
  const found = await inspectFile(
    file('a.csv', '\uFEFFcode;n;x;at;ok\r\n007;1;1;2001-01-31 10:00;true\r\n"a;b";;2.5;2001-02-01;false\r\n'),
    { file: 'home:a.csv' },
  )
  expect(found.columns).toEqual([
    { name: 'code', type: 'string', nullable: false },
    { name: 'n', type: 'int64', nullable: true },
    { name: 'x', type: 'float64', nullable: false },
    { name: 'at', type: 'timestamp', nullable: false },
    { name: 'ok', type: 'bool', nullable: false },
  ])
  expect(found).toMatchObject({ operatorType: 'csv-source', eventTime: 'at', config: { file: 'home:a.csv', delimiter: ';', header: true } })
})

test('JSON lines: types, and a column that some lines lack is nullable', async () => {
  const found = await inspectFile(
    file('a.jsonl', '{"n":1,"at":"2024-01-01T00:00:00Z","o":{"a":1}}\n{"n":1.5,"at":"2024-01-01T00:00:01Z"}\n'),
  )
  expect(found.columns).toEqual([
    { name: 'n', type: 'float64', nullable: false },
    { name: 'at', type: 'timestamp', nullable: false },
    { name: 'o', type: 'json', nullable: true },
  ])
  expect(found.operatorType).toBe('json-lines-source')
})

test('lines end where the sources have their end: a line separator or CR inside a text does not', async () => {
  const { columns, sample } = await inspectFile(file('s.jsonl', '{"id":1,"s":"a\u2028b"}\r\n{"id":2,"s":"c"}'))
  expect(columns.map(({ name, nullable }) => [name, nullable])).toEqual([
    ['id', false],
    ['s', false],
  ])
  expect(sample).toEqual([
    { id: 1, s: 'a\u2028b' },
    { id: 2, s: 'c' },
  ])
  await expect(inspectFile(file('mac.csv', 'id,name\r1,x\r'))).rejects.toThrow('end with CR alone. Save it')
})

test('what is cut off at the end of the part that is looked at decides no type', async () => {
  const line = `2026-01-01T00:00:00Z,${'x'.repeat(999_977)}\n`
  const { columns } = await inspectFile(file('large.csv', `at,s\n${line.repeat(8)}2026-01-01T00:00:0`.padEnd(9 * 1024 * 1024, '0')))
  expect(columns[0]).toMatchObject({ name: 'at', type: 'timestamp' })
  await expect(inspectFile(file('one.csv', 'x'.repeat(9 * 1024 * 1024)))).rejects.toThrow('longer than 8 MB. Declare')
})

test('a file that is not there says so', async () => {
  await expect(inspectFile('/nowhere/a.csv')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
})
