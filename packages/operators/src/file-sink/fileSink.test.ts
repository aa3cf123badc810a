import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { batchOf, ROW_KIND, type Schema, type Value } from '@belay/columns'
import { createOperatorHarness, randomOf, runDisturbed, type OperatorHarness } from '@belay/engine/testing'
import type { EdgeType } from '@belay/pipeline'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { expect, test } from 'vitest'
import { module as parquetSource } from '../parquet-source/runtime.ts'
import { fileSink, type FileSinkConfig } from './manifest.ts'
import { fileSinkOn, module } from './runtime.ts'
import { realDisk, type StageDisk } from './stageFile.ts'

const SCHEMA: Schema = [
  { name: 'n', type: 'int64', nullable: false },
  { name: 'text', type: 'string', nullable: true },
]
const folder = (): string => mkdtempSync(join(tmpdir(), 'belay-sink-'))
const rowsOf = (from: number, to: number): Value[][] => Array.from({ length: to - from }, (_, i) => [from + i, `row "${from + i}"\nü`])
const linesOf = (from: number, to: number): string =>
  rowsOf(from, to)
    .map(([n, text]) => `${JSON.stringify({ n, text })}\n`)
    .join('')

interface Start {
  readonly config?: Partial<FileSinkConfig>
  readonly state?: Uint8Array
  readonly attempt?: number
  readonly lineage?: number
  readonly runId?: string
  readonly schema?: Schema
}

function start(at: string, { config, schema = SCHEMA, ...rest }: Start = {}): Promise<OperatorHarness> {
  return createOperatorHarness(module, {
    config: { ...fileSink.defaultConfig, folder: 'out:', ...config, ...(config?.folder === undefined ? { folder: 'out:o' } : {}) },
    inputs: { in: { schema } },
    outputs: {},
    files: { out: at },
    ...rest,
  })
}

/** Rows [from, to) in one window that ends with a checkpoint; its state. */
function window(h: OperatorHarness, w: number, from: number, to: number): Uint8Array {
  h.push('in', batchOf(SCHEMA, rowsOf(from, to)))
  h.endWindow({ window: w })
  expect(h.prepare(w)).toBe(true)
  return h.snapshot()
}

const partsIn = (at: string): string[] => readdirSync(join(at, 'o')).filter((name) => name.endsWith('.jsonl'))
const content = (at: string, names = partsIn(at)): string => names.map((name) => readFileSync(join(at, 'o', name), 'utf8')).join('')
const stagesIn = (at: string): string[] => readdirSync(join(at, 'o', '.belay')).filter((name) => name.endsWith('.stage'))

test.each([
  ['parts', 'json-lines'],
  ['parts', 'csv'],
  ['single', 'json-lines'],
  ['single', 'csv'],
] as const)('H8 %s of %s: whatever dies when, each row is there once and in order', async (layout, format) => {
  const header = format === 'csv' ? 'n,text\n' : ''
  for (let seed = 1; seed <= 12; seed += 1) {
    const at = folder()
    await runDisturbed(module, {
      config: { folder: 'out:o', name: 'rows', format, layout },
      inputs: { in: { schema: SCHEMA, rows: rowsOf(0, 900) } },
      outputs: {},
      files: { out: at },
      seed,
      kills: 6,
    })
    const names = readdirSync(join(at, 'o'))
      .filter((name) => name !== '.belay')
      .sort()
    const written = names.map((name) => readFileSync(join(at, 'o', name), 'utf8').slice(header.length)).join('')
    const wanted =
      format === 'csv'
        ? rowsOf(0, 900)
            .map(([n]) => `${String(n)},"row ""${String(n)}""\nü"\n`)
            .join('')
        : linesOf(0, 900)
    expect(written, `seed ${seed}`).toBe(wanted)
    for (const name of names) expect(readFileSync(join(at, 'o', name), 'utf8').startsWith(header)).toBe(true)
    expect(stagesIn(at)).toEqual([])
  }
})

