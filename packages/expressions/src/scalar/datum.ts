/**
 * A value inside the language: what scalar functions and the interpreter compute with.
 *
 * int64 and decimal (unscaled) are exact, date is days, timestamp and interval are ms, json is its
 * text. Outside the package the same values are `Value`s of @belay/columns.
 */
import {
  dateText,
  decimalText,
  elementOf,
  exactOf,
  isArray,
  isDecimal,
  parseDate,
  parseDecimal,
  parseInt64,
  precisionOf,
  scaleOf,
  textAt,
  type Column,
  type ColumnBuilder,
  type Exact,
  type LogicalType,
  type Value,
} from '@belay/columns'

export type Datum = Exact | string | boolean | null | readonly Datum[]

/** Throws TypeError if the value is not one of the type. */
export function datumOf(value: Value, type: LogicalType): Datum {
  if (value === null) return null
  if (isArray(type)) {
    if (typeof value === 'object') return value.map((item) => datumOf(item, elementOf(type)))
  } else if (isDecimal(type)) {
    const unscaled = parseDecimal(String(value), precisionOf(type), scaleOf(type))
    if (unscaled !== undefined) return unscaled
  } else if (type === 'date') {
    const days = typeof value === 'string' ? parseDate(value) : undefined
    if (days !== undefined) return days
  } else if (type === 'int64' && typeof value === 'string') {
    const exact = parseInt64(value)
    if (exact !== undefined) return exact
  } else if (typeof value !== 'object') return value
  throw new TypeError(`${JSON.stringify(value)} is not a value of type ${type}`)
}

export function valueOf(datum: Datum, type: LogicalType): Value {
  if (datum === null) return null
  if (typeof datum === 'object') return isArray(type) ? datum.map((item) => valueOf(item, elementOf(type))) : null
  if (typeof datum === 'number' || typeof datum === 'bigint') {
    if (isDecimal(type)) return decimalText(datum, scaleOf(type))
    if (typeof datum === 'bigint') return String(datum)
    return type === 'date' ? dateText(datum) : datum
  }
  return datum
}

/** The value of one row, copied out; for functions without a loop of their own. */
export function datumAt(column: Column, row: number): Datum {
  if (column.nulls !== undefined && column.nulls[row] === 1) return null
  switch (column.storage) {
    case 'number':
      return column.values[row]
    case 'i64':
      return exactOf(column.values[row])
    case 'bool':
      return column.values[row] === 1
    case 'bytes':
      return textAt(column, row)
    case 'array': {
      const items: Datum[] = []
      for (let i = column.offsets[row]; i < column.offsets[row + 1]; i += 1) items.push(datumAt(column.items, i))
      return items
    }
  }
}

/** Appends a datum of the builder's type. */
export function pushDatum(builder: ColumnBuilder, datum: Datum): void {
  if (datum === null) return builder.pushNull()
  switch (builder.storage) {
    case 'number':
      return builder.pushExact(datum as Exact)
    case 'bool':
      return builder.push(datum as boolean)
    case 'bytes':
      return builder.push(datum as string)
    case 'array':
      for (const item of datum as readonly Datum[]) pushDatum(builder.items, item)
      return builder.endArray()
  }
}
