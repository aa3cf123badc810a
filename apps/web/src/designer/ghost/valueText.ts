/** A value as a table shows it. */
import type { LogicalType, Value } from '@belay/columns'
import { timestampText } from '@belay/expressions'

export function valueText(value: Value, type: LogicalType): string {
  if (value === null) return 'NULL'
  if (type === 'timestamp' && typeof value === 'number')
    return timestampText(value)
      .replace('T', ' ')
      .replace(/(:00)?(\.000)?Z?$/, '')
  if (typeof value === 'object') return JSON.stringify(value)
  return String(value)
}