test('H8 D9 nothing is visible before the commit, part names say lineage and first window, commits repeat without effect', async () => {
  const at = folder()
  const h = await start(at, { lineage: 3 })
  const state = window(h, 2, 0, 5)
  expect(partsIn(at)).toEqual([])
  expect(h.commit(1)).toBeGreaterThan(0)
  expect(partsIn(at)).toEqual([])
  expect(h.commit(2)).toBe(0)
  expect(h.commit(2)).toBe(0)
  expect(partsIn(at)).toEqual(['rows-3-000000000001.jsonl'])
  const again = await start(at, { lineage: 3, state, attempt: 2 })
  again.commit(2)
  window(again, 4, 5, 9)
  again.commit(4)
  expect(partsIn(at)).toEqual(['rows-3-000000000001.jsonl', 'rows-3-000000000003.jsonl'])
  expect(content(at)).toBe(linesOf(0, 9))
  expect(again.operator.role === 'sink' && again.operator.outputs?.()).toHaveLength(2)
})

test('H8 stages that the restored checkpoint does not name are swept, others stay', async () => {
  const at = folder()
  const h = await start(at)
  const state = window(h, 1, 0, 3)
  window(h, 2, 3, 6)
  writeFileSync(join(at, 'o', '.belay', 'rows.other-run.1.1.stage'), '')
  expect(stagesIn(at)).toHaveLength(3)
  const again = await start(at, { state, attempt: 2 })
  expect(stagesIn(at)).toEqual(['rows.other-run.1.1.stage', 'rows.run-test.1.1.stage'])
  again.commit(1)
  expect(content(at)).toBe(linesOf(0, 3))
})

test('H8 a stage that is gone and not published is an error, not a hole', async () => {
  const at = folder()
  const h = await start(at)
  window(h, 1, 0, 3)
  writeFileSync(join(at, 'o', 'rows-1-000000000001.jsonl'), 'something else')
  const stage = join(at, 'o', '.belay', stagesIn(at)[0] ?? '')
  rmSync(stage)
  expect(() => h.commit(1)).toThrow(/cannot be published/)
})

test('output of an earlier run is put aside, and that run is refused if it goes on', async () => {
  const at = folder()
  const first = await start(at, { runId: 'one' })
  window(first, 1, 0, 3)
  first.commit(1)
  const state = window(first, 2, 3, 5)
  const second = await start(at, { runId: 'two' })
  expect(partsIn(at)).toEqual([])
  expect(readdirSync(join(at, 'o', '.belay', 'superseded', 'before-two'))).toEqual(['rows-1-000000000001.jsonl'])
  expect(() => first.commit(2)).toThrow(/Run two writes/)
  await expect(start(at, { runId: 'one', state, attempt: 2 })).rejects.toMatchObject({ code: 'TARGET_TAKEN' })
  window(second, 1, 0, 1)
  second.commit(1)
  expect(content(at)).toBe(linesOf(0, 1))
})

test('H5 an older attempt of the same run cannot publish', async () => {
  const at = folder()
  const old = await start(at, { attempt: 1 })
  const state = window(old, 1, 0, 3)
  const young = await start(at, { attempt: 2, state })
  expect(() => old.commit(1)).toThrow(/newer attempt/)
  young.commit(1)
  expect(content(at)).toBe(linesOf(0, 3))
})

test.each(['parts', 'single'] as const)(
  'H7 %s: rewind takes back what lies behind the restored window and keeps it aside',
  async (layout) => {
    const at = folder()
    const config = { layout }
    const h = await start(at, { config })
    const restored = window(h, 1, 0, 3)
    h.commit(1)
    window(h, 2, 3, 6)
    window(h, 3, 6, 9)
    h.commit(3)
    expect(content(at)).toBe(linesOf(0, 9))
    const again = await start(at, { config, state: restored, lineage: 2, attempt: 2 })
    again.rewind(1)
    again.commit(1)
    expect(content(at)).toBe(linesOf(0, 3))
    window(again, 2, 3, 10)
    again.commit(2)
    expect(content(at)).toBe(linesOf(0, 10))
    const aside = join(at, 'o', '.belay', 'superseded')
    expect(
      content(
        at,
        readdirSync(aside).flatMap((name) => readdirSync(join(aside, name)).map((file) => join('.belay', 'superseded', name, file))),
      ),
    ).toBe(linesOf(3, 9))
  },
)

