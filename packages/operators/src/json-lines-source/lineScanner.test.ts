import { isAscii } from 'node:buffer'
import { BatchBuilder, rowAt, type Value } from '@belay/columns'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { outputOf } from '../reading/textFile.ts'
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

/** A member of an object: its name, its value as text, and blanks around both. */
const members = fc.tuple(
  fc.constantFrom(...names, 'other', 'a"', 'x\\y'),
  values.map((value) => JSON.stringify(value)),
  blanks,
  blanks,
)
type Member = typeof members extends fc.Arbitrary<infer T> ? T : never
const lineOf = (entries: readonly Member[]): string =>
  `{${entries.map(([name, value, one, two]) => `${one}${JSON.stringify(name)}${two}:${one}${value}${two}`).join(',')}}`
const lines = fc.array(members, { maxLength: 7 }).map(lineOf)
/** Texts as they are seldom written, sound or not. */
const oddTexts = fc
  .array(
    fc.constantFrom(
      '\\n',
      '\\/',
      '\\u0041',
      '\\u00E9',
      '\\ud83d\\ude00',
      '\\ud83d',
      '\\ude00',
      '\\u12',
      '\\x',
      '\\',
      '\\\\',
      '\\"',
      '"',
      '\t',
      'é',
      'ab',
      ' ',
    ),
    { maxLength: 6 },
  )
  .map((parts) => `"${parts.join('')}"`)
/** Numbers as they are seldom written, sound or not. */
const digits = fc.stringMatching(/^[0-9]{0,17}$/)
const oddNumbers = fc
  .tuple(fc.constantFrom('', '-', '+'), digits, fc.constantFrom('', '.', '.', 'e', 'E-', 'e+'), digits)
  .map((parts) => parts.join(''))
const oddNested = fc
  .tuple(
    fc.constantFrom('[', '{', '{"x":', '[{"y":[', '['.repeat(70)),
    fc.oneof(oddTexts, oddNumbers, fc.constant('')),
    fc.constantFrom(']', '}', ',]', ']}]', ']'.repeat(70)),
  )
  .map((parts) => parts.join(''))
const oddMembers = fc.tuple(
  fc.constantFrom(...names, 'other'),
  fc.oneof(oddTexts, oddNumbers, oddNested, fc.constantFrom('true', 'false', 'null', 'nul', 'tru', 'falsy', '')),
  blanks,
  blanks,
)
/** Lines of one writer: the same names in the same order, but for some that are left out or come elsewhere. */
const files = fc
  .tuple(fc.array(members, { minLength: 1, maxLength: 6 }), fc.array(fc.oneof(oddMembers, members), { maxLength: 6 }))
  .chain(([usual, odd]) =>
    fc.array(
      fc.oneof(
        {
          weight: 3,
          arbitrary: fc
            .tuple(fc.constant(usual), fc.array(values, { minLength: 6, maxLength: 6 }))
            .map(([entries, own]) => lineOf(entries.map(([name, , one, two], i): Member => [name, JSON.stringify(own[i]), one, two]))),
        },
        { weight: 2, arbitrary: fc.shuffledSubarray([...usual, ...odd]).map(lineOf) },
        { weight: 1, arbitrary: lines },
      ),
      { minLength: 3, maxLength: 12 },
    ),
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

/** Lines that the plain way reads otherwise, and rightly so here. */
function isLeftOut(line: string): boolean {
  // Whole numbers that JSON.parse rounds are exact here.
  return line.trim() === '' || /\d{16}/.test(line)
}

test('every line gives what JSON.parse gives, or the same error', () => {
  fc.assert(
    fc.property(fc.oneof(lines, escapedLines, broken), columnSets, (line, columns) => {
      const builder = new BatchBuilder(columns)
      const bytes = Buffer.from(`xx${line}yy`, 'utf8')
      const problem = new JsonLines(columns).parse(bytes, 2, bytes.length - 2, isAscii(Buffer.from(line)), builder)
      const wanted = plainly(Buffer.from(line, 'utf8').toString('utf8'), columns)
      if (isLeftOut(line)) return
      expect(problem === null).toBe(wanted !== null)
      expect(builder.rows).toBe(wanted === null ? 0 : 1)
      if (wanted !== null) expect(asJson({ ...rowAt(builder.finish(), 0) })).toBe(asJson(wanted))
    }),
    { numRuns: 20_000 },
  )
})

test('H18 so does every line of a file, whatever lines came before, or its number is told', () => {
  let taken = 0
  let seen = 0
  fc.assert(
    fc.property(files, columnSets, fc.boolean(), (written, columns, crlf) => {
      const kept = written.filter((line) => !isLeftOut(line) && !line.includes('\n'))
      const bytes = Buffer.from(kept.map((line) => `${line}${crlf ? '\r' : ''}\n`).join(''), 'utf8')
      const format = new JsonLines(columns)
      const output = outputOf(columns, null)
      const { builder } = output
      const wanted = kept.map((line) => plainly(Buffer.from(line, 'utf8').toString('utf8'), columns))
      let at = 0
      for (const row of wanted) {
        const end = bytes.indexOf(10, at)
        const before = builder.rows
        const reached = format.take(bytes, at, bytes.length, [output])
        seen += 1
        if (reached >= 0) {
          taken += 1
          expect(reached).toBe(end)
        } else {
          expect(builder.rows).toBe(before)
          expect(format.parse(bytes, at, end, false, builder) === null).toBe(row !== null)
        }
        // A line that is not whole yet is never taken.
        if (end > at) expect(format.take(bytes, at, at + ((at * 7) % (end - at)), [output])).toBe(-1)
        expect(builder.rows - before).toBe(row === null ? 0 : 1)
        at = end + 1
      }
      const batch = builder.finish()
      const rows = wanted.filter((row) => row !== null)
      expect(Array.from({ length: batch.rows }, (_, row) => asJson({ ...rowAt(batch, row) }))).toEqual(rows.map(asJson))
      for (const column of batch.columns) if (column.storage === 'bytes') expect(column.ascii).toBe(isAscii(column.bytes))
    }),
    { numRuns: 25_000 },
  )
  expect(seen).toBeGreaterThan(100_000)
  expect(taken).toBeGreaterThan(10_000)
}, 120_000)

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
    expect(scanner.read(bytes, 0, bytes.length, true, builder)).toBe(bytes.length)
    expect({ ...rowAt(builder.finish(), 0) }).toEqual(plainly(line, columns))
  }
})

test('whole numbers keep all their digits', () => {
  const columns: DeclaredColumn[] = [{ name: 'n', type: 'int64', nullable: false }]
  const builder = new BatchBuilder(columns)
  const bytes = Buffer.from('{"n":9223372036854775807,"s":"\\u00e9"}')
  expect(new LineScanner(columns).read(bytes, 0, bytes.length, true, builder)).toBe(bytes.length)
  expect({ ...rowAt(builder.finish(), 0) }).toEqual({ n: '9223372036854775807' })
})
