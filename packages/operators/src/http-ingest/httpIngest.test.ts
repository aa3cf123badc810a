import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RowPostAnswer, SourceOperator } from '@belay/engine/operator'
import { createOperatorHarness, type OperatorHarness } from '@belay/engine/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { httpIngest, type HttpIngestConfig } from './manifest.ts'
import { module } from './runtime.ts'

const columns: HttpIngestConfig['columns'] = [
  { name: 'n', type: 'int64', nullable: false },
  { name: 't', type: 'timestamp', nullable: true },
]

function folder(): string {
  const at = mkdtempSync(join(tmpdir(), 'belay-http-ingest-'))
  onTestFinished(() => rmSync(at, { recursive: true, force: true }))
  return join(at, 'log')
}

async function source(
  own: string,
  options: { readonly config?: Partial<HttpIngestConfig>; readonly state?: Uint8Array } = {},
): Promise<OperatorHarness> {
  const harness = await createOperatorHarness(module, {
    config: { ...httpIngest.defaultConfig, columns, eventTime: 't', ...options.config },
    inputs: {},
    outputs: { out: columns },
    own,
    ...(options.state === undefined ? {} : { state: options.state }),
  })
  onTestFinished(() => harness.close())
  return harness
}

const post = (harness: OperatorHarness, rows: unknown, key: string | null = null): Promise<RowPostAnswer> => {
  const accept = (harness.operator as SourceOperator).accept?.bind(harness.operator)
  if (accept === undefined) throw new Error('it accepts nothing')
  return accept({ contentType: 'json', body: Buffer.from(JSON.stringify(rows)), key })
}

const numbersOf = (harness: OperatorHarness): unknown[] => {
  while (harness.read() === 'progress');
  return harness.takeRows().map(({ n }) => n)
}

test('H9 rows are read once they are durable; a restore reads again what its checkpoint had not', async () => {
  const at = folder()
  let h = await source(at)
  expect(h.watermark()).toBe(-Infinity)
  expect(await post(h, [{ n: 1, t: 5000 }, { n: 2 }])).toEqual({ rows: 2, repeated: false })
  expect(numbersOf(h)).toEqual([1, 2])
  expect(h.watermark()).toBe(5000)
  h.checkpoint(1)
  const state = h.snapshot()
  await post(h, { n: 3 })
  expect(numbersOf(h)).toEqual([3])
  h.close()
  h = await source(at, { state })
  expect(numbersOf(h)).toEqual([3])
})

test('H9 the same key has no second effect: at once, before and after its rows were read, over restores and trims', async () => {
  const at = folder()
  const rows = [{ n: 1 }]
  let h = await source(at)
  expect(await Promise.all([post(h, rows, 'a'), post(h, rows, 'a')])).toEqual([
    { rows: 1, repeated: false },
    { rows: 1, repeated: true },
  ])
  await expect(post(h, [{ n: 2 }], 'a')).rejects.toMatchObject({ code: 'INGEST_KEY_REUSED' })
  h.close()
  h = await source(at)
  expect(await post(h, rows, 'a')).toEqual({ rows: 1, repeated: true })
  expect(numbersOf(h)).toEqual([1])
  expect(await post(h, rows, 'a')).toEqual({ rows: 1, repeated: true })
  h.checkpoint(1)
  const state = h.snapshot()
  await post(h, [{ n: 5 }], 'b')
  expect(numbersOf(h)).toEqual([5])
  h.close()
  h = await source(at, { state })
  ;(h.operator as SourceOperator).trim?.(1)
  for (const [n, key] of [
    [1, 'a'],
    [5, 'b'],
  ] as const)
    expect(await post(h, [{ n }], key)).toMatchObject({ repeated: true })
  expect(numbersOf(h)).toEqual([5])
})

