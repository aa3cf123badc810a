import { isAscii } from 'node:buffer'
import { BatchBuilder, rowAt, type Value } from '@belay/columns'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DeclaredColumn } from '../typing/columns.ts'
import { fittingValue } from './jsonValue.ts'
import { LineScanner } from './lineScanner.ts'
import { JsonLines } from './runtime.ts'

const TYPES = ['int64', 'float64', 'string', 'bool', 'timestamp', 'json', 'decimal(9,2)', 'date'] as const
const names = ['a', 'b', 'dateTime', 'zoë', 'a b']

/** The plain way: what every line has to give. null = a row error. */
function plainly(text: string, columns: readonly DeclaredColumn[]): Record<string, Value> | null {
  let object: unknown
  try {
    object = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return null
  const row: Value[] = []
  for (const { name, type, nullable } of columns) {
    const value = Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : null
    const own = value === null ? null : fittingValue(value, type)
    if (own === undefined || (own === null && !nullable)) return null
    row.push(own)
  }
  const builder = new BatchBuilder(columns)
  builder.pushRow(row)
  return { ...rowAt(builder.finish(), 0) }
}

function asJson(row: Record<string, Value>): string {
  return JSON.stringify(row, (_key, value: unknown) => (typeof value === 'string' ? canonicalJson(value) : value))
}

/** json columns keep the text's blanks; the plain way does not. */
function canonicalJson(text: string): string {
  try {
    return `json:${JSON.stringify(JSON.parse(text))}`
  } catch {
    return text
  }
}

const blanks = fc.constantFrom('', ' ', '\t', '  ')
const texts = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '2026-03-14T07:59:10.001Z',
    '2026-03-14 07:59:10',
    '2026-02-30T00:00:00Z',
    '2026-01-31',
    '12.345',
    'a\\b',
    '\u2028',
    '{"x":1}',
  ),
)
const values = fc.oneof(
  texts,
  fc.integer(),
  fc.double({ noDefaultInfinity: true, noNaN: true }),
  fc.constantFrom(0, -0, 1e21, 2 ** 53, 123456789012345, 1234567890123456),
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 2 }),
)

const lines = fc
  .array(fc.tuple(fc.constantFrom(...names, 'other', 'a"', 'x\\y'), values, blanks, blanks), { maxLength: 7 })
  .map(
    (entries) =>
      `{${entries.map(([name, value, one, two]) => `${one}${JSON.stringify(name)}${two}:${one}${JSON.stringify(value)}${two}`).join(',')}}`,
  )
/** As some writers do it: everything beyond ASCII as \\uXXXX. */
const escapedLines = lines.map((line) =>
  line.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
)
const broken = fc.tuple(lines, fc.nat(), fc.constantFrom('', '"', ',', '{', '\\', '0', '\u0001')).map(([line, at, piece]) => {
  const cut = at % (line.length + 1)
  return line.slice(0, cut) + piece + line.slice(cut + (piece === '' ? 1 : 0))
})
const columnSets = fc
  .array(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...TYPES), fc.boolean()), { minLength: 1, maxLength: 4 })
  .map((entries): DeclaredColumn[] => [...new Map(entries.map(([name, type, nullable]) => [name, { name, type, nullable }])).values()])

test('every line gives what JSON.parse gives, or the same error', () => {
  fc.assert(
    fc.property(fc.oneof(lines, escapedLines, broken), columnSets, (line, columns) => {
      const builder = new BatchBuilder(columns)
      const bytes = Buffer.from(`xx${line}yy`, 'utf8')
      const problem = new JsonLines(columns).parse(bytes, 2, bytes.length - 2, isAscii(Buffer.from(line)), builder)
      const wanted = plainly(Buffer.from(line, 'utf8').toString('utf8'), columns)
      // Whole numbers that JSON.parse rounds are exact here.
      if (line.trim() === '' || /\d{16}/.test(line)) return
      expect(problem === null).toBe(wanted !== null)
      expect(builder.rows).toBe(wanted === null ? 0 : 1)
      if (wanted !== null) expect(asJson({ ...rowAt(builder.finish(), 0) })).toBe(asJson(wanted))
    }),
    { numRuns: 20_000 },
  )
})

test('ordinary lines are read without JSON.parse', () => {
  const columns: DeclaredColumn[] = [
    { name: 'type', type: 'string', nullable: false },
    { name: 'price', type: 'int64', nullable: true },
    { name: 'extra', type: 'string', nullable: true },
    { name: 'dateTime', type: 'timestamp', nullable: false },
    { name: 'ratio', type: 'float64', nullable: true },
  ]
  const scanner = new LineScanner(columns)
  for (const line of [
    '{"type":"bid","price":100,"extra":"a\\\\b\\"c","dateTime":"2026-03-14T07:59:10.001Z","ratio":1.5e3}',
    '{"dateTime":"2026-03-14T07:59:10Z", "type":"bid", "unknown":{"a":[1,"}"]}, "price":null}',
  ]) {
    const builder = new BatchBuilder(columns)
    const bytes = Buffer.from(line)
    expect(scanner.read(bytes, 0, bytes.length, true, builder)).toBe(true)
    expect({ ...rowAt(builder.finish(), 0) }).toEqual(plainly(line, columns))
  }
})

test('whole numbers keep all their digits', () => {
  const columns: DeclaredColumn[] = [{ name: 'n', type: 'int64', nullable: false }]
  const builder = new BatchBuilder(columns)
  const bytes = Buffer.from('{"n":9223372036854775807,"s":"\\u00e9"}')
  expect(new LineScanner(columns).read(bytes, 0, bytes.length, true, builder)).toBe(true)
  expect({ ...rowAt(builder.finish(), 0) }).toEqual({ n: '9223372036854775807' })
})
