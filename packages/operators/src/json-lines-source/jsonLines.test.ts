import { appendFileSync, mkdirSync, mkdtempSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOperatorHarness, runDisturbed } from '@belay/engine/testing'
import { expect, test } from 'vitest'
import { jsonLinesSource, type JsonLinesSourceConfig } from './manifest.ts'
import { module } from './runtime.ts'

const columns: JsonLinesSourceConfig['columns'] = [
  { name: 'n', type: 'int64', nullable: false },
  { name: 't', type: 'timestamp', nullable: true },
]
const folder = (): string => mkdtempSync(join(tmpdir(), 'belay-json-'))
const harness = (files: string, config: Partial<JsonLinesSourceConfig> = {}, state?: Uint8Array) =>
  createOperatorHarness(module, {
    config: { ...jsonLinesSource.defaultConfig, file: 'data:a.jsonl', columns, eventTime: 't', ...config },
    inputs: {},
    outputs: { out: columns },
    files: { data: files },
    ...(state === undefined ? {} : { state }),
  })

test('H18 BOM, CRLF, empty lines, no last newline; bad lines are reported with their number', async () => {
  const at = folder()
  writeFileSync(join(at, 'a.jsonl'), '\uFEFF{"n":1,"t":"2024-01-01T00:00:01Z"}\r\n\r\nnope\n{"t":null}\n{"n":1.5}\n{"n":2,"t":5}')
  const h = await harness(at)
  expect(h.watermark()).toBe(-Infinity)
  expect(h.read()).toBe('ended')
  expect(h.takeRows()).toEqual([
    { n: 1, t: 1_704_067_201_000 },
    { n: 2, t: 5 },
  ])
  expect(h.rowErrors.map(({ code, message }) => [code, message.split(':')[0]])).toEqual([
    ['LINE_INVALID', 'line 3'],
    ['FIELD_MISSING', 'line 4'],
    ['FIELD_INVALID', 'line 5'],
  ])
  expect(h.watermark()).toBe(1_704_067_201_000)
  expect(h.progress).toBe(1)
})

test('H9 a restore goes on with the very next row', async () => {
  const at = folder()
  writeFileSync(join(at, 'a.jsonl'), Array.from({ length: 50_000 }, (_, n) => JSON.stringify({ n, t: n })).join('\n'))
  let h = await harness(at)
  const seen: unknown[] = []
  for (let reads = 1; ; reads += 1) {
    const answer = h.read()
    seen.push(...h.takeRows().map(({ n }) => n))
    if (answer === 'ended') break
    if (reads % 3 === 0) h = await harness(at, {}, h.snapshot())
  }
  expect(seen).toEqual(Array.from({ length: 50_000 }, (_, n) => n))
})

test('H18 lines of some KB across blocks of the file come once and whole; bad ones are told with their number', async () => {
  const at = folder()
  const texts = Array.from({ length: 600 }, (_, n) => `${n % 3 === 0 ? 'ü' : 'u'}"${'x\\'.repeat((n * 37) % 4000)}`)
  const lines = texts.map((x, n) => Buffer.from(JSON.stringify({ x, n, deep: { list: [x, n] } })))
  lines[200] = Buffer.from('{"x":"a","n":200,,}')
  lines[400] = Buffer.concat([Buffer.from('{"n":400,"x":"'), Buffer.of(0xc3, 0x28), Buffer.from('"}')])
  writeFileSync(join(at, 'a.jsonl'), Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])))
  const own: JsonLinesSourceConfig['columns'] = [
    { name: 'n', type: 'int64', nullable: false },
    { name: 'x', type: 'string', nullable: false },
  ]
  const config = { ...jsonLinesSource.defaultConfig, file: 'data:a.jsonl', columns: own, eventTime: null }
  const h = await createOperatorHarness(module, { config, inputs: {}, outputs: { out: own }, files: { data: at } })
  const rows: unknown[] = []
  let most = 0
  for (let answer = ''; answer !== 'ended';) {
    answer = h.read()
    const taken = h.takeRows()
    most = Math.max(
      most,
      taken.reduce((sum, { x }) => sum + String(x).length, 0),
    )
    rows.push(...taken)
  }
  expect(rows).toEqual(texts.map((x, n) => ({ n, x })).filter(({ n }) => n !== 200 && n !== 400))
  expect(h.rowErrors.map(({ code, message }) => [code, message])).toEqual([
    ['LINE_INVALID', 'line 201: it is not JSON'],
    ['LINE_INVALID', 'line 401: it is not UTF-8'],
  ])
  // A batch is sent at 256 KB, or a little later.
  expect(most).toBeLessThan(400_000)
})

