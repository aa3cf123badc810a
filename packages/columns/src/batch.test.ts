import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gatherBatch, rowAt, sliceBatch, type Batch } from './batch.ts'
import { BatchBuilder, batchOf } from './batchBuilder.ts'
import { dateText } from './calendar.ts'
import { CodecError, decodeBatch, encodeBatch, encodedSizeBytes } from './codec.ts'
import { valueOfNumber, type Column, type Value } from './column.ts'
import { pushFrom, pushRows } from './columnBuilder.ts'
import { exactOf, MAX_INT64, MIN_INT64 } from './decimal.ts'
import type { Schema } from './schema.ts'

const schema: Schema = [
  { name: 'flag', type: 'bool', nullable: true },
  { name: 'count', type: 'int64', nullable: true },
  { name: 'ratio', type: 'float64', nullable: true },
  { name: 'name', type: 'string', nullable: true },
  { name: 'at', type: 'timestamp', nullable: false },
  { name: 'body', type: 'json', nullable: true },
  { name: 'whole', type: 'int64', nullable: true },
  { name: 'money', type: 'decimal(18,3)', nullable: true },
  { name: 'day', type: 'date', nullable: true },
  { name: 'span', type: 'interval', nullable: true },
  { name: 'tags', type: 'array<string>', nullable: true },
  { name: 'wholes', type: 'array<int64>', nullable: true },
]

/** Both sides of ±2^53, where the encoding changes. */
const whole = fc
  .oneof(fc.bigInt({ min: MIN_INT64, max: MAX_INT64 }), fc.bigInt({ min: -(2n ** 53n) - 2n, max: -(2n ** 53n) + 2n }), fc.bigInt(-9n, 9n))
  .map((value) => valueOfNumber(exactOf(value), 'int64'))
const money = fc.bigInt({ min: -(10n ** 18n) + 1n, max: 10n ** 18n - 1n }).map((value) => valueOfNumber(exactOf(value), 'decimal(18,3)'))

const row = fc.tuple(
  fc.option(fc.boolean()),
  fc.option(fc.maxSafeInteger()),
  fc.option(fc.double({ noNaN: true })),
  fc.option(fc.string({ unit: 'grapheme', maxLength: 40 })),
  fc.integer({ min: 0, max: 4e12 }),
  fc.option(fc.json()),
  fc.option(whole),
  fc.option(money),
  fc.option(fc.integer({ min: -719_528, max: 2_932_896 }).map(dateText)),
  fc.option(fc.integer()),
  fc.option(fc.array(fc.option(fc.string({ unit: 'grapheme', maxLength: 5 })), { maxLength: 4 })),
  fc.option(fc.array(fc.option(whole), { maxLength: 4 })),
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

function unmarked(column: Column): Column {
  switch (column.storage) {
    case 'bytes':
      return { ...column, ascii: false }
    case 'array':
      return { ...column, items: unmarked(column.items) }
    default:
      return column
  }
}

test('rows of many batches copied at once are those copied one by one', () => {
  fc.assert(
    fc.property(fc.array(fc.array(row, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 }), fc.nat(), (parts, cut) => {
      const built = new BatchBuilder(schema)
      for (const rows of parts) {
        const batch = sliceBatch(batchOf(schema, rows), cut % rows.length, rows.length)
        batch.columns.forEach((column, i) => {
          pushRows(built.columns[i], column, batch.rows)
        })
        built.rows += batch.rows
      }
      const whole = built.finish()
      const expected = batchOf(
        schema,
        parts.flatMap((rows) => rows.slice(cut % rows.length)),
      )
      // A part that was cut off may have held what is not ASCII: the mark is then missing where it could stand.
      const marks = (batch: Batch): Batch => ({ ...batch, columns: batch.columns.map(unmarked) })
      expect(marks(whole)).toEqual(marks(expected))
      for (const column of whole.columns)
        if (column.storage === 'bytes' && column.ascii) expect(column.bytes.every((byte) => byte < 128)).toBe(true)
    }),
  )
  // More than a builder has room for at first.
  const numbers = batchOf(
    [{ name: 'n', type: 'int64', nullable: false }],
    Array.from({ length: 700 }, (_, n) => [n]),
  )
  const built = new BatchBuilder(numbers.schema)
  for (let i = 0; i < 4; i += 1) pushRows(built.columns[0], numbers.columns[0], numbers.rows)
  built.rows = 2800
  const { columns } = built.finish()
  expect(columns[0]).toMatchObject({ values: Float64Array.from({ length: 2800 }, (_, i) => i % 700) })
})

test('H21 a lone surrogate becomes U+FFFD', () => {
  const batch = batchOf([{ name: 's', type: 'string', nullable: false }], [['a\ud800b']])
  expect(rowAt(batch, 0).s).toBe('a\ufffdb')
})

test('D2 a builder grows past its first size', () => {
  const rows = Array.from({ length: 3000 }, (_, i): Value[] => [
    i % 2 === 0,
    i,
    i / 3,
    i % 5 === 0 ? null : `row ${i}`,
    i,
    null,
    null,
    `${i}.125`,
    null,
    i,
    [`${i}`],
    [i],
  ])
  const batch = batchOf(schema, rows)
  expect(rowAt(batch, 2999)).toEqual(plain(rows)[2999])
  expect(rowAt(batch, 2999).money).toBe('2999.125')
  expect(rowAt(batch, 2995).name).toBeNull()
})

test('H23 the encoding is chosen batch by batch: f64int up to ±2^53, i64 beyond', () => {
  const wide: Schema = [{ name: 'n', type: 'int64', nullable: true }]
  expect(batchOf(wide, [[2 ** 53], [null], [-(2 ** 53)]]).columns[0].storage).toBe('number')
  const builder = new BatchBuilder(wide)
  for (const value of ['9007199254740993', 1, null, '-9223372036854775808']) builder.pushRow([value])
  const first = builder.finish()
  expect(first.columns[0].storage).toBe('i64')
  expect([0, 1, 2, 3].map((i) => rowAt(first, i).n)).toEqual(['9007199254740993', 1, null, '-9223372036854775808'])
  builder.pushRow([7])
  expect(builder.finish().columns[0].storage).toBe('number')
})

test('H23 a record of another type than the schema says is refused, digits of decimals included', () => {
  const batch = batchOf([{ name: 'd', type: 'decimal(18,3)', nullable: false }], [['1.500']])
  const memory = new Uint8Array(encodedSizeBytes(batch))
  encodeBatch(batch, memory, 0)
  for (const type of ['decimal(18,2)', 'int64'] as const)
    expect(() => decodeBatch([{ name: 'd', type, nullable: false }], 1, false, memory, 0)).toThrow(CodecError)
})

test('pushValue refuses what a column cannot hold, and pushFrom copies any row', () => {
  for (const [type, value] of [
    ['int64', '9223372036854775808'],
    ['decimal(3,2)', '10.00'],
    ['date', '2001-02-29'],
    ['bool', 1],
    ['array<int64>', 'x'],
  ] as const)
    expect(() => batchOf([{ name: 'x', type, nullable: true }], [[value]])).toThrow(TypeError)
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 9 }), (rows) => {
      const batch = batchOf(schema, rows)
      const builder = new BatchBuilder(schema)
      for (let i = 0; i < batch.rows; i += 1) {
        builder.columns.forEach((column, k) => pushFrom(column, batch.columns[k], i))
        builder.endRow()
      }
      expect(builder.finish()).toEqual(batch)
    }),
  )
})
