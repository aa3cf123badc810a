/** Comparisons over whole columns; text is compared on its UTF-8 bytes without making strings. */
import { scaleOf, type BytesColumn, type Column, type Exact, type LogicalType, type Storage } from '@belay/columns'
import type { Comparison } from '../check/typed.ts'
import type { Datum } from '../scalar/datum.ts'
import { POWERS_OF_TEN } from '../scalar/exact.ts'
import { boolsOf, Bytes, eitherNull, exactsOf, numbersOf, textsOf, type Evaluator } from './evaluator.ts'

/**
 * The factors, one of them 1, bring two scales together. A product beyond 2^53 may be rounded, but not
 * onto or across the other side, which is at most 2^53: multiples of ten are exact up to 2^54.
 */
type Pairs = (a: Float64Array, fa: number, b: Float64Array, fb: number, out: Uint8Array, rows: number) => void
type Against = (a: Float64Array, c: number, out: Uint8Array, rows: number) => void

const PAIRS: Readonly<Record<Comparison, Pairs>> = {
  '=': (a, fa, b, fb, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = a[i] * fa === b[i] * fb ? 1 : 0
  },
  '<>': (a, fa, b, fb, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = a[i] * fa !== b[i] * fb ? 1 : 0
  },
  '<': (a, fa, b, fb, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = a[i] * fa < b[i] * fb ? 1 : 0
  },
  '<=': (a, fa, b, fb, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = a[i] * fa <= b[i] * fb ? 1 : 0
  },
  '>': (a, fa, b, fb, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = a[i] * fa > b[i] * fb ? 1 : 0
  },
  '>=': (a, fa, b, fb, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = a[i] * fa >= b[i] * fb ? 1 : 0
  },
}

const AGAINST: Readonly<Record<Comparison, Against>> = {
  '=': (a, c, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = a[i] === c ? 1 : 0
  },
  '<>': (a, c, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = a[i] !== c ? 1 : 0
  },
  '<': (a, c, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = a[i] < c ? 1 : 0
  },
  '<=': (a, c, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = a[i] <= c ? 1 : 0
  },
  '>': (a, c, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = a[i] > c ? 1 : 0
  },
  '>=': (a, c, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = a[i] >= c ? 1 : 0
  },
}

const MAX_NUMBER = 2n ** 53n

