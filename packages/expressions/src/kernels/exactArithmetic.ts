/**
 * + - * / % over whole numbers: int64, decimals, times and spans.
 *
 * The loops compute in float64, exactly as long as every number on the way is below 2^53; a row where
 * one is not becomes NaN, which no exact result is, and is computed again with bigint. Only if its
 * result lies beyond 2^53 too does the column become `i64`.
 */
import {
  isDecimal,
  precisionOf,
  scaleOf,
  type Column,
  type Exact,
  type I64Column,
  type LogicalType,
  type NumberColumn,
  type NumberType,
} from '@belay/columns'
import type { Arithmetic } from '../check/typed.ts'
import { exactResult, POWERS_OF_TEN, rangeOf } from '../scalar/exact.ts'
import { RowFailure } from '../scalar/failure.ts'
import { Bytes, eitherNull, exactsOf, Numbers, ownNulls, type Evaluator, type Mask } from './evaluator.ts'
import type { RowErrors } from './rowErrors.ts'

/** Below it every whole number is exact, and so is every sum, product and quotient that is below it. */
export const SAFE = 2 ** 53 - 1

/** Fills `out`; false if a row is NaN (also under NULL, so the caller looks again). */
type Loop = (a: Float64Array, b: Float64Array, out: Float64Array, rows: number) => boolean

/** What the numbers of a type stay below in the fast loops. */
export function limitOf(type: LogicalType): number {
  if (isDecimal(type)) return Math.min(SAFE, POWERS_OF_TEN[precisionOf(type)] - 1)
  return type === 'date' ? Number(rangeOf(type).most) : SAFE
}

export function exactArithmetic(
  operator: Arithmetic,
  type: NumberType,
  left: Evaluator,
  leftType: LogicalType,
  right: Evaluator,
  rightType: LogicalType,
): Evaluator {
  const memory = new Numbers()
  const nullMemory = new Bytes()
  const [leftScale, rightScale] = [scaleOf(leftType), scaleOf(rightType)]
  const loop = loopOf(operator, type, leftScale, rightScale)
  const exact = (a: bigint, b: bigint): Exact => exactResult(operator, a, leftScale, b, rightScale, type)
  return {
    run(batch, errors, active) {
      const rows = batch.rows
      const l = exactsOf(left.run(batch, errors, active))
      const r = exactsOf(right.run(batch, errors, active))
      const nulls = eitherNull(l.nulls, r.nulls, rows, nullMemory)
      const out = memory.of(rows)
      if (l.storage === 'number' && r.storage === 'number') {
        if (loop(l.values, r.values, out, rows)) return { storage: 'number', type, values: out, nulls }
      } else out.fill(Number.NaN)
      return settled(type, out, nulls, rows, nullMemory, errors, active, (i) => exact(bigAt(l, i), bigAt(r, i)))
    },
  }
}

function bigAt(column: NumberColumn | I64Column, row: number): bigint {
  return column.storage === 'i64' ? column.values[row] : BigInt(column.values[row])
}

/** Computes the rows that are NaN exactly; marks those that fail. */
export function settled(
  type: NumberType,
  out: Float64Array,
  nulls: Mask,
  rows: number,
  nullMemory: Bytes,
  errors: RowErrors,
  active: Mask,
  compute: (row: number) => Exact,
): Column {
  let own = nulls
  let wide: BigInt64Array | undefined
  for (let i = 0; i < rows; i += 1) {
    if (out[i] === out[i]) continue
    out[i] = 0
    if (own !== undefined && own[i] === 1) continue
    let value: Exact | undefined
    if (active === undefined || active[i] === 1) {
      try {
        value = compute(i)
      } catch (error) {
        if (!(error instanceof RowFailure)) throw error
        errors.mark(i, error.code, error.message)
      }
    }
    if (value === undefined) {
      if (own === nulls) own = ownNulls(nulls, rows, nullMemory)
      if (own !== undefined) own[i] = 1
    } else if (typeof value === 'number') out[i] = value
    else {
      wide ??= new BigInt64Array(rows)
      wide[i] = value
    }
  }
  if (wide === undefined || (type !== 'int64' && !isDecimal(type))) return { storage: 'number', type, values: out, nulls: own }
  for (let i = 0; i < rows; i += 1) if (wide[i] === 0n) wide[i] = BigInt(out[i])
  return { storage: 'i64', type, values: wide, nulls: own }
}

