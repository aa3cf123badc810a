import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOperatorHarness, runDisturbed, type OperatorHarness } from '@belay/engine/testing'
import { parquetWriteFile } from 'hyparquet-writer'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { csvSource, type CsvSourceConfig } from '../csv-source/manifest.ts'
import { module as csvModule } from '../csv-source/runtime.ts'
import { jsonLinesSource, type JsonLinesSourceConfig } from '../json-lines-source/manifest.ts'
import { module } from '../json-lines-source/runtime.ts'
import { parquetSource } from '../parquet-source/manifest.ts'
import { module as parquetModule } from '../parquet-source/runtime.ts'

const columns: JsonLinesSourceConfig['columns'] = [
  { name: 'n', type: 'int64', nullable: false },
  { name: 't', type: 'timestamp', nullable: true },
]

function folder(): string {
  const at = mkdtempSync(join(tmpdir(), 'belay-folder-'))
  onTestFinished(() => rmSync(at, { recursive: true, force: true }))
  return at
}

const harness = (at: string, config: Partial<JsonLinesSourceConfig> = {}, state?: Uint8Array) =>
  createOperatorHarness(module, {
    config: { ...jsonLinesSource.defaultConfig, file: 'data:*.jsonl', columns, eventTime: 't', ...config },
    inputs: {},
    outputs: { out: columns },
    files: { data: at },
    ...(state === undefined ? {} : { state }),
  })

const lines = (...rows: readonly number[]): string => rows.map((n) => `${JSON.stringify({ n, t: n })}\n`).join('')

const byNumber = (a: unknown, b: unknown): number => Number(a) - Number(b)

/** Reads until nothing is left now; files are looked for again. */
function numbersOf(source: OperatorHarness): unknown[] {
  const read: unknown[] = []
  for (let idle = 0; idle < 2;) {
    const answer = source.read()
    const rows = source.takeRows().map(({ n }) => n)
    read.push(...rows)
    if (answer === 'ended') break
    if (answer === 'idle' && rows.length === 0) idle += 1
    if (answer === 'idle') later()
  }
  return read
}

let skewMs = 0
const realNow = performance.now.bind(performance)
beforeAll(() => void vi.spyOn(performance, 'now').mockImplementation(() => realNow() + skewMs))
afterAll(() => vi.restoreAllMocks())

/** Another look at the folder is due; less than what makes a source idle. */
function later(): void {
  skewMs += 1500
}

test('files are read in the order of their names, those that were there at the start and no others', async () => {
  const at = folder()
  for (const [name, from] of [
    ['b', 3],
    ['a', 1],
    ['c', 5],
  ] as const)
    writeFileSync(join(at, `${name}.jsonl`), lines(from, from + 1))
  writeFileSync(join(at, 'd.csv'), 'no')
  const h = await harness(at)
  expect(h.read()).toBe('progress')
  writeFileSync(join(at, 'd.jsonl'), lines(7))
  expect([...h.takeRows().map(({ n }) => n), ...numbersOf(h)]).toEqual([1, 2, 3, 4, 5, 6])
  expect(h.progress).toBe(1)
  expect(h.counts.get('files')).toBe(3)
  const again = await harness(at, {}, h.snapshot())
  expect(again.read()).toBe('ended')
  await expect((async () => (await harness(at, { file: 'data:none/' })).read())()).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
})

test('H9 whatever dies when, each row of each file comes once', async () => {
  const at = folder()
  for (let file = 0; file < 12; file += 1)
    writeFileSync(join(at, `${file}.jsonl`), lines(...Array.from({ length: 300 * (file % 4) }, (_, i) => file * 1000 + i)))
  const whole = numbersOf(await harness(at))
  expect(whole).toHaveLength(5400)
  for (let seed = 1; seed <= 5; seed += 1) {
    const run = await runDisturbed(module, {
      config: { ...jsonLinesSource.defaultConfig, file: 'data:*.jsonl', columns, eventTime: 't' },
      inputs: {},
      outputs: { out: columns },
      files: { data: at },
      seed,
      kills: 4,
    })
    expect(run.outputs['out']?.map(({ row }) => row['n'])).toEqual(whole)
  }
})

test('following takes new files and what is added to each, and a restore goes on in each', async () => {
  const at = folder()
  const follow = { follow: true }
  let h = await harness(at, follow)
  expect(h.read()).toBe('idle')
  expect(h.counts.get('waiting for file')).toBe(1)
  writeFileSync(join(at, 'a.jsonl'), lines(1))
  expect(numbersOf(h)).toEqual([1])
  writeFileSync(join(at, 'b.jsonl'), `${lines(2)}{"n":`)
  appendFileSync(join(at, 'a.jsonl'), lines(3))
  expect(numbersOf(h).sort(byNumber)).toEqual([2, 3])
  const state = h.snapshot()
  appendFileSync(join(at, 'b.jsonl'), '4}\n')
  expect(numbersOf(h)).toEqual([4])
  h = await harness(at, follow, state)
  expect(numbersOf(h)).toEqual([4])
})

