/** Sets of code points: sorted, disjoint, inclusive ranges. */
import { RowFailure } from '../scalar/failure.ts'

export type CodePoints = readonly (readonly [number, number])[]

export const LAST_CODE_POINT = 0x10ffff

export const DIGITS: CodePoints = [[48, 57]]
export const WORD: CodePoints = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
]
export const SPACES: CodePoints = [
  [9, 13],
  [32, 32],
]

export function union(sets: readonly CodePoints[]): CodePoints {
  const sorted = sets.flat().toSorted((a, b) => a[0] - b[0])
  const merged: [number, number][] = []
  for (const [low, high] of sorted) {
    const last = merged.at(-1)
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high)
    else merged.push([low, high])
  }
  return merged
}

export function complement(set: CodePoints): CodePoints {
  const result: [number, number][] = []
  let next = 0
  for (const [low, high] of set) {
    if (low > next) result.push([next, low - 1])
    next = high + 1
  }
  if (next <= LAST_CODE_POINT) result.push([next, LAST_CODE_POINT])
  return result
}

function contains(set: CodePoints, codePoint: number): boolean {
  return set.some(([low, high]) => codePoint >= low && codePoint <= high)
}

/** Every letter that has another case, with those cases; made at the first use. */
let letters: readonly (readonly number[])[] | undefined

/** The set and the other case of each of its letters. */
export function ignoringCase(set: CodePoints): CodePoints {
  letters ??= lettersWithCases()
  const added: CodePoints[] = [set]
  for (const family of letters) if (family.some((letter) => contains(set, letter))) added.push(family.map((letter) => [letter, letter]))
  return union(added)
}

function lettersWithCases(): number[][] {
  const families = new Map<number, Set<number>>()
  for (let letter = 0; letter <= 0x1ffff; letter += 1) {
    if (letter >= 0xd800 && letter <= 0xdfff) continue
    const text = String.fromCodePoint(letter)
    for (const other of [text.toLowerCase(), text.toUpperCase()]) {
      const code = other.codePointAt(0)
      // Cases of more than one letter (ß, SS) are no case of a letter.
      if (code === undefined || code === letter || other.length !== String.fromCodePoint(code).length) continue
      const family = new Set([...(families.get(letter) ?? [letter]), ...(families.get(code) ?? [code])])
      for (const member of family) families.set(member, family)
    }
  }
  return [...new Set(families.values())].map((family) => [...family])
}

const CATEGORIES = /^(?:L|Lu|Ll|Lt|Lm|Lo|M|Mn|Mc|Me|N|Nd|Nl|No|P|Pc|Pd|Ps|Pe|Pi|Pf|Po|S|Sm|Sc|Sk|So|Z|Zs|Zl|Zp|C|Cc|Cf)$/
const ASCII_CLASSES: Readonly<Record<string, CodePoints>> = {
  Alpha: [
    [65, 90],
    [97, 122],
  ],
  Digit: DIGITS,
  Alnum: [
    [48, 57],
    [65, 90],
    [97, 122],
  ],
  Upper: [[65, 90]],
  Lower: [[97, 122]],
  Punct: [
    [33, 47],
    [58, 64],
    [91, 96],
    [123, 126],
  ],
  Space: SPACES,
  XDigit: [
    [48, 57],
    [65, 70],
    [97, 102],
  ],
}
const knownCategories = new Map<string, CodePoints>()

/** The code points of `\p{name}`: a general category or one of Java's ASCII classes. Throws RowFailure BAD_REGEX. */
export function category(name: string): CodePoints {
  const ascii = ASCII_CLASSES[name]
  if (ascii !== undefined && Object.hasOwn(ASCII_CLASSES, name)) return ascii
  const known = knownCategories.get(name)
  if (known !== undefined) return known
  if (!CATEGORIES.test(name))
    throw new RowFailure('BAD_REGEX', `\\p{${name}} is not a known class. Use one such as \\p{L}, \\p{Lu}, \\p{N}, \\p{Alpha}.`)
  // The name is one of the list above, never the user's text.
  const member = new RegExp(`^\\p{${name}}$`, 'u')
  const ranges: [number, number][] = []
  for (let code = 0; code <= LAST_CODE_POINT; code += 1) {
    if (code === 0xd800) code = 0xe000
    if (!member.test(String.fromCodePoint(code))) continue
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === code - 1) last[1] = code
    else ranges.push([code, code])
  }
  knownCategories.set(name, ranges)
  return ranges
}
