import fc from 'fast-check'
import { expect, it } from 'vitest'
import { jsonAt, jsonOf, jsonPath, isJson } from '../scalar/json.ts'
import { bytePath, isJsonBytes, JsonFinder } from './jsonBytes.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

function platformSays(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const pieces = fc.constantFrom(
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"a"',
  '"',
  '\\',
  '\\u00e9',
  'é',
  '0',
  '-',
  '1.5',
  'e3',
  '.',
  'true',
  'nul',
  'null',
  ' ',
  '\n',
  '\u0000',
  '\u007f',
)
const nearly = fc.oneof(
  fc.array(pieces, { maxLength: 12 }).map((each) => each.join('')),
  fc
    .tuple(fc.json(), fc.nat(), pieces)
    .map(([text, at, piece]) => text.slice(0, at % (text.length + 1)) + piece + text.slice(at % (text.length + 1))),
)

it('both readers take what the platform takes, and nothing else', { timeout: 300_000 }, () => {
  fc.assert(
    fc.property(fc.oneof(nearly, fc.json()), (text) => {
      const bytes = encoder.encode(text)
      expect([isJson(text), isJsonBytes(bytes, 0, bytes.length)], JSON.stringify(text)).toEqual([platformSays(text), platformSays(text)])
    }),
    { numRuns: 5000 },
  )
})

it('both readers find the same part, as it is written', { timeout: 300_000 }, () => {
  const key = fc.constantFrom('a', 'b', 'é', 'c d')
  const spaced = fc.tuple(fc.json(), fc.constantFrom(0, 1, 2)).map(([text, indent]) => JSON.stringify(JSON.parse(text), null, indent))
  const documents = fc.dictionary(key, spaced, { maxKeys: 4 }).map(
    (members) =>
      `{ ${Object.entries(members)
        .map(([name, value]) => `"${name === 'a' ? '\\u0061' : name}" :${value}`)
        .join(' , ')} }`,
  )
  fc.assert(
    fc.property(
      fc.oneof(
        documents,
        fc.array(documents).map((each) => `[${each.join(' ,')}]`),
      ),
      fc.constantFrom('$', '$.a', '$.é', '$["c d"]', '$[0].a', '$[1]', '$.b[0]', '$.b.a'),
      (text, path) => {
        const bytes = encoder.encode(text)
        const finder = new JsonFinder()
        const found = finder.find(bytes, 0, bytes.length, bytePath(jsonPath(path)))
        const node = jsonAt(jsonOf(text), jsonPath(path))
        expect(found ? decoder.decode(bytes.subarray(finder.from, finder.to)) : undefined, `${path} of ${text}`).toBe(node?.text)
      },
    ),
    { numRuns: 3000 },
  )
})

it('nesting is bounded in both, far below any stack', () => {
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
  for (const [levels, wanted] of [
    [1000, true],
    [1002, false],
    [100_000, false],
  ] as const) {
    const bytes = encoder.encode(nested(levels))
    expect([isJson(nested(levels)), isJsonBytes(bytes, 0, bytes.length)]).toEqual([wanted, wanted])
  }
})
