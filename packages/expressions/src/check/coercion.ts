/**
 * What becomes what by itself: NULL any type, int64 a decimal or float64, a decimal a float64 or a
 * decimal of more digits, a date a timestamp, an array what its items become.
 */
import {
  arrayType,
  decimalType,
  elementOf,
  isArray,
  isDecimal,
  MAX_PRECISION,
  precisionOf,
  scaleOf,
  type DecimalType,
  type LogicalType,
  type ScalarType,
} from '@belay/columns'
import { cast } from '../scalar/cast.ts'
import { RowFailure } from '../scalar/failure.ts'
import { isOpen, literal, type Typed } from './typed.ts'

/** int64 and decimals: compared and computed exactly with each other. */
export function isExact(type: LogicalType): boolean {
  return type === 'int64' || isDecimal(type)
}

export function isNumeric(type: LogicalType): boolean {
  return type === 'float64' || isExact(type)
}

/** How far an implicit conversion goes, 0 = none needed; undefined = there is none. */
export function conversionCost(from: LogicalType, to: LogicalType): number | undefined {
  if (from === to) return 0
  if (isArray(from) && isArray(to)) return conversionCost(elementOf(from), elementOf(to))
  if (from === 'date' && to === 'timestamp') return 1
  if (isDecimal(to)) return from === 'int64' || isDecimal(from) ? 2 : undefined
  return to === 'float64' && isExact(from) ? 3 : undefined
}

/** The node in the wanted type, or undefined if it does not become it by itself. */
export function coerce(node: Typed, type: LogicalType): Typed | undefined {
  if (isOpen(node)) return literal(type, null)
  if (node.type === type) return node
  return conversionCost(node.type, type) === undefined ? undefined : converted(node, type)
}

/** A cast that is written nowhere; of a constant at once, where it succeeds. */
export function converted(node: Typed, type: LogicalType): Typed {
  if (node.type === type) return node
  if (node.kind === 'literal' && node.value !== null) {
    try {
      return literal(type, cast(node.value, node.type, type))
    } catch (error) {
      if (!(error instanceof RowFailure)) throw error
    }
  }
  return { kind: 'cast', type, nullable: node.nullable, operand: node, tries: false }
}

/** The type that all become by themselves, or undefined. */
export function commonType(types: readonly LogicalType[]): LogicalType | undefined {
  let common: LogicalType | undefined
  for (const type of types) {
    common = common === undefined ? type : commonOfTwo(common, type)
    if (common === undefined) return undefined
  }
  return common
}

function commonOfTwo(a: LogicalType, b: LogicalType): LogicalType | undefined {
  if (a === b) return a
  if (isArray(a) && isArray(b)) {
    const element = commonOfTwo(elementOf(a), elementOf(b))
    return element === undefined ? undefined : arrayType(element as ScalarType)
  }
  if (isNumeric(a) && isNumeric(b)) return a === 'float64' || b === 'float64' ? 'float64' : commonDecimal(a, b)
  return (a === 'date' && b === 'timestamp') || (a === 'timestamp' && b === 'date') ? 'timestamp' : undefined
}

/** All digits after the point of both, and as many before it as there is room for. */
function commonDecimal(a: LogicalType, b: LogicalType): DecimalType {
  const scale = Math.max(scaleOf(a), scaleOf(b))
  const whole = Math.max(precision(a) - scaleOf(a), precision(b) - scaleOf(b))
  return decimalType(Math.min(MAX_PRECISION, whole + scale), scale)
}

/** Digits of an exact type; int64 counts as more than a decimal can have. */
export function precision(type: LogicalType): number {
  return isDecimal(type) ? precisionOf(type) : MAX_PRECISION + 1
}

/** All nodes in one type, or undefined if there is none. */
export function unify(nodes: readonly Typed[]): Typed[] | undefined {
  const closed = nodes.filter((node) => !isOpen(node))
  if (closed.length === 0) return [...nodes]
  const type = commonType(closed.map((node) => node.type))
  return type === undefined ? undefined : nodes.map((node) => (isOpen(node) ? literal(type, null) : converted(node, type)))
}
