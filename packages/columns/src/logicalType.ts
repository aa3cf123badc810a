/**
 * Logical types of columns (architecture D1) and physical encodings (engine-spec H23).
 *
 * A type says what a value means, an encoding how a record's bytes hold it; both travel as
 * separate codes, so a writer may choose an encoding record by record. Codes are a wire format:
 * never renumber, only append.
 */
export type LogicalType = 'bool' | 'int64' | 'float64' | 'string' | 'timestamp' | 'json'

/** Wire codes of logical types; 7–11 are reserved (decimal, bytes, date, interval, array). */
export const TYPE_CODES: Readonly<Record<LogicalType, number>> = {
  bool: 1,
  int64: 2,
  float64: 3,
  string: 4,
  timestamp: 5,
  json: 6,
}

/** The type of a wire code, or undefined when the code is unknown or reserved. */
export function logicalTypeOfCode(code: number): LogicalType | undefined {
  for (const [type, value] of Object.entries(TYPE_CODES)) {
    if (value === code) return type as LogicalType
  }
  return undefined
}