test('following waits for the file and for the rest of a line, and refuses a shortened file', async () => {
  const at = folder()
  const path = join(at, 'a.jsonl')
  const h = await harness(at, { follow: true })
  expect(h.read()).toBe('idle')
  expect(h.counts.get('waiting for file')).toBe(1)
  writeFileSync(path, '{"n":1}\n{"n":')
  expect(h.read()).toBe('idle')
  expect(h.takeRows()).toEqual([{ n: 1, t: null }])
  appendFileSync(path, '2}\n')
  h.read()
  expect(h.takeRows()).toEqual([{ n: 2, t: null }])
  truncateSync(path, 3)
  expect(() => h.read()).toThrow(/shortened or replaced/)
  await expect(harness(at, { follow: true }, h.snapshot())).rejects.toMatchObject({ code: 'FILE_TRUNCATED' })
})

test('a missing file is an error when not following', async () => {
  await expect(harness(folder())).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
})

test('H9 whatever dies when, each row comes once and in order', async () => {
  const at = folder()
  writeFileSync(join(at, 'a.jsonl'), Array.from({ length: 5000 }, (_, n) => JSON.stringify({ n, t: n, x: 'ü'.repeat(n % 50) })).join('\n'))
  for (let seed = 1; seed <= 5; seed += 1) {
    const run = await runDisturbed(module, {
      config: { ...jsonLinesSource.defaultConfig, file: 'data:a.jsonl', columns, eventTime: 't' },
      inputs: {},
      outputs: { out: columns },
      files: { data: at },
      seed,
      kills: 4,
    })
    expect(run.outputs['out']?.map(({ row }) => row['n'])).toEqual(Array.from({ length: 5000 }, (_, n) => n))
  }
})

test('following a file that is replaced by another says so, also after a restart', async () => {
  const at = folder()
  const path = join(at, 'a.jsonl')
  writeFileSync(path, '{"n":1}\n')
  const h = await harness(at, { follow: true })
  h.read()
  renameSync(path, join(at, 'a.jsonl.1'))
  h.read()
  writeFileSync(path, '{"n":2}\n{"n":3}\n')
  expect(() => h.read()).toThrow(/shortened or replaced/)
  await expect(harness(at, { follow: true }, h.snapshot())).rejects.toMatchObject({ code: 'FILE_TRUNCATED' })
})

test('H14 a followed file without new rows is idle and holds nobody back', async () => {
  const at = folder()
  writeFileSync(join(at, 'a.jsonl'), '{"n":1,"t":1000}\n')
  const h = await harness(at, { follow: true, outOfOrderMs: 400 })
  h.read()
  expect(h.watermark()).toBe(600)
})

test('bad input: an empty file, bytes that are not UTF-8, a folder in place of the file', async () => {
  const at = folder()
  writeFileSync(join(at, 'a.jsonl'), '')
  const empty = await harness(at)
  expect(empty.read()).toBe('ended')
  writeFileSync(join(at, 'a.jsonl'), Buffer.concat([Buffer.from('{"n":1}\n{"n":'), Buffer.of(0xc3, 0x28), Buffer.from('}\n{"n":3}')]))
  const bytes = await harness(at)
  bytes.read()
  expect(bytes.takeRows().map(({ n }) => n)).toEqual([1, 3])
  expect(bytes.rowErrors).toMatchObject([{ code: 'LINE_INVALID', message: 'line 2: it is not UTF-8' }])
  mkdirSync(join(at, 'b.jsonl'))
  await expect(harness(at, { file: 'data:b.jsonl' })).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
})
