/** The order of two values of one type that are not NULL. */
import { compareText, elementOf, isArray, type LogicalType } from '@belay/columns'
import type { Datum } from './datum.ts'

/** Below, at or above 0; NaN is above every number and equal to itself, as in sorting (comparisons in expressions follow IEEE 754). */
export function compareDatums(type: LogicalType, a: Datum, b: Datum): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (isArray(type)) return compareItems(elementOf(type), a as readonly Datum[], b as readonly Datum[])
  const x = a as number
  const y = b as number
  if (x < y) return -1
  if (x > y) return 1
  return x === y ? 0 : Number(Number.isNaN(x)) - Number(Number.isNaN(y))
}

function compareItems(element: LogicalType, a: readonly Datum[], b: readonly Datum[]): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i += 1) {
    const order = compareNullable(element, a[i], b[i])
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** NULL comes first. */
export function compareNullable(type: LogicalType, a: Datum, b: Datum): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null)
  return compareDatums(type, a, b)
}