test('H7 parts: a checkpoint of a superseded lineage can be restored, and its parts come back', async () => {
  const at = folder()
  const h = await start(at)
  const early = window(h, 1, 0, 3)
  h.commit(1)
  const late = window(h, 2, 3, 6)
  h.commit(2)
  const second = await start(at, { state: early, lineage: 2, attempt: 2 })
  second.rewind(1)
  window(second, 2, 100, 103)
  second.commit(2)
  expect(content(at)).toBe(linesOf(0, 3) + linesOf(100, 103))
  const third = await start(at, { state: late, lineage: 3, attempt: 3 })
  third.rewind(2)
  third.commit(2)
  expect(content(at)).toBe(linesOf(0, 6))
  window(third, 3, 6, 7)
  third.commit(3)
  expect(content(at)).toBe(linesOf(0, 7))
})

test('H7 single: what was taken back cannot be restored silently', async () => {
  const at = folder()
  const config = { layout: 'single' as const }
  const h = await start(at, { config })
  const early = window(h, 1, 0, 3)
  h.commit(1)
  const late = window(h, 2, 3, 6)
  h.commit(2)
  const second = await start(at, { config, state: early, lineage: 2, attempt: 2 })
  second.rewind(1)
  const third = await start(at, { config, state: late, lineage: 3, attempt: 3 })
  expect(() => third.rewind(2)).toThrow(/keep/)
})

test.each(['parts', 'single'] as const)(
  'H7 %s: a fork leaves the first output as it is and has everything under its own name',
  async (layout) => {
    const at = folder()
    const config = { layout }
    const h = await start(at, { config })
    const restored = window(h, 1, 0, 3)
    h.commit(1)
    window(h, 2, 3, 6)
    h.commit(2)
    const before = content(at)
    const names = partsIn(at)
    let fork = await start(at, { config, state: restored, lineage: 2, attempt: 2 })
    fork.fork(1)
    fork.commit(1)
    // Killed before its first checkpoint: the same again.
    fork = await start(at, { config, state: restored, lineage: 2, attempt: 3 })
    fork.fork(1)
    fork.commit(1)
    const state = window(fork, 2, 100, 103)
    fork.commit(2)
    const own = partsIn(at).filter((name) => name.startsWith('rows-2'))
    expect(content(at, own)).toBe(linesOf(0, 3) + linesOf(100, 103))
    expect(content(at, names)).toBe(before)
    fork = await start(at, { config, state, lineage: 2, attempt: 4 })
    fork.fork(1)
    fork.commit(2)
    window(fork, 3, 103, 105)
    fork.commit(3)
    expect(
      content(
        at,
        partsIn(at).filter((name) => name.startsWith('rows-2')),
      ),
    ).toBe(linesOf(0, 3) + linesOf(100, 105))
    // A rewind of the first output later on leaves the fork alone.
    const third = await start(at, { config, state: restored, lineage: 3, attempt: 5 })
    third.rewind(1)
    expect(
      content(
        at,
        partsIn(at).filter((name) => name.startsWith('rows-2')),
      ),
    ).toBe(linesOf(0, 3) + linesOf(100, 105))
    expect(
      content(
        at,
        partsIn(at).filter((name) => !name.startsWith('rows-2')),
      ),
    ).toBe(linesOf(0, 3))
  },
)

test.each(['parts', 'single'] as const)('H7 %s: keep goes on behind everything that is there', async (layout) => {
  const at = folder()
  const config = { layout }
  const h = await start(at, { config })
  const restored = window(h, 1, 0, 3)
  h.commit(1)
  window(h, 2, 3, 6)
  h.commit(2)
  const again = await start(at, { config, state: restored, lineage: 2, attempt: 2 })
  again.commit(1)
  window(again, 2, 3, 6)
  again.commit(2)
  expect(content(at)).toBe(linesOf(0, 6) + linesOf(3, 6))
})

test('single: an unfinished append is cut off and done again', async () => {
  const at = folder()
  const config = { layout: 'single' as const }
  const h = await start(at, { config })
  window(h, 1, 0, 3)
  h.commit(1)
  const state = window(h, 2, 3, 6)
  writeFileSync(join(at, 'o', 'rows.jsonl'), `${linesOf(0, 3)}{"n":3,"te`)
  const again = await start(at, { config, state, attempt: 2 })
  again.commit(2)
  expect(content(at)).toBe(linesOf(0, 6))
})

