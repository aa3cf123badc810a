import { parquetMetadata, parquetRead } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { parquetWriteBuffer } from 'hyparquet-writer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PARSERS } from './decode.ts'
import { fileColumns } from './fileColumns.ts'
import { chunkRange, readFlatColumn, Texts, type FlatValues } from './flatColumn.ts'

const decoder = new TextDecoder()

const kinds = [
  { schema: { type: 'INT32' }, value: fc.integer() },
  {
    schema: { type: 'INT32', converted_type: 'DATE' },
    value: fc.integer({ min: -100_000, max: 100_000 }).map((days) => new Date(days * 86_400_000)),
  },
  { schema: { type: 'INT64' }, value: fc.maxSafeInteger().map(BigInt) },
  {
    schema: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
    value: fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }).map((at) => new Date(at)),
  },
  { schema: { type: 'DOUBLE' }, value: fc.double({ noNaN: true }) },
  { schema: { type: 'FLOAT' }, value: fc.float({ noNaN: true }) },
  { schema: { type: 'BOOLEAN' }, value: fc.boolean() },
  { schema: { type: 'BYTE_ARRAY', converted_type: 'UTF8' }, value: fc.string({ unit: 'binary', maxLength: 9 }) },
] as const

/** Few different values make a dictionary, many do not; runs of one value make runs. */
const columns = fc.constantFrom(...kinds).chain(({ schema, value }) =>
  fc.record({
    schema: fc.constant(schema),
    optional: fc.boolean(),
    pool: fc.array(value as fc.Arbitrary<unknown>, { minLength: 1, maxLength: 40 }),
    picks: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 9 })), { minLength: 1, maxLength: 120 }),
    pageSize: fc.constantFrom(64, 1000, 1_000_000),
    codec: fc.constantFrom('SNAPPY' as const, 'UNCOMPRESSED' as const),
  }),
)

test('a flat column read from its pages is what hyparquet reads', async () => {
  await fc.assert(
    fc.asyncProperty(columns, async ({ schema, optional, pool, picks, pageSize, codec }) => {
      const data = picks.flatMap(([pick, times, missing]) =>
        Array.from({ length: times }, () => (optional && missing === 0 ? null : pool[pick % pool.length])),
      )
      const file = parquetWriteBuffer({
        columnData: [{ name: 'c', data }],
        schema: [
          { name: 'root', num_children: 1 },
          { name: 'c', repetition_type: optional ? 'OPTIONAL' : 'REQUIRED', ...schema },
        ],
        pageSize,
        codec,
        rowGroupSize: data.length,
      })
      const metadata = parquetMetadata(file)
      const [column] = fileColumns(metadata)
      const chunk = metadata.row_groups[0]?.columns[0]?.meta_data
      if (column?.flat === undefined || column.flat === null || chunk === undefined) throw new Error('the column is not flat')
      const { from, to } = chunkRange(chunk)
      const read = readFlatColumn(file.slice(from, to), column.flat, chunk.codec, data.length)
      if (read === null) throw new Error('the column was left to hyparquet')
      const theirs: unknown[] = []
      await parquetRead({
        file,
        metadata,
        compressors,
        parsers: PARSERS,
        columns: ['c'],
        onChunk: ({ columnData }) => {
          for (let i = 0; i < columnData.length; i += 1) theirs.push(plain(columnData[i]))
        },
      })
      expect(valuesOf(read)).toEqual(theirs)
    }),
    { numRuns: 300 },
  )
})

function plain(value: unknown): unknown {
  if (value === undefined || value === null) return null
  if (value instanceof Uint8Array) return decoder.decode(value)
  return typeof value === 'bigint' ? Number(value) : value
}

function valuesOf(read: FlatValues): unknown[] {
  const { nulls } = read
  const value = (row: number): unknown => {
    switch (read.kind) {
      case 'numbers':
        return read.values[row]
      case 'bools':
        return read.values[row] === 1
      case 'texts':
        return decoder.decode(read.texts.bytesOf(read.codes[row]))
    }
  }
  const rows = read.kind === 'texts' ? read.codes.length : read.values.length
  return Array.from({ length: rows }, (_, row) => (nulls?.[row] === 1 ? null : value(row)))
}

test('a damaged page throws or gives values, and never reads on without end', () => {
  const data = Array.from({ length: 500 }, (_, i) => (i % 7 === 0 ? null : `t${i % 13}`))
  const file = parquetWriteBuffer({
    columnData: [{ name: 'c', data }],
    schema: [
      { name: 'root', num_children: 1 },
      { name: 'c', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
    ],
    codec: 'UNCOMPRESSED',
  })
  const metadata = parquetMetadata(file)
  const [column] = fileColumns(metadata)
  const chunk = metadata.row_groups[0]?.columns[0]?.meta_data
  if (column?.flat === undefined || column.flat === null || chunk === undefined) throw new Error('the column is not flat')
  const { flat } = column
  const { from, to } = chunkRange(chunk)
  let thrown = 0
  for (let at = 0; at < to - from; at += 1)
    for (const bit of [1, 8, 128]) {
      const bytes = new Uint8Array(file.slice(from, to))
      bytes[at] = (bytes[at] ?? 0) ^ bit
      try {
        readFlatColumn(bytes.buffer, flat, chunk.codec, data.length)
      } catch {
        thrown += 1
      }
    }
  expect(thrown).toBeGreaterThan(50)
})

test('texts keep what was added, and the empty one is number 0', () => {
  const texts = new Texts()
  const bytes = new TextEncoder().encode('abcdef')
  const numbers = Array.from({ length: 1000 }, (_, i) => texts.add(bytes, i % 3, 3 + (i % 4)))
  expect(numbers).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1))
  for (const number of [1, 2, 500, 1000]) {
    const i = number - 1
    expect(decoder.decode(texts.bytesOf(number))).toBe('abcdef'.slice(i % 3, 3 + (i % 4)))
  }
  expect(texts.bytesOf(0)).toHaveLength(0)
})
