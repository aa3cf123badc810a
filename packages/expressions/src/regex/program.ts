/**
 * A regular expression as a program: what the matchers run.
 *
 * Code points are put into classes that no set of the pattern tells apart, so that a step looks its
 * class up once and every set is a table over classes. Instructions are parallel arrays.
 */
import { RowFailure } from '../scalar/failure.ts'
import { LAST_CODE_POINT, type CodePoints } from './characters.ts'
import { parseRegex, type Assertion, type RegexNode } from './regexSyntax.ts'

export const OP = { set: 0, split: 1, jump: 2, save: 3, assert: 4, match: 5 } as const

export const ASSERTION: Readonly<Record<Assertion, number>> = {
  'text-start': 0,
  'text-end': 1,
  'line-start': 2,
  'line-end': 3,
  'word-edge': 4,
  'no-word-edge': 5,
}

export interface Program {
  readonly ops: Uint8Array
  /** set: index into `sets` · split: preferred target · jump: target · save: slot · assert: one of ASSERTION. */
  readonly x: Int32Array
  /** split: other target. */
  readonly y: Int32Array
  /** Per set, 1 for each class in it. */
  readonly sets: readonly Uint8Array[]
  readonly classes: number
  /** Class of each ASCII code point. */
  readonly asciiClass: Uint16Array
  /** First code point of each class range, and its class; for those above ASCII. */
  readonly rangeStarts: Uint32Array
  readonly rangeClass: Uint16Array
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
  /** True if an assertion looks at the characters around it, not only at the ends of the text. */
  readonly looksAround: boolean
}

const MAX_INSTRUCTIONS = 20_000
const MAX_SETS = 500

/** Throws RowFailure BAD_REGEX. */
export function compileRegex(pattern: string): Program {
  const { node, groups, names } = parseRegex(pattern)
  return new Compiler(pattern).whole(node, groups, names)
}

class Compiler {
  readonly #pattern: string
  readonly #ops: number[] = []
  readonly #x: number[] = []
  readonly #y: number[] = []
  readonly #sets: CodePoints[] = []
  readonly #setIndex = new Map<string, number>()
  readonly #assertions = new Set<Assertion>()

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  whole(node: RegexNode, groups: number, names: ReadonlyMap<string, number>): Program {
    this.#emit(OP.save, 0)
    this.#node(node)
    this.#emit(OP.save, 1)
    this.#emit(OP.match)
    const around: readonly Assertion[] = ['line-start', 'line-end', 'word-edge', 'no-word-edge']
    return {
      ops: Uint8Array.from(this.#ops),
      x: Int32Array.from(this.#x),
      y: Int32Array.from(this.#y),
      ...this.#alphabet(),
      groups,
      names,
      looksAround: around.some((each) => this.#assertions.has(each)),
    }
  }

  #emit(op: number, x = 0, y = 0): number {
    if (this.#ops.length >= MAX_INSTRUCTIONS)
      throw new RowFailure(
        'BAD_REGEX',
        `'${this.#pattern.slice(0, 60)}' is too large once its counts are written out. Use smaller counts in { }.`,
      )
    this.#ops.push(op)
    this.#x.push(x)
    this.#y.push(y)
    return this.#ops.length - 1
  }

  #node(node: RegexNode): void {
    switch (node.kind) {
      case 'empty':
        return
      case 'set': {
        this.#emit(OP.set, this.#indexOf(node.set))
        return
      }
      case 'sequence':
        for (const each of node.nodes) this.#node(each)
        return
      case 'choice':
        this.#choice(node.nodes)
        return
      case 'group':
        this.#emit(OP.save, node.index * 2)
        this.#node(node.node)
        this.#emit(OP.save, node.index * 2 + 1)
        return
      case 'repeat':
        this.#repeat(node.node, node.least, node.most, node.greedy)
        return
      case 'assertion':
        this.#assertions.add(node.assertion)
        this.#emit(OP.assert, ASSERTION[node.assertion])
        return
    }
  }

  #indexOf(set: CodePoints): number {
    const key = set.join(' ')
    const known = this.#setIndex.get(key)
    if (known !== undefined) return known
    if (this.#sets.length === MAX_SETS)
      throw new RowFailure('BAD_REGEX', `The pattern tells more than ${MAX_SETS} kinds of characters apart. Use a simpler one.`)
    this.#setIndex.set(key, this.#sets.length)
    return this.#sets.push(set) - 1
  }

  #choice(nodes: readonly RegexNode[]): void {
    const ends: number[] = []
    nodes.forEach((node, i) => {
      if (i === nodes.length - 1) return this.#node(node)
      const split = this.#emit(OP.split)
      this.#x[split] = split + 1
      this.#node(node)
      ends.push(this.#emit(OP.jump))
      this.#y[split] = this.#ops.length
    })
    for (const end of ends) this.#x[end] = this.#ops.length
  }

  #repeat(node: RegexNode, least: number, most: number, greedy: boolean): void {
    for (let i = 0; i < least; i += 1) this.#node(node)
    if (most === Infinity) {
      const split = this.#emit(OP.split)
      this.#node(node)
      this.#emit(OP.jump, split)
      this.#aim(split, split + 1, this.#ops.length, greedy)
      return
    }
    const splits: number[] = []
    for (let i = least; i < most; i += 1) {
      splits.push(this.#emit(OP.split))
      this.#node(node)
    }
    for (const split of splits) this.#aim(split, split + 1, this.#ops.length, greedy)
  }

  #aim(split: number, body: number, out: number, greedy: boolean): void {
    this.#x[split] = greedy ? body : out
    this.#y[split] = greedy ? out : body
  }

  /** Cuts the code points at every edge of every set; equal memberships share a class. */
  #alphabet(): Pick<Program, 'sets' | 'classes' | 'asciiClass' | 'rangeStarts' | 'rangeClass'> {
    const sets = this.#sets
    const cuts = new Set([0, 128])
    for (const set of sets) {
      for (const [low, high] of set) {
        cuts.add(low)
        if (high < LAST_CODE_POINT) cuts.add(high + 1)
      }
    }
    const starts = [...cuts].sort((a, b) => a - b)
    const positions = sets.map(() => 0)
    const classOf = new Map<string, number>()
    const members: string[] = []
    const rangeClass = starts.map((start) => {
      let key = ''
      sets.forEach((set, s) => {
        while (positions[s] < set.length && set[positions[s]][1] < start) positions[s] += 1
        key += positions[s] < set.length && set[positions[s]][0] <= start ? '1' : '0'
      })
      const known = classOf.get(key)
      if (known !== undefined) return known
      classOf.set(key, members.length)
      return members.push(key) - 1
    })
    const asciiClass = new Uint16Array(128)
    for (let range = 0, code = 0; code < 128; code += 1) {
      while (range + 1 < starts.length && starts[range + 1] <= code) range += 1
      asciiClass[code] = rangeClass[range]
    }
    return {
      sets: sets.map((_, s) => Uint8Array.from(members, (key) => Number(key[s]))),
      classes: members.length,
      asciiClass,
      rangeStarts: Uint32Array.from(starts),
      rangeClass: Uint16Array.from(rangeClass),
    }
  }
}

/** Class of a code point above ASCII. */
export function classOfCodePoint(program: Program, codePoint: number): number {
  const { rangeStarts } = program
  let low = 0
  let high = rangeStarts.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (rangeStarts[middle] <= codePoint) low = middle
    else high = middle
  }
  return program.rangeClass[low]
}

