import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareText, compareValues } from './order.ts'

test('text is ordered as its UTF-8 bytes are', () => {
  const text = fc.string({ unit: 'binary', maxLength: 5 })
  fc.assert(
    fc.property(text, text, (a, b) => {
      const [x, y] = [a, b].map((value) => new TextEncoder().encode(value))
      expect(Math.sign(compareText(a, b))).toBe(Math.sign(Buffer.compare(x, y)))
    }),
  )
})

test('values are ordered by their type', () => {
  const sorted = (type: Parameters<typeof compareValues>[0], values: readonly Parameters<typeof compareValues>[1][]) =>
    values.toSorted((a, b) => compareValues(type, a, b))
  expect(sorted('int64', [10, '9223372036854775807', 9, null, '-9223372036854775808', -1])).toEqual([
    null,
    '-9223372036854775808',
    -1,
    9,
    10,
    '9223372036854775807',
  ])
  expect(sorted('decimal(18,2)', ['10.00', '9.50', '-1.00', '999999999999999.99'])).toEqual([
    '-1.00',
    '9.50',
    '10.00',
    '999999999999999.99',
  ])
  expect(sorted('float64', [NaN, 1, -Infinity, Infinity])).toEqual([-Infinity, 1, Infinity, NaN])
  expect(sorted('bool', [true, null, false])).toEqual([null, false, true])
  expect(sorted('array<int64>', [[2], [1, 5], [], [1, null], null])).toEqual([null, [], [1, null], [1, 5], [2]])
  expect(compareValues('float64', 0, -0)).toBe(0)
})
