/** The names that SQL has for types, after AS in a CAST. */
import { arrayType, decimalType, isArray, MAX_PRECISION, type LogicalType } from '@belay/columns'
import { SyntaxStop } from '../problem.ts'
import type { Token } from './lexer.ts'
import type { Tokens } from './tokens.ts'

const NAMES: Readonly<Record<string, LogicalType>> = {
  BOOL: 'bool',
  BOOLEAN: 'bool',
  BIGINT: 'int64',
  INT: 'int64',
  INTEGER: 'int64',
  INT64: 'int64',
  DOUBLE: 'float64',
  FLOAT: 'float64',
  FLOAT64: 'float64',
  STRING: 'string',
  VARCHAR: 'string',
  TEXT: 'string',
  TIMESTAMP: 'timestamp',
  TIMESTAMP_LTZ: 'timestamp',
  DATE: 'date',
  INTERVAL: 'interval',
  JSON: 'json',
}

/** Reads a type name with its parameters. */
export function readType(tokens: Tokens): LogicalType {
  const name = tokens.next()
  const word = name.kind === 'word' ? name.text.toUpperCase() : ''
  if (word === 'ARRAY') return readArray(tokens, name)
  if (word === 'DECIMAL' || word === 'NUMERIC' || word === 'DEC') return readDecimal(tokens, name)
  const type = Object.hasOwn(NAMES, word) ? NAMES[word] : undefined
  if (type === undefined) {
    throw new SyntaxStop(
      'UNKNOWN_TYPE',
      `\`${name.text}\` is not a type. Use BOOLEAN, BIGINT, DOUBLE, DECIMAL(p, s), STRING, TIMESTAMP, DATE, INTERVAL, JSON or ARRAY<type>.`,
      name.from,
      name.to,
    )
  }
  if (word === 'DOUBLE') tokens.acceptWord('PRECISION')
  // A length or precision is allowed as elsewhere, and changes nothing: text is unbounded, times are in ms.
  if ((type === 'string' || type === 'timestamp') && tokens.accept('(')) {
    digits(tokens)
    tokens.expect(')')
  }
  return type
}

function digits(tokens: Tokens): number {
  const token = tokens.next()
  if (token.kind !== 'number' || !/^\d{1,6}$/.test(token.text)) throw tokens.unexpected(token, 'a number of digits')
  return Number(token.text)
}

function readDecimal(tokens: Tokens, name: Token): LogicalType {
  let precision = MAX_PRECISION
  let scale = 0
  let to = name.to
  if (tokens.accept('(')) {
    precision = digits(tokens)
    if (tokens.accept(',')) scale = digits(tokens)
    to = tokens.expect(')').to
  }
  if (precision < 1 || precision > MAX_PRECISION || scale > precision) {
    throw new SyntaxStop(
      'BAD_DECIMAL',
      `A decimal has 1 to ${MAX_PRECISION} digits, and no more after the point than in all. Write for example DECIMAL(18, 3).`,
      name.from,
      to,
    )
  }
  return decimalType(precision, scale)
}

function readArray(tokens: Tokens, name: Token): LogicalType {
  tokens.expect('<')
  const element = readType(tokens)
  if (isArray(element)) throw new SyntaxStop('UNKNOWN_TYPE', 'Arrays do not nest. Use JSON for deeper data.', name.from, name.to)
  tokens.expect('>')
  return arrayType(element)
}
