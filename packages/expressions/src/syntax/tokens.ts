/** Walks over tokens; the base of the parsers. */
import { SyntaxStop } from '../problem.ts'
import type { Token } from './lexer.ts'

/** Words that are never a column's name unless quoted. */
const KEYWORDS = new Set([
  'AND',
  'OR',
  'NOT',
  'IS',
  'NULL',
  'TRUE',
  'FALSE',
  'CASE',
  'WHEN',
  'THEN',
  'ELSE',
  'END',
  'BETWEEN',
  'IN',
  'LIKE',
  'ESCAPE',
  'CAST',
  'TRY_CAST',
])

export class Tokens {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  /** The token `ahead` places on; the end repeats. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]
  }

  next(): Token {
    const token = this.#tokens[this.#at]
    if (token.kind !== 'end') this.#at += 1
    return token
  }

  /** The keyword or symbol of a token, upper case; '' for anything else. */
  sign(token: Token = this.peek()): string {
    if (token.kind === 'symbol') return token.text
    if (token.kind !== 'word') return ''
    const upper = token.text.toUpperCase()
    return KEYWORDS.has(upper) ? upper : ''
  }

  accept(sign: string): boolean {
    if (this.sign() !== sign) return false
    this.#at += 1
    return true
  }

  expect(sign: string): Token {
    const token = this.peek()
    if (this.sign(token) !== sign) throw this.unexpected(token, `\`${sign}\``)
    return this.next()
  }

  /** The word, upper case, of a token that is no quoted name; '' for anything else. */
  word(ahead = 0): string {
    const token = this.peek(ahead)
    return token.kind === 'word' ? token.text.toUpperCase() : ''
  }

  /** Words that mean something only where they are looked for, such as FROM in EXTRACT. */
  acceptWord(word: string): boolean {
    if (this.word() !== word) return false
    this.#at += 1
    return true
  }

  expectWord(word: string): Token {
    if (this.word() !== word) throw this.unexpected(this.peek(), `\`${word}\``)
    return this.next()
  }

  unexpected(token: Token, wanted: string): SyntaxStop {
    const found = token.kind === 'end' ? 'the expression ends here' : `\`${token.text}\` stands here`
    return new SyntaxStop('SYNTAX', `Expected ${wanted}, but ${found}.`, token.from, token.to)
  }
}