test('one file by its path', async () => {
  const at = folder()
  const h = await start(at, { config: { file: 'out:o/result.txt' } })
  window(h, 1, 0, 3)
  h.commit(1)
  expect(readFileSync(join(at, 'o', 'result.txt'), 'utf8')).toBe(linesOf(0, 3))
})

test('bad input: no folder of its own, a file in the way', async () => {
  const at = folder()
  writeFileSync(join(at, 'o'), '')
  await expect(start(at)).rejects.toMatchObject({ code: expect.stringMatching(/FOLDER_NOT_WRITABLE|EEXIST/) as string })
  mkdirSync(join(at, 'p'))
  await expect(
    createOperatorHarness(module, {
      config: { ...fileSink.defaultConfig, folder: 'out:p' },
      inputs: { in: { schema: SCHEMA } },
      outputs: {},
      files: { out: { path: at, writable: false } },
    }),
  ).rejects.toMatchObject({ code: 'FILE_READ_ONLY' })
})

test('a full disk is waited for: nothing is lost, nothing comes twice', async () => {
  const at = folder()
  let room = 0
  const random = randomOf(5)
  const disk = {
    ...realDisk,
    write(file: number, bytes: Uint8Array, position: number): void {
      if (bytes.length > room) {
        // As the kernel does it: what fits is written, then the error comes.
        realDisk.write(file, bytes.subarray(0, room), position)
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
      }
      room -= bytes.length
      realDisk.write(file, bytes, position)
    },
  }
  const h = await createOperatorHarness(fileSinkOn(disk), {
    config: { ...fileSink.defaultConfig, folder: 'out:o' },
    inputs: { in: { schema: SCHEMA } },
    outputs: {},
    files: { out: at },
  })
  const batch = batchOf(SCHEMA, rowsOf(0, 20_000))
  let refused = 0
  for (let from = 0; from < batch.rows;) {
    const rest = batchOf(SCHEMA, rowsOf(from, batch.rows))
    const taken = h.push('in', rest)
    if (taken < rest.rows) {
      refused += 1
      expect(h.waits.at(-1)).toBe('DISK_FULL')
      expect(h.wakes.at(-1)).toBeGreaterThan(0)
      room = random(100_000)
    }
    from += taken
  }
  expect(refused).toBeGreaterThan(3)
  h.endWindow({ window: 1 })
  room = 0
  expect(h.prepare(1)).toBe(false)
  expect(h.waiting).toBe(true)
  room = Number.POSITIVE_INFINITY
  expect(h.prepare(1)).toBe(true)
  expect(h.waiting).toBe(false)
  h.commit(1)
  expect(content(at)).toBe(linesOf(0, 20_000))
})

test('commits that do not come press back, but windows can still end', async () => {
  const at = folder()
  const h = await start(at, { config: { stageBytes: 100 } })
  window(h, 1, 0, 50)
  expect(h.push('in', batchOf(SCHEMA, rowsOf(50, 60)))).toBe(10)
  expect(h.waits.at(-1)).toBe('COMMIT_PENDING')
  expect(h.push('in', batchOf(SCHEMA, rowsOf(60, 70)))).toBe(0)
  h.commit(1)
  expect(h.push('in', batchOf(SCHEMA, rowsOf(60, 70)))).toBe(10)
  expect(h.waiting).toBe(false)
})

const CHANGES = [ROW_KIND.insert, ROW_KIND.insert, ROW_KIND.updateBefore, ROW_KIND.updateAfter, ROW_KIND.delete, ROW_KIND.insert]
const CHANGED: Value[][] = [
  [2, 'b'],
  [10, null],
  [2, 'b'],
  [2, 'c'],
  [10, null],
  [10, 'd'],
]

test('changelog: a first column says what happened', async () => {
  for (const [format, wanted] of [
    ['json-lines', '{"op":"+I","n":2,"text":"b"}\n{"op":"+I","n":10,"text":null}\n{"op":"-U","n":2,"text":"b"}\n'],
    ['csv', 'op,n,text\n+I,2,b\n+I,10,\n-U,2,b\n'],
  ] as const) {
    const at = folder()
    const h = await start(at, { config: { mode: 'changelog', format } })
    h.push('in', { ...batchOf(SCHEMA, CHANGED), kinds: Uint8Array.from(CHANGES) })
    h.endWindow({ window: 1 })
    h.prepare(1)
    h.commit(1)
    const [name = ''] = readdirSync(join(at, 'o')).filter((file) => file.startsWith('rows-'))
    expect(readFileSync(join(at, 'o', name), 'utf8').startsWith(wanted)).toBe(true)
  }
})

