import { batchOf, type Schema } from '@belay/columns'
import { createOperatorHarness, randomOf, runDisturbed } from '@belay/engine/testing'
import type { EdgeType } from '@belay/pipeline'
import { expect, test } from 'vitest'
import { intervalJoin, type IntervalJoinConfig } from './manifest.ts'
import { module } from './runtime.ts'

const LEFT: Schema = [
  { name: 't', type: 'timestamp', nullable: false },
  { name: 'k', type: 'int64', nullable: true },
  { name: 'l', type: 'int64', nullable: false },
]
const RIGHT: Schema = [
  { name: 'at', type: 'timestamp', nullable: false },
  { name: 'key', type: 'int64', nullable: true },
  { name: 'r', type: 'int64', nullable: false },
]
const edges: Record<string, EdgeType> = {
  left: { schema: LEFT, eventTime: 't', changes: { kind: 'append', key: null } },
  right: { schema: RIGHT, eventTime: 'at', changes: { kind: 'append', key: null } },
}
const config = (type: 'inner' | 'left', fromMs: number, toMs: number): IntervalJoinConfig => ({
  type,
  on: [{ left: 'k', right: 'key' }],
  fromMs,
  toMs,
})
const outputs = (own: IntervalJoinConfig): Record<string, Schema> => ({
  out: intervalJoin.typing({ config: own, inputs: edges }).outputs['out']?.schema ?? [],
})

type Row = readonly [number, number | null, number]

test.each([
  ['inner', -300, 500],
  ['left', -300, 500],
  ['left', 100, 400],
  ['inner', -500, -200],
] as const)('%s join from %i to %i ms: every pair once, and left rows without one, whatever dies when', async (type, fromMs, toMs) => {
  const own = config(type, fromMs, toMs)
  for (let seed = 1; seed <= 5; seed += 1) {
    const random = randomOf(seed)
    const rows = (): Row[] => Array.from({ length: 350 }, (_, n): Row => [n * 15 + random(200), random(10) === 0 ? null : random(5), n])
    const left = rows()
    const right = rows()
    const run = await runDisturbed(module, {
      config: own,
      inputs: { left: { schema: LEFT, eventTime: 't', rows: left }, right: { schema: RIGHT, eventTime: 'at', rows: right } },
      outputs: outputs(own),
      seed,
      kills: 5,
      outOfOrderMs: 200,
      fullAfter: 1,
    })
    const expected = left.flatMap((l) => {
      const matches = right.filter((r) => l[1] !== null && l[1] === r[1] && r[0] - l[0] >= fromMs && r[0] - l[0] <= toMs)
      return matches.length === 0 ? (type === 'left' ? [`${l[2]} null`] : []) : matches.map((r) => `${l[2]} ${r[2]}`)
    })
    const given = (run.outputs['out'] ?? []).map(({ row }) => `${String(row['l'])} ${String(row['r'])}`)
    expect(given.sort()).toEqual(expected.sort())
    expect(run.counts.get('late rows')).toBeUndefined()
  }
})

test('rows are forgotten when nothing can match them any more; late ones are counted', async () => {
  const own = config('left', 0, 100)
  const h = await createOperatorHarness(module, {
    config: own,
    inputs: { left: { schema: LEFT, eventTime: 't' }, right: { schema: RIGHT, eventTime: 'at' } },
    outputs: outputs(own),
  })
  h.push('left', batchOf(LEFT, [[1000, 1, 1]]))
  h.push('right', batchOf(RIGHT, [[900, 2, 1]]))
  const before = h.store.sizeBytes
  h.endWindow({ window: 1, watermark: 1100 })
  expect(h.takeRows()).toEqual([])
  h.endWindow({ window: 2, watermark: 1101 })
  expect(h.takeRows()).toEqual([{ t: 1000, k: 1, l: 1, at: null, key: null, r: null }])
  expect(h.store.sizeBytes).toBeLessThan(before)
  h.push('right', batchOf(RIGHT, [[1100, 1, 2]]))
  expect(h.counts.get('late rows')).toBe(1)
})

test.each([
  ['left', -300, 500],
  ['left', -500, -200],
  ['inner', 100, 400],
] as const)('H14 %s join from %i to %i ms: no result is older than the watermark that is passed on', async (type, fromMs, toMs) => {
  const own = config(type, fromMs, toMs)
  const h = await createOperatorHarness(module, {
    config: own,
    inputs: { left: { schema: LEFT, eventTime: 't' }, right: { schema: RIGHT, eventTime: 'at' } },
    outputs: outputs(own),
  })
  if (h.operator.role !== 'transform') throw new Error('a join transforms')
  const heldBackMs = h.operator.heldBackMs ?? 0
  const random = randomOf(1)
  let told = Number.NEGATIVE_INFINITY
  let oldest = Number.POSITIVE_INFINITY
  for (let window = 1; window <= 60; window += 1) {
    const rows = (): Row[] => Array.from({ length: 4 }, (_, n): Row => [window * 100 + random(200), random(9) === 0 ? null : random(3), n])
    h.push('left', batchOf(LEFT, rows()))
    h.push('right', batchOf(RIGHT, rows()))
    const watermark = (window + 1) * 100
    h.endWindow({ window, watermark })
    for (const { t } of h.takeRows()) oldest = Math.min(oldest, Number(t) - told)
    told = watermark - heldBackMs
  }
  expect(oldest).toBeGreaterThanOrEqual(0)
  // It is held back by no more than it has to be.
  expect(oldest).toBeLessThan(100)
})

test('typing: an interval that holds nothing', () => {
  expect(intervalJoin.typing({ config: config('inner', 5, 1), inputs: edges }).problems).toMatchObject([
    { code: 'INTERVAL_EMPTY', fixes: [{ value: 1 }] },
  ])
})
