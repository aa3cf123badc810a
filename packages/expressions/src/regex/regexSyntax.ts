/**
 * Regular expressions as text to a tree. The common part of Java's and RE2's syntax: what needs
 * backtracking by its nature (backreferences, look-around, possessive quantifiers) is refused.
 */
import { RowFailure } from '../scalar/failure.ts'
import { category, complement, DIGITS, ignoringCase, SPACES, union, WORD, type CodePoints } from './characters.ts'

export type Assertion = 'text-start' | 'text-end' | 'line-start' | 'line-end' | 'word-edge' | 'no-word-edge'

export type RegexNode =
  | { readonly kind: 'empty' }
  | { readonly kind: 'set'; readonly set: CodePoints }
  | { readonly kind: 'sequence'; readonly nodes: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly nodes: readonly RegexNode[] }
  | { readonly kind: 'group'; readonly index: number; readonly node: RegexNode }
  | { readonly kind: 'repeat'; readonly node: RegexNode; readonly least: number; readonly most: number; readonly greedy: boolean }
  | { readonly kind: 'assertion'; readonly assertion: Assertion }

export interface RegexSyntax {
  readonly node: RegexNode
  /** Capturing groups, not counting the whole match. */
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
}

const MAX_LENGTH = 5000
const MAX_REPEAT = 1000
const MAX_DEPTH = 100
const NOT_LINE_END = complement([[10, 10]])

/** Throws RowFailure BAD_REGEX. */
export function parseRegex(pattern: string): RegexSyntax {
  if (pattern.length > MAX_LENGTH)
    throw new RowFailure('BAD_REGEX', `The pattern has more than ${MAX_LENGTH} characters. Use a shorter one.`)
  return new Parser(pattern).whole()
}

interface Flags {
  readonly ignoreCase: boolean
  readonly dotAll: boolean
  readonly multiline: boolean
}

class Parser {
  readonly #pattern: string
  readonly #names = new Map<string, number>()
  #at = 0
  #groups = 0
  #depth = 0
  #flags: Flags = { ignoreCase: false, dotAll: false, multiline: false }

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  whole(): RegexSyntax {
    const node = this.#choice()
    if (this.#at < this.#pattern.length) throw this.#bad('there is a ) without its (')
    return { node, groups: this.#groups, names: this.#names }
  }

  #bad(why: string): RowFailure {
    return new RowFailure('BAD_REGEX', `'${this.#pattern}' is not a pattern: ${why} (at character ${this.#at + 1}).`)
  }

  #unsupported(what: string): RowFailure {
    return this.#bad(`${what} would make matching slow without bound, so they are not supported`)
  }

  #accept(text: string): boolean {
    if (!this.#pattern.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  /** The next code point; the caller knows there is one. */
  #next(): number {
    const code = this.#pattern.codePointAt(this.#at) ?? 0
    this.#at += code > 0xffff ? 2 : 1
    return code
  }

