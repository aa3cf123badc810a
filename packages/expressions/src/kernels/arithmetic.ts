/** + - * / % over float64, and unary minus. */
import type { NumberType } from '@belay/columns'
import type { Arithmetic } from '../check/typed.ts'
import { within } from '../scalar/exact.ts'
import { settled } from './exactArithmetic.ts'
import { Bytes, eitherNull, exactsOf, Numbers, numbersOf, type Evaluator } from './evaluator.ts'

type Loop = (a: Float64Array, b: Float64Array, out: Float64Array, rows: number) => void

const LOOPS: Readonly<Record<Arithmetic, Loop>> = {
  '+': (a, b, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = a[i] + b[i]
  },
  '-': (a, b, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = a[i] - b[i]
  },
  '*': (a, b, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = a[i] * b[i]
  },
  '/': (a, b, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = a[i] / b[i]
  },
  '%': (a, b, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = a[i] % b[i]
  },
}

export function floatArithmetic(operator: Arithmetic, left: Evaluator, right: Evaluator): Evaluator {
  const memory = new Numbers()
  const nullMemory = new Bytes()
  const loop = LOOPS[operator]
  return {
    run(batch, errors, active) {
      const rows = batch.rows
      const l = left.run(batch, errors, active)
      const r = right.run(batch, errors, active)
      const out = memory.of(rows)
      loop(numbersOf(l), numbersOf(r), out, rows)
      return { storage: 'number', type: 'float64', values: out, nulls: eitherNull(l.nulls, r.nulls, rows, nullMemory) }
    },
  }
}

export function negation(type: NumberType, operand: Evaluator): Evaluator {
  const memory = new Numbers()
  const nullMemory = new Bytes()
  return {
    run(batch, errors, active) {
      const rows = batch.rows
      const column = exactsOf(operand.run(batch, errors, active))
      const out = memory.of(rows)
      if (column.storage === 'i64') {
        out.fill(Number.NaN)
        return settled(type, out, column.nulls, rows, nullMemory, errors, active, (i) => within(-column.values[i], type))
      }
      const a = column.values
      if (type === 'float64') for (let i = 0; i < rows; i += 1) out[i] = -a[i]
      else for (let i = 0; i < rows; i += 1) out[i] = 0 - a[i]
      return { storage: 'number', type, values: out, nulls: column.nulls }
    },
  }
}
