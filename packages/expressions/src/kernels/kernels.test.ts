/** What expressions mean, said by hand; that kernels and interpreter agree on everything is equality.test.ts. */
import { batchOf, valueAt, type Batch, type Schema, type Value } from '@belay/columns'
import { describe, expect, it } from 'vitest'
import { checkExpression } from '../check/checker.ts'
import { interpret } from '../interpreter/interpreter.ts'
import { RowFailure } from '../scalar/failure.ts'
import { operandsOf, withOperands, type Typed } from '../check/typed.ts'
import { valueOf as publicValue } from '../scalar/datum.ts'
import { compileExpression } from './compile.ts'
import { selectTrue } from './logic.ts'
import { RowErrors } from './rowErrors.ts'

const schema: Schema = [
  { name: 'i', type: 'int64', nullable: false },
  { name: 'j', type: 'int64', nullable: true },
  { name: 'x', type: 'float64', nullable: true },
  { name: 's', type: 'string', nullable: false },
  { name: 't', type: 'string', nullable: true },
  { name: 'b', type: 'bool', nullable: true },
  { name: 'at', type: 'timestamp', nullable: true },
]

function compiled(source: string, columns: Schema = schema) {
  const checked = checkExpression(source, columns)
  if (!checked.ok) throw new Error(`${source}: ${JSON.stringify(checked.problems)}`)
  return { kernel: compileExpression(checked.expression, columns), tree: checked.expression.tree }
}

/**
 * The value of an expression without columns, or the code of its error. It is computed as a constant,
 * by the interpreter, and by kernels, for which the constants become columns: all of them, and each one.
 */
function valueOf(source: string): Value {
  const checked = checkExpression(source, [])
  if (!checked.ok) throw new Error(`${source}: ${JSON.stringify(checked.problems)}`)
  const { expression } = checked
  const wanted = outcome(() => interpret(expression.tree, {}))
  const literals = literalsOf(expression.tree).filter((node) => node.value !== null)
  for (const chosen of [[], literals, ...literals.map((node) => [node])]) {
    const columns: Schema = chosen.map(({ type }, k) => ({ name: `c${k}`, type, nullable: false }))
    const tree = withColumns(expression.tree, chosen)
    const kernel = compileExpression({ ...expression, columns: columns.map(({ name }) => name), tree }, columns)
    const errors = new RowErrors()
    const row = chosen.map(({ value, type }) => publicValue(value, type))
    const column = kernel.evaluate(batchOf(columns, [row, row]), errors)
    const codes: string[] = []
    errors.forEach((_, code) => codes.push(code))
    expect(codes[0] ?? valueAt(column, 1), `${source}, ${chosen.length} columns`).toEqual(wanted)
  }
  return wanted
}

type Literal = Typed & { kind: 'literal' }

function outcome(compute: () => Value): Value {
  try {
    return compute()
  } catch (error) {
    if (error instanceof RowFailure) return error.code
    throw error
  }
}

function literalsOf(node: Typed): Literal[] {
  return node.kind === 'literal' ? [node] : operandsOf(node).flatMap(literalsOf)
}

function withColumns(node: Typed, chosen: readonly Literal[]): Typed {
  const at = node.kind === 'literal' ? chosen.indexOf(node) : -1
  if (at >= 0) return { kind: 'column', type: node.type, nullable: false, name: `c${at}` }
  return withOperands(node, (operand) => withColumns(operand, chosen))
}