function loopOf(operator: Arithmetic, type: NumberType, leftScale: number, rightScale: number): Loop {
  const limit = limitOf(type)
  const most = Math.max(leftScale, rightScale)
  const fa = POWERS_OF_TEN[most - leftScale]
  const fb = POWERS_OF_TEN[most - rightScale]
  switch (operator) {
    case '+':
      return fa === 1 && fb === 1 ? sum(limit) : scaledSum(limit, fa, fb)
    case '-':
      return fa === 1 && fb === 1 ? difference(limit) : scaledSum(limit, fa, -fb)
    case '*': {
      const drop = leftScale + rightScale - scaleOf(type)
      return drop === 0 ? product(limit) : roundedProduct(limit, POWERS_OF_TEN[drop])
    }
    case '/':
      return isDecimal(type) ? roundedQuotient(limit, POWERS_OF_TEN[scaleOf(type) - leftScale + rightScale]) : quotient(limit)
    case '%':
      return remainder(limit, fa, fb)
  }
}

function sum(limit: number): Loop {
  return (a, b, out, rows) => {
    let clean = true
    for (let i = 0; i < rows; i += 1) {
      const v = a[i] + b[i]
      out[i] = v
      if (!(v <= limit && v >= -limit)) {
        out[i] = Number.NaN
        clean = false
      }
    }
    return clean
  }
}

function difference(limit: number): Loop {
  return (a, b, out, rows) => {
    let clean = true
    for (let i = 0; i < rows; i += 1) {
      const v = a[i] - b[i]
      out[i] = v
      if (!(v <= limit && v >= -limit)) {
        out[i] = Number.NaN
        clean = false
      }
    }
    return clean
  }
}

function scaledSum(limit: number, fa: number, fb: number): Loop {
  return (a, b, out, rows) => {
    let clean = true
    for (let i = 0; i < rows; i += 1) {
      const x = a[i] * fa
      const y = b[i] * fb
      const v = x + y
      out[i] = v + 0
      if (!(x <= SAFE && x >= -SAFE && y <= SAFE && y >= -SAFE && v <= limit && v >= -limit)) {
        out[i] = Number.NaN
        clean = false
      }
    }
    return clean
  }
}

function product(limit: number): Loop {
  return (a, b, out, rows) => {
    let clean = true
    for (let i = 0; i < rows; i += 1) {
      const v = a[i] * b[i] + 0
      out[i] = v
      if (!(v <= limit && v >= -limit)) {
        out[i] = Number.NaN
        clean = false
      }
    }
    return clean
  }
}

function roundedProduct(limit: number, divisor: number): Loop {
  return (a, b, out, rows) => {
    let clean = true
    for (let i = 0; i < rows; i += 1) {
      const v = a[i] * b[i]
      const q = rounded(v, divisor)
      out[i] = q
      if (!(v <= SAFE && v >= -SAFE && q <= limit && q >= -limit)) {
        out[i] = Number.NaN
        clean = false
      }
    }
    return clean
  }
}

/**
 * v / d rounded half away from zero, for |v| below 2^53. The quotient is truncated right: it is at least
 * 1/d away from a whole number it is not, which is more than the division rounds by.
 */
export function rounded(v: number, d: number): number {
  const q = Math.trunc(v / d)
  const rest = Math.abs(v - q * d) * 2
  if (rest < Math.abs(d)) return q + 0
  return v < 0 === d < 0 ? q + 1 : q - 1
}

/** x / 0 is not finite, so it is left to the exact way. */
function quotient(limit: number): Loop {
  return (a, b, out, rows) => {
    let clean = true
    for (let i = 0; i < rows; i += 1) {
      const x = a[i]
      const v = Math.trunc(x / b[i]) + 0
      out[i] = v
      if (!(v <= limit && v >= -limit && x <= SAFE && x >= -SAFE)) {
        out[i] = Number.NaN
        clean = false
      }
    }
    return clean
  }
}

function roundedQuotient(limit: number, factor: number): Loop {
  return (a, b, out, rows) => {
    let clean = true
    for (let i = 0; i < rows; i += 1) {
      const x = a[i] * factor
      const v = rounded(x, b[i])
      out[i] = v
      if (!(v <= limit && v >= -limit && x <= SAFE && x >= -SAFE)) {
        out[i] = Number.NaN
        clean = false
      }
    }
    return clean
  }
}

function remainder(limit: number, fa: number, fb: number): Loop {
  return (a, b, out, rows) => {
    let clean = true
    for (let i = 0; i < rows; i += 1) {
      const x = a[i] * fa
      const y = b[i] * fb
      const v = x - Math.trunc(x / y) * y + 0
      out[i] = v
      if (!(v <= limit && v >= -limit && x <= SAFE && x >= -SAFE && y <= SAFE && y >= -SAFE)) {
        out[i] = Number.NaN
        clean = false
      }
    }
    return clean
  }
}
