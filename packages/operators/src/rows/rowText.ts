/** Values as text of files. Timestamps as ISO 8601 in UTC; decimals as the shortest number; json as it is. */
import { exactAt, isDecimal, isNullAt, textAt, valueOfNumber, type Column, type I64Column, type NumberColumn } from '@belay/columns'

/** As JSON. */
export function jsonText(column: Column, row: number): string {
  if (isNullAt(column, row)) return 'null'
  switch (column.storage) {
    case 'number': {
      const text = numberText(column, row)
      return column.type === 'timestamp' || column.type === 'date' || !Number.isFinite(column.values[row]) ? `"${text}"` : text
    }
    case 'i64':
      return numberText(column, row)
    case 'bool':
      return column.values[row] === 1 ? 'true' : 'false'
    case 'bytes':
      return column.type === 'json' ? textAt(column, row) : JSON.stringify(textAt(column, row))
    case 'array': {
      const items: string[] = []
      for (let i = column.offsets[row]; i < column.offsets[row + 1]; i += 1) items.push(jsonText(column.items, i))
      return `[${items.join(',')}]`
    }
  }
}

function numberText(column: NumberColumn | I64Column, row: number): string {
  const { type } = column
  if (type === 'timestamp') return new Date(Number(column.values[row])).toISOString()
  const value = valueOfNumber(exactAt(column, row), type)
  return isDecimal(type) ? String(value).replace(/\.?0+$/, (zeros, at, whole: string) => (whole.includes('.') ? '' : zeros)) : String(value)
}

/** As a field of CSV, quoted where it has to be; NULL is empty, an empty text `""`. */
export function csvText(column: Column, row: number, delimiter = ','): string {
  if (isNullAt(column, row)) return ''
  switch (column.storage) {
    case 'number':
    case 'i64':
      return numberText(column, row)
    case 'bool':
      return column.values[row] === 1 ? 'true' : 'false'
    case 'bytes':
      return csvQuoted(textAt(column, row), delimiter)
    case 'array':
      return csvQuoted(jsonText(column, row), delimiter)
  }
}

/** As a field of CSV. */
export function csvQuoted(text: string, delimiter = ','): string {
  return /["\r\n]/.test(text) || text.includes(delimiter) || text === '' ? `"${text.replaceAll('"', '""')}"` : text
}
