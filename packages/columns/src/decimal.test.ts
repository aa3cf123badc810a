import fc from 'fast-check'
import { expect, test } from 'vitest'
import { civilOfDays, dateText, daysOfCivil, parseDate } from './calendar.ts'
import { decimalText, exactOf, parseDecimal, parseInt64, roundedQuotient } from './decimal.ts'

test('decimals read back from their text', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 18n) + 1n, max: 10n ** 18n - 1n }), fc.integer({ min: 0, max: 18 }), (value, scale) => {
      const exact = exactOf(value)
      expect(parseDecimal(decimalText(exact, scale), 18, scale)).toBe(exact)
    }),
  )
})

test.each([
  ['0.0005', 18, 3, 1],
  ['-0.0005', 18, 3, -1],
  ['0.00049', 18, 3, 0],
  ['1.5e3', 18, 0, 1500],
  ['15e-1', 18, 0, 2],
  ['.5', 4, 2, 50],
  ['5.', 4, 2, 500],
  ['9.995', 3, 2, undefined],
  ['1e999', 18, 0, undefined],
  ['1e-999', 18, 0, 0],
  ['0e999', 18, 0, 0],
  ['.', 18, 0, undefined],
  ['', 18, 0, undefined],
  ['1 ', 18, 0, undefined],
  ['0x1', 18, 0, undefined],
  ['999999999999999999', 18, 0, 999_999_999_999_999_999n],
])('%s as decimal(%i,%i)', (text, precision, scale, wanted) => {
  expect(parseDecimal(text, precision, scale)).toBe(wanted)
})

test('whole numbers keep every digit, and stop at the ends of int64', () => {
  expect(parseInt64('9007199254740992')).toBe(2 ** 53)
  expect(parseInt64('9007199254740993')).toBe(9_007_199_254_740_993n)
  expect(parseInt64('-9223372036854775808')).toBe(-9_223_372_036_854_775_808n)
  expect(parseInt64('+7')).toBe(7)
  for (const text of ['9223372036854775808', '1.0', '', '-', '1e3', '٣']) expect(parseInt64(text)).toBeUndefined()
})

test('quotients round half away from zero', () => {
  expect([7n, 8n, -7n, -8n, 5n].map((value) => Number(roundedQuotient(value, 2n)))).toEqual([4, 4, -4, -4, 3])
  expect([Number(roundedQuotient(7n, -2n)), Number(roundedQuotient(1n, 3n)), Number(roundedQuotient(-2n, 3n))]).toEqual([-4, 0, -1])
})

test('the calendar agrees with the clock of the platform, and reads its own days', () => {
  fc.assert(
    fc.property(fc.integer({ min: -2_000_000, max: 3_000_000 }), (days) => {
      const { year, month, day } = civilOfDays(days)
      const date = new Date(days * 86_400_000)
      expect([year, month, day]).toEqual([date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()])
      expect(daysOfCivil(year, month, day)).toBe(days)
      if (year >= 0 && year <= 9999) expect(parseDate(dateText(days))).toBe(days)
    }),
  )
  for (const text of ['2001-02-29', '2001-00-01', '2001-13-01', '2001-01-32', '2001-1-1', '']) expect(parseDate(text)).toBeUndefined()
  expect([dateText(0), dateText(11_016), parseDate('2000-02-29')]).toEqual(['1970-01-01', '2000-02-29', 11_016])
})
