/** CASE and COALESCE: each row takes the value of one branch; errors count only in the branch taken. */
import { columnBuilder, isDecimal, pushFrom, storageOf, type Column, type LogicalType, type NumberType } from '@belay/columns'
import { boolsOf, Bytes, exactsOf, Numbers, Texts, textsOf, type Evaluator, type Mask } from './evaluator.ts'

export function caseOf(type: LogicalType, branches: readonly { when: Evaluator; result: Evaluator }[], otherwise: Evaluator): Evaluator {
  const merge = merger(type)
  const open = new Bytes()
  const masks = branches.map(() => new Bytes())
  return {
    run(batch, errors, active) {
      const rows = batch.rows
      const left = opened(open, active, rows)
      const columns: Column[] = []
      const taken: Uint8Array[] = []
      branches.forEach((branch, k) => {
        // All rows are open before the first branch, so it needs no mask.
        const when = branch.when.run(batch, errors, k === 0 ? active : left)
        const values = boolsOf(when)
        const nulls = when.nulls
        const mask = masks[k].of(rows)
        for (let i = 0; i < rows; i += 1) {
          const takes = left[i] === 1 && values[i] === 1 && (nulls === undefined || nulls[i] === 0) ? 1 : 0
          mask[i] = takes
          left[i] ^= takes
        }
        taken.push(mask)
        columns.push(branch.result.run(batch, errors, mask))
      })
      columns.push(otherwise.run(batch, errors, left))
      taken.push(left)
      return merge(columns, taken, rows)
    },
  }
}

export function coalesceOf(type: LogicalType, args: readonly Evaluator[]): Evaluator {
  const merge = merger(type)
  const open = new Bytes()
  const masks = args.map(() => new Bytes())
  return {
    run(batch, errors, active) {
      const rows = batch.rows
      const left = opened(open, active, rows)
      const columns: Column[] = []
      const taken: Uint8Array[] = []
      args.forEach((arg, k) => {
        const column = arg.run(batch, errors, k === 0 ? active : left)
        const nulls = column.nulls
        const mask = masks[k].of(rows)
        for (let i = 0; i < rows; i += 1) {
          const takes = left[i] === 1 && (nulls === undefined || nulls[i] === 0) ? 1 : 0
          mask[i] = takes
          left[i] ^= takes
        }
        columns.push(column)
        taken.push(mask)
      })
      return merge(columns, taken, rows)
    },
  }
}

function opened(memory: Bytes, active: Mask, rows: number): Uint8Array {
  const left = memory.of(rows)
  if (active === undefined) left.fill(1)
  else left.set(active.length === rows ? active : active.subarray(0, rows))
  return left
}

type Merge = (columns: readonly Column[], taken: readonly Uint8Array[], rows: number) => Column

/** Rows that no mask takes become NULL. */
function merger(type: LogicalType): Merge {
  switch (storageOf(type)) {
    case 'bool':
      return boolMerger()
    case 'bytes':
      return textMerger(type === 'json' ? 'json' : 'string')
    case 'array':
      return copyMerger(type)
    case 'number':
      return numberMerger(type as NumberType)
  }
}

function nullMerger(): (columns: readonly Column[], taken: readonly Uint8Array[], rows: number) => Mask {
  const memory = new Bytes()
  return (columns, taken, rows) => {
    const nulls = memory.of(rows)
    nulls.fill(1)
    columns.forEach((column, k) => {
      const mask = taken[k]
      const from = column.nulls
      for (let i = 0; i < rows; i += 1) if (mask[i] === 1) nulls[i] = from === undefined ? 0 : from[i]
    })
    return nulls.includes(1) ? nulls : undefined
  }
}

function boolMerger(): Merge {
  const memory = new Bytes()
  const mergeNulls = nullMerger()
  return (columns, taken, rows) => {
    const out = memory.of(rows)
    columns.forEach((column, k) => {
      const values = boolsOf(column)
      const mask = taken[k]
      for (let i = 0; i < rows; i += 1) if (mask[i] === 1) out[i] = values[i]
    })
    return { storage: 'bool', type: 'bool', values: out, nulls: mergeNulls(columns, taken, rows) }
  }
}

function numberMerger(type: NumberType): Merge {
  const memory = new Numbers()
  const mergeNulls = nullMerger()
  return (columns, taken, rows) => {
    const numbers = columns.map(exactsOf)
    if ((type === 'int64' || isDecimal(type)) && numbers.some((column) => column.storage === 'i64')) {
      const wide = new BigInt64Array(rows)
      numbers.forEach(({ values }, k) => {
        const mask = taken[k]
        for (let i = 0; i < rows; i += 1) if (mask[i] === 1) wide[i] = BigInt(values[i])
      })
      return { storage: 'i64', type, values: wide, nulls: mergeNulls(columns, taken, rows) }
    }
    const out = memory.of(rows)
    numbers.forEach(({ values }, k) => {
      const mask = taken[k]
      const from = values as Float64Array
      for (let i = 0; i < rows; i += 1) if (mask[i] === 1) out[i] = from[i]
    })
    return { storage: 'number', type, values: out, nulls: mergeNulls(columns, taken, rows) }
  }
}

function textMerger(type: 'string' | 'json'): Merge {
  const texts = new Texts(type)
  return (columns, taken, rows) => {
    const parts = columns.map(textsOf)
    const builder = texts.start()
    for (let i = 0; i < rows; i += 1) {
      let k = 0
      while (k < taken.length && taken[k][i] === 0) k += 1
      if (k === taken.length) {
        builder.pushNull()
        continue
      }
      const { bytes, offsets, ascii, nulls } = parts[k]
      if (nulls !== undefined && nulls[i] === 1) builder.pushNull()
      else builder.pushBytes(bytes, offsets[i], offsets[i + 1], ascii)
    }
    return texts.column()
  }
}

function copyMerger(type: LogicalType): Merge {
  const builder = columnBuilder(type)
  return (columns, taken, rows) => {
    builder.reset()
    for (let i = 0; i < rows; i += 1) {
      let k = 0
      while (k < taken.length && taken[k][i] === 0) k += 1
      if (k === taken.length) builder.pushNull()
      else pushFrom(builder, columns[k], i)
    }
    return builder.finish()
  }
}