describe('D3 SQL NULL logic', () => {
  const values = ['TRUE', 'FALSE', 'CAST(NULL AS BOOLEAN)']
  it.each([
    ['AND', [true, false, null, false, false, false, null, false, null]],
    ['OR', [true, true, true, true, false, null, true, null, null]],
  ] as const)('%s', (operator, wanted) => {
    expect(values.flatMap((a) => values.map((b) => valueOf(`${a} ${operator} ${b}`)))).toEqual(wanted)
  })

  it.each([
    ['NOT CAST(NULL AS BOOLEAN)', null],
    ['NULL = NULL', null],
    ['NULL IS NULL', true],
    ['1 IN (2, NULL)', null],
    ['1 IN (1, NULL)', true],
    ['1 NOT IN (2, NULL)', null],
    ['1 NOT IN (1, NULL)', false],
    ['NULL IN (1)', null],
    ['NULL BETWEEN 1 AND 2', null],
    ['3 BETWEEN NULL AND 2', false],
    ["NULL LIKE 'a'", null],
    ['NULL IS DISTINCT FROM 1', true],
    ['NULL IS NOT DISTINCT FROM NULL', true],
    ['CASE NULL WHEN NULL THEN 1 ELSE 2 END', 2],
    ['CASE WHEN NULL THEN 1 END', null],
    ["'a' || NULL", null],
    ['NULL IS NOT TRUE', true],
  ])('%s is %s', (source, wanted) => {
    expect(valueOf(source)).toBe(wanted)
  })
})

describe('numbers (contracts, Expression rules)', () => {
  it.each([
    ['7 / 2', 3],
    ['-7 / 2', -3],
    ['7 / -2', -3],
    ['-7 % 3', -1],
    ['MOD(7, -3)', 1],
    ['MOD(-6, 3)', 0],
    ['1 / 0', 'DIVISION_BY_ZERO'],
    ['1 % 0', 'DIVISION_BY_ZERO'],
    ['1.0 / 0', 'DIVISION_BY_ZERO'],
    ['1e0 / 0', Infinity],
    ['0e0 / 0', NaN],
    ['9007199254740992 + 1', '9007199254740993'],
    ['9007199254740993 - 1', 9_007_199_254_740_992],
    ['3037000500 * 3037000500', 'INT64_OVERFLOW'],
    ['3037000499 * 3037000499', '9223372030926249001'],
    ['9223372036854775807 + 1', 'INT64_OVERFLOW'],
    ['-9223372036854775808 - 1', 'INT64_OVERFLOW'],
    ['- (-9223372036854775807 - 1)', 'INT64_OVERFLOW'],
    ['-9223372036854775808 / -1', 'INT64_OVERFLOW'],
    ['9223372036854775807 / 10', '922337203685477580'],
    ['9007199254740993 = 9007199254740992', false],
    ['9007199254740993 > 9007199254740992', true],
    ['ABS(-9223372036854775808)', 'INT64_OVERFLOW'],
    ['CAST(9007199254740993 AS STRING)', '9007199254740993'],
    ["CAST('9223372036854775807' AS BIGINT) - 1", '9223372036854775806'],
    ["CAST('9223372036854775808' AS BIGINT)", 'CAST_FAILED'],
    ["TRY_CAST('x' AS BIGINT)", null],
    ['CAST(1e19 AS BIGINT)', 'INT64_OVERFLOW'],
    ['CAST(-2.9e0 AS BIGINT)', -2],
    ['IF(TRUE, 1, 9007199254740993)', 1],
  ])('%s is %s', (source, wanted) => {
    expect(valueOf(source)).toBe(wanted)
  })

  it.each([
    // Nexmark q1 and q14: 0.908 × price, three digits, rounded nowhere because nothing has to be.
    ['CAST(0.908 * 4695 AS DECIMAL(18, 3))', '4263.060'],
    ['0.908 * 1101322 > 1000000', true],
    ['0.908 * 1101321 > 1000000', false],
    ['0.1 + 0.2 = 0.3', true],
    ['1.005 * 1000', '1005.000'],
    ['10 / 4.0', '2.500000'],
    ['1.00 / 3', '0.333333'],
    ['-2.0 / 3', '-0.666667'],
    ['7.5 % 2', '1.5'],
    ['-7.5 % 2', '-1.5'],
    ['CAST(2.345 AS DECIMAL(10, 2))', '2.35'],
    ['CAST(-2.345 AS DECIMAL(10, 2))', '-2.35'],
    ['CAST(2.9 AS BIGINT)', 2],
    ['CAST(-2.9 AS BIGINT)', -2],
    ['CAST(99.995 AS DECIMAL(4, 2))', 'DECIMAL_OVERFLOW'],
    ['CAST(999999999999999.999 AS DECIMAL(18, 3)) + 0.001', 'DECIMAL_OVERFLOW'],
    ['CAST(999999999999999.999 AS DECIMAL(18, 3)) - 0.001', '999999999999999.998'],
    ['CAST(123456789012345.678 AS DECIMAL(18, 3)) * 2', '246913578024691.356'],
    ['1.50 = 1.5', true],
    ['2 < 2.5', true],
    ['ROUND(2.345, 2)', '2.350'],
    ['ROUND(-1250, -2)', -1300],
    ['TRUNCATE(2.349, 1)', '2.300'],
    ['CEIL(-1.5)', '-1'],
    ['FLOOR(-1.5)', '-2'],
    ['GREATEST(1, 2.5)', '2.5'],
    ['CAST(1.5 AS STRING)', '1.5'],
    ["CAST('1e2' AS DECIMAL(5, 1))", '100.0'],
    ['CAST(0.1e0 AS DECIMAL(5, 3))', '0.100'],
    ['CAST(0.1 AS DOUBLE)', 0.1],
  ])('decimals: %s is %s', (source, wanted) => {
    expect(valueOf(source)).toBe(wanted)
  })
})

