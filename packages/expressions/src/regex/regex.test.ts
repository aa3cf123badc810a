import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { RowFailure } from '../scalar/failure.ts'
import { Automaton } from './automaton.ts'
import { Backtracker } from './backtracker.ts'
import { PikeMachine } from './pike.ts'
import { compileRegex } from './program.ts'
import { Regex } from './regex.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The first match and its groups as texts; undefined if there is none. */
function groupsOf(pattern: string, text: string): (string | undefined)[] | undefined {
  const regex = new Regex(pattern)
  const bytes = encoder.encode(text)
  if (!regex.find(bytes, 0, bytes.length, 0)) return undefined
  return textsOf(regex.slots, bytes)
}

function textsOf(slots: Int32Array, bytes: Uint8Array): (string | undefined)[] {
  return Array.from({ length: slots.length / 2 }, (_, i) =>
    slots[i * 2] < 0 ? undefined : decoder.decode(bytes.subarray(slots[i * 2], slots[i * 2 + 1])),
  )
}

const atom = fc.constantFrom('a', 'b', 'é', '😀', '.', '[ab]', '[^a]', '[^é]', '\\d', '\\w', '\\s', '[a-z]', '\\W', '1')
const edge = fc.constantFrom('^', '$', '\\b', '\\B')
/**
 * Groups are not repeated, nor is what may be empty: JavaScript forgets what a group held in an earlier
 * round, and refuses a round that reads nothing; others do neither.
 */
const { pattern } = fc.letrec<{ pattern: string; body: string; plain: string }>((tie) => ({
  plain: fc.oneof(
    { maxDepth: 3 },
    atom,
    fc.tuple(atom, fc.constantFrom('*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{0,2}?')).map(([a, q]) => `${a}${q}`),
    fc.tuple(tie('plain'), tie('plain')).map(([a, b]) => a + b),
    fc.tuple(tie('plain'), tie('plain')).map(([a, b]) => `(?:${a}|${b}x)`),
    fc.tuple(atom, atom, fc.constantFrom('*', '+', '?', '*?')).map(([a, b, q]) => `(?:${a}|${b}x)${q}`),
  ),
  body: fc.oneof(
    { weight: 4, arbitrary: tie('plain') },
    { weight: 1, arbitrary: edge },
    { weight: 1, arbitrary: tie('plain').map((p) => `(${p})`) },
  ),
  pattern: fc.oneof(
    fc.array(tie('body'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
    fc.tuple(tie('body'), tie('body')).map(([a, b]) => `${a}|${b}`),
  ),
}))
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'x', '1', ' ', '_', 'é', '😀', 'Z'), maxLength: 12 })

