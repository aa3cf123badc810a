/** Prints a typed tree as Flink SQL. Every compound is in parentheses, so precedence never differs. */
import {
  dateText,
  decimalText,
  elementOf,
  isArray,
  isDecimal,
  precisionOf,
  scaleOf,
  type Exact,
  type LogicalType,
  type ScalarType,
} from '@belay/columns'
import type { Typed, TypedExpression } from '../check/typed.ts'
import type { Datum } from '../scalar/datum.ts'
import { intervalText } from '../scalar/interval.ts'
import { formatTime, timePattern } from '../scalar/timePattern.ts'

/** The expression in Flink SQL with what differs there, or why there is none. */
export type FlinkExpression =
  | { readonly ok: true; readonly sql: string; readonly notes: readonly string[] }
  | { readonly ok: false; readonly reasons: readonly string[] }

export function toFlinkSql(expression: TypedExpression): FlinkExpression {
  const printer = new Printer()
  const text = printer.print(expression.tree)
  return printer.reasons.size > 0 ? { ok: false, reasons: [...printer.reasons] } : { ok: true, sql: text, notes: [...printer.notes] }
}

const FLINK_TYPES: Readonly<Record<Exclude<ScalarType, `decimal${string}`>, string>> = {
  bool: 'BOOLEAN',
  int64: 'BIGINT',
  float64: 'DOUBLE',
  string: 'STRING',
  timestamp: 'TIMESTAMP_LTZ(3)',
  json: 'STRING',
  date: 'DATE',
  interval: 'INTERVAL DAY(9) TO SECOND(3)',
}

export function flinkType(type: LogicalType): string {
  if (isArray(type)) return `ARRAY<${flinkType(elementOf(type))}>`
  if (isDecimal(type)) return `DECIMAL(${precisionOf(type)}, ${scaleOf(type)})`
  return FLINK_TYPES[type]
}

class Printer {
  readonly notes = new Set<string>()
  readonly reasons = new Set<string>()

  print(node: Typed): string {
    switch (node.kind) {
      case 'literal':
        return literal(node.value, node.type)
      case 'column':
        return `\`${node.name.replaceAll('`', '``')}\``
      case 'negate':
        return `(- ${this.print(node.operand)})`
      case 'arithmetic':
        return this.#arithmetic(node)
      case 'compare':
        return `(${this.print(node.left)} ${node.operator} ${this.print(node.right)})`
      case 'distinct':
        return `(${this.print(node.left)} IS DISTINCT FROM ${this.print(node.right)})`
      case 'and':
        return `(${this.print(node.left)} AND ${this.print(node.right)})`
      case 'or':
        return `(${this.print(node.left)} OR ${this.print(node.right)})`
      case 'not':
        return `(NOT ${this.print(node.operand)})`
      case 'is':
        return `(${this.print(node.operand)} IS ${node.negated ? 'NOT ' : ''}${node.test.toUpperCase()})`
      case 'in': {
        const type = node.operand.type
        const items = node.values.map((value) => literal(value, type))
        if (node.hasNull) items.push(literal(null, type))
        return `(${this.print(node.operand)} IN (${items.join(', ')}))`
      }
      case 'like': {
        const escape = node.escape === null ? '' : ` ESCAPE ${literal(node.escape, 'string')}`
        return `(${this.print(node.operand)} LIKE ${this.print(node.pattern)}${escape})`
      }
      case 'case': {
        const branches = node.branches.map(({ when, result }) => `WHEN ${this.print(when)} THEN ${this.print(result)}`)
        return `CASE ${branches.join(' ')} ELSE ${this.print(node.otherwise)} END`
      }
      case 'coalesce':
        return `COALESCE(${node.args.map((arg) => this.print(arg)).join(', ')})`
      case 'cast':
        return this.#cast(node)
      case 'call':
        return this.#call(node)
    }
  }