test('C4 final: the table at the end, sorted, however it was disturbed', async () => {
  const random = randomOf(3)
  const table = new Map<number, string>()
  const rows: Value[][] = []
  const kinds: number[] = []
  for (let i = 0; i < 600; i += 1) {
    const n = random(40)
    const text = `t${random(1000)}`
    const before = table.get(n)
    if (before !== undefined) {
      rows.push([n, before])
      kinds.push(ROW_KIND.updateBefore)
    }
    if (before !== undefined && random(4) === 0) table.delete(n)
    else {
      rows.push([n, text])
      kinds.push(before === undefined ? ROW_KIND.insert : ROW_KIND.updateAfter)
      table.set(n, text)
    }
  }
  const wanted = [...table].map(([n, text]) => `${JSON.stringify({ n, text })}\n`).sort()
  for (let seed = 1; seed <= 8; seed += 1) {
    const at = folder()
    await runDisturbed(module, {
      config: { folder: 'out:o', name: 'rows', format: 'json-lines', layout: 'single', mode: 'final' },
      inputs: { in: { schema: SCHEMA, rows, kinds } },
      outputs: {},
      files: { out: at },
      seed,
      kills: 5,
    })
    expect(readFileSync(join(at, 'o', 'rows.jsonl'), 'utf8').split(/(?<=\n)/)).toEqual(wanted)
  }
})

test('C4 final: with a key the newest row of each key stays; a row that was never there is counted', async () => {
  const at = folder()
  const h = await start(at, { config: { mode: 'final', key: ['n'], layout: 'single' } })
  const batch = batchOf(SCHEMA, [
    [2, 'b'],
    [10, 'x'],
    [2, 'c'],
    [10, null],
    [5, null],
  ])
  h.push('in', { ...batch, kinds: Uint8Array.of(0, 0, 2, 3, 3) })
  expect(h.counts.get('orphaned')).toBe(1)
  h.endWindow({ window: 1 })
  h.prepare(1)
  h.commit(1)
  expect(existsSync(join(at, 'o', 'rows.jsonl'))).toBe(false)
  h.endWindow({ window: 2, last: true })
  h.prepare(2)
  h.commit(2)
  expect(content(at)).toBe('{"n":2,"text":"c"}\n')
})

test('C4 one file of a run without rows is empty, and no file of an earlier run', async () => {
  for (const config of [{ mode: 'final' }, {}] as const) {
    const at = folder()
    mkdirSync(join(at, 'o'))
    writeFileSync(join(at, 'o', 'rows.jsonl'), 'old')
    const h = await start(at, { config: { ...config, layout: 'single' } })
    h.endWindow({ window: 1, last: true })
    // Before the checkpoint the process may die, and another attempt begins.
    const again = await start(at, { config: { ...config, layout: 'single' } })
    again.endWindow({ window: 1, last: true })
    again.prepare(1)
    again.commit(1)
    expect(content(at)).toBe('')
    const aside = readdirSync(join(at, 'o', '.belay', 'superseded'))
    expect(aside.map((name) => readFileSync(join(at, 'o', '.belay', 'superseded', name, 'rows.jsonl'), 'utf8'))).toEqual(['old'])
  }
})