describe('text, times and zones', () => {
  it.each([
    ["'é' > 'z'", true],
    ["'😀' > '\uffff'", true],
    ["'a' < 'B'", false],
    ["LENGTH('😀é')", 2],
    ["'50%' LIKE '50!%' ESCAPE '!'", true],
    ["'5x%' LIKE '5_!%' ESCAPE '!'", true],
    ["'aab' LIKE '%a%b%'", true],
    ["SPLIT_INDEX('https://www.nexmark.com/a/b/c/item.htm', '/', 5)", 'c'],
    ["SPLIT_INDEX('a/b', '/', 2)", null],
    ["REGEXP_EXTRACT('x?query=1&channel_id=17', '(&|^)channel_id=([^&]*)', 2)", '17'],
    ["REGEXP_EXTRACT('x?query=1', '(&|^)channel_id=([^&]*)', 2)", null],
    ["REGEXP_REPLACE('aXbX', 'X', '-$0-')", 'a-X-b-X-'],
    ["REGEXP_REPLACE('abc', '', '.')", '.a.b.c.'],
    ["CHAR_LENGTH('abcab') - CHAR_LENGTH(REPLACE('abcab', 'c', ''))", 1],
    ["INITCAP('o''neil')", "O'Neil"],
    ["DATE_FORMAT(TIMESTAMP '2001-02-03 04:05:06.007', 'yyyy-MM-dd''T''HH:mm:ss.SSS')", '2001-02-03T04:05:06.007'],
    ["DATE_FORMAT(TIMESTAMP '2001-02-03 04:05:06', 'HH:mmXXX')", '04:05Z'],
    ["DATE_FORMAT(TIMESTAMP '2001-02-03 04:05:06', 'HH:mm:ssXXX X Z', 'Asia/Kolkata')", '09:35:06+05:30 +0530 +0530'],
    ["DATE_FORMAT(TIMESTAMP '2001-02-03 04:05:06', 'HH X', 'America/New_York')", '23 -05'],
    ["EPOCH_MS(TO_TIMESTAMP('03/Feb/2001:04:05:06 +0530', 'dd/MMM/yyyy:HH:mm:ss Z'))", 981_153_306_000],
    ["EPOCH_MS(TO_TIMESTAMP('2001-02-03T04:05:06-05:00', 'yyyy-MM-dd''T''HH:mm:ssXXX'))", 981_191_106_000],
    ["EPOCH_MS(TO_TIMESTAMP('2001-02-03 04 Z', 'yyyy-MM-dd HH X'))", 981_172_800_000],
    ["TO_TIMESTAMP('2001-02-03 04 +05:00', 'yyyy-MM-dd HH Z')", null],
    ["TO_TIMESTAMP('2001-02-03 04 +5', 'yyyy-MM-dd HH X')", null],
    ["CAST(TIMESTAMP '1969-12-31 23:59:59.999' AS STRING)", '1969-12-31 23:59:59.999'],
    ["CAST(DATE '2001-02-03' + INTERVAL '1' MONTH AS STRING)", '2001-03-03'],
    ["CAST(DATE '2004-02-29' - INTERVAL '1' YEAR AS STRING)", '2003-02-28'],
    ["CAST(INTERVAL '1 02:03:04.5' DAY TO SECOND AS STRING)", '1 02:03:04.500'],
    ["CAST(INTERVAL '-90' MINUTE AS STRING)", '-0 01:30:00'],
    ["EXTRACT(WEEK FROM TIMESTAMP '2016-01-01')", 53],
    ["TIMESTAMPDIFF(MONTH, TIMESTAMP '2001-01-31', TIMESTAMP '2001-02-28')", 1],
    ["TIMESTAMPDIFF(YEAR, TIMESTAMP '2001-03-01', TIMESTAMP '2000-02-29')", -1],
    // Clocks in Berlin went from 01:59:59 UTC+1 to 03:00:00 UTC+2 on 2001-03-25, and back on 2001-10-28.
    ["HOUR(TIMESTAMP '2001-03-25 00:59:59' AT TIME ZONE 'Europe/Berlin')", 1],
    ["HOUR(TIMESTAMP '2001-03-25 01:00:00' AT TIME ZONE 'Europe/Berlin')", 3],
    ["CAST(FROM_LOCAL(TIMESTAMP '2001-03-25 02:30:00', 'Europe/Berlin') AS STRING)", '2001-03-25 01:30:00'],
    ["CAST(FROM_LOCAL(TIMESTAMP '2001-10-28 02:30:00', 'Europe/Berlin') AS STRING)", '2001-10-28 00:30:00'],
    ["CAST(DATE_TRUNC('day', TIMESTAMP '2001-07-01 22:30:00', 'Europe/Berlin') AS STRING)", '2001-07-01 22:00:00'],
    ["TIMESTAMP '2001-01-01' < DATE '2001-01-02'", true],
    ['JSON_VALUE(\'{"a":1.50,"a":2.0}\', \'$.a\')', '2.0'],
    ["JSON_VALUE('{\"a\":1', '$.a')", 'BAD_JSON'],
    ["JSON_QUERY('{\"a\": [1, 2.50] }', '$.a')", '[1, 2.50]'],
    ['ARRAY[1, 2, 3][4]', null],
    ["ARRAY_JOIN(SPLIT('b,a', ','), '+')", 'b+a'],
  ])('%s is %s', (source, wanted) => {
    expect(valueOf(source)).toBe(wanted)
  })
})

