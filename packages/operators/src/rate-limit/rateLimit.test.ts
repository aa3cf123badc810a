import { batchOf, ROW_KIND, type Batch, type Schema } from '@belay/columns'
import type { Emitter, OperatorModule } from '@belay/engine/operator'
import { createOperatorHarness, type OperatorHarness } from '@belay/engine/testing'
import { expect, test } from 'vitest'
import { manifests } from '../manifests.ts'
import { rateLimit, type RateLimitConfig } from './manifest.ts'
import { module } from './runtime.ts'

const SCHEMA: Schema = [{ name: 'id', type: 'int64', nullable: false }]
const rows = (count: number): Batch =>
  batchOf(
    SCHEMA,
    Array.from({ length: count }, (_, id) => [id]),
  )

class Received implements Emitter {
  readonly batches: Batch[] = []
  full = false
  emit(_port: number, batch: Batch): void {
    this.batches.push(batch)
  }
  connected(): boolean {
    return true
  }
  get ids(): number[] {
    return this.batches.flatMap(({ columns: [column], rows: count }) =>
      column?.storage === 'number' ? [...column.values.subarray(0, count)] : [],
    )
  }
}

/** The operator on a clock of the test's own. */
async function start(rowsPerSecond: number) {
  const clock = { nowMs: 0 }
  const onClock: OperatorModule<RateLimitConfig> = { create: (context) => module.create({ ...context, nowMs: () => clock.nowMs }) }
  const harness: OperatorHarness = await createOperatorHarness(onClock, {
    config: { rowsPerSecond },
    inputs: { in: { schema: SCHEMA } },
    outputs: { out: SCHEMA },
  })
  const { operator } = harness
  if (operator.role !== 'transform') throw new TypeError('a rate limit is a transform')
  return { clock, harness, operator }
}

test('never more rows than its time allows, none dropped, in order', async () => {
  const { clock, harness, operator } = await start(200)
  const out = new Received()
  const batch = rows(1000)
  let from = 0
  for (; from < 1000; clock.nowMs += 10) {
    for (let next = -1; next !== from;) {
      next = from
      from = operator.process(0, batch, from, out)
    }
    expect(from).toBeLessThanOrEqual((clock.nowMs * 200) / 1000)
    if (from < 1000) expect(harness.wakes.length).toBeGreaterThan(0)
  }
  expect(clock.nowMs).toBeLessThanOrEqual(5020)
  expect(out.ids).toEqual(Array.from({ length: 1000 }, (_, id) => id))
})

test('after a pause one second’s rows at most come at once', async () => {
  const { clock, operator } = await start(100)
  const out = new Received()
  clock.nowMs = 60_000
  expect(operator.process(0, rows(1000), 0, out)).toBe(100)
  expect(operator.process(0, rows(1000), 100, out)).toBe(100)
})

test('what is full is left alone, and kinds pass', async () => {
  const { clock, operator } = await start(1000)
  const out = new Received()
  clock.nowMs = 10
  out.full = true
  expect(operator.process(0, rows(5), 0, out)).toBe(0)
  out.full = false
  operator.process(0, { ...rows(2), kinds: Uint8Array.of(ROW_KIND.updateBefore, ROW_KIND.updateAfter) }, 0, out)
  expect([...(out.batches[0]?.kinds ?? [])]).toEqual([ROW_KIND.updateBefore, ROW_KIND.updateAfter])
})

test('a limit of less than some rows a second says why it stands still, so that it is not taken for stuck', async () => {
  const { clock, harness, operator } = await start(0.01)
  expect(harness.waits).toEqual(['RATE_LIMITED'])
  const out = new Received()
  expect(operator.process(0, rows(2), 0, out)).toBe(0)
  expect(harness.wakes.at(-1)).toBe(100_000)
  clock.nowMs = 100_000
  expect(operator.process(0, rows(2), 0, out)).toBe(1)
  expect((await start(10)).harness.waits).toEqual([])
})

test('typing: what comes goes, whatever kind it is', () => {
  const edge = { schema: SCHEMA, eventTime: null, changes: { kind: 'upsert' as const, key: ['id'] } }
  expect(rateLimit.typing({ config: rateLimit.defaultConfig, inputs: { in: edge } })).toEqual({ outputs: { out: edge }, problems: [] })
  expect(manifests['rate-limit']?.summarise({ rowsPerSecond: 5 })).toBe('5 rows/s')
})

test('a live rate holds from where it is set, without catching up on the time before', async () => {
  const { clock, harness, operator } = await start(0.01)
  const out = new Received()
  clock.nowMs = 60_000
  operator.configure?.({ rowsPerSecond: 100 })
  expect(operator.process(0, rows(1000), 0, out)).toBe(0)
  clock.nowMs += 100
  expect(operator.process(0, rows(1000), 0, out)).toBe(10)
  expect(harness.waits.at(-1)).toBe(null)
})