test('typing: rows that are taken back need a mode that can say so', () => {
  const edge = (changes: EdgeType['changes']): EdgeType => ({ schema: SCHEMA, eventTime: null, changes })
  const problems = (config: Partial<FileSinkConfig>, changes: EdgeType['changes']) =>
    fileSink.typing({ config: { ...fileSink.defaultConfig, ...config }, inputs: { in: edge(changes) } }).problems
  expect(problems({}, { kind: 'append', key: null })).toEqual([])
  expect(problems({}, { kind: 'changes', key: ['n'] })).toMatchObject([
    { code: 'SINK_APPENDS_ONLY', fixes: [{ value: 'changelog' }, { value: 'final' }] },
  ])
  expect(problems({ mode: 'changelog' }, { kind: 'changes', key: null })).toEqual([])
  expect(problems({ mode: 'changelog' }, { kind: 'upsert', key: ['n'] })).toMatchObject([{ code: 'CHANGES_NOT_ACCEPTED' }])
  expect(problems({ mode: 'final' }, { kind: 'upsert', key: ['n'] })).toMatchObject([{ code: 'UPSERT_KEY', fixes: [{ value: ['n'] }] }])
  expect(problems({ mode: 'final', key: ['m'] }, { kind: 'changes', key: ['n'] })).toMatchObject([{ code: 'COLUMN_UNKNOWN' }])
})

test('values: numbers, times, NULL, json and text as they are', async () => {
  const schema: Schema = [
    { name: 'f', type: 'float64', nullable: true },
    { name: 't', type: 'timestamp', nullable: false },
    { name: 'd', type: 'decimal(10,3)', nullable: false },
    { name: 'j', type: 'json', nullable: false },
    { name: 'b', type: 'bool', nullable: false },
    { name: 'a', type: 'array<int64>', nullable: false },
    { name: 'i', type: 'int64', nullable: false },
  ]
  const at = folder()
  const h = await start(at, { schema })
  h.push(
    'in',
    batchOf(schema, [
      [null, 0, '12.500', '{"x": 1}', true, [1, null], '9007199254740993'],
      [Number.NaN, 1.5e12, '3.000', '"y"', false, [], 1],
    ]),
  )
  h.endWindow({ window: 1 })
  h.prepare(1)
  h.commit(1)
  expect(content(at)).toBe(
    '{"f":null,"t":"1970-01-01T00:00:00.000Z","d":12.5,"j":{"x": 1},"b":true,"a":[1,null],"i":9007199254740993}\n' +
      '{"f":"NaN","t":"2017-07-14T02:40:00.000Z","d":3,"j":"y","b":false,"a":[],"i":1}\n',
  )
  expect(statSync(join(at, 'o')).isDirectory()).toBe(true)
})

/** All rows of Parquet parts, in the order of their names. */
async function parquetRows(at: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = []
  for (const name of readdirSync(join(at, 'o'))
    .filter((file) => file.endsWith('.parquet'))
    .sort())
    rows.push(...(await parquetReadObjects({ file: await asyncBufferFromFile(join(at, 'o', name)) })))
  return rows
}

test('H8 parts of Parquet: whatever dies when, each row is there once and in order', async () => {
  for (let seed = 1; seed <= 8; seed += 1) {
    const at = folder()
    await runDisturbed(module, {
      config: { folder: 'out:o', name: 'rows', format: 'parquet', layout: 'parts' },
      inputs: { in: { schema: SCHEMA, rows: rowsOf(0, 600) } },
      outputs: {},
      files: { out: at },
      seed,
      kills: 5,
    })
    expect(await parquetRows(at), `seed ${seed}`).toEqual(rowsOf(0, 600).map(([n, text]) => ({ n: BigInt(n as number), text })))
    expect(stagesIn(at)).toEqual([])
  }
})

