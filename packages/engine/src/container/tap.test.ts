import { batchOf, ROW_KIND, type Schema } from '@belay/columns'
import { expect, test } from 'vitest'
import type { FromContainer } from './protocol.ts'
import { Outbox } from './outbox.ts'
import { Tap } from './tap.ts'

const SCHEMA: Schema = [
  { name: 'n', type: 'int64', nullable: false },
  { name: 'text', type: 'string', nullable: true },
]
type Told = Extract<FromContainer, { type: 'peeked' }>

function tapped(parts = 1): { readonly tap: Tap; readonly told: Told[] } {
  const told: Told[] = []
  return { tap: new Tap('count#1', 0, parts, (message) => message.type === 'peeked' && told.push(message)), told }
}

function numbered(from: number, rows: number, text: string | null = null) {
  return batchOf(
    SCHEMA,
    Array.from({ length: rows }, (_, i) => [from + i, text]),
  )
}

test('H33 of few rows every one is told, with its window and kind, and long texts are cut off', () => {
  const { tap, told } = tapped()
  tap.take(numbered(1, 2, 'x'.repeat(1000)), 7)
  tap.take({ ...numbered(3, 1), kinds: Uint8Array.of(ROW_KIND.delete) }, 8)
  expect(told).toEqual([])
  tap.turn(1000)
  expect(told).toMatchObject([{ instance: 'count#1', port: 0, every: 1, seen: 3 }])
  expect(told[0].rows.map(({ window, kind, cells }) => [window, kind, cells[0]])).toEqual([
    [7, 'insert', 1],
    [7, 'insert', 2],
    [8, 'delete', 3],
  ])
  expect(told[0].rows[0].cells[1]).toBe(`${'x'.repeat(200)}…`)
  expect(told[0].rows[2].cells[1]).toBeNull()
})

test('H33 of many rows exactly one in `every` is told, however they lie in batches, and all are counted', () => {
  const { tap, told } = tapped()
  let next = 0
  for (let turn = 1; turn <= 20; turn += 1) {
    for (const rows of [1024, 1, 300, 17]) {
      tap.take(numbered(next, rows), turn)
      next += rows
    }
    tap.turn(turn * 1000)
  }
  expect(told.reduce((sum, { seen }) => sum + seen, 0)).toBe(next)
  for (const { rows, every } of told)
    rows.forEach(({ cells }, i) => {
      if (i > 0) expect(Number(cells[0]) - Number(rows[i - 1].cells[0])).toBe(every)
    })
  // It has found its pace: a telling each turn, with as many rows as people can read.
  const steady = told.filter(({ rows }) => (rows[0]?.window ?? 0) > 5)
  expect(steady).toHaveLength(15)
  expect(Math.max(...steady.map(({ rows }) => rows.length))).toBeLessThanOrEqual(40)
  expect(steady[0].every).toBeGreaterThan(32)
})

test('H33 a stream that has become slow is told whole again', () => {
  const { tap, told } = tapped()
  tap.take(numbered(0, 100_000), 1)
  tap.turn(1000)
  tap.turn(2000)
  told.length = 0
  tap.take(numbered(0, 5), 2)
  tap.turn(3000)
  expect(told.map(({ every, rows }) => [every, rows.length])).toEqual([[1, 5]])
})

test('H33 wide rows are told within a bound of bytes, shared by the instances of an operator', () => {
  for (const parts of [1, 8]) {
    const { tap, told } = tapped(parts)
    tap.take(numbered(0, 10_000, 'wide'.repeat(50)), 1)
    tap.turn(1000)
    for (const message of told) expect(JSON.stringify(message.rows).length).toBeLessThan((2 * 16_384) / parts + 1000)
  }
})

test('H33 a full reader holds up the stream and not the sample, and a batch is sampled once whoever reads it', () => {
  const { tap, told } = tapped()
  const taken: number[] = []
  const full = { stream: 0, blockedBy: -1, data: () => 0, end: () => false, streamEnd: () => false }
  const open = { ...full, data: (batch: { readonly rows: number }) => (taken.push(batch.rows), batch.rows) }
  const outbox = new Outbox(SCHEMA, [full, open])
  outbox.tap = tap
  outbox.emit(numbered(0, 300), 1)
  outbox.drain()
  outbox.drain()
  tap.turn(1000)
  expect(taken).toEqual([300])
  expect(told.reduce((sum, { seen }) => sum + seen, 0)).toBe(300)
  outbox.tap = null
  outbox.emit(numbered(0, 300), 2)
  tap.turn(2000)
  expect(told.reduce((sum, { seen }) => sum + seen, 0)).toBe(300)
})
