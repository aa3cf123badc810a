/**
 * Pratt parser: text to syntax tree. Stops at the first syntax problem.
 * Invariant: no tree is higher than MAX_DEPTH, so every walk over it may recurse.
 */
import { decimalType, MAX_PRECISION, parseDate, parseDecimal, parseInt64, type LogicalType } from '@belay/columns'
import { SyntaxStop } from '../problem.ts'
import type { Datum } from '../scalar/datum.ts'
import { INTERVAL_UNITS, intervalLiteral } from '../scalar/interval.ts'
import { parseTimestamp } from '../scalar/timestamp.ts'
import { tokenize, type Token } from './lexer.ts'
import { Tokens } from './tokens.ts'
import type { BinaryOperator, Place, Syntax } from './tree.ts'
import { readType } from './typeNames.ts'

/** Levels of nesting an expression may have. */
const MAX_DEPTH = 200
/** UTF-16 units of text an expression may have; the tree is never larger, so the checker and the compiler are bounded too. */
const MAX_TEXT = 50_000

const POWERS: Readonly<Record<string, number>> = {
  OR: 1,
  AND: 2,
  IS: 4,
  '=': 5,
  '<>': 5,
  '<': 5,
  '<=': 5,
  '>': 5,
  '>=': 5,
  NOT: 5,
  BETWEEN: 5,
  IN: 5,
  LIKE: 5,
  '||': 6,
  '+': 7,
  '-': 7,
  '*': 8,
  '/': 8,
  '%': 8,
  AT: 10,
  '[': 11,
}
const NOT_POWER = 3
const IN_POWER = 5
const UNARY_POWER = 9

export function parse(text: string): Syntax {
  if (text.length > MAX_TEXT) {
    const message = `The expression has ${text.length} characters; at most ${MAX_TEXT} are allowed. Split it over two Select operators.`
    throw new SyntaxStop('TOO_LONG', message, MAX_TEXT, text.length)
  }
  return new Parser(new Tokens(tokenize(text))).whole()
}

class Parser {
  readonly #tokens: Tokens
  #nesting = 0

  constructor(tokens: Tokens) {
    this.#tokens = tokens
  }

  whole(): Syntax {
    const first = this.#tokens.peek()
    if (first.kind === 'end') throw new SyntaxStop('EMPTY', 'The expression is empty. Write one, for example `delay >= 15`.', 0, first.to)
    const tree = this.#expression(0)
    const rest = this.#tokens.peek()
    if (rest.kind !== 'end') throw this.#tokens.unexpected(rest, 'an operator or the end')
    return tree
  }

