/** Splits expression text into tokens with exact ranges. */
import { SyntaxStop } from '../problem.ts'

export interface Token {
  readonly kind: 'number' | 'string' | 'word' | 'quoted' | 'symbol' | 'end'
  /** The word as written, the string's content, the number's digits or the symbol. */
  readonly text: string
  readonly from: number
  readonly to: number
}

const SPACE = /\s/
const WORD_START = /[\p{L}_]/u
const WORD = /[\p{L}\p{N}_$]*/uy
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const SYMBOLS = ['<=', '>=', '<>', '!=', '||', '+', '-', '*', '/', '%', '=', '<', '>', '(', ')', '[', ']', ',']

export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const first = text[at]
    if (SPACE.test(first)) {
      at += 1
    } else if (text.startsWith('--', at)) {
      const end = text.indexOf('\n', at)
      at = end < 0 ? text.length : end
    } else if (first === "'" || first === '"' || first === '`') {
      const token = quoted(text, at, first)
      tokens.push(token)
      at = token.to
    } else if (/\d/.test(first) || (first === '.' && /\d/.test(text[at + 1] ?? ''))) {
      NUMBER.lastIndex = at
      const match = NUMBER.exec(text)?.[0] ?? first
      const end = at + match.length
      if (WORD_START.test(text[end] ?? '')) {
        throw new SyntaxStop(
          'SYNTAX',
          `A number must end before \`${text[end]}\`. Put a space or an operator between them, or quote the column name with "…".`,
          at,
          end + 1,
        )
      }
      tokens.push({ kind: 'number', text: match, from: at, to: end })
      at = end
    } else if (WORD_START.test(String.fromCodePoint(text.codePointAt(at) ?? 0))) {
      WORD.lastIndex = at
      const match = WORD.exec(text)?.[0] ?? first
      tokens.push({ kind: 'word', text: match, from: at, to: at + match.length })
      at += match.length
    } else {
      const symbol = SYMBOLS.find((candidate) => text.startsWith(candidate, at))
      if (symbol === undefined) {
        const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
        throw new SyntaxStop(
          'UNEXPECTED_CHARACTER',
          `\`${character}\` has no meaning here. Remove it, or put text in '…'.`,
          at,
          at + character.length,
        )
      }
      tokens.push({ kind: 'symbol', text: symbol === '!=' ? '<>' : symbol, from: at, to: at + symbol.length })
      at += symbol.length
    }
  }
  tokens.push({ kind: 'end', text: '', from: text.length, to: text.length })
  return tokens
}

/** A doubled quote inside stands for one. */
function quoted(text: string, from: number, quote: string): Token {
  let content = ''
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] !== quote) content += text[at]
    else if (text[at + 1] === quote) {
      content += quote
      at += 1
    } else return { kind: quote === "'" ? 'string' : 'quoted', text: content, from, to: at + 1 }
  }
  throw new SyntaxStop(
    'UNTERMINATED',
    quote === "'" ? "This text has no closing '. Add one (write '' for a quote inside)." : `This name has no closing ${quote}. Add one.`,
    from,
    text.length,
  )
}
