import { batchOf, type Schema } from '@belay/columns'
import { createOperatorHarness, randomOf, runDisturbed } from '@belay/engine/testing'
import type { EdgeType } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { temporalJoin, type TemporalJoinConfig } from './manifest.ts'
import { module } from './runtime.ts'

const LEFT: Schema = [
  { name: 't', type: 'timestamp', nullable: false },
  { name: 'currency', type: 'string', nullable: true },
  { name: 'l', type: 'int64', nullable: false },
]
const RIGHT: Schema = [
  { name: 'at', type: 'timestamp', nullable: false },
  { name: 'code', type: 'string', nullable: true },
  { name: 'rate', type: 'int64', nullable: false },
]
const edges: Record<string, EdgeType> = {
  left: { schema: LEFT, eventTime: 't', changes: { kind: 'append', key: ['l'] } },
  right: { schema: RIGHT, eventTime: 'at', changes: { kind: 'append', key: null } },
}
const config = (type: 'inner' | 'left', ttlMs = 0): TemporalJoinConfig => ({ type, on: [{ left: 'currency', right: 'code' }], ttlMs })
const outputs = (own: TemporalJoinConfig): Record<string, Schema> => ({
  out: temporalJoin.typing({ config: own, inputs: edges }).outputs['out']?.schema ?? [],
})
const inputs = { left: { schema: LEFT, eventTime: 't' }, right: { schema: RIGHT, eventTime: 'at' } }

type Row = readonly [number, string | null, number]

/** The plain way: all versions of all time, the newest that is not newer than the row. */
function plain(left: readonly Row[], right: readonly Row[], { type, ttlMs = 0 }: TemporalJoinConfig): string[] {
  return left.flatMap(([time, currency, l]) => {
    const valid = right
      .filter(([at, code]) => code !== null && code === currency && at <= time)
      .sort((a, b) => a[0] - b[0] || a[2] - b[2])
      .at(-1)
    const rate = valid === undefined || (ttlMs > 0 && time - valid[0] > ttlMs) ? null : valid[2]
    return rate === null && type === 'inner' ? [] : [`${l} ${String(rate)}`]
  })
}

test.each([
  ['inner', 0],
  ['left', 0],
  ['left', 700],
] as const)('%s join, versions valid for %i ms: the version of that time, whatever dies when and arrives how', async (type, ttlMs) => {
  const own = config(type, ttlMs)
  for (let seed = 1; seed <= 6; seed += 1) {
    const random = randomOf(seed)
    const rows = (count: number, stepMs: number): Row[] =>
      Array.from({ length: count }, (_, n): Row => [
        // Whole hundreds, so that times are often the same on both sides.
        Math.round((n * stepMs + random(300)) / 100) * 100,
        random(10) === 0 ? null : `c${random(6)}`,
        n,
      ])
    const left = rows(500, 10)
    const right = rows(120, 40)
    const run = await runDisturbed(module, {
      config: own,
      inputs: { left: { ...inputs.left, rows: left }, right: { ...inputs.right, rows: right } },
      outputs: outputs(own),
      seed,
      kills: 5,
      outOfOrderMs: 400,
      fullAfter: 1,
    })
    const given = (run.outputs['out'] ?? []).map(({ row }) => row)
    expect(given.map((row) => `${String(row['l'])} ${String(row['rate'])}`).sort()).toEqual(plain(left, right, own).sort())
    const times = given.map(({ t }) => Number(t))
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(run.counts.get('late rows')).toBeUndefined()
  }
})

test('a row waits for the watermark; a version of its own time counts', async () => {
  const h = await createOperatorHarness(module, { config: config('left'), inputs, outputs: outputs(config('left')) })
  h.push('right', batchOf(RIGHT, [[0, 'EUR', 1]]))
  h.push('left', batchOf(LEFT, [[1000, 'EUR', 1]]))
  h.endWindow({ window: 1, watermark: 1000 })
  expect(h.takeRows()).toEqual([])
  h.push('right', batchOf(RIGHT, [[1000, 'EUR', 2]]))
  h.endWindow({ window: 2, watermark: 1001 })
  expect(h.takeRows()).toEqual([{ t: 1000, currency: 'EUR', l: 1, at: 1000, code: 'EUR', rate: 2 }])
  h.push('left', batchOf(LEFT, [[1000, 'EUR', 2]]))
  h.push('right', batchOf(RIGHT, [[999, 'EUR', 3]]))
  expect(h.counts.get('late rows')).toBe(2)
})

test('versions that nothing can need any more are forgotten, the last one of a key only by the time to live', async () => {
  const sizeAfter = async (ttlMs: number): Promise<number> => {
    const h = await createOperatorHarness(module, { config: config('left', ttlMs), inputs, outputs: outputs(config('left')) })
    for (let window = 1; window <= 40; window += 1) {
      const rows = Array.from({ length: 1000 }, (_, n) => [window * 1000 + n, `c${n % 10}`, n])
      h.push('right', batchOf(RIGHT, rows))
      h.endWindow({ window, watermark: window * 1000 })
    }
    h.endWindow({ window: 41, watermark: 100_000 })
    h.push('left', batchOf(LEFT, [[100_000, 'c1', 1]]))
    h.endWindow({ window: 42, watermark: 200_000 })
    expect(h.takeRows()).toMatchObject([{ rate: ttlMs === 0 ? 991 : null }])
    return h.store.sizeBytes
  }
  const kept = await sizeAfter(0)
  expect(kept).toBeLessThan(2_000_000)
  expect(await sizeAfter(5000)).toBeLessThanOrEqual(kept)
})

test('typing: the event time and what tells rows apart stay; a side without event time is refused, endless state is said', () => {
  const typed = temporalJoin.typing({ config: config('left'), inputs: edges })
  expect(typed.problems).toEqual([])
  expect(typed.outputs['out']).toMatchObject({ eventTime: 't', changes: { kind: 'append', key: ['l'] } })
  expect(typed.outputs['out']?.schema.map(({ name, nullable }) => `${name} ${nullable}`)).toEqual([
    't false',
    'currency true',
    'l false',
    'at true',
    'code true',
    'rate true',
  ])
  const timeless = { ...edges, right: { ...edges['right'], eventTime: null } as EdgeType }
  expect(temporalJoin.typing({ config: config('left'), inputs: timeless }).problems).toMatchObject([
    { code: 'EVENT_TIME_MISSING', port: 'right' },
  ])
  const { ttlMs: _, ...endless } = config('left')
  expect(temporalJoin.typing({ config: endless, inputs: edges }).problems).toMatchObject([{ code: 'STATE_UNBOUNDED', severity: 'warning' }])
  const wrong = { ...config('left'), on: [{ left: 'l', right: 'code' }] }
  expect(temporalJoin.typing({ config: wrong, inputs: edges }).problems).toMatchObject([{ code: 'KEY_TYPES' }])
})
