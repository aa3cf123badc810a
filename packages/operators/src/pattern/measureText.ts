/** What a match gives, as text: `FIRST(A.price)`, `COUNT(B.*)`, `MAX(price)` over all its rows. */
import type { Field, LogicalType, Schema } from '@belay/columns'
import { decimalType, isArray, isDecimal, scaleOf } from '@belay/columns'

type MeasureFunction = 'FIRST' | 'LAST' | 'COUNT' | 'SUM' | 'AVG' | 'MIN' | 'MAX'

export interface Measure {
  readonly function: MeasureFunction
  /** null = all rows of the match. */
  readonly name: string | null
  /** Position in the input; −1 = the rows themselves. */
  readonly column: number
  readonly type: LogicalType
  readonly nullable: boolean
}

export type ParsedMeasure = { readonly ok: true; readonly measure: Measure } | { readonly ok: false; readonly message: string }

const CALL = /^\s*([A-Za-z]+)\s*\(\s*(?:([A-Za-z_][A-Za-z0-9_]*)\s*\.\s*)?(\*|`[^`]+`|[^\s`()]+)\s*\)\s*$/
const FUNCTIONS: readonly MeasureFunction[] = ['FIRST', 'LAST', 'COUNT', 'SUM', 'AVG', 'MIN', 'MAX']

/** `optional`: names of the pattern that may match no row. */
export function parseMeasure(text: string, names: readonly string[], optional: ReadonlySet<string>, input: Schema): ParsedMeasure {
  const match = CALL.exec(text)
  const name = FUNCTIONS.find((candidate) => candidate === match?.[1].toUpperCase())
  if (match === null || name === undefined) {
    const message = `Write one of ${FUNCTIONS.join(', ')} with a column, e.g. \`FIRST(A.price)\`, \`COUNT(B.*)\`, or \`MAX(price)\` over all rows of the match.`
    return { ok: false, message }
  }
  const step = match[2] ?? null
  if (step !== null && !names.includes(step)) {
    return { ok: false, message: `There is no ${step} in the pattern. It has: ${names.join(', ')}.` }
  }
  const target = match[3].replaceAll('`', '')
  if (target === '*') {
    if (name !== 'COUNT') return { ok: false, message: `${name} needs a column. Only COUNT takes \`*\`.` }
    return { ok: true, measure: { function: name, name: step, column: -1, type: 'int64', nullable: false } }
  }
  const column = input.findIndex((field) => field.name === target)
  if (column < 0) return { ok: false, message: `There is no column ${target}. There are: ${input.map((field) => field.name).join(', ')}.` }
  const field = input[column]
  const refused = refusal(name, field)
  if (refused !== null) return { ok: false, message: refused }
  const nullable = name !== 'COUNT' && (field.nullable || (step !== null && optional.has(step)))
  return { ok: true, measure: { function: name, name: step, column, type: resultOf(name, field.type), nullable } }
}

function isNumeric(type: LogicalType): boolean {
  return type === 'int64' || type === 'float64' || type === 'interval' || isDecimal(type)
}

function refusal(name: MeasureFunction, { name: column, type }: Field): string | null {
  switch (name) {
    case 'SUM':
    case 'AVG':
      return isNumeric(type) ? null : `${name} needs numbers, and ${column} is ${type}. Choose another column or function.`
    case 'MIN':
    case 'MAX':
      return type === 'json' || isArray(type) ? `${column} is ${type} and has no order. Choose another column or function.` : null
    case 'FIRST':
    case 'LAST':
    case 'COUNT':
      return null
  }
}

function resultOf(name: MeasureFunction, type: LogicalType): LogicalType {
  switch (name) {
    case 'COUNT':
      return 'int64'
    case 'SUM':
    case 'AVG':
      return isDecimal(type) ? decimalType(18, scaleOf(type)) : type
    case 'FIRST':
    case 'LAST':
    case 'MIN':
    case 'MAX':
      return type
  }
}
