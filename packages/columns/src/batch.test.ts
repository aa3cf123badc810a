import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gatherBatch, rowAt, sliceBatch } from './batch.ts'
import { batchOf } from './batchBuilder.ts'
import type { Value } from './column.ts'
import { decodeBatch, encodeBatch, encodedSizeBytes } from './codec.ts'
import type { Schema } from './schema.ts'

const schema: Schema = [
  { name: 'flag', type: 'bool', nullable: true },
  { name: 'count', type: 'int64', nullable: true },
  { name: 'ratio', type: 'float64', nullable: true },
  { name: 'name', type: 'string', nullable: true },
  { name: 'at', type: 'timestamp', nullable: false },
  { name: 'body', type: 'json', nullable: true },
]

const row = fc.tuple(
  fc.option(fc.boolean()),
  fc.option(fc.maxSafeInteger()),
  fc.option(fc.double({ noNaN: true })),
  fc.option(fc.string({ unit: 'grapheme', maxLength: 40 })),
  fc.integer({ min: 0, max: 4e12 }),
  fc.option(fc.json()),
) as fc.Arbitrary<Value[]>

const plain = (rows: readonly Value[][]) => rows.map((values) => Object.fromEntries(schema.map((field, i) => [field.name, values[i]])))

test('L2 a batch reads back from its bytes exactly, from a slice and after a gather too', () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 50 }), fc.nat(), fc.nat(), (rows, a, b) => {
      const batch = batchOf(schema, rows)
      const from = a % rows.length
      const to = from + (b % (rows.length - from)) + 1
      const part = sliceBatch(batch, from, to)
      const memory = new Uint8Array(new SharedArrayBuffer(encodedSizeBytes(part) + 16))
      const written = encodeBatch(part, memory, 8)
      expect(written).toBe(encodedSizeBytes(part))
      const back = decodeBatch(schema, part.rows, false, memory, 8)
      const expected = plain(rows.slice(from, to))
      expect(Array.from({ length: back.rows }, (_, i) => ({ ...rowAt(back, i) }))).toEqual(expected)
      const order = Uint32Array.from({ length: back.rows }, (_, i) => back.rows - 1 - i)
      const turned = gatherBatch(back, order, back.rows)
      expect(Array.from({ length: back.rows }, (_, i) => ({ ...rowAt(turned, i) }))).toEqual(expected.toReversed())
    }),
  )
})

test('H21 a lone surrogate becomes U+FFFD', () => {
  const batch = batchOf([{ name: 's', type: 'string', nullable: false }], [['a\ud800b']])
  expect(rowAt(batch, 0).s).toBe('a\ufffdb')
})

test('D2 a builder grows past its first size', () => {
  const rows = Array.from({ length: 3000 }, (_, i): Value[] => [i % 2 === 0, i, i / 3, i % 5 === 0 ? null : `row ${i}`, i, null])
  const batch = batchOf(schema, rows)
  expect(rowAt(batch, 2999)).toEqual(plain(rows)[2999])
  expect(rowAt(batch, 2995).name).toBeNull()
})
