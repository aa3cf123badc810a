/**
 * Logical types of columns (architecture D1) and physical encodings (engine-spec H23).
 *
 * A type says what a value means, an encoding how a record's bytes hold it; both travel as
 * separate codes, so a writer may choose an encoding record by record. Codes are a wire format:
 * never renumber, only append.
 *
 * A type is one string, parameters included (`decimal(18,3)`, `array<string>`), so that it travels
 * through documents and schemas as it is and two types are the same exactly if the strings are.
 */

/** Exact decimal number: at most `precision` digits, `scale` of them after the point; 1 ≤ precision ≤ 18, 0 ≤ scale ≤ precision. */
export type DecimalType = `decimal(${number},${number})`

/** What one value can be. `date` is a day without a zone, `interval` a span of milliseconds. */
export type ScalarType = 'bool' | 'int64' | 'float64' | 'string' | 'timestamp' | 'json' | 'date' | 'interval' | DecimalType

/** A list of values of one type; items may be NULL, lists do not nest. */
export type ArrayType = `array<${ScalarType}>`

export type LogicalType = ScalarType | ArrayType

/** A type without its parameters; for switches and wire codes. */
export type TypeName = Exclude<ScalarType, DecimalType> | 'decimal' | 'array'

/** Wire codes of logical types; 8 is reserved (bytes). */
export const TYPE_CODES: Readonly<Record<TypeName, number>> = {
  bool: 1,
  int64: 2,
  float64: 3,
  string: 4,
  timestamp: 5,
  json: 6,
  decimal: 7,
  date: 9,
  interval: 10,
  array: 11,
}

/** The type name of a wire code, or undefined when the code is unknown or reserved. */
export function typeNameOfCode(code: number): TypeName | undefined {
  for (const [type, value] of Object.entries(TYPE_CODES)) {
    if (value === code) return type as TypeName
  }
  return undefined
}

/** Most digits a decimal may have: what int64 holds whatever the digits are. */
export const MAX_PRECISION = 18

export function typeNameOf(type: LogicalType): TypeName {
  if (isDecimal(type)) return 'decimal'
  if (isArray(type)) return 'array'
  return type
}

export function isDecimal(type: LogicalType): type is DecimalType {
  return type.startsWith('decimal')
}

export function isArray(type: LogicalType): type is ArrayType {
  return type.startsWith('array')
}

export function decimalType(precision: number, scale: number): DecimalType {
  return `decimal(${precision},${scale})`
}

const DECIMAL = /^decimal\((\d{1,2}),(\d{1,2})\)$/

export function precisionOf(type: DecimalType): number {
  return Number(DECIMAL.exec(type)?.[1])
}

/** Digits after the point; 0 for a type that is not a decimal. */
export function scaleOf(type: LogicalType): number {
  return isDecimal(type) ? Number(DECIMAL.exec(type)?.[2]) : 0
}

export function arrayType(element: ScalarType): ArrayType {
  return `array<${element}>`
}

/** The type of an array's items. */
export function elementOf(type: ArrayType): ScalarType {
  return type.slice(6, -1) as ScalarType
}

const PLAIN = new Set<string>(['bool', 'int64', 'float64', 'string', 'timestamp', 'json', 'date', 'interval'])

/** The type that a text names in its canonical spelling, or undefined. */
export function parseLogicalType(text: string): LogicalType | undefined {
  const element = /^array<(.*)>$/s.exec(text)?.[1]
  const scalar = element ?? text
  if (!PLAIN.has(scalar)) {
    const match = DECIMAL.exec(scalar)
    if (match === null) return undefined
    const precision = Number(match[1])
    const scale = Number(match[2])
    if (precision < 1 || precision > MAX_PRECISION || scale > precision || scalar !== decimalType(precision, scale)) return undefined
  }
  return text as LogicalType
}

/** JSON Schema pattern of canonical type names; `parseLogicalType` also checks the digits of decimals. */
export const LOGICAL_TYPE_PATTERN =
  '^(array<)?(bool|int64|float64|string|timestamp|json|date|interval|decimal\\((1[0-8]|[1-9]),(1[0-8]|[0-9])\\))>?$'
