/** AND, OR, NOT, IS and the selection of TRUE rows, in SQL's three-valued logic. */
import type { Column } from '@belay/columns'
import { boolsOf, Bytes, type Evaluator } from './evaluator.ts'

/** `rightMayFail`: errors of the right side count only where the left side does not decide. */
export function logic(kind: 'and' | 'or', left: Evaluator, right: Evaluator, rightMayFail: boolean): Evaluator {
  const memory = new Bytes()
  const nullMemory = new Bytes()
  const maskMemory = new Bytes()
  const decisive = kind === 'or' ? 1 : 0
  return {
    run(batch, errors, active) {
      const rows = batch.rows
      const l = left.run(batch, errors, active)
      const a = boolsOf(l)
      const an = l.nulls
      let mask = active
      if (rightMayFail) {
        mask = maskMemory.of(rows)
        for (let i = 0; i < rows; i += 1) {
          const decided = a[i] === decisive && (an === undefined || an[i] === 0)
          mask[i] = decided || (active !== undefined && active[i] === 0) ? 0 : 1
        }
      }
      const r = right.run(batch, errors, mask)
      const b = boolsOf(r)
      const bn = r.nulls
      const out = memory.of(rows)
      if (an === undefined && bn === undefined) {
        if (kind === 'and') for (let i = 0; i < rows; i += 1) out[i] = a[i] & b[i]
        else for (let i = 0; i < rows; i += 1) out[i] = a[i] | b[i]
        return { storage: 'bool', type: 'bool', values: out, nulls: undefined }
      }
      const nulls = nullMemory.of(rows)
      for (let i = 0; i < rows; i += 1) {
        const aNull = an !== undefined && an[i] === 1
        const bNull = bn !== undefined && bn[i] === 1
        const decided = (!aNull && a[i] === decisive) || (!bNull && b[i] === decisive)
        out[i] = decided ? decisive : 1 - decisive
        nulls[i] = !decided && (aNull || bNull) ? 1 : 0
      }
      return { storage: 'bool', type: 'bool', values: out, nulls }
    },
  }
}

export function negatedBool(operand: Evaluator): Evaluator {
  const memory = new Bytes()
  return {
    run(batch, errors, active) {
      const column = operand.run(batch, errors, active)
      const a = boolsOf(column)
      const out = memory.of(batch.rows)
      for (let i = 0; i < batch.rows; i += 1) out[i] = a[i] ^ 1
      return { storage: 'bool', type: 'bool', values: out, nulls: column.nulls }
    },
  }
}

export function isTest(test: 'null' | 'true' | 'false', negated: boolean, operand: Evaluator): Evaluator {
  const memory = new Bytes()
  const yes = negated ? 0 : 1
  return {
    run(batch, errors, active) {
      const rows = batch.rows
      const column = operand.run(batch, errors, active)
      const nulls = column.nulls
      const out = memory.of(rows)
      if (test === 'null') {
        for (let i = 0; i < rows; i += 1) out[i] = nulls !== undefined && nulls[i] === 1 ? yes : 1 - yes
      } else {
        const a = boolsOf(column)
        const wanted = test === 'true' ? 1 : 0
        for (let i = 0; i < rows; i += 1) out[i] = a[i] === wanted && (nulls === undefined || nulls[i] === 0) ? yes : 1 - yes
      }
      return { storage: 'bool', type: 'bool', values: out, nulls: undefined }
    },
  }
}

/** Writes the indices of rows that are TRUE (not NULL) to `out` and returns how many; `out` holds at least `rows`. */
export function selectTrue(column: Column, rows: number, out: Uint32Array): number {
  const values = boolsOf(column)
  const nulls = column.nulls
  let count = 0
  if (nulls === undefined) {
    for (let i = 0; i < rows; i += 1) {
      out[count] = i
      count += values[i]
    }
  } else {
    for (let i = 0; i < rows; i += 1) {
      out[count] = i
      count += values[i] & (nulls[i] ^ 1)
    }
  }
  return count
}