describe('kernels', () => {
  it('errors in branches not taken do not count, others do', () => {
    const batch = batchOf(schema, [
      [0, null, 1, 'a', null, true, 0],
      [2, null, 1, 'a', null, true, 0],
    ])
    const count = (source: string): number => {
      const errors = new RowErrors()
      compiled(source).kernel.evaluate(batch, errors)
      return errors.count
    }
    expect(count('6 / i > 1')).toBe(1)
    expect(count('i <> 0 AND 6 / i > 1')).toBe(0)
    expect(count('CASE WHEN i = 0 THEN 0 ELSE 6 / i END')).toBe(0)
    expect(count('COALESCE(i, 1 / 0)')).toBe(0)
    expect(count('IF(i = 0, CAST(s AS BIGINT), 1)')).toBe(1)
    expect(count('i * 9223372036854775807')).toBe(1)
    expect(count('CASE WHEN i = 0 THEN 1 WHEN 6 / i > 1 THEN 2 END')).toBe(0)
    expect(count('COALESCE(j, IF(i = 0, 1, NULL), 6 / i)')).toBe(0)
    // The same part in several places fails where it is reached, and only there.
    expect(count('IF(i = 0, 0, 6 / i) + IF(i = 0, 0, 6 / i)')).toBe(0)
    expect(count('IF(i = 0, 0, 6 / i) + 6 / i')).toBe(1)
    expect(count('i <> 0 AND (6 / i > 1 OR 6 / i > 2)')).toBe(0)
  })

  it('H23 the encoding of a result follows its values, batch by batch', () => {
    const { kernel } = compiled('i * 1000')
    const errors = new RowErrors()
    const storageOf = (value: Value): string => kernel.evaluate(batchOf(schema, [[value, null, 1, 'a', null, true, 0]]), errors).storage
    expect(['1', '9007199254740993', '9007199254740', 2].map(storageOf)).toEqual(['number', 'i64', 'number', 'number'])
    expect(errors.count).toBe(0)
    expect(storageOf('9223372036854775807')).toBe('number')
    expect(errors.count).toBe(1)
    expect(storageOf(9_007_199_254_741)).toBe('i64')
    expect(storageOf(1)).toBe('number')
  })

  it('a shared part is computed again for the next batch', () => {
    const { kernel } = compiled("CASE LOWER(s) WHEN 'a' THEN 1 WHEN 'b' THEN 2 ELSE 3 END")
    const errors = new RowErrors()
    const values = (...texts: string[]): Value[] => {
      const column = kernel.evaluate(
        batchOf(
          schema,
          texts.map((text) => [0, null, 1, text, null, true, 0]),
        ),
        errors,
      )
      return texts.map((_, row) => valueAt(column, row))
    }
    expect(values('A', 'b', 'x')).toEqual([1, 2, 3])
    expect(values('B', 'x', 'a')).toEqual([2, 3, 1])
  })

  it('what a part takes up in a text is counted, and is what REPLACE takes away', () => {
    const texts = ['', 'abcab', 'aaaa', 'éaéé', '😀']
    const batch = batchOf(
      schema,
      texts.map((text) => [0, null, 1, text, null, true, 0]),
    )
    const counts = (source: string): Value[] => {
      const column = compiled(source).kernel.evaluate(batch, new RowErrors())
      return texts.map((_, row) => valueAt(column, row))
    }
    expect(counts("CHAR_LENGTH(s) - CHAR_LENGTH(REPLACE(s, 'a', ''))")).toEqual([0, 2, 4, 1, 0])
    expect(counts("LENGTH(s) - LENGTH(REPLACE(s, 'aaa', ''))")).toEqual([0, 0, 3, 0, 0])
    expect(counts("LENGTH(s) - LENGTH(REPLACE(s, 'é', ''))")).toEqual([0, 0, 0, 3, 0])
    const long = (size: number): Batch => batchOf(schema, [[0, 0, 0, 'ab\u00e9a'.repeat(size), null, null, null]])
    for (const size of [63, 64, 255, 256, 1000])
      expect(valueAt(compiled("LENGTH(s) - LENGTH(REPLACE(s, 'a', ''))").kernel.evaluate(long(size), new RowErrors()), 0)).toBe(2 * size)
    expect(counts("LENGTH(s) - LENGTH(REPLACE(t, 'a', ''))")).toEqual([null, null, null, null, null])
  })

  it('a batch without rows gives a column without rows', () => {
    for (const source of ['i + 1', "s || 'x'", 'b AND i > 0', 'CASE WHEN b THEN s END', 'ARRAY[i]', "REGEXP_EXTRACT(s, 'a')"])
      expect(compiled(source).kernel.evaluate(batchOf(schema, []), new RowErrors()).type).toBeDefined()
  })

  it('selectTrue takes TRUE rows only', () => {
    const rows = Array.from({ length: 1024 }, (_, k): Value[] => [k % 40, k % 3 === 0 ? null : 1, 1, 'abc', null, true, 0])
    const batch = batchOf(schema, rows)
    const out = new Uint32Array(1024)
    const late = rows.filter(([i]) => (i as number) >= 15).length
    for (const [source, wanted] of [
      ['i >= 15', late],
      ['j = 1', 682],
      ["i >= 15 AND s LIKE 'a%'", late],
    ] as const)
      expect(selectTrue(compiled(source).kernel.evaluate(batch, new RowErrors()), 1024, out)).toBe(wanted)
    expect([...out.subarray(0, 3)]).toEqual([15, 16, 17])
  })
})
