import { decimalType, exactOf, isDecimal, precisionOf, scaleOf, type Exact, type LogicalType } from '@belay/columns'
import type { Datum } from '../scalar/datum.ts'
import { within } from '../scalar/exact.ts'
import { failure, RowFailure } from '../scalar/failure.ts'
import { compareDatums } from '../scalar/compare.ts'
import { roundFloat, truncateFloat } from '../scalar/round.ts'
import { differs, entries, noSql, number, signature, sql, sqlName, text, type CallTypes, type FunctionEntry } from './entry.ts'

const define = entries('number')
const big = (value: Datum): bigint => BigInt(value as Exact)

const float = [signature('float64', 'float64')]
const same = [signature('int64', 'int64'), signature('decimal', 'decimal'), signature('float64', 'float64')]
/** Whole numbers of the decimals: one digit more, for what rounds up. */
const whole = [
  signature('int64', 'int64'),
  signature('decimal', ([type]) => (isDecimal(type) ? decimalType(Math.min(18, precisionOf(type) - scaleOf(type) + 1), 0) : type)),
  signature('float64', 'float64'),
]
/** A decimal keeps its type: rounding there does not change how many digits are kept. */
const rounding = [...same, signature('int64 int64', 'int64'), signature('decimal int64', 'decimal'), signature('float64 int64', 'float64')]

/** The digits a decimal or whole number is rounded to, as a scale that may be negative. */
function roundedExact(value: bigint, scale: number, digits: number, up: (quotient: bigint, rest: bigint, unit: bigint) => bigint): bigint {
  if (digits >= scale) return value
  const unit = 10n ** BigInt(Math.min(scale - digits, 40))
  return up(value / unit, value % unit, unit) * unit
}

const halfAway = (quotient: bigint, rest: bigint, unit: bigint): bigint => {
  const twice = (rest < 0n ? -rest : rest) * 2n
  return twice < unit ? quotient : quotient + (rest < 0n ? -1n : 1n)
}
const down = (quotient: bigint): bigint => quotient

function rounded(
  args: readonly Datum[],
  { returns }: CallTypes,
  up: typeof halfAway,
  ofFloat: (value: number, digits: number) => number,
): Datum {
  const [value, digits = 0] = args
  if (returns === 'float64') return ofFloat(value as number, number(digits))
  return within(roundedExact(big(value), scaleOf(returns), Math.max(-40, Math.min(40, number(digits))), up), returns)
}

/** CEIL and FLOOR of an exact number to scale 0. */
function wholeOf(value: Datum, type: LogicalType, returns: LogicalType, toward: 1 | -1): Datum {
  const unit = 10n ** BigInt(scaleOf(type))
  const quotient = big(value) / unit
  const rest = big(value) % unit
  return within(rest !== 0n && rest > 0n === toward > 0 ? quotient + BigInt(toward) : quotient, returns)
}

function modulo(args: readonly Datum[], types: CallTypes): Datum {
  const [a, b] = args
  if (types.returns === 'float64') return (a as number) % (b as number)
  if (big(b) === 0n) throw failure('DIVISION_BY_ZERO')
  return exactOf(big(a) % big(b))
}

function extreme(args: readonly Datum[], types: CallTypes, sign: 1 | -1): Datum {
  return args.reduce((best, next) => (compareDatums(types.returns, next, best) * sign > 0 ? next : best))
}

const HEX_PATTERN = /^[0-9a-fA-F]*$/

function widthBucket(value: number, low: number, high: number, count: number): Datum {
  if (!(count >= 1) || low === high || Number.isNaN(value) || !Number.isFinite(low) || !Number.isFinite(high))
    throw new RowFailure('BAD_ARGUMENT', 'WIDTH_BUCKET needs two different finite bounds, a number and at least one bucket.')
  const share = (value - low) / (high - low)
  return share < 0 ? 0 : share >= 1 ? count + 1 : Math.floor(share * count) + 1
}

const maths = (
  name: string,
  doc: string,
  expression: string,
  result: number,
  compute: (value: number) => number,
  flink = sqlName(name),
): FunctionEntry => define(name, float, doc, expression, result, ([a]) => compute(a as number), { flink })

const bits = (name: string, doc: string, expression: string, result: number, compute: (a: bigint, b: bigint) => bigint): FunctionEntry =>
  define(
    name,
    [signature('int64 int64', 'int64')],
    doc,
    expression,
    result,
    ([a, b]) => exactOf(BigInt.asIntN(64, compute(big(a), big(b)))),
    {
      flink: noSql('Flink SQL has no functions on bits.'),
    },
  )

