/** Guesses column types from values as text or JSON; one value that does not fit makes a column a string. */
import type { LogicalType } from '@belay/columns'
import { parseTimestamp } from '@belay/expressions'
import type { DeclaredColumn } from '../typing/columns.ts'

export function typeOfText(text: string): LogicalType {
  if (/^(true|false)$/i.test(text)) return 'bool'
  // A leading zero is a code, such as a postcode, not a number.
  if (/^-?(0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text))) return 'int64'
  if (/^[+-]?(0|[1-9]\d*)?\.?\d+([eE][+-]?\d+)?$/.test(text) && !/^[+-]?0\d/.test(text) && !/^[+-]?\d+$/.test(text)) return 'float64'
  return parseTimestamp(text) === undefined ? 'string' : 'timestamp'
}

export function typeOfJson(value: unknown): LogicalType {
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'int64' : 'float64'
  if (typeof value === 'string') return parseTimestamp(value) === undefined ? 'string' : 'timestamp'
  return 'json'
}

function both(a: LogicalType, b: LogicalType): LogicalType | null {
  if (a === b) return a
  if ((a === 'int64' && b === 'float64') || (a === 'float64' && b === 'int64')) return 'float64'
  return null
}

/** One entry of `types` per row; null = missing. `mixed` is the type for values that do not go together. */
export function columnOf(name: string, types: readonly (LogicalType | null)[], mixed: LogicalType): DeclaredColumn {
  const there = types.filter((type) => type !== null)
  const first = there[0]
  const type = first === undefined ? 'string' : there.reduce<LogicalType>((known, next) => both(known, next) ?? mixed, first)
  return { name, type, nullable: there.length < types.length || first === undefined }
}
