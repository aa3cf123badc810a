import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  arrayType,
  decimalType,
  elementOf,
  isArray,
  isDecimal,
  LOGICAL_TYPE_PATTERN,
  parseLogicalType,
  precisionOf,
  scaleOf,
  TYPE_CODES,
  typeNameOf,
  typeNameOfCode,
} from './logicalType.ts'

test('D1 every logical type has a code of its own that reads back', () => {
  const codes = Object.values(TYPE_CODES)
  expect(new Set(codes).size).toBe(codes.length)
  for (const [type, code] of Object.entries(TYPE_CODES)) expect(typeNameOfCode(code)).toBe(type)
})

test('D1 reserved codes read as unknown', () => {
  for (const code of [0, 8, 12, 255]) expect(typeNameOfCode(code)).toBeUndefined()
})

test('H23 parameters are read from the type itself', () => {
  const money = decimalType(18, 3)
  expect([money, precisionOf(money), scaleOf(money), typeNameOf(money), isDecimal(money)]).toEqual([
    'decimal(18,3)',
    18,
    3,
    'decimal',
    true,
  ])
  const list = arrayType(money)
  expect([list, elementOf(list), typeNameOf(list), isArray(list), isDecimal(list)]).toEqual([
    'array<decimal(18,3)>',
    money,
    'array',
    true,
    false,
  ])
  expect([typeNameOf('date'), scaleOf('int64')]).toEqual(['date', 0])
})

test('H23 only canonical types are read from text', () => {
  const good = ['bool', 'json', 'date', 'decimal(1,0)', 'decimal(18,18)', 'array<int64>', 'array<decimal(4,2)>']
  for (const text of good) expect(parseLogicalType(text)).toBe(text)
  const bad = ['', 'Bool', 'decimal', 'decimal(0,0)', 'decimal(19,0)', 'decimal(3,4)', 'decimal(03,1)', 'decimal(3, 1)', 'array<>']
  for (const text of [...bad, 'array<array<bool>>', 'array<int64', 'bytes']) expect(parseLogicalType(text), text).toBeUndefined()
  fc.assert(
    fc.property(fc.oneof(fc.constantFrom(...good), fc.stringMatching(/^(array<)?decimal\(\d{1,2},\d{1,2}\)>?$/)), (text) => {
      if (parseLogicalType(text) !== undefined) expect(text).toMatch(new RegExp(LOGICAL_TYPE_PATTERN))
    }),
  )
})
