import type { Schema } from '@belay/columns'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toFlinkSql } from '../sql/flink.ts'
import { checkExpression } from './checker.ts'

const schema: Schema = [
  { name: 'delay', type: 'int64', nullable: false },
  { name: 'origin', type: 'string', nullable: true },
  { name: 'date', type: 'timestamp', nullable: false },
  { name: 'payload', type: 'json', nullable: false },
  { name: 'price', type: 'decimal(18,3)', nullable: false },
  { name: 'ratio', type: 'float64', nullable: false },
  { name: 'day', type: 'date', nullable: false },
  { name: 'tags', type: 'array<string>', nullable: false },
  { name: 'a "b"', type: 'int64', nullable: false },
]

const PIECES =
  "delay origin date payload price day tags ( ) ( ) , + - * / % = <> < <= >= || AND OR NOT IS NULL TRUE CASE WHEN THEN ELSE END BETWEEN IN LIKE ESCAPE CAST TRY_CAST AS BIGINT STRING DECIMAL ARRAY INTERVAL DAY MONTH TO FROM DISTINCT AT TIME ZONE JSON EXTRACT TRIM BOTH ' \" ` 'a' 1 2.5 1e3 . -- \n IF COALESCE LENGTH MOD TIMESTAMP '2001-01-01' [ ] :: é 😀 \ud800".split(
    ' ',
  )

function problems(text: string): string[] {
  const result = checkExpression(text, schema)
  return result.ok ? [] : result.problems.map((each) => `${each.code} ${each.from}-${each.to} ${each.message}`)
}

function typeOf(text: string): string {
  const result = checkExpression(text, schema)
  return result.ok ? `${result.expression.type}${result.expression.nullable ? ' null' : ''}` : problems(text).join()
}