  #choice(): RegexNode {
    this.#depth += 1
    if (this.#depth > MAX_DEPTH) throw this.#bad(`groups nest more than ${MAX_DEPTH} levels`)
    const nodes = [this.#sequence()]
    while (this.#accept('|')) nodes.push(this.#sequence())
    this.#depth -= 1
    return nodes.length === 1 ? nodes[0] : { kind: 'choice', nodes }
  }

  #sequence(): RegexNode {
    const nodes: RegexNode[] = []
    while (this.#at < this.#pattern.length && this.#pattern[this.#at] !== '|' && this.#pattern[this.#at] !== ')') {
      if (this.#accept('\\Q')) {
        const end = this.#pattern.indexOf('\\E', this.#at)
        const quoted = Array.from(this.#pattern.slice(this.#at, end < 0 ? undefined : end), (each) =>
          this.#literal(each.codePointAt(0) ?? 0),
        )
        this.#at = end < 0 ? this.#pattern.length : end + 2
        const last = quoted.pop()
        nodes.push(...quoted)
        if (last !== undefined) nodes.push(this.#quantified(last))
        continue
      }
      nodes.push(this.#quantified(this.#atom()))
    }
    if (nodes.length === 1) return nodes[0]
    return nodes.length === 0 ? { kind: 'empty' } : { kind: 'sequence', nodes }
  }

  #quantified(atom: RegexNode): RegexNode {
    let node = atom
    for (let count = 0; ; count += 1) {
      const bounds = this.#bounds()
      if (bounds === undefined) return node
      if (count > 0) throw this.#bad('two quantifiers follow each other; put the first in (?:…)')
      if (this.#accept('+')) throw this.#unsupported('possessive quantifiers')
      const greedy = !this.#accept('?')
      node = { kind: 'repeat', node, least: bounds[0], most: bounds[1], greedy }
    }
  }

  #bounds(): readonly [number, number] | undefined {
    if (this.#accept('*')) return [0, Infinity]
    if (this.#accept('+')) return [1, Infinity]
    if (this.#accept('?')) return [0, 1]
    if (this.#pattern[this.#at] !== '{') return undefined
    const match = /^\{(\d{1,6})(,(\d{0,6}))?\}/.exec(this.#pattern.slice(this.#at, this.#at + 20))
    if (match === null) throw this.#bad('{ begins no count such as {2,5}; write \\{ for the character')
    const least = Number(match[1])
    const most = match[2] === undefined ? least : match[3] === '' ? Infinity : Number(match[3])
    if (most < least) throw this.#bad('the counts in { } are in the wrong order')
    if (least > MAX_REPEAT || (most !== Infinity && most > MAX_REPEAT)) throw this.#bad(`a count in { } is above ${MAX_REPEAT}`)
    this.#at += match[0].length
    return [least, most]
  }

  #atom(): RegexNode {
    const symbol = this.#pattern[this.#at]
    switch (symbol) {
      case '(':
        return this.#group()
      case '[':
        this.#at += 1
        return this.#cased(this.#class())
      case '.':
        this.#at += 1
        return { kind: 'set', set: this.#flags.dotAll ? complement([]) : NOT_LINE_END }
      case '^':
        this.#at += 1
        return { kind: 'assertion', assertion: this.#flags.multiline ? 'line-start' : 'text-start' }
      case '$':
        this.#at += 1
        return { kind: 'assertion', assertion: this.#flags.multiline ? 'line-end' : 'text-end' }
      case '\\':
        this.#at += 1
        return this.#escape()
      case '*':
      case '+':
      case '?':
        throw this.#bad(`${symbol} has nothing to repeat; write \\${symbol} for the character`)
      default:
        if (symbol === '{') throw this.#bad('{ has nothing to repeat; write \\{ for the character')
        return this.#literal(this.#next())
    }
  }

  #literal(code: number): RegexNode {
    return this.#cased([[code, code]])
  }

  #cased(set: CodePoints): RegexNode {
    return { kind: 'set', set: this.#flags.ignoreCase ? ignoringCase(set) : set }
  }

  #group(): RegexNode {
    const before = this.#flags
    this.#at += 1
    if (!this.#accept('?')) return this.#captured(undefined, before)
    if (this.#accept(':')) return this.#closed(this.#choice(), before)
    if (['=', '!', '<=', '<!'].some((sign) => this.#pattern.startsWith(sign, this.#at)))
      throw this.#unsupported('look-ahead and look-behind')
    if (this.#accept('>')) throw this.#unsupported('atomic groups')
    const name = /^P?<([A-Za-z][A-Za-z0-9_]*)>/.exec(this.#pattern.slice(this.#at))
    if (name !== null) {
      this.#at += name[0].length
      return this.#captured(name[1], before)
    }
    const flags = /^([ims]*)(?:-([ims]+))?([:)])/.exec(this.#pattern.slice(this.#at))
    if (flags === null) throw this.#bad('(? begins no group that is known here')
    this.#at += flags[0].length
    const on = (letter: string, now: boolean): boolean =>
      flags[1].includes(letter) ? true : flags[2]?.includes(letter) === true ? false : now
    this.#flags = { ignoreCase: on('i', before.ignoreCase), dotAll: on('s', before.dotAll), multiline: on('m', before.multiline) }
    return flags[3] === ')' ? { kind: 'empty' } : this.#closed(this.#choice(), before)
  }

  #captured(name: string | undefined, before: Flags): RegexNode {
    this.#groups += 1
    const index = this.#groups
    if (name !== undefined) {
      if (this.#names.has(name)) throw this.#bad(`two groups are called ${name}`)
      this.#names.set(name, index)
    }
    return { kind: 'group', index, node: this.#closed(this.#choice(), before) }
  }

  #closed(node: RegexNode, flags: Flags): RegexNode {
    if (!this.#accept(')')) throw this.#bad('a ( is not closed')
    this.#flags = flags
    return node
  }

  #escape(): RegexNode {
    const letter = this.#pattern[this.#at]
    switch (letter) {
      case 'A':
        this.#at += 1
        return { kind: 'assertion', assertion: 'text-start' }
      case 'z':
        this.#at += 1
        return { kind: 'assertion', assertion: 'text-end' }
      case 'b':
        this.#at += 1
        return { kind: 'assertion', assertion: 'word-edge' }
      case 'B':
        this.#at += 1
        return { kind: 'assertion', assertion: 'no-word-edge' }
      default:
        return this.#cased(this.#escapedSet())
    }
  }

  /** The set after a backslash, in a class or outside. */
  #escapedSet(): CodePoints {
    if (this.#at >= this.#pattern.length) throw this.#bad('it ends with a backslash')
    const letter = this.#pattern[this.#at]
    if (/[1-9]/.test(letter)) throw this.#unsupported('backreferences')
    const known = CLASSES[letter]
    if (known !== undefined) {
      this.#at += 1
      return known
    }
    if (letter === 'p' || letter === 'P') {
      const match = /^[pP](?:\{([A-Za-z]+)\}|([A-Z]))/.exec(this.#pattern.slice(this.#at))
      if (match === null) throw this.#bad('\\p needs a class, for example \\p{L}')
      this.#at += match[0].length
      const set = category(match[1] ?? match[2])
      return letter === 'p' ? set : complement(set)
    }
    const code = this.#escapedCode()
    return [[code, code]]
  }

  #escapedCode(): number {
    const match = /^(?:x([0-9A-Fa-f]{2})|x\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4}))/.exec(this.#pattern.slice(this.#at, this.#at + 10))
    if (match !== null) {
      const code = Number.parseInt(match[1] ?? match[2] ?? match[3], 16)
      if (code > 0x10ffff) throw this.#bad('there is no such character')
      this.#at += match[0].length
      return code
    }
    const code = this.#next()
    const control = CONTROLS[String.fromCodePoint(code)]
    if (control !== undefined) return control
    if (WORD.some(([low, high]) => code >= low && code <= high)) throw this.#bad(`\\${String.fromCodePoint(code)} has no meaning`)
    return code
  }

  /** After the [. */
  #class(): CodePoints {
    const negated = this.#accept('^')
    const sets: CodePoints[] = []
    for (let first = true; ; first = false) {
      if (this.#at >= this.#pattern.length) throw this.#bad('a [ is not closed')
      if (!first && this.#accept(']')) break
      if (this.#pattern[this.#at] === '[') throw this.#bad('[ inside a class must be written \\[')
      if (this.#pattern.startsWith('&&', this.#at)) throw this.#bad('&& inside a class is not supported')
      sets.push(this.#classItem())
    }
    const set = union(sets)
    // Of a negated class the other cases are taken out as well.
    return negated ? complement(this.#flags.ignoreCase ? ignoringCase(set) : set) : set
  }

  #classItem(): CodePoints {
    const low = this.#classMember()
    const single = low.length === 1 && low[0][0] === low[0][1]
    if (this.#pattern[this.#at] !== '-' || this.#pattern[this.#at + 1] === ']' || this.#at + 1 >= this.#pattern.length) return low
    if (!single) throw this.#bad('a class cannot begin a range')
    this.#at += 1
    const high = this.#classMember()
    if (high.length !== 1 || high[0][0] !== high[0][1]) throw this.#bad('a class cannot end a range')
    if (high[0][0] < low[0][0]) throw this.#bad('a range is in the wrong order')
    return [[low[0][0], high[0][0]]]
  }

  #classMember(): CodePoints {
    if (this.#accept('\\')) {
      if (this.#accept('b')) return [[8, 8]]
      return this.#escapedSet()
    }
    const code = this.#next()
    return [[code, code]]
  }
}

const CLASSES: Readonly<Record<string, CodePoints>> = {
  d: DIGITS,
  D: complement(DIGITS),
  w: WORD,
  W: complement(WORD),
  s: SPACES,
  S: complement(SPACES),
}
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, a: 7, e: 27, '0': 0 }
