/** CAST over whole columns. */
import { exactOf, isDecimal, scaleOf, type Column, type DecimalType, type Exact, type LogicalType, type NumberType } from '@belay/columns'
import { cast } from '../scalar/cast.ts'
import { POWERS_OF_TEN, rescaled, within } from '../scalar/exact.ts'
import { RowFailure } from '../scalar/failure.ts'
import { DAY_MS } from '../scalar/timestamp.ts'
import { boolsOf, Bytes, exactsOf, Numbers, numbersOf, Texts, textsOf, type Evaluator } from './evaluator.ts'
import { limitOf, rounded, SAFE, settled } from './exactArithmetic.ts'
import { lifted } from './lifted.ts'

/** `tries`: what cannot be cast is NULL. */
export function castKernel(operand: Evaluator, from: LogicalType, to: LogicalType, tries: boolean): Evaluator {
  if (from === to) return operand
  const slow = (of: Evaluator): Evaluator =>
    lifted(to, [of], ([value]) => {
      try {
        return cast(value, from, to)
      } catch (error) {
        if (tries && error instanceof RowFailure) return null
        throw error
      }
    })
  if (to === 'float64' && (from === 'int64' || isDecimal(from))) return toFloat(operand, scaleOf(from))
  if (isDecimal(to) && (from === 'int64' || isDecimal(from)) && !tries) return toDecimal(operand, scaleOf(from), to)
  if (from === 'float64' && to === 'int64' && !tries) return floatToInt(operand)
  if (from === 'timestamp' && to === 'date') return scaled(operand, 'date', (value) => Math.floor(value / DAY_MS))
  if (from === 'date' && to === 'timestamp') return scaled(operand, 'timestamp', (value) => value * DAY_MS)
  if (from === 'interval' && to === 'int64') return scaled(operand, 'int64', (value) => value)
  if (from === 'timestamp' && to === 'int64') return scaled(operand, 'int64', (value) => value)
  if (from === 'bool' && to === 'int64') return boolToInt(operand)
  if (from === 'int64' && to === 'bool') return intToBool(operand)
  if (from === 'string' && to === 'int64') return textToInt(operand, slow)
  if (from === 'int64' && to === 'string') return intToText(operand, slow)
  if (from === 'json' && to === 'string') return retyped(operand)
  return slow(operand)
}

/** Nearest float64: the quotient of two exact numbers is rounded once. */
function toFloat(operand: Evaluator, scale: number): Evaluator {
  const memory = new Numbers()
  const divisor = POWERS_OF_TEN[scale]
  return {
    run(batch, errors, active) {
      const column = exactsOf(operand.run(batch, errors, active))
      const { nulls } = column
      if (column.storage === 'number' && scale === 0) return { storage: 'number', type: 'float64', values: column.values, nulls }
      const out = memory.of(batch.rows)
      if (column.storage === 'number') for (let i = 0; i < batch.rows; i += 1) out[i] = column.values[i] / divisor
      else for (let i = 0; i < batch.rows; i += 1) out[i] = scale === 0 ? Number(column.values[i]) : Number(`${column.values[i]}e-${scale}`)
      return { storage: 'number', type: 'float64', values: out, nulls }
    },
  }
}

function toDecimal(operand: Evaluator, fromScale: number, type: DecimalType): Evaluator {
  const memory = new Numbers()
  const nullMemory = new Bytes()
  const toScale = scaleOf(type)
  const limit = limitOf(type)
  const factor = POWERS_OF_TEN[Math.max(0, toScale - fromScale)]
  const divisor = POWERS_OF_TEN[Math.max(0, fromScale - toScale)]
  const exact = (value: Exact): Exact => within(rescaled(BigInt(value), fromScale, toScale), type)
  return {
    run(batch, errors, active) {
      const rows = batch.rows
      const column = exactsOf(operand.run(batch, errors, active))
      const out = memory.of(rows)
      let clean = column.storage === 'number'
      if (column.storage === 'number') {
        const a = column.values
        for (let i = 0; i < rows; i += 1) {
          const v = divisor === 1 ? a[i] * factor : rounded(a[i], divisor)
          out[i] = v
          if (!(v <= limit && v >= -limit && a[i] <= SAFE && a[i] >= -SAFE)) {
            out[i] = Number.NaN
            clean = false
          }
        }
      } else out.fill(Number.NaN)
      if (clean) return { storage: 'number', type, values: out, nulls: column.nulls }
      return settled(type, out, column.nulls, rows, nullMemory, errors, active, (i) =>
        exact(column.storage === 'i64' ? exactOf(column.values[i]) : column.values[i]),
      )
    },
  }
}

