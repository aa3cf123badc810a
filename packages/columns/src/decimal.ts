/**
 * Whole and decimal numbers between text and their stored form. A decimal is stored as its digits
 * without the point (unscaled): 4263.060 of scale 3 is 4263060.
 *
 * Invariant: `Exact` is a number if |v| ≤ 2^53, else a bigint, never the other way round, so `===`
 * compares two of them.
 */
export type Exact = number | bigint

const MAX_NUMBER = 2 ** 53
export const MAX_INT64 = 2n ** 63n - 1n
export const MIN_INT64 = -(2n ** 63n)

/** The canonical form of a whole number. */
export function exactOf(value: bigint): Exact {
  return value <= MAX_NUMBER && value >= -MAX_NUMBER ? Number(value) : value
}

const INTEGER = /^[+-]?\d{1,40}$/

/** A whole number written in digits, or undefined if it is not one or leaves int64. */
export function parseInt64(text: string): Exact | undefined {
  if (!INTEGER.test(text)) return undefined
  const value = BigInt(text[0] === '+' ? text.slice(1) : text)
  return value <= MAX_INT64 && value >= MIN_INT64 ? exactOf(value) : undefined
}

/** `4263.060`: always all digits after the point, never an exponent. */
export function decimalText(unscaled: Exact, scale: number): string {
  if (scale === 0) return String(unscaled)
  const negative = unscaled < 0
  const digits = String(negative ? -unscaled : unscaled).padStart(scale + 1, '0')
  const point = digits.length - scale
  return `${negative ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/
const MAX_DIGITS = 400

/**
 * The unscaled value of a number as text; digits beyond the scale are rounded, half away from zero.
 * Undefined if it is not a number or has more digits than the precision.
 */
export function parseDecimal(text: string, precision: number, scale: number): Exact | undefined {
  const match = DECIMAL.exec(text)
  if (match === null) return undefined
  const [, sign, whole, fraction = '', exponent = '0'] = match
  const digits = whole + fraction
  if (digits === '' || digits.length > MAX_DIGITS) return undefined
  const shift = scale - fraction.length + Number(exponent)
  let value = BigInt(digits)
  if (value !== 0n) {
    if (shift > precision + 1) return undefined
    value = shift >= 0 ? value * 10n ** BigInt(shift) : roundedQuotient(value, 10n ** BigInt(Math.min(-shift, MAX_DIGITS + 1)))
  }
  if (value >= 10n ** BigInt(precision)) return undefined
  return exactOf(sign === '-' ? -value : value)
}

/** a / b rounded half away from zero; b is not 0. */
export function roundedQuotient(a: bigint, b: bigint): bigint {
  const quotient = a / b
  const rest = a % b
  const twice = (rest < 0n ? -rest : rest) * 2n
  if (twice < (b < 0n ? -b : b)) return quotient
  return a < 0n === b < 0n ? quotient + 1n : quotient - 1n
}
