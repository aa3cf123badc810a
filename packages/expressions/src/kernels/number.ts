/** Number functions with a loop of their own; each loop sees one function, so that it stays monomorphic. */
import { Numbers, numbersOf, type Evaluator } from './evaluator.ts'

type Loop = (a: Float64Array, out: Float64Array, rows: number) => void

const LOOPS: Readonly<Partial<Record<string, Loop>>> = {
  ABS: (a, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = Math.abs(a[i])
  },
  CEIL: (a, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = Math.ceil(a[i])
  },
  FLOOR: (a, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = Math.floor(a[i])
  },
  SQRT: (a, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = Math.sqrt(a[i])
  },
  EXP: (a, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = Math.exp(a[i])
  },
  LN: (a, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = Math.log(a[i])
  },
  LOG10: (a, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = Math.log10(a[i])
  },
  LOG2: (a, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = Math.log2(a[i])
  },
  SIN: (a, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = Math.sin(a[i])
  },
  COS: (a, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = Math.cos(a[i])
  },
  RADIANS: (a, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = (a[i] * Math.PI) / 180
  },
  DEGREES: (a, out, rows) => {
    for (let i = 0; i < rows; i += 1) out[i] = (a[i] * 180) / Math.PI
  },
}

/** A function of one float64, or undefined if it has no loop. */
export function floatFunction(name: string, operand: Evaluator): Evaluator | undefined {
  const loop = LOOPS[name]
  if (loop === undefined) return undefined
  const memory = new Numbers()
  return {
    run(batch, errors, active) {
      const column = operand.run(batch, errors, active)
      const out = memory.of(batch.rows)
      loop(numbersOf(column), out, batch.rows)
      return { storage: 'number', type: 'float64', values: out, nulls: column.nulls }
    },
  }
}

export function rounding(round: (value: number, digits: number) => number, digits: number, operand: Evaluator): Evaluator {
  const memory = new Numbers()
  return {
    run(batch, errors, active) {
      const column = operand.run(batch, errors, active)
      const a = numbersOf(column)
      const out = memory.of(batch.rows)
      for (let i = 0; i < batch.rows; i += 1) out[i] = round(a[i], digits)
      return { storage: 'number', type: 'float64', values: out, nulls: column.nulls }
    },
  }
}
