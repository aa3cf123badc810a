import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DeclaredColumn } from '../typing/columns.ts'
import { RowReader } from './rowText.ts'

const columns: DeclaredColumn[] = [
  { name: 'n', type: 'int64', nullable: false },
  { name: 'text', type: 'string', nullable: true },
]
const reader = new RowReader(columns)
const read = (body: string, type: 'json' | 'json-lines' = 'json') => {
  const { lines, rows } = reader.read(Buffer.from(body), type)
  return { rows, lines: lines.toString().split('\n').slice(0, -1) }
}

test('an array, one object and lines give the same rows; numbers keep all digits', () => {
  const expected = { rows: 2, lines: ['{"n":9007199254740993}', '{"n":2,"text":"a,]}\\"b"}'] }
  expect(read('[{"n":9007199254740993},{"n":2,"text":"a,]}\\"b"}]')).toEqual(expected)
  expect(read('{"n":9007199254740993}\r\n\n{"n":2,"text":"a,]}\\"b"}', 'json-lines')).toEqual(expected)
  expect(read(' {"n":1} ')).toEqual({ rows: 1, lines: ['{"n":1}'] })
  expect(read('[\n  {\n    "n": 1\n  }\n]').rows).toBe(1)
  for (const empty of ['', ' ', '[]', '[ \n ]']) expect(read(empty)).toEqual({ rows: 0, lines: [] })
})

test.each([
  '[{"n":1}',
  '[{"n":1}]x',
  '[{"n":1},]',
  '[,]',
  '[{"n":1}{"n":2}]',
  '{"n":1},{"n":2}',
  '[[{"n":1}]]',
  '[1]',
  '"x"',
  '[{"n":1.5}]',
  '[{}]',
  '[{"n":"x"}]',
  '{"n":1,"text":"a\nb"}',
  '[{"n":1]}',
  'null',
])('%s is refused as a whole', (body) => {
  expect(() => read(body)).toThrow(expect.objectContaining({ code: 'ROWS_INVALID' }))
})

test('problems name their rows, the first five of them', () => {
  expect(() => read(Array.from({ length: 8 }, (_, n) => (n === 1 ? '{"n":1}' : '{}')).join('\n'), 'json-lines')).toThrow(
    /^row 1: n is missing; row 3: .*; 2 more\. Nothing was taken\.$/,
  )
  expect(() => reader.read(Buffer.of(0x7b, 0xc3, 0x28, 0x7d), 'json')).toThrow(/UTF-8/)
})

test('whatever JSON.stringify makes of rows, with any blanks, is read as these rows', () => {
  const row = fc.record({
    n: fc.integer(),
    text: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant(null)),
    more: fc.jsonValue({ maxDepth: 3 }),
  })
  fc.assert(
    fc.property(fc.array(row), fc.constantFrom(undefined, 2, '\t', '\r\n'), (rows, space) => {
      const read1 = read(JSON.stringify(rows, null, space))
      expect(read1.lines.map((line) => JSON.parse(line) as unknown)).toEqual(JSON.parse(JSON.stringify(rows)))
    }),
  )
})