test('a log that is rotated within the pattern goes on under its new name', async () => {
  const at = folder()
  const config = { follow: true, file: 'data:app.log*' }
  let h = await harness(at, config)
  writeFileSync(join(at, 'app.log'), lines(1, 2))
  expect(numbersOf(h)).toEqual([1, 2])
  const state = h.snapshot()
  for (const next of [3, 5]) {
    appendFileSync(join(at, 'app.log'), lines(next))
    if (next === 5) renameSync(join(at, 'app.log.1'), join(at, 'app.log.2'))
    renameSync(join(at, 'app.log'), join(at, 'app.log.1'))
    writeFileSync(join(at, 'app.log'), lines(next + 1))
    expect(numbersOf(h).sort(byNumber)).toEqual([next, next + 1])
  }
  // From a checkpoint before both rotations.
  h = await harness(at, config, state)
  expect(numbersOf(h).sort(byNumber)).toEqual([3, 4, 5, 6])
})

test('files that are replaced, shortened or gone with rows unread are told; one that was read may go', async () => {
  const at = folder()
  const path = join(at, 'a.jsonl')
  const follow = { follow: true }
  const begun = async (): Promise<OperatorHarness> => {
    writeFileSync(path, lines(1, 2, 3))
    const source = await harness(at, follow)
    expect(numbersOf(source)).toEqual([1, 2, 3])
    return source
  }
  const looked = (source: OperatorHarness) => () => {
    later()
    source.read()
  }
  let h = await begun()
  renameSync(path, join(at, 'away'))
  writeFileSync(path, lines(4, 5, 6, 7))
  expect(looked(h)).toThrow(expect.objectContaining({ code: 'FILE_TRUNCATED' }))
  h = await begun()
  truncateSync(path, 3)
  expect(looked(h)).toThrow(expect.objectContaining({ code: 'FILE_TRUNCATED' }))
  unlinkSync(path)
  h = await begun()
  appendFileSync(path, lines(4))
  unlinkSync(path)
  expect(looked(h)).toThrow(expect.objectContaining({ code: 'FILE_GONE' }))
  h = await begun()
  unlinkSync(path)
  expect(numbersOf(h)).toEqual([])
  writeFileSync(path, lines(8))
  expect(numbersOf(h)).toEqual([8])
})

test('H14 while files that grow are behind, the one furthest behind holds the watermark', async () => {
  const at = folder()
  const h = await harness(at, { follow: true })
  writeFileSync(join(at, 'a.jsonl'), lines(100))
  writeFileSync(join(at, 'b.jsonl'), lines(900))
  numbersOf(h)
  expect(h.watermark()).toBe(900)
  appendFileSync(join(at, 'a.jsonl'), lines(...Array.from({ length: 30_000 }, (_, i) => 101 + i)))
  appendFileSync(join(at, 'b.jsonl'), lines(50_000))
  const restored = await harness(at, { follow: true }, h.snapshot())
  restored.read()
  expect(restored.watermark()).toBeLessThan(50_000)
  expect(numbersOf(restored)).toContain(50_000)
  expect(restored.watermark()).toBe(50_000)
})

test('CSV files of a folder have their columns in the order of their own headers', async () => {
  const at = folder()
  const config: CsvSourceConfig = { ...csvSource.defaultConfig, file: 'data:in/', columns, eventTime: 't' }
  mkdirSync(join(at, 'in'))
  writeFileSync(join(at, 'in', 'a.csv'), 'n,t\n1,2024-01-01T00:00:01Z\nx,\n')
  writeFileSync(join(at, 'in', 'b.csv'), 't,n\n2024-01-01T00:00:02Z,2\n')
  const h = await createOperatorHarness(csvModule, { config, inputs: {}, outputs: { out: columns }, files: { data: at } })
  for (let answer = h.read(); answer !== 'ended'; answer = h.read());
  expect(h.takeRows().map(({ n }) => n)).toEqual([1, 2])
  expect(h.rowErrors[0]?.message).toBe('data:in/a.csv, line 3: n is not int64: x')
})

test('H9 Parquet files of a folder are read one after another, whatever dies when', async () => {
  const at = folder()
  const numbers = [400, 0, 3, 2500]
  let first = 0
  numbers.forEach((count, file) => {
    const data = Array.from({ length: count }, (_, i) => first + i)
    parquetWriteFile({
      filename: join(at, `${file}.parquet`),
      columnData: [{ name: 'n', data, type: 'INT32', nullable: false }],
      rowGroupSize: 500,
    })
    first += count
  })
  const own = [{ name: 'n', type: 'int64' as const, nullable: false }]
  const run = {
    config: { ...parquetSource.defaultConfig, file: 'data:*.parquet', columns: own },
    inputs: {},
    outputs: { out: own },
    files: { data: at },
  }
  const expected = Array.from({ length: first }, (_, i) => i)
  const seen: unknown[] = []
  let h = await createOperatorHarness(parquetModule, run)
  for (let reads = 1; ; reads += 1) {
    const answer = h.read()
    seen.push(...h.takeRows().map(({ n }) => n))
    if (answer === 'ended') break
    if (answer === 'idle') await expect.poll(() => h.wakes.splice(0).length, { interval: 1 }).toBeGreaterThan(0)
    if (reads % 2 === 0) h = await createOperatorHarness(parquetModule, { ...run, state: h.snapshot() })
    // Files that come later are not its.
    if (reads === 1) writeFileSync(join(at, '9.parquet'), 'late')
  }
  expect(seen).toEqual(expected)
})
