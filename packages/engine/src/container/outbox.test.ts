import { batchOf, rowAt, type Batch, type Schema } from '@belay/columns'
import { expect, test } from 'vitest'
import type { EdgeTarget } from './edge.ts'
import { Outbox } from './outbox.ts'

const SCHEMA: Schema = [
  { name: 'n', type: 'int64', nullable: true },
  { name: 'text', type: 'string', nullable: true },
]

function outbox(): { readonly out: Outbox; readonly taken: Batch[] } {
  const taken: Batch[] = []
  const target: EdgeTarget = {
    stream: 0,
    blockedBy: -1,
    data(batch) {
      taken.push(batch)
      return batch.rows
    },
    end: () => true,
    streamEnd: () => true,
  }
  return { out: new Outbox(SCHEMA, [target]), taken }
}

const rowsOf = (batch: Batch) => Array.from({ length: batch.rows }, (_, row) => ({ ...rowAt(batch, row) }))

test('small batches are gathered, with what they hold', () => {
  const { out, taken } = outbox()
  const parts = [
    [
      [1, 'one'],
      [null, 'zwölf'],
    ],
    [[3, null]],
    [
      [4, ''],
      [5, 'five'],
    ],
  ].map((rows) => batchOf(SCHEMA, rows))
  for (const part of parts) out.emit(part, 1)
  out.drain()
  expect(taken).toEqual([])
  out.flush()
  out.drain()
  expect(taken).toHaveLength(1)
  expect(rowsOf(taken[0])).toEqual(parts.flatMap(rowsOf))
})

test('a few rows of some KB are passed on as they are, behind what was gathered before', () => {
  const { out, taken } = outbox()
  const small = batchOf(SCHEMA, [[1, 'one']])
  const large = batchOf(
    SCHEMA,
    Array.from({ length: 40 }, (_, n) => [n, 'x'.repeat(2048)]),
  )
  out.emit(small, 1)
  out.emit(large, 1)
  out.drain()
  expect(taken).toHaveLength(2)
  expect(rowsOf(taken[0])).toEqual(rowsOf(small))
  expect(taken[1]).toBe(large)
})
