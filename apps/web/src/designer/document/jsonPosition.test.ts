import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonErrorAt, jsonErrorLine } from './jsonPosition.ts'

describe('jsonErrorAt', () => {
  it('finds nothing wrong with JSON of any shape', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(jsonErrorAt(text)).toBeNull()
      }),
    )
    expect(jsonErrorAt(JSON.stringify({ a: [1, { b: null }], c: {} }, null, 2))).toBeNull()
  })
  it('agrees with JSON.parse on whether a damaged text is JSON', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', ']', '"', ':', 'x'), (text, n, put) => {
        const at = n % (text.length + 1)
        const damaged = text.slice(0, at) + put + text.slice(at + 1)
        let whole = true
        try {
          JSON.parse(damaged)
        } catch {
          whole = false
        }
        expect(jsonErrorAt(damaged) === null).toBe(whole)
      }),
    )
  })
  it.each([
    ['{\n "a": 1,\n "b": [,]\n}', 3],
    ['{\n "a": 1\n "b": 2\n}', 3],
    ['{\n "a": 1,\n}', 3],
    ['[1,\n2', 2],
    ['{"a":1}\n{', 2],
  ])('%j is wrong in line %i', (text, line) => expect(jsonErrorLine(text)).toBe(line))
  it('is not stopped by depth', () => expect(jsonErrorAt('['.repeat(200_000))).toBe(200_000))
})