describe('regular expressions', () => {
  it('agree with the platform’s on matches and groups', { timeout: 300_000 }, () => {
    let matches = 0
    fc.assert(
      fc.property(pattern, text, (source, subject) => {
        // JavaScript looks for \\B between the halves of a surrogate pair too.
        fc.pre(!source.includes('\\B') || !subject.includes('😀'))
        const wanted = new RegExp(source, 'u').exec(subject)
        if (wanted !== null) matches += 1
        expect(groupsOf(source, subject), `${source} on ${subject}`).toEqual(wanted === null ? undefined : [...wanted])
      }),
      { numRuns: 6000 },
    )
    expect(matches).toBeGreaterThan(1500)
  })

  it('agree among themselves: backtracker, Pike machine and automaton', { timeout: 300_000 }, () => {
    const repeated = fc.tuple(pattern, fc.constantFrom('', '*', '+', '{2}', '*?')).map(([p, q]) => `(${p})${q}`)
    fc.assert(
      fc.property(
        fc.oneof(
          pattern,
          repeated,
          fc.tuple(repeated, repeated).map(([a, b]) => `${a}${b}`),
        ),
        text,
        (source, subject) => {
          const program = compileRegex(source)
          const bytes = encoder.encode(`«${subject}»`)
          const [from, to] = [2, bytes.length - 2]
          const slots = [0, 1].map(() => new Int32Array((program.groups + 1) * 2))
          const found = new Backtracker(program).find(bytes, from, to, from, slots[0])
          expect(new PikeMachine(program).find(bytes, from, to, from, slots[1]), `pike: ${source} on ${subject}`).toBe(found)
          if (found) expect(textsOf(slots[1], bytes), `pike: ${source} on ${subject}`).toEqual(textsOf(slots[0], bytes))
          if (Automaton.serves(program) && subject !== '')
            expect(new Automaton(program).test(bytes, from, to), `automaton: ${source} on ${subject}`).toBe(found)
        },
      ),
      { numRuns: 4000 },
    )
  })

  test.each([
    ['(a*)*b', 'a'.repeat(20_000)],
    ['(a|a)*b', 'a'.repeat(20_000)],
    ['(.*)(.*)(.*)(.*)(.*)[^a]b', 'a'.repeat(3000)],
    ['(x+x+)+y', 'x'.repeat(20_000)],
    ['(?:a?){500}a{500}b', 'a'.repeat(600)],
  ])('%s stays linear where backtracking would not end', (source, subject) => {
    const regex = new Regex(source)
    const bytes = encoder.encode(subject)
    expect(regex.find(bytes, 0, bytes.length, 0)).toBe(false)
    expect(regex.test(bytes, 0, bytes.length)).toBe(false)
  })

  it('keeps the last round of a repeated group, as Java and RE2 do', () => {
    expect(groupsOf('(?:(a)|b)*', 'ab')).toEqual(['ab', 'a'])
    expect(groupsOf('(a|ab)(c|bcd)(d*)', 'abcd')).toEqual(['abcd', 'a', 'bcd', ''])
  })

  test.each([
    ['(?i)straße', 'STRASSE', undefined],
    ['(?i)STRAßE', 'straße', ['straße']],
    ['(?i)[^a]', 'A', undefined],
    ['a(?i:B)c', 'abc aBc abC', ['abc']],
    ['(?s).', '\n', ['\n']],
    ['.', '\n', undefined],
    ['(?m)^b$', 'a\nb\nc', ['b']],
    ['^b$', 'a\nb\nc', undefined],
    ['\\Qa.b\\E+', 'a.bb', ['a.bb']],
    ['(?<year>\\d{4})-(?P<month>\\d\\d)', 'on 2001-02-03', ['2001-02', '2001', '02']],
    ['\\p{Lu}\\p{Ll}+', 'über Ärger', ['Ärger']],
    ['\\P{L}+', 'ab12', ['12']],
    ['\\x41\\u00e9\\x{1F600}', 'Aé😀', ['Aé😀']],
    ['[\\]\\-a]+', 'x]-a', [']-a']],
    ['[a-]+', '-a', ['-a']],
    ['\\bword\\b', 'a word!', ['word']],
    ['(&|^)channel_id=([^&]*)', 'https://x/y?query=1&channel_id=17&z', ['&channel_id=17', '&', '17']],
    ['(&|^)channel_id=([^&]*)', 'https://x/y?channel_id=17', undefined],
    ['$^', '', ['']],
    ['', 'abc', ['']],
  ])('%s on %j', (source, subject, wanted) => {
    expect(groupsOf(source, subject)).toEqual(wanted)
  })

  test.each([
    '(',
    ')',
    '[a',
    'a**',
    '*a',
    'a{2,1}',
    'a{',
    'a{1001}',
    '\\',
    '\\1',
    '(?=a)',
    '(?<!a)',
    '(?>a)',
    'a++',
    '[z-a]',
    '[[a]]',
    '[a&&b]',
    '\\y',
    '\\p{Nope}',
    '(?<a>x)(?<a>y)',
    '(?x)a',
    '((a{1000}){1000})',
    'a'.repeat(6000),
  ])('case %$ is refused with a code', (source) => {
    expect(() => new Regex(source)).toThrow(RowFailure)
    try {
      new Regex(source)
    } catch (error) {
      expect((error as RowFailure).code).toBe('BAD_REGEX')
    }
  })

  it('never fails in another way, whatever the pattern, and survives damaged UTF-8', { timeout: 300_000 }, () => {
    const symbols = fc.constantFrom(...'ab()[]{}*+?|\\^$.-,12&:<>=!pPdDwWsSbBAzQEixm'.split(''), '(?', '{1,', '\\p{', '[^')
    fc.assert(
      fc.property(fc.array(symbols, { maxLength: 15 }), fc.uint8Array({ maxLength: 20 }), (parts, bytes) => {
        try {
          const regex = new Regex(parts.join(''))
          const found = regex.find(bytes, 0, bytes.length, 0)
          expect(regex.test(bytes, 0, bytes.length)).toBe(found)
        } catch (error) {
          if (!(error instanceof RowFailure)) throw error
        }
      }),
      { numRuns: 6000 },
    )
  })
})
