/** Values out of parsed JSON as columns take them. */
import {
  elementOf,
  isArray,
  isDecimal,
  parseDate,
  parseDecimal,
  parseInt64,
  precisionOf,
  scaleOf,
  type LogicalType,
  type Value,
} from '@belay/columns'
import { parseTimestamp } from '@belay/expressions'

/** The value as its column holds it; undefined = it does not fit. `value` is not null. */
export function fittingValue(value: unknown, type: LogicalType): Value | undefined {
  if (isArray(type)) return Array.isArray(value) ? fittingItems(value, elementOf(type)) : undefined
  if (isDecimal(type)) {
    if (typeof value !== 'number' && typeof value !== 'string') return undefined
    return parseDecimal(String(value), precisionOf(type), scaleOf(type)) === undefined ? undefined : String(value)
  }
  switch (type) {
    case 'json':
      return JSON.stringify(value)
    case 'string':
      return typeof value === 'string' ? value : undefined
    case 'bool':
      return typeof value === 'boolean' ? value : undefined
    case 'int64':
      // Beyond 2^53 JSON.parse has rounded already; whole numbers of any size may come as text.
      if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined
      return typeof value === 'string' && parseInt64(value) !== undefined ? value : undefined
    case 'interval':
      return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
    case 'float64':
      return typeof value === 'number' ? value : undefined
    case 'date':
      return typeof value === 'string' && parseDate(value) !== undefined ? value : undefined
    case 'timestamp':
      if (typeof value === 'string') return parseTimestamp(value)
      return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
  }
}

function fittingItems(items: readonly unknown[], element: LogicalType): readonly Value[] | undefined {
  const fitted: Value[] = []
  for (const item of items) {
    const value = item === null ? null : fittingValue(item, element)
    if (value === undefined) return undefined
    fitted.push(value)
  }
  return fitted
}