  #call(node: Typed & { kind: 'call' }): string {
    const args = node.args.map((arg) => this.print(arg))
    const { flink, name } = node.entry
    switch (flink.kind) {
      case 'sql':
        return flink.print(args)
      case 'differs':
        this.notes.add(`${name}: ${flink.note}`)
        return flink.print(args)
      case 'none':
        this.reasons.add(`${name}: ${flink.reason}`)
        return 'NULL'
    }
  }

  #arithmetic(node: Typed & { kind: 'arithmetic' }): string {
    const left = this.print(node.left)
    const right = this.print(node.right)
    const plain = `(${left} ${node.operator} ${right})`
    if (node.left.type === 'timestamp' && node.right.type === 'timestamp')
      return `((EXTRACT(EPOCH FROM ${left}) - EXTRACT(EPOCH FROM ${right})) * 1000 + EXTRACT(MILLISECOND FROM ${left}) - EXTRACT(MILLISECOND FROM ${right}))`
    if (node.left.type === 'date' && node.right.type === 'date') return `TIMESTAMPDIFF(DAY, ${right}, ${left})`
    if (node.type === 'timestamp' || node.type === 'date') {
      const [time, span, spanType] = node.left.type === node.type ? [left, right, node.right.type] : [right, left, node.left.type]
      if (spanType === 'interval') return `(${time} ${node.operator} ${span})`
      return `(${time} ${node.operator} ${span} * INTERVAL ${node.type === 'date' ? "'1' DAY" : "'0.001' SECOND"})`
    }
    if (isDecimal(node.type)) {
      if (node.operator === '/') this.notes.add('/: decimals have other numbers of digits there; the result is cast.')
      return `CAST(${plain} AS ${flinkType(node.type)})`
    }
    return plain
  }

  #cast(node: Typed & { kind: 'cast' }): string {
    const operand = this.print(node.operand)
    const from = node.operand.type
    if (from === 'bool' && node.type === 'string') return `LOWER(CAST(${operand} AS STRING))`
    if (node.type === 'json' || from === 'json') {
      if (from === 'string' || node.type === 'string') return operand
      this.reasons.add(`CAST: ${from} AS JSON has no counterpart there.`)
    }
    if (from === 'float64' && node.type === 'string') this.notes.add('CAST: numbers with exponents are written in another way there.')
    if (from === 'timestamp' && node.type === 'string') this.notes.add('CAST: times have three digits of seconds there even if they are 0.')
    if (from === 'timestamp' && node.type === 'int64')
      return `(UNIX_TIMESTAMP(CAST(${operand} AS STRING)) * 1000 + EXTRACT(MILLISECOND FROM ${operand}))`
    if (from === 'int64' && node.type === 'timestamp') return `TO_TIMESTAMP_LTZ(${operand}, 3)`
    if ((from === 'interval') !== (node.type === 'interval')) this.reasons.add(`CAST: ${from} AS ${node.type} has no counterpart there.`)
    return `${node.tries ? 'TRY_CAST' : 'CAST'}(${operand} AS ${flinkType(node.type)})`
  }
}

function literal(value: Datum, type: LogicalType): string {
  if (value === null) return `CAST(NULL AS ${flinkType(type)})`
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
  if (isArray(type)) return `ARRAY[${(value as readonly Datum[]).map((item) => literal(item, elementOf(type))).join(', ')}]`
  if (isDecimal(type)) return `CAST(${decimalText(value as Exact, scaleOf(type))} AS ${flinkType(type)})`
  switch (type) {
    case 'timestamp':
      return `CAST(TIMESTAMP '${formatTime(value as number, timePattern('yyyy-MM-dd HH:mm:ss.SSS'))}' AS TIMESTAMP_LTZ(3))`
    case 'date':
      return `DATE '${dateText(value as number)}'`
    case 'interval':
      return `INTERVAL '${intervalText(value as number)}' DAY(9) TO SECOND(3)`
    case 'float64':
      return Number.isFinite(value)
        ? (value as number).toExponential().toUpperCase().replace('+', '')
        : `CAST('${String(value)}' AS DOUBLE)`
    default:
      return String(value)
  }
}
