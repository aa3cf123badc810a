import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { durationText, parseDuration } from './duration.ts'
import { completionsAt, lookOf } from './expressionText.ts'

describe('durations', () => {
  it('what is shown is read as the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), (ms) => {
        expect(parseDuration(durationText(ms))).toBe(ms)
      }),
    )
  })
  it.each([
    ['1h 30min', 5_400_000],
    ['90 s', 90_000],
    ['1.5 h', 5_400_000],
    ['250', 250],
    ['2 days', 172_800_000],
  ])('%s is %i ms', (text, ms) => expect(parseDuration(text)).toBe(ms))
  it.each(['', 'soon', '5 lightyears', '1 h x'])('%j is none', (text) => expect(parseDuration(text)).toBeNull())
})

describe('expression text', () => {
  const schema = [
    { name: 'delay', type: 'int64' as const, nullable: false },
    { name: 'late at', type: 'timestamp' as const, nullable: true },
  ]
  it('the coloured pieces join to the text again', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(
          lookOf(text, schema)
            .map((token) => token.text)
            .join(''),
        ).toBe(text)
      }),
    )
  })
  it('colours columns, functions, keywords, numbers and text', () => {
    const looks = lookOf("LENGTH(delay) > 15 AND 'x'", schema).filter(({ look }) => look !== 'plain')
    expect(looks.map(({ text, look }) => `${text} ${look}`)).toEqual([
      'LENGTH function',
      'delay column',
      '15 number',
      'AND keyword',
      "'x' string",
    ])
  })
  it('completes columns first, quotes names that need it, and nothing inside text', () => {
    expect(completionsAt('de', 2, schema, false)?.items[0]).toMatchObject({ insert: 'delay' })
    expect(completionsAt('late', 4, schema, false)?.items.find(({ label }) => label === 'late at')?.insert).toBe('"late at"')
    expect(completionsAt("'de", 3, schema, false)).toBeNull()
    expect(completionsAt('', 0, schema, false)).toBeNull()
    expect(completionsAt('', 0, schema, true)?.items.length).toBeGreaterThan(10)
  })
})
