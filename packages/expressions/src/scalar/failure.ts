/** A value of one row could not be computed. Thrown by scalar code only; kernels turn it into a mark in RowErrors. */
export class RowFailure extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export const MESSAGES = {
  DIVISION_BY_ZERO: 'Whole number or decimal divided by zero. Guard it with NULLIF(divisor, 0).',
  INT64_OVERFLOW: 'The result is beyond the range of int64 (±9.2e18). Cast an operand to DOUBLE.',
  DECIMAL_OVERFLOW: 'The result has more digits than its decimal type. Cast an operand to fewer digits after the point, or to DOUBLE.',
  TIME_OVERFLOW: 'The time is beyond the range of timestamps. Check the operands.',
} as const

export type OverflowCode = Exclude<keyof typeof MESSAGES, 'DIVISION_BY_ZERO'>

export function failure(code: keyof typeof MESSAGES): RowFailure {
  return new RowFailure(code, MESSAGES[code])
}