test('Parquet: values of every type come back as they were, NULLs too, across row groups', async () => {
  const schema: Schema = [
    { name: 'flag', type: 'bool', nullable: true },
    { name: 'big', type: 'int64', nullable: true },
    { name: 'real', type: 'float64', nullable: true },
    { name: 'text', type: 'string', nullable: true },
    { name: 'doc', type: 'json', nullable: true },
    { name: 'at', type: 'timestamp', nullable: true },
    { name: 'day', type: 'date', nullable: true },
    { name: 'took', type: 'interval', nullable: true },
    { name: 'price', type: 'decimal(18,3)', nullable: true },
    { name: 'tags', type: 'array<string>', nullable: true },
    { name: 'id', type: 'int64', nullable: false },
  ]
  const full = [
    true,
    '1152921504606846976',
    0.5,
    'größer',
    '{"a": 12345678901234567890}',
    -1,
    '1969-12-31',
    90_000,
    '123456789012345.678',
    ['a', null, ''],
  ]
  const rows = Array.from({ length: 34_000 }, (_, i): Value[] => [...(i % 3 === 0 ? schema.slice(1).map(() => null) : full), i])
  const at = folder()
  const h = await start(at, { config: { format: 'parquet' }, schema })
  for (let i = 0; i < rows.length; i += 1000) h.push('in', batchOf(schema, rows.slice(i, i + 1000)))
  h.endWindow({ window: 1 })
  h.prepare(1)
  h.commit(1)
  const [file = ''] = readdirSync(join(at, 'o')).filter((name) => name.endsWith('.parquet'))
  const source = await createOperatorHarness(parquetSource, {
    config: { file: `out:${file}`, columns: [...schema], eventTime: null, outOfOrderMs: 0, rowsPerSecond: 0 },
    inputs: {},
    outputs: { out: schema },
    files: { out: { path: join(at, 'o'), writable: false } },
  })
  for (let told = source.read(); told !== 'ended'; told = source.read())
    if (told === 'idle') await new Promise((resolve) => setImmediate(resolve))
  const back = source.takeRows()
  expect(source.rowErrors[0]).toBeUndefined()
  expect(back.map((row) => JSON.stringify(Object.values(row))).join('\n') === rows.map((row) => JSON.stringify(row)).join('\n')).toBe(true)
})

test('Parquet: the changelog has its column, and what cannot be appended to or kept as lines is refused', async () => {
  const at = folder()
  const h = await start(at, { config: { format: 'parquet', mode: 'changelog' } })
  h.push('in', { ...batchOf(SCHEMA, rowsOf(0, 2)), kinds: new Uint8Array([ROW_KIND.insert, ROW_KIND.delete]) })
  h.endWindow({ window: 1 })
  h.prepare(1)
  h.commit(1)
  expect((await parquetRows(at)).map((row) => row['op'])).toEqual(['+I', '-D'])
  const typed = (config: Partial<FileSinkConfig>): readonly string[] =>
    fileSink
      .typing({ config: { ...fileSink.defaultConfig, format: 'parquet', ...config }, inputs: {} })
      .problems.map(({ code, configPath }) => `${code} ${configPath ?? ''}`)
  expect(typed({})).toEqual([])
  expect(typed({ layout: 'single' })).toEqual(['PARQUET_NOT_APPENDED /layout'])
  expect(typed({ file: 'home:a.parquet' })).toEqual(['PARQUET_NOT_APPENDED /file'])
  expect(typed({ mode: 'final' })).toEqual(['PARQUET_NOT_FINAL /mode'])
})

test('P20 a sync that fails for want of room is no full disk: what it leaves is unknown, so the rows are read again', async () => {
  const sync = (): never => {
    throw Object.assign(new Error('ENOSPC: no space left on device, fsync'), { code: 'ENOSPC' })
  }
  const h = await createOperatorHarness(fileSinkOn({ ...realDisk, sync }), {
    config: { ...fileSink.defaultConfig, folder: 'out:o' },
    inputs: { in: { schema: SCHEMA } },
    outputs: {},
    files: { out: folder() },
  })
  h.push('in', batchOf(SCHEMA, rowsOf(0, 3)))
  h.endWindow({ window: 1 })
  expect(() => h.prepare(1)).toThrow(expect.objectContaining({ code: 'STAGE_NOT_SYNCED' }))
})

test('Parquet: a full disk is waited for, and the file is whole afterwards', async () => {
  const at = folder()
  let full = true
  const disk: StageDisk = {
    ...realDisk,
    write(file, bytes, position) {
      if (full) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })
      realDisk.write(file, bytes, position)
    },
  }
  const h = await createOperatorHarness(fileSinkOn(disk), {
    config: { ...fileSink.defaultConfig, folder: 'out:o', format: 'parquet' },
    inputs: { in: { schema: SCHEMA } },
    outputs: {},
    files: { out: at },
  })
  h.push('in', batchOf(SCHEMA, rowsOf(0, 3)))
  h.endWindow({ window: 1 })
  expect([h.prepare(1), h.prepare(1)]).toEqual([false, false])
  full = false
  expect(h.prepare(1)).toBe(true)
  h.commit(1)
  expect((await parquetRows(at)).map((row) => row['n'])).toEqual([0n, 1n, 2n])
})