describe('checkExpression', () => {
  it('names every unknown column with its range and the nearest name, and how to put it right', () => {
    expect(problems("dellay > 1 AND Origin = 'a'")).toEqual([
      'UNKNOWN_COLUMN 0-6 Unknown column `dellay`. Did you mean `delay`?',
      'COLUMN_CASE 15-21 Column names tell upper and lower case apart. Write `origin` instead of `Origin`.',
    ])
    const fixes = (text: string): (string | null)[] => {
      const result = checkExpression(text, schema)
      return result.ok ? [] : result.problems.map(({ fix }) => fix)
    }
    expect(fixes('dellay > 1 AND Origin = \'a\' AND UPER(origin) = \'A\' AND "A ""b""" = 1 AND zzzzzz')).toEqual([
      'delay',
      'origin',
      'UPPER',
      '"a ""b"""',
      null,
    ])
  })

  it('H24 refuses to compare json and arrays and offers a way out', () => {
    expect(problems("payload = 'a'")[0]).toMatch(/^JSON_NOT_COMPARABLE 0-13 .*JSON_VALUE/)
    expect(problems('payload IN (payload)')[0]).toMatch(/^JSON_NOT_COMPARABLE 0-20/)
    expect(problems('tags = tags')[0]).toMatch(/^ARRAY_NOT_COMPARABLE 0-11 .*ARRAY_CONTAINS/)
  })

  it.each([
    ['', 'EMPTY'],
    ['delay >=', 'SYNTAX 8-8'],
    ["'abc", 'UNTERMINATED 0-4'],
    ['delay # 2', 'UNEXPECTED_CHARACTER 6-7'],
    ['UPER(origin)', 'UNKNOWN_FUNCTION 0-4'],
    ['LENGTH()', 'WRONG_ARGUMENT_COUNT'],
    ['LENGTH(delay)', 'TYPE_MISMATCH'],
    ["date > '2001-01-01'", 'TYPE_MISMATCH'],
    ['CAST(delay AS MONEY)', 'UNKNOWN_TYPE 14-19'],
    ['CAST(delay AS DECIMAL(19, 2))', 'BAD_DECIMAL 14-28'],
    ['CAST(delay AS ARRAY<ARRAY<INT>>)', 'UNKNOWN_TYPE'],
    ['CAST(payload AS BIGINT)', 'CAST_NOT_POSSIBLE 0-23'],
    ['9223372036854775808', 'INT64_OVERFLOW 0-19'],
    ['- 9223372036854775809', 'INT64_OVERFLOW 0-21'],
    ['delay AND TRUE', 'TYPE_MISMATCH 0-5'],
    ['+origin', 'TYPE_MISMATCH 1-7'],
    ['-origin', 'TYPE_MISMATCH 1-7'],
    ["TIMESTAMP '2001-13-01'", 'BAD_TIMESTAMP 10-22'],
    ["DATE '2001-02-29'", 'BAD_DATE 5-17'],
    ["INTERVAL 'x' DAY", 'BAD_INTERVAL 9-12'],
    ["INTERVAL '1' MONTH", 'TYPE_MISMATCH 0-18'],
    ["delay + INTERVAL '1' MONTH", 'TYPE_MISMATCH 0-26'],
    ['ARRAY[]', 'ARRAY_EMPTY 0-7'],
    ['NOW()', 'NOT_REPEATABLE 0-3'],
    ['date < CURRENT_TIMESTAMP', 'NOT_REPEATABLE 7-24'],
    ["REGEXP_LIKE(origin, '(a')", 'BAD_REGEX 20-24'],
    ["JSON_VALUE(payload, 'a.b')", 'BAD_PATH 20-25'],
    ['EXTRACT(CENTURY FROM date)', 'BAD_UNIT 8-15'],
    ["DATE_FORMAT(date, 'yyyy-MM-ddTHH')", 'BAD_TIME_PATTERN 18-33'],
    ["date AT TIME ZONE 'Mars/Base'", 'BAD_ZONE 18-29'],
    ['JSON_OBJECT(1, 2)', 'TYPE_MISMATCH 0-17'],
    ['CASE WHEN delay > 0 THEN 1 ELSE origin END', 'TYPE_MISMATCH 0-42'],
  ])('%s is a problem', (text, start) => {
    expect(problems(text)[0]).toContain(start)
    expect(problems(text).length).toBe(1)
  })

  it.each([
    ['('.repeat(40_000)],
    ['NOT '.repeat(12_000)],
    ['- '.repeat(20_000)],
    ['1' + ' + 1'.repeat(12_000)],
    ['CASE '.repeat(9_000)],
    ['IF('.repeat(15_000)],
    ['ARRAY['.repeat(8_000)],
    ['a' + '[1'.repeat(20_000)],
    ['TRIM('.repeat(10_000)],
  ])('deep input gives a problem', (text) => {
    expect(problems(text)[0]).toMatch(/^TOO_DEEP/)
  })

  it('an overlong text is refused before it is read', () => {
    expect(problems(`1${' '.repeat(60_000)}`)[0]).toMatch(/^TOO_LONG 50000-/)
  })

  it('never throws, and every range lies in the text', { timeout: 300_000 }, () => {
    const piece = fc.oneof(
      fc.constantFrom(...PIECES),
      fc.constantFrom(...PIECES),
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.nat().map(String),
    )
    const soup = fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join(' '))
    fc.assert(
      fc.property(fc.oneof(soup, fc.string({ unit: 'binary', maxLength: 40 })), (text) => {
        const result = checkExpression(text, schema)
        if (result.ok) return
        expect(result.problems.length).toBeGreaterThan(0)
        for (const { code, from, to } of result.problems) {
          expect(code).toMatch(/^[A-Z][A-Z0-9_]*$/)
          expect(from >= 0 && from <= to && to <= text.length, `${code} ${from}-${to} in ${JSON.stringify(text)}`).toBe(true)
        }
      }),
      { numRuns: 4000 },
    )
  })

  it.each([
    ['delay / 2', 'int64'],
    ['+delay', 'int64'],
    ['delay * 1.5e0', 'float64'],
    ["origin || 'x'", 'string null'],
    ["COALESCE(origin, '')", 'string'],
    ['date - date', 'int64'],
    ['date + 60000', 'timestamp'],
    ["date + INTERVAL '1' HOUR", 'timestamp'],
    ["date - INTERVAL '1' MONTH", 'timestamp'],
    ["INTERVAL '1' YEAR + day", 'date'],
    ["day + INTERVAL '1' DAY", 'date'],
    ["day + INTERVAL '1' HOUR", 'timestamp'],
    ['day - day', 'int64'],
    ["INTERVAL '1' HOUR * 3", 'interval'],
    ['day < date', 'bool'],
    ["JSON_VALUE(payload, '$.a')", 'string null'],
    ['CASE WHEN delay > 0 THEN 1 END', 'int64 null'],
    ['origin IS NULL', 'bool'],
    ['origin IS NOT DISTINCT FROM NULL', 'bool'],
    ['tags[1]', 'string null'],
    ['ARRAY[1, 2.5]', 'array<decimal(18,1)>'],
    ["JSON_ARRAY(1, 'x', NULL)", 'json'],
    ['NULL', 'string null'],
    ['NULL + 1', 'int64 null'],
    ['GREATEST(day, date)', 'timestamp'],
  ])('%s is %s', (text, type) => {
    expect(typeOf(text)).toBe(type)
  })

  it.each([
    ['0.908', 'decimal(3,3)'],
    ['10', 'int64'],
    ['1e1', 'float64'],
    ['123456789012345678.5', 'float64'],
    // contracts: decimal × int64 keeps the scale, precision capped at 18.
    ['0.908 * delay', 'decimal(18,3)'],
    ['CAST(0.908 * delay AS DECIMAL(18, 3))', 'decimal(18,3)'],
    ['price * delay', 'decimal(18,3)'],
    ['price + 1', 'decimal(18,3)'],
    ['price * 1.25', 'decimal(18,3)'],
    ['1.5 * 1.25', 'decimal(5,3)'],
    ['price / 3', 'decimal(18,6)'],
    ['delay / 2.0', 'decimal(18,6)'],
    ['1.12345678 / 3', 'decimal(18,8)'],
    ['MOD(price, 2)', 'decimal(18,3)'],
    ['price * ratio', 'float64'],
    ['ROUND(price, 1)', 'decimal(18,3)'],
    ['FLOOR(price)', 'decimal(16,0)'],
    ['COALESCE(price, 0)', 'decimal(18,3)'],
    ['SQRT(price)', 'float64'],
    ['price > 1.2345', 'bool'],
  ])('decimals: %s is %s', (text, type) => {
    expect(typeOf(text)).toBe(type)
  })

  it.each([
    ['EXTRACT(HOUR FROM date)', "EXTRACT('hour', date)"],
    ["TRIM(BOTH '.' FROM origin)", "TRIM(origin, '.')"],
    ['TRIM(LEADING FROM origin)', 'LTRIM(origin)'],
    ["TRIM(TRAILING 'x' FROM origin)", "RTRIM(origin, 'x')"],
    ["TRIM('.' FROM origin)", "TRIM(origin, '.')"],
    ['SUBSTRING(origin FROM 2 FOR 3)', 'SUBSTRING(origin, 2, 3)'],
    ["POSITION('a' IN origin)", "POSITION('a', origin)"],
    ["OVERLAY(origin PLACING 'x' FROM 2 FOR 1)", "OVERLAY(origin, 'x', 2, 1)"],
    ['FLOOR(date TO DAY)', "DATE_TRUNC('day', date)"],
    ['TIMESTAMPDIFF(MONTH, date, date)', "TIMESTAMPDIFF('month', date, date)"],
    ["date AT TIME ZONE 'UTC'", "TO_LOCAL(date, 'UTC')"],
    ['origin IS NOT JSON', 'NOT IS_JSON(origin)'],
    ['`delay`', '"delay"'],
    ['delay NOT BETWEEN 1 AND 2', 'NOT (delay >= 1 AND delay <= 2)'],
  ])('%s means %s', (special, plain) => {
    const tree = (text: string): unknown => {
      const result = checkExpression(text, schema)
      return result.ok ? result.expression.tree : problems(text)
    }
    expect(tree(special)).toEqual(tree(plain))
  })

  it('a column may have the name of a word that only some places know', () => {
    const named: Schema = ['at', 'time', 'both', 'from', 'date', 'interval', 'array', 'day'].map((name) => ({
      name,
      type: 'int64',
      nullable: false,
    }))
    for (const { name } of named) expect(checkExpression(`${name} + 1`, named).ok, name).toBe(true)
    expect(checkExpression('TRIM(both)', [{ name: 'both', type: 'string', nullable: false }]).ok).toBe(true)
    expect(
      checkExpression('EXTRACT(day, at)', [
        { name: 'day', type: 'string', nullable: false },
        { name: 'at', type: 'timestamp', nullable: false },
      ]).ok,
    ).toBe(true)
  })

  it('D12 prints Flink SQL, says what differs there and what does not exist', () => {
    const sql = (text: string): unknown => {
      const result = checkExpression(text, schema)
      return result.ok ? toFlinkSql(result.expression) : problems(text)
    }
    expect(sql("delay >= 15 and origin not like 'S%'")).toEqual({
      ok: true,
      sql: "((`delay` >= 15) AND (NOT (`origin` LIKE 'S%')))",
      notes: [],
    })
    expect(sql("DATE_TRUNC('hour', date)")).toMatchObject({ sql: 'FLOOR(`date` TO HOUR)' })
    expect(sql('1 + 2 * 3')).toMatchObject({ sql: '(1 + (2 * 3))' })
    expect(sql('CAST(0.908 * delay AS DECIMAL(18, 3))')).toMatchObject({
      sql: 'CAST(CAST((CAST(0.908 AS DECIMAL(3, 3)) * `delay`) AS DECIMAL(18, 3)) AS DECIMAL(18, 3))',
    })
    expect(sql("REGEXP_EXTRACT(origin, '(&|^)channel_id=([^&]*)', 2)")).toMatchObject({
      ok: true,
      notes: [expect.stringContaining('REGEXP_EXTRACT')],
    })
    expect(sql('CRC32(origin) > 0')).toEqual({ ok: false, reasons: [expect.stringContaining('CRC32')] })
    expect(sql("day + INTERVAL '2' DAY")).toMatchObject({ sql: "(`day` + 2 * INTERVAL '1' DAY)" })
  })
})