  #place(from: number, to: number, children: readonly Syntax[]): Place {
    let depth = 0
    for (const child of children) if (child.depth > depth) depth = child.depth
    if (depth + 1 > MAX_DEPTH) throw this.#tooDeep(from, to)
    return { from, to, depth: depth + 1 }
  }

  #tooDeep(from: number, to: number): SyntaxStop {
    const message = `The expression nests more than ${MAX_DEPTH} levels. Split it over two Select operators, or use IN (…) in place of a long OR.`
    return new SyntaxStop('TOO_DEEP', message, from, to)
  }

  #literal(from: number, to: number, type: LogicalType | null, value: Datum): Syntax {
    return { ...this.#place(from, to, []), kind: 'literal', type, value }
  }

  /** A call of a function by syntax of its own, such as EXTRACT. */
  #callOf(name: string, token: Token, to: number, args: readonly Syntax[]): Syntax {
    return { ...this.#place(token.from, to, args), kind: 'call', name, nameTo: token.to, args }
  }

  #expression(power: number): Syntax {
    this.#nesting += 1
    if (this.#nesting > MAX_DEPTH) throw this.#tooDeep(this.#tokens.peek().from, this.#tokens.peek().to)
    let left = this.#prefix()
    for (;;) {
      // AT is an ordinary word, so it counts only before TIME.
      const sign = this.#tokens.word() === 'AT' && this.#tokens.word(1) === 'TIME' ? 'AT' : this.#tokens.sign()
      const binding = Object.hasOwn(POWERS, sign) ? POWERS[sign] : undefined
      if (binding === undefined || binding <= power) break
      left = this.#infix(left, sign, binding)
    }
    this.#nesting -= 1
    return left
  }

  #infix(left: Syntax, sign: string, binding: number): Syntax {
    const tokens = this.#tokens
    const token = tokens.next()
    const negated = sign === 'NOT'
    const second = negated ? tokens.next() : token
    const operator = negated ? tokens.sign(second) : sign
    switch (operator) {
      case 'IS':
        return this.#is(left)
      case 'BETWEEN': {
        const low = this.#expression(binding)
        tokens.expect('AND')
        const high = this.#expression(binding)
        return { ...this.#place(left.from, high.to, [left, low, high]), kind: 'between', negated, operand: left, low, high }
      }
      case 'IN': {
        tokens.expect('(')
        const { items, to } = this.#list(')', false)
        return { ...this.#place(left.from, to, [left, ...items]), kind: 'in', negated, operand: left, items }
      }
      case 'LIKE':
        return this.#like(left, negated, binding)
      case 'AT': {
        tokens.next()
        tokens.expectWord('ZONE')
        const zone = this.#expression(binding)
        return { ...this.#place(left.from, zone.to, [left, zone]), kind: 'call', name: 'TO_LOCAL', nameTo: zone.to, args: [left, zone] }
      }
      case '[': {
        const index = this.#expression(0)
        const close = tokens.expect(']')
        return {
          ...this.#place(left.from, close.to, [left, index]),
          kind: 'call',
          name: 'ARRAY_GET',
          nameTo: close.to,
          args: [left, index],
        }
      }
      default: {
        if (negated) throw tokens.unexpected(second, 'BETWEEN, IN or LIKE after NOT')
        const right = this.#expression(binding)
        return { ...this.#place(left.from, right.to, [left, right]), kind: 'binary', operator: operator as BinaryOperator, left, right }
      }
    }
  }

  #is(left: Syntax): Syntax {
    const tokens = this.#tokens
    const negated = tokens.accept('NOT')
    const word = tokens.next()
    const name = word.kind === 'word' ? word.text.toUpperCase() : ''
    switch (name) {
      case 'NULL':
      case 'UNKNOWN':
        return { ...this.#place(left.from, word.to, [left]), kind: 'is', test: 'null', negated, operand: left }
      case 'TRUE':
      case 'FALSE':
        return { ...this.#place(left.from, word.to, [left]), kind: 'is', test: name === 'TRUE' ? 'true' : 'false', negated, operand: left }
      case 'JSON': {
        const call: Syntax = { ...this.#place(left.from, word.to, [left]), kind: 'call', name: 'IS_JSON', nameTo: word.to, args: [left] }
        return negated ? { ...this.#place(left.from, word.to, [call]), kind: 'unary', operator: 'NOT', operand: call } : call
      }
      case 'DISTINCT': {
        tokens.expectWord('FROM')
        const right = this.#expression(IN_POWER)
        return { ...this.#place(left.from, right.to, [left, right]), kind: 'distinct', negated, left, right }
      }
      default:
        throw tokens.unexpected(word, 'NULL, TRUE, FALSE, JSON or DISTINCT FROM after IS')
    }
  }

  #like(left: Syntax, negated: boolean, binding: number): Syntax {
    const tokens = this.#tokens
    const pattern = this.#expression(binding)
    let escape: string | null = null
    let to = pattern.to
    if (tokens.accept('ESCAPE')) {
      const token = tokens.next()
      if (token.kind !== 'string' || Array.from(token.text).length !== 1)
        throw tokens.unexpected(token, "one character in quotes after ESCAPE, for example '!'")
      escape = token.text
      to = token.to
    }
    return { ...this.#place(left.from, to, [left, pattern]), kind: 'like', negated, operand: left, pattern, escape }
  }

  /** Items up to and including the closing symbol. */
  #list(close: string, mayBeEmpty: boolean): { items: Syntax[]; to: number } {
    const items: Syntax[] = []
    if (mayBeEmpty && this.#tokens.sign() === close) return { items, to: this.#tokens.next().to }
    for (;;) {
      items.push(this.#expression(0))
      if (this.#tokens.accept(',')) continue
      return { items, to: this.#tokens.expect(close).to }
    }
  }

  #prefix(): Syntax {
    const token = this.#tokens.next()
    switch (token.kind) {
      case 'number':
        return this.#number(token, '', token.from)
      case 'string':
        return this.#literal(token.from, token.to, 'string', token.text)
      case 'quoted':
        return { ...this.#place(token.from, token.to, []), kind: 'column', name: token.text }
      case 'end':
        throw this.#tokens.unexpected(token, 'a value')
      case 'symbol':
      case 'word':
        return this.#keywordOrName(token)
    }
  }

  /** Digits alone are int64, with a point decimal, with an exponent (or too many digits) float64. */
  #number(token: Token, sign: string, from: number): Syntax {
    const text = sign + token.text
    if (/^\d+$/.test(token.text)) {
      const value = parseInt64(text)
      if (value === undefined) {
        const message = 'This whole number is beyond the range of int64. Write it with an exponent (1e20) for float64.'
        throw new SyntaxStop('INT64_OVERFLOW', message, from, token.to)
      }
      return this.#literal(from, token.to, 'int64', value)
    }
    const [whole, fraction = ''] = token.text.split('.')
    const digits = whole.replace(/^0+/, '').length + fraction.length
    if (!/e/i.test(token.text) && digits <= MAX_PRECISION) {
      const type = decimalType(Math.max(digits, 1), fraction.length)
      const value = parseDecimal(text, MAX_PRECISION, fraction.length)
      if (value !== undefined) return this.#literal(from, token.to, type, value)
    }
    return this.#literal(from, token.to, 'float64', Number(text))
  }

  #keywordOrName(token: Token): Syntax {
    const tokens = this.#tokens
    const sign = tokens.sign(token)
    switch (sign) {
      case '':
        return this.#name(token)
      case '(': {
        const inner = this.#expression(0)
        const close = tokens.expect(')')
        return { ...inner, from: token.from, to: close.to }
      }
      case '+': {
        const operand = this.#expression(UNARY_POWER)
        return { ...this.#place(token.from, operand.to, [operand]), kind: 'unary', operator: '+', operand }
      }
      case '-': {
        // The sign belongs to the number, so that the least int64 can be written.
        if (tokens.peek().kind === 'number') return this.#number(tokens.next(), '-', token.from)
        const operand = this.#expression(UNARY_POWER)
        return { ...this.#place(token.from, operand.to, [operand]), kind: 'unary', operator: '-', operand }
      }
      case 'NOT': {
        const operand = this.#expression(NOT_POWER)
        return { ...this.#place(token.from, operand.to, [operand]), kind: 'unary', operator: 'NOT', operand }
      }
      case 'TRUE':
      case 'FALSE':
        return this.#literal(token.from, token.to, 'bool', sign === 'TRUE')
      case 'NULL':
        return this.#literal(token.from, token.to, null, null)
      case 'CASE':
        return this.#case(token)
      case 'CAST':
      case 'TRY_CAST':
        return this.#cast(token, sign === 'TRY_CAST')
      default:
        throw tokens.unexpected(token, 'a value')
    }
  }

  #name(token: Token): Syntax {
    const tokens = this.#tokens
    const upper = token.text.toUpperCase()
    if (tokens.peek().kind === 'string') {
      if (upper === 'TIMESTAMP' || upper === 'DATE') return this.#timeLiteral(token, upper)
      if (upper === 'INTERVAL') return this.#interval(token)
    }
    if (upper === 'ARRAY' && tokens.accept('[')) {
      const { items, to } = this.#list(']', true)
      return { ...this.#place(token.from, to, items), kind: 'array', items }
    }
    if (tokens.accept('(')) return this.#special(token, upper) ?? this.#call(token)
    return { ...this.#place(token.from, token.to, []), kind: 'column', name: token.text }
  }

  #call(token: Token): Syntax {
    const { items, to } = this.#list(')', true)
    return this.#callOf(token.text, token, to, items)
  }

  #timeLiteral(token: Token, type: 'TIMESTAMP' | 'DATE'): Syntax {
    const text = this.#tokens.next()
    const value = type === 'TIMESTAMP' ? parseTimestamp(text.text) : parseDate(text.text.trim())
    if (value !== undefined) return this.#literal(token.from, text.to, type === 'TIMESTAMP' ? 'timestamp' : 'date', value)
    const [code, message] =
      type === 'TIMESTAMP'
        ? ['BAD_TIMESTAMP', "This is not a timestamp. Write it as TIMESTAMP '2001-01-31 13:45:00'."]
        : ['BAD_DATE', "This is not a date. Write it as DATE '2001-01-31'."]
    throw new SyntaxStop(code, message, text.from, text.to)
  }

  /** After INTERVAL: `'…' unit` or `'…' unit TO unit`. */
  #interval(token: Token): Syntax {
    const tokens = this.#tokens
    const text = tokens.next()
    const units = [this.#unit()]
    let to = units[0].token.to
    if (tokens.acceptWord('TO')) {
      const last = this.#unit()
      units.push(last)
      to = last.token.to
    }
    const literal = intervalLiteral(
      text.text,
      units.map((unit) => unit.name),
    )
    if (literal === undefined) {
      const message = "This text does not fit its unit. Write INTERVAL '10' SECOND, or INTERVAL '1 02:30' DAY TO MINUTE."
      throw new SyntaxStop('BAD_INTERVAL', message, text.from, text.to)
    }
    if (literal.kind === 'ms') return this.#literal(token.from, to, 'interval', literal.ms)
    return { ...this.#place(token.from, to, []), kind: 'months', months: literal.months }
  }

  #unit(): { readonly name: string; readonly token: Token } {
    const token = this.#tokens.next()
    const name = token.kind === 'word' ? token.text.toUpperCase().replace(/S$/, '') : ''
    if (!INTERVAL_UNITS.includes(name)) throw this.#tokens.unexpected(token, `a unit (${INTERVAL_UNITS.join(', ')})`)
    return { name, token }
  }

  /** Calls whose arguments SQL separates by words; undefined for all others, with nothing read. */
  #special(token: Token, name: string): Syntax | undefined {
    const tokens = this.#tokens
    const isWord = tokens.peek().kind === 'word'
    switch (name) {
      case 'EXTRACT': {
        if (!isWord || tokens.word(1) !== 'FROM') return undefined
        const unit = this.#bareUnit()
        tokens.next()
        return this.#closed(token, name, [unit, this.#expression(0)])
      }
      case 'TIMESTAMPADD':
      case 'TIMESTAMPDIFF': {
        if (!isWord || tokens.sign(tokens.peek(1)) !== ',') return undefined
        const unit = this.#bareUnit()
        const args = [unit]
        while (tokens.accept(',')) args.push(this.#expression(0))
        return this.#closed(token, name, args)
      }
      case 'POSITION': {
        const part = this.#expression(IN_POWER)
        if (tokens.accept('IN')) return this.#closed(token, name, [part, this.#expression(0)])
        return this.#rest(token, name, [part])
      }
      case 'TRIM':
        return this.#trim(token)
      case 'SUBSTRING':
      case 'OVERLAY': {
        const args = [this.#expression(0)]
        if (name === 'OVERLAY' && tokens.acceptWord('PLACING')) args.push(this.#expression(0))
        if (!tokens.acceptWord('FROM')) return this.#rest(token, name, args)
        args.push(this.#expression(0))
        if (tokens.acceptWord('FOR')) args.push(this.#expression(0))
        return this.#closed(token, name, args)
      }
      case 'FLOOR':
      case 'CEIL':
      case 'CEILING': {
        if (tokens.sign() === ')') return undefined
        const operand = this.#expression(0)
        if (!tokens.acceptWord('TO')) return this.#rest(token, name, [operand])
        return this.#closed(token, name === 'FLOOR' ? 'DATE_TRUNC' : 'DATE_CEIL', [this.#bareUnit(), operand])
      }
      default:
        return undefined
    }
  }

  /** `[BOTH | LEADING | TRAILING] [characters] FROM text`, or plain arguments. */
  #trim(token: Token): Syntax | undefined {
    const tokens = this.#tokens
    const names: Readonly<Record<string, string>> = { BOTH: 'BTRIM', LEADING: 'LTRIM', TRAILING: 'RTRIM' }
    // A column may be called as the word is; then no text or FROM follows.
    const follows = tokens.sign(tokens.peek(1))
    const side =
      Object.hasOwn(names, tokens.word()) && follows !== ')' && follows !== ',' ? names[tokens.next().text.toUpperCase()] : undefined
    if (side === undefined && tokens.sign() === ')') return undefined
    if (side !== undefined && tokens.acceptWord('FROM')) return this.#closed(token, side, [this.#expression(0)])
    const first = this.#expression(0)
    if (tokens.acceptWord('FROM')) return this.#closed(token, side ?? 'BTRIM', [this.#expression(0), first])
    if (side !== undefined) throw tokens.unexpected(tokens.peek(), '`FROM`')
    return this.#rest(token, 'TRIM', [first])
  }

  /** A word that names a unit, as the text it stands for. */
  #bareUnit(): Syntax {
    const unit = this.#tokens.next()
    if (unit.kind !== 'word') throw this.#tokens.unexpected(unit, 'a unit of time, for example HOUR')
    return this.#literal(unit.from, unit.to, 'string', unit.text.toLowerCase())
  }

  #closed(token: Token, name: string, args: readonly Syntax[]): Syntax {
    return this.#callOf(name, token, this.#tokens.expect(')').to, args)
  }

  /** The rest of a plain call of which some arguments are read. */
  #rest(token: Token, name: string, read: readonly Syntax[]): Syntax {
    if (!this.#tokens.accept(',')) return this.#closed(token, name, read)
    const { items, to } = this.#list(')', false)
    return this.#callOf(name, token, to, [...read, ...items])
  }

  #case(token: Token): Syntax {
    const tokens = this.#tokens
    const subject = tokens.sign() === 'WHEN' ? null : this.#expression(0)
    const branches: { when: Syntax; result: Syntax }[] = []
    const children: Syntax[] = subject === null ? [] : [subject]
    tokens.expect('WHEN')
    do {
      const when = this.#expression(0)
      tokens.expect('THEN')
      const result = this.#expression(0)
      branches.push({ when, result })
      children.push(when, result)
    } while (tokens.accept('WHEN'))
    const otherwise = tokens.accept('ELSE') ? this.#expression(0) : null
    if (otherwise !== null) children.push(otherwise)
    const end = tokens.expect('END')
    return { ...this.#place(token.from, end.to, children), kind: 'case', subject, branches, otherwise }
  }

  #cast(token: Token, tries: boolean): Syntax {
    this.#tokens.expect('(')
    const operand = this.#expression(0)
    if (!this.#tokens.acceptWord('AS')) throw this.#tokens.unexpected(this.#tokens.peek(), '`AS` and a type')
    const target = readType(this.#tokens)
    const close = this.#tokens.expect(')')
    return { ...this.#place(token.from, close.to, [operand]), kind: 'cast', operand, target, tries }
  }
}
