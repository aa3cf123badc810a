import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Schema } from '@belay/columns'
import { createOperatorHarness, runDisturbed } from '@belay/engine/testing'
import { expect, test } from 'vitest'
import { nexmarkSource, type NexmarkSourceConfig } from './manifest.ts'
import { module } from './runtime.ts'

const CONFIG: NexmarkSourceConfig = { ...nexmarkSource.defaultConfig, events: 50_000, rowsPerSecond: 0, eventRate: 100_000 }

function outputsOf(config: NexmarkSourceConfig): Record<string, Schema> {
  const { outputs, problems } = nexmarkSource.typing({ config, inputs: {} })
  expect(problems).toEqual([])
  return Object.fromEntries(Object.entries(outputs).map(([port, edge]) => [port, edge.schema]))
}

const made = (config: NexmarkSourceConfig) => createOperatorHarness(module, { config, inputs: {}, outputs: outputsOf(config) })

test('H9 the same events for the same seed, also from any restored event on', async () => {
  const config = { ...CONFIG, events: 20_000 }
  const runs = await Promise.all(
    [1, 2].map((seed) => runDisturbed(module, { config, inputs: {}, outputs: outputsOf(config), seed, kills: 4 })),
  )
  const [first, second] = runs.map(({ outputs }) => JSON.stringify(outputs))
  expect(first).toBe(second)
  expect(runs[0]?.outputs['bids']).toHaveLength(18_400)
})

test('proportions, skews and sizes are those published', async () => {
  const h = await made(CONFIG)
  while (h.read() !== 'ended') continue
  const [persons, auctions, bids] = ['persons', 'auctions', 'bids'].map((port) => h.takeRows(port))
  expect([persons, auctions, bids].map((rows) => rows?.length)).toEqual([1000, 3000, 46_000])
  const share = (rows: readonly unknown[] | undefined, of: (row: Record<string, unknown>) => boolean): number =>
    (rows ?? []).filter((row) => of(row as Record<string, unknown>)).length / (rows?.length ?? 1)
  expect(share(bids, ({ auction }) => Number(auction) % 100 === 0)).toBeCloseTo(0.5, 1)
  expect(share(bids, ({ bidder }) => Number(bidder) % 100 === 1)).toBeCloseTo(0.75, 1)
  expect(share(auctions, ({ seller }) => Number(seller) % 100 === 0)).toBeCloseTo(0.75, 1)
  expect(share(bids, ({ price }) => Number(price) < 10_000)).toBeCloseTo(1 / 3, 1)
  expect(share(bids, ({ channel }) => !String(channel).startsWith('channel-'))).toBeCloseTo(0.5, 1)
  const mean = (rows: readonly Record<string, unknown>[] | undefined): number => {
    const size = (value: unknown): number => (typeof value === 'string' ? value.length : 8)
    return (
      (rows ?? []).reduce((sum, row) => sum + Object.values(row).reduce<number>((total, value) => total + size(value), 0), 0) /
      (rows?.length ?? 1)
    )
  }
  expect(Math.abs(mean(persons) - 200)).toBeLessThan(8)
  expect(Math.abs(mean(auctions) - 500)).toBeLessThan(15)
  expect(Math.abs(mean((bids ?? []).map(({ channel: _channel, url: _url, ...bid }) => bid)) - 100)).toBeLessThan(5)
  expect(auctions?.every(({ expires, dateTime }) => Number(expires) > Number(dateTime))).toBe(true)
})

test('only the columns asked for, and only outputs that are read', async () => {
  const config = { ...CONFIG, columns: { bid: ['price', 'auction'], person: [] } }
  const outputs = outputsOf(config)
  expect(outputs['bids']?.map(({ name }) => name)).toEqual(['auction', 'price', 'dateTime'])
  expect(outputs['persons']?.map(({ name }) => name)).toEqual(['dateTime'])
  const h = await createOperatorHarness(module, { config, inputs: {}, outputs, connected: ['bids'] })
  h.read()
  expect(h.takeRows('auctions')).toEqual([])
  expect(h.takeRows('bids')).toHaveLength(940)
})

test('H18 events of a file by their type; an unknown one is a row error with its line', async () => {
  const at = mkdtempSync(join(tmpdir(), 'belay-nexmark-'))
  const bid = { auction: 5, bidder: 6, price: 7, channel: 'x', url: 'y', dateTime: '2026-03-14T07:59:10.001Z', extra: '\\"' }
  const lines = [
    JSON.stringify({ type: 'bid', ...bid }),
    JSON.stringify({ ...bid, price: 8, type: 'bid' }),
    JSON.stringify({ type: 'bidder', ...bid }),
    '{"type":"bid"',
    JSON.stringify({ type: 'person', id: 1 }),
  ]
  writeFileSync(join(at, 'e.jsonl'), lines.join('\n'))
  const config = { ...CONFIG, file: 'data:e.jsonl', outOfOrderMs: 4000 }
  const h = await createOperatorHarness(module, { config, inputs: {}, outputs: outputsOf(config), files: { data: at } })
  expect(h.read()).toBe('ended')
  expect(h.takeRows('bids').map(({ price }) => price)).toEqual([7, 8])
  expect(h.rowErrors.map(({ code, message }) => [code, message.split(':')[0]])).toEqual([
    ['FIELD_INVALID', 'line 3'],
    ['LINE_INVALID', 'line 4'],
    ['FIELD_MISSING', 'line 5'],
  ])
  expect(h.watermark()).toBe(Date.parse('2026-03-14T07:59:06.001Z'))
})