function holds(operator: Comparison, order: number): boolean {
  switch (operator) {
    case '=':
      return order === 0
    case '<>':
      return order !== 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}

/** Below, at or above 0, as byte order says. */
function compareBytes(a: Uint8Array, aFrom: number, aTo: number, b: Uint8Array, bFrom: number, bTo: number): number {
  const length = Math.min(aTo - aFrom, bTo - bFrom)
  for (let i = 0; i < length; i += 1) {
    const difference = a[aFrom + i] - b[bFrom + i]
    if (difference !== 0) return difference
  }
  return aTo - aFrom - (bTo - bFrom)
}

/** Writes 1 where a comparison of two columns holds; rows that are NULL get anything. */
export type PairComparison = (l: Column, r: Column, out: Uint8Array, rows: number) => void

export function pairComparison(operator: Comparison, storage: Storage, leftType: LogicalType, rightType: LogicalType): PairComparison {
  switch (storage) {
    case 'number':
    case 'i64': {
      const scale = Math.max(scaleOf(leftType), scaleOf(rightType))
      const fa = POWERS_OF_TEN[scale - scaleOf(leftType)]
      const fb = POWERS_OF_TEN[scale - scaleOf(rightType)]
      const pairs = PAIRS[operator]
      return (l, r, out, rows) => {
        const [a, b] = [exactsOf(l), exactsOf(r)]
        if (a.storage === 'number' && b.storage === 'number') return pairs(a.values, fa, b.values, fb, out, rows)
        const [x, y] = [wideOf(a.values, fa), wideOf(b.values, fb)]
        for (let i = 0; i < rows; i += 1) out[i] = holds(operator, x[i] < y[i] ? -1 : x[i] > y[i] ? 1 : 0) ? 1 : 0
      }
    }
    case 'bool':
      return (l, r, out, rows) => {
        const [a, b] = [boolsOf(l), boolsOf(r)]
        for (let i = 0; i < rows; i += 1) out[i] = holds(operator, a[i] - b[i]) ? 1 : 0
      }
    case 'bytes':
      return (l, r, out, rows) => textPairs(operator, textsOf(l), textsOf(r), out, rows)
    case 'array':
      throw new TypeError('arrays are not compared; the checker should have refused')
  }
}

/** Whole numbers times a factor, of any size. */
function wideOf(values: Float64Array | BigInt64Array, factor: number): bigint[] {
  const times = BigInt(factor)
  return Array.from<number | bigint, bigint>(values, (value) => BigInt(value) * times)
}

/** Column against column. */
export function comparison(compare: PairComparison, left: Evaluator, right: Evaluator): Evaluator {
  const memory = new Bytes()
  const nullMemory = new Bytes()
  return {
    run(batch, errors, active) {
      const rows = batch.rows
      const l = left.run(batch, errors, active)
      const r = right.run(batch, errors, active)
      const out = memory.of(rows)
      compare(l, r, out, rows)
      return { storage: 'bool', type: 'bool', values: out, nulls: eitherNull(l.nulls, r.nulls, rows, nullMemory) }
    },
  }
}

/** IS DISTINCT FROM: NULL is distinct from every value and from no NULL. `differ` is the comparison <>. */
export function distinctness(differ: PairComparison, left: Evaluator, right: Evaluator): Evaluator {
  const memory = new Bytes()
  return {
    run(batch, errors, active) {
      const rows = batch.rows
      const l = left.run(batch, errors, active)
      const r = right.run(batch, errors, active)
      const out = memory.of(rows)
      differ(l, r, out, rows)
      if (l.nulls !== undefined || r.nulls !== undefined) {
        for (let i = 0; i < rows; i += 1) {
          const a = l.nulls === undefined ? 0 : l.nulls[i]
          const b = r.nulls === undefined ? 0 : r.nulls[i]
          if ((a | b) === 1) out[i] = a ^ b
        }
      }
      return { storage: 'bool', type: 'bool', values: out, nulls: undefined }
    },
  }
}

function textPairs(operator: Comparison, a: BytesColumn, b: BytesColumn, out: Uint8Array, rows: number): void {
  const x = a.offsets
  const y = b.offsets
  const onlyEquality = operator === '=' || operator === '<>'
  for (let i = 0; i < rows; i += 1) {
    const differs = onlyEquality && x[i + 1] - x[i] !== y[i + 1] - y[i]
    out[i] = holds(operator, differs ? 1 : compareBytes(a.bytes, x[i], x[i + 1], b.bytes, y[i], y[i + 1])) ? 1 : 0
  }
}

type ConstantComparison = (column: Column, out: Uint8Array, rows: number) => unknown

/** Column against a constant that is not NULL. */
export function comparisonWithConstant(
  operator: Comparison,
  operand: Evaluator,
  type: LogicalType,
  constant: Datum,
  constantType: LogicalType,
): Evaluator {
  const memory = new Bytes()
  const compare = constantComparison(operator, type, constant, constantType)
  return {
    run(batch, errors, active) {
      const column = operand.run(batch, errors, active)
      const out = memory.of(batch.rows)
      compare(column, out, batch.rows)
      return { storage: 'bool', type: 'bool', values: out, nulls: column.nulls }
    },
  }
}

function constantComparison(operator: Comparison, type: LogicalType, constant: Datum, constantType: LogicalType): ConstantComparison {
  if (typeof constant === 'string') return textAgainst(operator, new TextEncoder().encode(constant))
  if (typeof constant === 'boolean') {
    const c = constant ? 1 : 0
    return (column, out, rows) => {
      const a = boolsOf(column)
      for (let i = 0; i < rows; i += 1) out[i] = holds(operator, a[i] - c) ? 1 : 0
    }
  }
  if (type === 'float64') {
    const against = AGAINST[operator]
    return (column, out, rows) => against(numbersOf(column), constant as number, out, rows)
  }
  return exactAgainst(operator, scaleOf(type), BigInt(constant as Exact), scaleOf(constantType))
}

/** The comparison with a fraction, as one with the whole number below it; undefined: no whole number equals it. */
const WITH_FLOOR: Readonly<Record<Comparison, Comparison | undefined>> = {
  '=': undefined,
  '<>': undefined,
  '<': '<=',
  '<=': '<=',
  '>': '>',
  '>=': '>',
}

/** Stored whole numbers against a constant of another scale, brought to theirs. */
function exactAgainst(operator: Comparison, scale: number, constant: bigint, constantScale: number): ConstantComparison {
  const divisor = 10n ** BigInt(Math.max(0, constantScale - scale))
  const exact = constant * 10n ** BigInt(Math.max(0, scale - constantScale))
  const rest = ((exact % divisor) + divisor) % divisor
  const floor = (exact - rest) / divisor
  const adjusted = rest === 0n ? operator : WITH_FLOOR[operator]
  if (adjusted === undefined) {
    const always = operator === '<>' ? 1 : 0
    return (_, out, rows) => out.fill(always, 0, rows)
  }
  const against = AGAINST[adjusted]
  // No stored number is beyond 2^53, so infinity stands for everything that is.
  const near = floor > MAX_NUMBER ? Infinity : floor < -MAX_NUMBER ? -Infinity : Number(floor)
  return (column, out, rows) => {
    const numbers = exactsOf(column)
    if (numbers.storage === 'number') return against(numbers.values, near, out, rows)
    for (let i = 0; i < rows; i += 1) {
      const value = numbers.values[i]
      out[i] = holds(adjusted, value < floor ? -1 : value > floor ? 1 : 0) ? 1 : 0
    }
  }
}

function textAgainst(operator: Comparison, wanted: Uint8Array): ConstantComparison {
  const size = wanted.length
  if (operator !== '=' && operator !== '<>') {
    return (column, out, rows) => {
      const { bytes, offsets } = textsOf(column)
      for (let i = 0; i < rows; i += 1) out[i] = holds(operator, compareBytes(bytes, offsets[i], offsets[i + 1], wanted, 0, size)) ? 1 : 0
    }
  }
  const whenEqual = operator === '=' ? 1 : 0
  return (column, out, rows) => {
    const { bytes, offsets } = textsOf(column)
    for (let i = 0; i < rows; i += 1) {
      const from = offsets[i]
      let same = offsets[i + 1] - from === size
      for (let k = 0; same && k < size; k += 1) same = bytes[from + k] === wanted[k]
      out[i] = same ? whenEqual : 1 - whenEqual
    }
  }
}