test('keys are forgotten after their time', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000_000 })
  onTestFinished(() => void vi.useRealTimers())
  const h = await source(folder(), { config: { keepKeysMs: 60_000 } })
  await post(h, [{ n: 1 }], 'a')
  numbersOf(h)
  h.checkpoint(1)
  vi.setSystemTime(1_000_000_000 + 59_000)
  h.checkpoint(2)
  expect(await post(h, [{ n: 1 }], 'a')).toMatchObject({ repeated: true })
  vi.setSystemTime(1_000_000_000 + 200_000)
  h.checkpoint(3)
  expect(await post(h, [{ n: 1 }], 'a')).toMatchObject({ repeated: false })
})

test('H9 a full log asks to wait until a checkpoint was kept behind it', async () => {
  const h = await source(folder(), { config: { logMb: 1 } })
  const rows = Array.from({ length: 5000 }, (_, n) => ({ n, t: 0 }))
  let posts = 0
  for (let full = false; !full;) {
    full = await post(h, rows).then(
      () => false,
      (error: unknown) => {
        expect(error).toMatchObject({ code: 'INGEST_FULL' })
        return true
      },
    )
    if (!full) posts += 1
  }
  expect(posts).toBeGreaterThan(3)
  expect(numbersOf(h)).toHaveLength(posts * 5000)
  await expect(post(h, rows)).rejects.toMatchObject({ code: 'INGEST_FULL' })
  h.checkpoint(7)
  const operator = h.operator as SourceOperator
  expect(operator.settled?.()).toBe(true)
  operator.trim?.(6)
  await expect(post(h, rows)).rejects.toMatchObject({ code: 'INGEST_FULL' })
  operator.trim?.(7)
  expect(await post(h, rows)).toMatchObject({ rows: 5000 })
  expect(operator.settled?.()).toBe(false)
})

test('H9 whatever dies when, rows come once and in order', async () => {
  for (let seed = 1; seed <= 4; seed += 1) {
    const at = folder()
    let h = await source(at)
    const committed: unknown[] = []
    let pending: unknown[] = []
    let state: Uint8Array | undefined
    let next = 0
    for (let step = 0; step < 120; step += 1) {
      const kind = (step * 7 + seed * 13 + (step % seed)) % 11
      if (kind < 5) {
        const rows = Array.from({ length: 1 + ((step * 37) % 900) }, (_, i) => ({ n: next + i }))
        await post(h, rows, `k${step}`)
        next += rows.length
      } else if (kind < 8) {
        h.read()
        pending.push(...h.takeRows().map(({ n }) => n))
      } else if (kind === 8) {
        h.checkpoint(step)
        state = h.snapshot()
        committed.push(...pending)
        pending = []
        ;(h.operator as SourceOperator).trim?.(step)
      } else if (kind === 9) {
        h.close()
        pending = []
        h = await source(at, state === undefined ? {} : { state })
      }
    }
    committed.push(...pending, ...numbersOf(h))
    expect(committed).toEqual(Array.from({ length: next }, (_, n) => n))
  }
})

test('typing: columns have to be declared, and the event time is one of them', () => {
  const typed = (config: Partial<HttpIngestConfig>) => httpIngest.typing({ config: { ...httpIngest.defaultConfig, ...config }, inputs: {} })
  expect(typed({}).problems).toMatchObject([{ code: 'SOURCE_SCHEMA_UNKNOWN' }])
  expect(typed({ columns, eventTime: 'x' }).problems).toMatchObject([{ code: 'COLUMN_UNKNOWN' }])
  expect(typed({ columns, eventTime: 't' })).toMatchObject({ problems: [], outputs: { out: { eventTime: 't' } } })
  const accessSecret = { secret: 'key' }
  expect(typed({ columns, access: 'token' }).problems).toMatchObject([{ code: 'SECRET_MISSING' }])
  expect(typed({ columns, accessSecret }).problems).toMatchObject([{ code: 'SECRET_UNUSED' }])
  expect(typed({ columns, access: 'signature', accessSecret, keepKeysMs: 599_999 }).problems).toMatchObject([{ code: 'INGEST_REPLAY' }])
  expect(typed({ columns, access: 'signature', accessSecret, keepKeysMs: 600_000 }).problems).toEqual([])
})