/** Where the character that begins at `at` ends; a byte that begins no valid one is a character by itself. */
export function characterEnd(bytes: Uint8Array, at: number, to: number): number {
  const first = bytes[at]
  if (first < 0xc2) return at + 1
  const end = at + (first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4)
  if (end > to) return at + 1
  for (let k = at + 1; k < end; k += 1) if ((bytes[k] & 0xc0) !== 0x80) return at + 1
  return end
}

/** The code point of the bytes from `at` to its `characterEnd`; U+FFFD for a byte that begins none. */
export function codePointOf(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at]
  switch (end - at) {
    case 2:
      return ((first & 31) << 6) | (bytes[at + 1] & 63)
    case 3:
      return ((first & 15) << 12) | ((bytes[at + 1] & 63) << 6) | (bytes[at + 2] & 63)
    case 4:
      return ((first & 7) << 18) | ((bytes[at + 1] & 63) << 12) | ((bytes[at + 2] & 63) << 6) | (bytes[at + 3] & 63)
    default:
      return first < 128 ? first : 0xfffd
  }
}

/** True if an assertion holds between two bytes of the text `[from, to)`. */
export function holdsAt(assertion: number, bytes: Uint8Array, from: number, to: number, at: number): boolean {
  switch (assertion) {
    case ASSERTION['text-start']:
      return at === from
    case ASSERTION['text-end']:
      return at === to
    case ASSERTION['line-start']:
      return at === from || bytes[at - 1] === 10
    case ASSERTION['line-end']:
      return at === to || bytes[at] === 10
    default:
      return (isWord(bytes, from, to, at - 1) !== isWord(bytes, from, to, at)) === (assertion === ASSERTION['word-edge'])
  }
}

/** Word characters are ASCII, so the byte says it. */
function isWord(bytes: Uint8Array, from: number, to: number, at: number): boolean {
  if (at < from || at >= to) return false
  const byte = bytes[at]
  return (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || byte === 95 || (byte >= 97 && byte <= 122)
}
