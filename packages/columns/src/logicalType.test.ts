import { expect, test } from 'vitest'
import { logicalTypeOfCode, TYPE_CODES } from './logicalType.ts'

test('D1 every logical type has a code of its own that reads back', () => {
  const codes = Object.values(TYPE_CODES)
  expect(new Set(codes).size).toBe(codes.length)
  for (const [type, code] of Object.entries(TYPE_CODES)) expect(logicalTypeOfCode(code)).toBe(type)
})

test('D1 reserved codes read as unknown', () => {
  for (const code of [0, 7, 8, 9, 10, 11, 255]) expect(logicalTypeOfCode(code)).toBeUndefined()
})
