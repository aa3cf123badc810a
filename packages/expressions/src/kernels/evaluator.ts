/**
 * One node of a compiled tree and the memory of its result.
 *
 * Invariants: `run` computes at least the rows with `active[row] === 1` (all rows if undefined) and
 * marks errors for no others; a row whose error was marked is NULL; a result lives until the next `run`
 * of the same node; nobody writes into a column it was given.
 */
import { BytesBuilder, type Batch, type BytesColumn, type Column, type I64Column, type NumberColumn } from '@belay/columns'
import type { RowErrors } from './rowErrors.ts'

export type Mask = Uint8Array | undefined

export interface Evaluator {
  readonly run: (batch: Batch, errors: RowErrors, active: Mask) => Column
}

/** Reused memory for numbers. */
export class Numbers {
  #view: Float64Array = new Float64Array(0)
  #memory: Float64Array = new Float64Array(0)
  of(rows: number): Float64Array {
    if (this.#view.length === rows) return this.#view
    if (this.#memory.length < rows) this.#memory = new Float64Array(Math.max(rows, 1024))
    this.#view = this.#memory.subarray(0, rows)
    return this.#view
  }
}

/** Reused memory for bools, NULL flags and masks. */
export class Bytes {
  #view: Uint8Array = new Uint8Array(0)
  #memory: Uint8Array = new Uint8Array(0)
  of(rows: number): Uint8Array {
    if (this.#view.length === rows) return this.#view
    if (this.#memory.length < rows) this.#memory = new Uint8Array(Math.max(rows, 1024))
    this.#view = this.#memory.subarray(0, rows)
    return this.#view
  }
}

/** Reused memory for text. */
export class Texts {
  readonly builder: BytesBuilder
  constructor(type: 'string' | 'json') {
    this.builder = new BytesBuilder(type)
  }
  start(): BytesBuilder {
    this.builder.reset()
    return this.builder
  }
  column(): BytesColumn {
    const { type, offsets, bytes, ascii, nulls, rows } = this.builder
    return { storage: 'bytes', type, offsets: offsets.subarray(0, rows + 1), bytes, ascii, nulls: nulls?.subarray(0, rows) }
  }
}

/** NULL where either side is; shares a side's flags if the other has none. */
export function eitherNull(a: Mask, b: Mask, rows: number, memory: Bytes): Mask {
  if (a === undefined) return b
  if (b === undefined) return a
  const out = memory.of(rows)
  for (let i = 0; i < rows; i += 1) out[i] = a[i] | b[i]
  return out
}

/** A copy of the flags to write into. */
export function ownNulls(nulls: Mask, rows: number, memory: Bytes): Uint8Array {
  const out = memory.of(rows)
  if (nulls === undefined) out.fill(0)
  else if (nulls !== out) out.set(nulls.length === rows ? nulls : nulls.subarray(0, rows))
  return out
}

function mismatch(wanted: string, column: Column): TypeError {
  return new TypeError(`expected ${wanted}, got ${column.type}: the batch does not have the schema the expression was compiled for`)
}

export function numbersOf(column: Column): Float64Array {
  if (column.storage !== 'number') throw mismatch('numbers', column)
  return column.values
}

/** A column of whole numbers or decimals, in either encoding. */
export function exactsOf(column: Column): NumberColumn | I64Column {
  if (column.storage !== 'number' && column.storage !== 'i64') throw mismatch('numbers', column)
  return column
}

export function boolsOf(column: Column): Uint8Array {
  if (column.storage !== 'bool') throw mismatch('bool', column)
  return column.values
}

export function textsOf(column: Column): BytesColumn {
  if (column.storage !== 'bytes') throw mismatch('text', column)
  return column
}