function floatToInt(operand: Evaluator): Evaluator {
  const memory = new Numbers()
  const nullMemory = new Bytes()
  return {
    run(batch, errors, active) {
      const rows = batch.rows
      const column = operand.run(batch, errors, active)
      const a = numbersOf(column)
      const out = memory.of(rows)
      let clean = true
      for (let i = 0; i < rows; i += 1) {
        const v = Math.trunc(a[i]) + 0
        out[i] = v
        if (!(v <= SAFE && v >= -SAFE)) {
          out[i] = Number.NaN
          clean = false
        }
      }
      if (clean) return { storage: 'number', type: 'int64', values: out, nulls: column.nulls }
      return settled('int64', out, column.nulls, rows, nullMemory, errors, active, (i) => cast(a[i], 'float64', 'int64') as Exact)
    },
  }
}

function scaled(operand: Evaluator, type: NumberType, convert: (value: number) => number): Evaluator {
  const memory = new Numbers()
  return {
    run(batch, errors, active) {
      const column = operand.run(batch, errors, active)
      const a = numbersOf(column)
      const out = memory.of(batch.rows)
      for (let i = 0; i < batch.rows; i += 1) out[i] = convert(a[i])
      return { storage: 'number', type, values: out, nulls: column.nulls }
    },
  }
}

function boolToInt(operand: Evaluator): Evaluator {
  const memory = new Numbers()
  return {
    run(batch, errors, active) {
      const column = operand.run(batch, errors, active)
      const a = boolsOf(column)
      const out = memory.of(batch.rows)
      for (let i = 0; i < batch.rows; i += 1) out[i] = a[i]
      return { storage: 'number', type: 'int64', values: out, nulls: column.nulls }
    },
  }
}

function intToBool(operand: Evaluator): Evaluator {
  const memory = new Bytes()
  return {
    run(batch, errors, active) {
      const column = exactsOf(operand.run(batch, errors, active))
      const out = memory.of(batch.rows)
      if (column.storage === 'number') for (let i = 0; i < batch.rows; i += 1) out[i] = column.values[i] === 0 ? 0 : 1
      else for (let i = 0; i < batch.rows; i += 1) out[i] = column.values[i] === 0n ? 0 : 1
      return { storage: 'bool', type: 'bool', values: out, nulls: column.nulls }
    },
  }
}

/** Up to 15 digits and a sign are read from the bytes; a batch with anything else is cast value by value. */
function textToInt(operand: Evaluator, slow: (of: Evaluator) => Evaluator): Evaluator {
  const memory = new Numbers()
  let column: Column | undefined
  const careful = slow({ run: (batch, errors, active) => column ?? operand.run(batch, errors, active) })
  return {
    run(batch, errors, active) {
      const texts = textsOf(operand.run(batch, errors, active))
      const { bytes, offsets, nulls } = texts
      const out = memory.of(batch.rows)
      for (let i = 0; i < batch.rows; i += 1) {
        let at = offsets[i]
        const to = offsets[i + 1]
        const negative = at < to && bytes[at] === 45
        if (negative) at += 1
        let value = 0
        const first = at
        while (at < to && bytes[at] >= 48 && bytes[at] <= 57) value = value * 10 + bytes[at++] - 48
        if ((at < to || at === first || at - first > 15) && (nulls === undefined || nulls[i] === 0)) {
          column = texts
          return careful.run(batch, errors, active)
        }
        out[i] = negative ? 0 - value : value
      }
      return { storage: 'number', type: 'int64', values: out, nulls }
    },
  }
}

/** Writes digits without making a string. */
function intToText(operand: Evaluator, slow: (of: Evaluator) => Evaluator): Evaluator {
  const texts = new Texts('string')
  const digits = new Uint8Array(20)
  let column: Column | undefined
  const careful = slow({ run: (batch, errors, active) => column ?? operand.run(batch, errors, active) })
  return {
    run(batch, errors, active) {
      const numbers = exactsOf(operand.run(batch, errors, active))
      if (numbers.storage === 'i64') {
        column = numbers
        return careful.run(batch, errors, active)
      }
      const builder = texts.start()
      const { values, nulls } = numbers
      for (let i = 0; i < batch.rows; i += 1) {
        if (nulls !== undefined && nulls[i] === 1) {
          builder.pushNull()
          continue
        }
        let rest = Math.abs(values[i])
        let at = 20
        do {
          const next = Math.trunc(rest / 10)
          digits[--at] = 48 + rest - next * 10
          rest = next
        } while (rest > 0)
        if (values[i] < 0) digits[--at] = 45
        builder.pushBytes(digits, at, 20, true)
      }
      return texts.column()
    },
  }
}

function retyped(operand: Evaluator): Evaluator {
  return { run: (batch, errors, active) => ({ ...textsOf(operand.run(batch, errors, active)), type: 'string' }) }
}