export const NUMBER: readonly FunctionEntry[] = [
  define('ABS', same, 'The value without its sign.', 'ABS(-4)', 4, ([a], { returns }) =>
    returns === 'float64' ? Math.abs(a as number) : within(big(a) < 0n ? -big(a) : big(a), returns),
  ),
  define(
    'SIGN',
    [signature('int64', 'int64'), signature('decimal', 'int64'), signature('float64', 'float64')],
    '-1, 0 or 1.',
    'SIGN(-3)',
    -1,
    ([a], { args }) => (args[0] === 'float64' ? Math.sign(a as number) : big(a) < 0n ? -1 : big(a) > 0n ? 1 : 0),
  ),
  define(
    'CEIL',
    whole,
    'The next whole number up.',
    'CEIL(1.2)',
    '2',
    ([a], { args, returns }) => (returns === 'float64' ? Math.ceil(a as number) : wholeOf(a, args[0], returns, 1)),
    {
      aliases: ['CEILING'],
    },
  ),
  define('FLOOR', whole, 'The next whole number down.', 'FLOOR(-1.2)', '-2', ([a], { args, returns }) =>
    returns === 'float64' ? Math.floor(a as number) : wholeOf(a, args[0], returns, -1),
  ),
  define(
    'ROUND',
    rounding,
    'Rounds to n digits after the point (default 0), half away from zero.',
    'ROUND(2.345e0, 1)',
    2.3,
    (args, types) => rounded(args, types, halfAway, roundFloat),
  ),
  define(
    'TRUNCATE',
    rounding,
    'Cuts off all but n digits after the point (default 0).',
    'TRUNCATE(2.389e0, 2)',
    2.38,
    (args, types) => rounded(args, types, down, truncateFloat),
    {
      aliases: ['TRUNC'],
    },
  ),
  define(
    'MOD',
    [signature('int64 int64', 'int64'), signature('decimal decimal', 'decimal'), signature('float64 float64', 'float64')],
    'Remainder of a division, with the sign of the dividend.',
    'MOD(-7, 3)',
    -1,
    modulo,
  ),
  define(
    'DIV',
    [signature('int64 int64', 'int64')],
    'Whole quotient, truncated towards zero.',
    'DIV(-7, 2)',
    -3,
    ([a, b], { returns }) => {
      if (big(b) === 0n) throw failure('DIVISION_BY_ZERO')
      return within(big(a) / big(b), returns)
    },
    { flink: sql(([a, b]) => `(${a} / ${b})`) },
  ),
  define(
    'POWER',
    [signature('float64 float64', 'float64')],
    'The base raised to the exponent.',
    'POWER(2, 10)',
    1024,
    ([a, b]) => (a as number) ** (b as number),
    { aliases: ['POW'] },
  ),
  maths('SQRT', 'Square root; NaN below 0.', 'SQRT(9)', 3, Math.sqrt),
  maths(
    'CBRT',
    'Cube root.',
    'CBRT(27)',
    3,
    Math.cbrt,
    differs('Computed as a power, which may differ in the last digit.', ([a]) => `(SIGN(${a}) * POWER(ABS(${a}), 1.0E0 / 3.0E0))`),
  ),
  maths('EXP', 'e raised to the value.', 'EXP(0)', 1, Math.exp),
  maths('LN', 'Natural logarithm.', 'LN(1)', 0, Math.log),
  maths('LOG10', 'Logarithm to the base 10.', 'LOG10(1000)', 3, Math.log10),
  maths('LOG2', 'Logarithm to the base 2.', 'LOG2(8)', 3, Math.log2),
  define(
    'LOG',
    [signature('float64', 'float64'), signature('float64 float64', 'float64')],
    'Natural logarithm, or of the second argument to the base of the first.',
    'LOG(2, 8)',
    3,
    ([a, b]) =>
      b === undefined
        ? Math.log(a as number)
        : a === 2
          ? Math.log2(b as number)
          : a === 10
            ? Math.log10(b as number)
            : Math.log(b as number) / Math.log(a as number),
  ),
  maths('SIN', 'Sine of an angle in radians.', 'SIN(0)', 0, Math.sin),
  maths('COS', 'Cosine of an angle in radians.', 'COS(0)', 1, Math.cos),
  maths('TAN', 'Tangent of an angle in radians.', 'TAN(0)', 0, Math.tan),
  maths('COT', 'Cotangent of an angle in radians.', 'ROUND(COT(PI() / 4), 6)', 1, (value) => 1 / Math.tan(value)),
  maths('ASIN', 'Angle whose sine is the value.', 'ASIN(0)', 0, Math.asin),
  maths('ACOS', 'Angle whose cosine is the value.', 'ACOS(1)', 0, Math.acos),
  maths('ATAN', 'Angle whose tangent is the value.', 'ATAN(0)', 0, Math.atan),
  define('ATAN2', [signature('float64 float64', 'float64')], 'Angle of the point (x, y), given y first.', 'ATAN2(0, 1)', 0, ([a, b]) =>
    Math.atan2(a as number, b as number),
  ),
  maths('SINH', 'Hyperbolic sine.', 'SINH(0)', 0, Math.sinh),
  maths('COSH', 'Hyperbolic cosine.', 'COSH(0)', 1, Math.cosh),
  maths('TANH', 'Hyperbolic tangent.', 'TANH(0)', 0, Math.tanh),
  maths('DEGREES', 'Radians as degrees.', 'DEGREES(PI())', 180, (value) => (value * 180) / Math.PI),
  maths('RADIANS', 'Degrees as radians.', 'ROUND(RADIANS(180), 5)', 3.14159, (value) => (value * Math.PI) / 180),
  define('PI', [signature('', 'float64')], 'π.', 'ROUND(PI(), 5)', 3.14159, () => Math.PI),
  define('E', [signature('', 'float64')], 'The base of natural logarithms.', 'ROUND(E(), 5)', 2.71828, () => Math.E),
  define(
    'IS_NAN',
    [signature('float64', 'bool')],
    'TRUE if the value is not a number.',
    'IS_NAN(SQRT(-1))',
    true,
    ([a]) => Number.isNaN(a),
    {
      flink: sql(([a]) => `(${a} <> ${a})`),
    },
  ),
  define(
    'IS_FINITE',
    [signature('float64', 'bool')],
    'TRUE if the value is neither infinite nor NaN.',
    'IS_FINITE(1e300 * 1e300)',
    false,
    ([a]) => Number.isFinite(a),
    {
      flink: sql(([a]) => `((${a} - ${a}) = 0)`),
    },
  ),
  define(
    'WIDTH_BUCKET',
    [signature('float64 float64 float64 int64', 'int64')],
    'Number of the equal bucket, from 1, that a value falls into; 0 below and n + 1 above.',
    'WIDTH_BUCKET(35, 0, 100, 10)',
    4,
    ([a, b, c, d]) => widthBucket(a as number, b as number, c as number, number(d)),
    {
      flink: sql(
        ([a, b, c, d]) =>
          `CASE WHEN ${a} < ${b} THEN 0 WHEN ${a} >= ${c} THEN ${d} + 1 ELSE CAST(FLOOR((${a} - ${b}) / (${c} - ${b}) * ${d}) AS BIGINT) + 1 END`,
      ),
    },
  ),
  define('BIN', [signature('int64', 'string')], 'Binary digits of a whole number (two’s complement below 0).', 'BIN(10)', '1010', ([a]) =>
    BigInt.asUintN(64, big(a)).toString(2),
  ),
  define(
    'HEX',
    [signature('int64', 'string'), signature('string', 'string')],
    'Hexadecimal digits of a whole number, or of a text’s UTF-8 bytes; capitals.',
    "HEX('é')",
    'C3A9',
    ([a]) =>
      (typeof a === 'string'
        ? Array.from(new TextEncoder().encode(a), (byte) => byte.toString(16).padStart(2, '0')).join('')
        : BigInt.asUintN(64, big(a)).toString(16)
      ).toUpperCase(),
  ),
  define(
    'UNHEX',
    [signature('string', 'string')],
    'The text whose UTF-8 bytes the hexadecimal digits are; NULL if they are not.',
    "UNHEX('C3A9')",
    'é',
    ([a]) => {
      const digits = text(a)
      if (digits.length % 2 !== 0 || !HEX_PATTERN.test(digits)) return null
      try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
          Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16)),
        )
      } catch {
        return null
      }
    },
    { nullable: true, flink: sql(([a]) => `DECODE(UNHEX(${a}), 'UTF-8')`) },
  ),
  bits('BITAND', 'Bits set in both numbers.', 'BITAND(12, 10)', 8, (a, b) => a & b),
  bits('BITOR', 'Bits set in one number or the other.', 'BITOR(12, 10)', 14, (a, b) => a | b),
  bits('BITXOR', 'Bits set in exactly one of two numbers.', 'BITXOR(12, 10)', 6, (a, b) => a ^ b),
  bits('SHIFT_LEFT', 'Bits moved n places up; what leaves 64 bits is lost.', 'SHIFT_LEFT(1, 4)', 16, (a, b) => a << (b & 63n)),
  bits('SHIFT_RIGHT', 'Bits moved n places down, keeping the sign.', 'SHIFT_RIGHT(-16, 2)', -4, (a, b) => a >> (b & 63n)),
  define('LEAST', [signature('O…', 'O')], 'The smallest argument; NULL if one is NULL.', 'LEAST(3, 1, 2)', 1, (args, types) =>
    extreme(args, types, -1),
  ),
  define('GREATEST', [signature('O…', 'O')], 'The largest argument; NULL if one is NULL.', 'GREATEST(3, 1, 2)', 3, (args, types) =>
    extreme(args, types, 1),
  ),
]
