import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseJson } from './jsonText.ts'

test('reads what JSON.parse reads', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseJson(text)).toEqual({ ok: true, value: JSON.parse(text) })
    }),
  )
  expect(parseJson('\uFEFF{"a":1}')).toEqual({ ok: true, value: { a: 1 } })
})

test('finds a break wherever JSON.parse finds one', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), fc.constantFrom(',', '}', '"', ':', 'x', '\\', '\n'), (text, at, put) => {
      const cut = at % (text.length + 1)
      const broken = text.slice(0, cut) + put + text.slice(cut)
      let valid = true
      try {
        JSON.parse(broken)
      } catch {
        valid = false
      }
      const result = parseJson(broken)
      expect(result.ok).toBe(valid)
      if (!result.ok) expect(result.message).toMatch(/should be|ends|backslash/)
    }),
    { numRuns: 500 },
  )
})

test.each([
  ['{\n  "a": 1,\n  "b" 2\n}', 3, 7, 'a colon should be here, not "2"'],
  ['{"a": [1, 2,]}', 1, 13, 'a value should be here, not "]"'],
  ['{"a": 1,}', 1, 9, 'a text in double quotes should be here, not "}"'],
  ["{'a': 1}", 1, 2, 'a text in double quotes should be here, not "\'"'],
  ['{"a": 01}', 1, 8, 'a comma or } should be here, not "1"'],
  ['{"a": "x\ny"}', 1, 9, 'a line ends inside a text; close the quote, or write \\n'],
  ['{"a": "\\x"}', 1, 8, 'a backslash in a text is written \\\\'],
  ['{"a": 1', 1, 8, 'the text ends where a comma or } should be'],
  ['', 1, 1, 'the text ends where a value should be'],
  ['{}\n{}', 2, 1, 'the end should be here, not "{"'],
])('%j breaks at line %i, column %i', (text, line, column, message) => {
  expect(parseJson(text)).toEqual({ ok: false, line, column, message })
})

test('deep nesting is no crash', () => {
  expect(parseJson('['.repeat(200_000)).ok).toBe(false)
})
