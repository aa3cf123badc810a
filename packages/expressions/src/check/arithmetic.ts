/** The types of + - * / %. */
import { decimalType, isDecimal, MAX_PRECISION, scaleOf, type DecimalType, type LogicalType } from '@belay/columns'
import { findFunction } from '../functions/catalogue.ts'
import { DAY_MS } from '../scalar/timestamp.ts'
import { coerce, converted, isExact, isNumeric, precision } from './coercion.ts'
import { isOpen, literal, type Arithmetic, type Typed } from './typed.ts'

/** Digits after the point that a division gives at least. */
const DIVISION_SCALE = 6

/** The node of an operation, or undefined if it does not work on these types. */
export function arithmeticOf(operator: Arithmetic, left: Typed, right: Typed): Typed | undefined {
  const [a, b] = closed(left, right)
  if (isNumeric(a.type) && isNumeric(b.type)) return ofNumbers(operator, a, b)
  return ofTimes(operator, a, b) ?? (operator === '+' || operator === '*' ? ofTimes(operator, b, a) : undefined)
}

/** NULL takes the other side's type if that is a number, int64 otherwise. */
function closed(left: Typed, right: Typed): readonly [Typed, Typed] {
  const typeFor = (other: Typed): LogicalType => (isOpen(other) || !isNumeric(other.type) ? 'int64' : other.type)
  return [isOpen(left) ? literal(typeFor(right), null) : left, isOpen(right) ? literal(typeFor(left), null) : right]
}

function node(operator: Arithmetic, type: LogicalType, left: Typed, right: Typed): Typed {
  return { kind: 'arithmetic', type, nullable: left.nullable || right.nullable, operator, left, right }
}

function ofNumbers(operator: Arithmetic, left: Typed, right: Typed): Typed {
  if (isExact(left.type) && isExact(right.type)) {
    const type = left.type === 'int64' && right.type === 'int64' ? 'int64' : decimalResult(operator, left.type, right.type)
    return node(operator, type, left, right)
  }
  return node(operator, 'float64', converted(left, 'float64'), converted(right, 'float64'))
}

/**
 * Digits of a decimal result (contracts, "Expression rules"): never more than 18, so what does not fit
 * is an overflow of the row; a product with int64 keeps the scale; other products give up digits after
 * the point before digits in front of it, but none that an operand has.
 */
function decimalResult(operator: Arithmetic, left: LogicalType, right: LogicalType): DecimalType {
  const [p1, s1, p2, s2] = [precision(left), scaleOf(left), precision(right), scaleOf(right)]
  const most = Math.max(s1, s2)
  switch (operator) {
    case '+':
    case '-':
      return decimalType(Math.min(MAX_PRECISION, Math.max(p1 - s1, p2 - s2) + most + 1), most)
    case '*': {
      if (!isDecimal(left) || !isDecimal(right)) return decimalType(MAX_PRECISION, most)
      if (p1 + p2 <= MAX_PRECISION) return decimalType(p1 + p2, s1 + s2)
      return decimalType(MAX_PRECISION, Math.max(most, Math.min(s1 + s2, MAX_PRECISION - (p1 - s1) - (p2 - s2))))
    }
    case '/':
      return decimalType(MAX_PRECISION, Math.max(DIVISION_SCALE, s1))
    case '%':
      return decimalType(Math.min(MAX_PRECISION, Math.max(p1 - s1, p2 - s2) + most), most)
  }
}

/** Times, dates and spans; `left` is the one of them that leads. */
function ofTimes(operator: Arithmetic, left: Typed, right: Typed): Typed | undefined {
  const plusOrMinus = operator === '+' || operator === '-'
  switch (left.type) {
    case 'timestamp': {
      const moment = right.type === 'date' ? converted(right, 'timestamp') : right
      if (operator === '-' && moment.type === 'timestamp') return node('-', 'int64', left, moment)
      return plusOrMinus && (right.type === 'int64' || right.type === 'interval') ? node(operator, 'timestamp', left, right) : undefined
    }
    case 'date': {
      if (operator === '-' && right.type === 'date') return node('-', 'int64', left, right)
      if (operator === '-' && right.type === 'timestamp') return node('-', 'int64', converted(left, 'timestamp'), right)
      if (!plusOrMinus) return undefined
      if (right.type === 'int64') return node(operator, 'date', left, right)
      if (right.type !== 'interval') return undefined
      // Whole days keep a date a date, where one can see that they are.
      if (right.kind === 'literal' && typeof right.value === 'number' && right.value % DAY_MS === 0)
        return node(operator, 'date', left, literal('int64', right.value / DAY_MS))
      return node(operator, 'timestamp', converted(left, 'timestamp'), right)
    }
    case 'interval':
      if (plusOrMinus && right.type === 'interval') return node(operator, 'interval', left, right)
      return (operator === '*' || operator === '/') && right.type === 'int64' ? node(operator, 'interval', left, right) : undefined
    default:
      return undefined
  }
}

/** A date or timestamp some months later; undefined for other types. */
export function addedMonths(time: Typed, months: number): Typed | undefined {
  const entry = findFunction('ADD_MONTHS')
  if (entry === undefined || (time.type !== 'date' && time.type !== 'timestamp')) return undefined
  const count = coerce(literal('int64', months), 'int64')
  return count && { kind: 'call', type: time.type, nullable: time.nullable, entry, args: [time, count] }
}
