/** Whole numbers and decimals over their whole range, one value at a time. */
import {
  exactOf,
  isDecimal,
  MAX_INT64,
  MIN_INT64,
  precisionOf,
  roundedQuotient,
  scaleOf,
  type Exact,
  type LogicalType,
} from '@belay/columns'
import { failure, type OverflowCode } from './failure.ts'

const MAX_TIME = 2n ** 53n
/** Days that a date may lie from 1970; as a timestamp they are in range. */
const MAX_DAYS = 100_000_000n

/** Powers of ten that are exact as numbers. */
export const POWERS_OF_TEN: readonly number[] = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))

/** The largest stored value of an exact type, and what going beyond it is called. */
export interface Range {
  readonly least: bigint
  readonly most: bigint
  readonly code: OverflowCode
}

export function rangeOf(type: LogicalType): Range {
  if (isDecimal(type)) {
    const most = 10n ** BigInt(precisionOf(type)) - 1n
    return { least: -most, most, code: 'DECIMAL_OVERFLOW' }
  }
  if (type === 'int64') return { least: MIN_INT64, most: MAX_INT64, code: 'INT64_OVERFLOW' }
  const most = type === 'date' ? MAX_DAYS : MAX_TIME
  return { least: -most, most, code: 'TIME_OVERFLOW' }
}

/** The value in the type's range. Throws its overflow. */
export function within(value: bigint, type: LogicalType): Exact {
  const { least, most, code } = rangeOf(type)
  if (value < least || value > most) throw failure(code)
  return exactOf(value)
}

/** A value of one scale at another; digits that go are rounded half away from zero. */
export function rescaled(value: bigint, from: number, to: number): bigint {
  if (to >= from) return value * 10n ** BigInt(to - from)
  return roundedQuotient(value, 10n ** BigInt(from - to))
}

/** An operation on whole numbers of scales of their own. Throws division by zero, or the type's overflow. */
export function exactResult(
  operator: '+' | '-' | '*' | '/' | '%',
  left: bigint,
  leftScale: number,
  right: bigint,
  rightScale: number,
  type: LogicalType,
): Exact {
  const most = Math.max(leftScale, rightScale)
  const scale = scaleOf(type)
  if ((operator === '/' || operator === '%') && right === 0n) throw failure('DIVISION_BY_ZERO')
  switch (operator) {
    case '+':
      return within(rescaled(left, leftScale, most) + rescaled(right, rightScale, most), type)
    case '-':
      return within(rescaled(left, leftScale, most) - rescaled(right, rightScale, most), type)
    case '*':
      return within(rescaled(left * right, leftScale + rightScale, scale), type)
    case '%':
      return within(rescaled(left, leftScale, most) % rescaled(right, rightScale, most), type)
    case '/':
      if (!isDecimal(type)) return within(left / right, type)
      return within(roundedQuotient(left * 10n ** BigInt(scale - leftScale + rightScale), right), type)
  }
}

/** Below, at or above 0; the scales may differ. */
export function compareExact(a: Exact, aScale: number, b: Exact, bScale: number): number {
  if (aScale === bScale) return a < b ? -1 : a > b ? 1 : 0
  const scale = Math.max(aScale, bScale)
  const x = rescaled(BigInt(a), aScale, scale)
  const y = rescaled(BigInt(b), bScale, scale)
  return x < y ? -1 : x > y ? 1 : 0
}
