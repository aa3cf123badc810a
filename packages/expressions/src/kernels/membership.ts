/** IN with constants: one look-up a row. */
import { exactOf, type Exact, type LogicalType } from '@belay/columns'
import type { Datum } from '../scalar/datum.ts'
import { murmur3, utf8 } from '../scalar/hash.ts'
import { boolsOf, Bytes, exactsOf, ownNulls, textsOf, type Evaluator, type Mask } from './evaluator.ts'

/** `hasNull`: the list holds NULL too, so that what is not found is NULL. */
export function membership(operand: Evaluator, type: LogicalType, values: readonly Datum[], hasNull: boolean): Evaluator {
  const memory = new Bytes()
  const nullMemory = new Bytes()
  const finished = (out: Uint8Array, nulls: Mask, rows: number): Mask => {
    if (!hasNull) return nulls
    const own = ownNulls(nulls, rows, nullMemory)
    for (let i = 0; i < rows; i += 1) own[i] |= out[i] ^ 1
    return own
  }
  if (type === 'string') {
    const set = new TextSet(values as readonly string[])
    return {
      run(batch, errors, active) {
        const { bytes, offsets, nulls } = textsOf(operand.run(batch, errors, active))
        const out = memory.of(batch.rows)
        for (let i = 0; i < batch.rows; i += 1) out[i] = set.has(bytes, offsets[i], offsets[i + 1]) ? 1 : 0
        return { storage: 'bool', type: 'bool', values: out, nulls: finished(out, nulls, batch.rows) }
      },
    }
  }
  if (type === 'bool') {
    const [no, yes] = [values.includes(false) ? 1 : 0, values.includes(true) ? 1 : 0]
    return {
      run(batch, errors, active) {
        const column = operand.run(batch, errors, active)
        const a = boolsOf(column)
        const out = memory.of(batch.rows)
        for (let i = 0; i < batch.rows; i += 1) out[i] = a[i] === 1 ? yes : no
        return { storage: 'bool', type: 'bool', values: out, nulls: finished(out, column.nulls, batch.rows) }
      },
    }
  }
  const numbers = new Set<number>()
  const wide = new Set<bigint>()
  for (const value of values as readonly Exact[]) {
    if (typeof value === 'bigint') wide.add(value)
    // A Set holds NaN equal to NaN; SQL's equality does not.
    else if (!Number.isNaN(value)) numbers.add(value)
  }
  return {
    run(batch, errors, active) {
      const column = exactsOf(operand.run(batch, errors, active))
      const out = memory.of(batch.rows)
      if (column.storage === 'number') {
        const a = column.values
        for (let i = 0; i < batch.rows; i += 1) out[i] = numbers.has(a[i]) ? 1 : 0
      } else {
        const a = column.values
        for (let i = 0; i < batch.rows; i += 1) {
          const value = exactOf(a[i])
          out[i] = (typeof value === 'bigint' ? wide.has(value) : numbers.has(value)) ? 1 : 0
        }
      }
      return { storage: 'bool', type: 'bool', values: out, nulls: finished(out, column.nulls, batch.rows) }
    },
  }
}

/** Texts as bytes: compared one by one while they are few, looked up by hash when they are many. */
class TextSet {
  readonly #texts: readonly Uint8Array[]
  /** Index into `#texts` + 1 by hash, open addressing; empty if the texts are few. */
  readonly #table: Int32Array

  constructor(texts: readonly string[]) {
    this.#texts = texts.map(utf8)
    if (texts.length <= 8) {
      this.#table = new Int32Array(0)
      return
    }
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(texts.length * 2)))
    this.#texts.forEach((text, index) => {
      let at = murmur3(text) & (this.#table.length - 1)
      while (this.#table[at] !== 0) at = (at + 1) & (this.#table.length - 1)
      this.#table[at] = index + 1
    })
  }

  has(bytes: Uint8Array, from: number, to: number): boolean {
    const texts = this.#texts
    if (this.#table.length === 0) {
      for (let k = 0; k < texts.length; k += 1) if (sameBytes(texts[k], bytes, from, to)) return true
      return false
    }
    const mask = this.#table.length - 1
    for (let at = murmur3(bytes, from, to) & mask; this.#table[at] !== 0; at = (at + 1) & mask)
      if (sameBytes(texts[this.#table[at] - 1], bytes, from, to)) return true
    return false
  }
}

function sameBytes(text: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (text.length !== to - from) return false
  for (let k = 0; k < text.length; k += 1) if (text[k] !== bytes[from + k]) return false
  return true
}
