/** The order of values, for sorting rows; the same in every operator. */
import type { Value } from './column.ts'
import { parseDecimal } from './decimal.ts'
import { elementOf, isArray, isDecimal, MAX_PRECISION, scaleOf, type LogicalType } from './logicalType.ts'

/**
 * Below, at or above 0. NULL comes first and NaN last, each equal to itself; text is ordered by its
 * UTF-8 bytes, false before true, arrays item by item.
 */
export function compareValues(type: LogicalType, a: Value, b: Value): number {
  if (a === b) return 0
  if (a === null) return -1
  if (b === null) return 1
  if (typeof a === 'object' || typeof b === 'object') {
    return isArray(type) && typeof a === 'object' && typeof b === 'object' ? compareItems(elementOf(type), a, b) : 0
  }
  if (isDecimal(type) || (type === 'int64' && (typeof a === 'string' || typeof b === 'string'))) {
    const scale = scaleOf(type)
    const x = parseDecimal(String(a), MAX_PRECISION + 1, scale) ?? 0
    const y = parseDecimal(String(b), MAX_PRECISION + 1, scale) ?? 0
    return x < y ? -1 : x > y ? 1 : 0
  }
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (a < b) return -1
  if (a > b) return 1
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
}

function compareItems(element: LogicalType, a: readonly Value[], b: readonly Value[]): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i += 1) {
    const order = compareValues(element, a[i], b[i])
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** Order of strings by their UTF-8 bytes, which is their order by code point. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i += 1) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    // Surrogates stand for code points above every other UTF-16 unit.
    const xs = x >= 0xd800 && x <= 0xdfff
    const ys = y >= 0xd800 && y <= 0xdfff
    if (xs !== ys) return xs ? 1 : -1
    return x - y
  }
  return a.length - b.length
}
