/**
 * APPROX_COUNT_DISTINCT: HyperLogLog with 2^12 registers, so a standard error of 1.6 %. The estimate is
 * the improved raw one of O. Ertl, New cardinality estimation algorithms for HyperLogLog sketches
 * (arXiv:1702.01284, algorithm 6), which is unbiased from 0 on without tables of corrections.
 *
 * State: the registers of a group in blocks of 64, eight of six bits to a number. A block is there once
 * a value fell into it, so a group of few values is small, and one of many has 64 blocks, about 6 KB.
 * Which blocks there are is in the group's state row, a bit each: others need not be looked for. Hash, register and rank are a state format.
 */
import type { Batch, ColumnBuilder } from '@belay/columns'
import { murmur3, type StateField, type StateRegistry, type StateTable } from '@belay/engine/operator'
import { RowWriter } from '../rows/rowCodec.ts'
import { numberField, type Accumulator, type Assigned, type StateRows } from './accumulator.ts'

const REGISTERS = 4096
const BLOCKS = 64
/** Numbers of a block, and registers of a number. */
const EIGHT = 8
const PLACES = Float64Array.from({ length: EIGHT }, (_, i) => 64 ** i)
/** Bits that are left for the rank: 20 of one hash, 32 of the other. */
const RANK_BITS = 52

export interface ApproxDistinctOptions {
  readonly name: string
  readonly column: number
  /** Position of the group's number in the state row. */
  readonly id: number
}

export class ApproxDistinct implements Accumulator {
  readonly fields: readonly StateField[]
  readonly #options: ApproxDistinctOptions
  readonly #blocks: StateTable
  readonly #writer = new RowWriter()
  readonly #merged = new Float64Array(EIGHT)
  readonly #histogram = new Float64Array(RANK_BITS + 2)

  constructor(options: ApproxDistinctOptions, registry: StateRegistry) {
    this.#options = options
    this.fields = [numberField(`${options.name}:blocks`), numberField(`${options.name}:more`)]
    this.#blocks = registry.table(`${options.name}:registers`, {
      version: 1,
      key: [numberField('group'), numberField('block')],
      value: Array.from({ length: EIGHT }, (_, i) => numberField(`registers:${i}`)),
    })
  }

  add(state: StateRows, base: number, batch: Batch, { rows, slots, passes }: Assigned): void {
    const column = batch.columns[this.#options.column]
    const { nulls } = column
    const writer = this.#writer
    for (let row = 0; row < rows; row += 1) {
      const slot = slots[row]
      if (slot < 0 || (passes !== undefined && passes[row] === 0) || (nulls !== undefined && nulls[row] === 1)) continue
      writer.begin()
      writer.value(column, row)
      // Without its tag the value has another hash, as good as independent of the first.
      const hash = murmur3(writer.bytes, 0, writer.length)
      const low = hash & 0xfffff
      const rank = low === 0 ? 21 + Math.clz32(murmur3(writer.bytes, 1, writer.length)) : Math.clz32(low) - 11
      this.#raise(state, base, slot, hash >>> 20, rank)
    }
  }

  #raise(state: StateRows, base: number, row: number, register: number, rank: number): void {
    const block = register >>> 6
    const at = this.#key(state, row, block).slotFor()
    if (this.#blocks.inserted) state.numbers(base + (block >>> 5))[row] += 2 ** (block & 31)
    const numbers = this.#blocks.numbers((register >>> 3) & 7)
    const place = PLACES[register & 7]
    const known = Math.floor(numbers[at] / place) % 64
    if (rank > known) numbers[at] += (rank - known) * place
  }

  #key(state: StateRows, row: number, block: number): StateTable {
    const table = this.#blocks
    table.key.begin()
    table.key.number(state.numbers(this.#options.id)[row])
    table.key.number(block)
    return table
  }

  /** Where the block is in the table, or −1. */
  #find(state: StateRows, base: number, row: number, block: number): number {
    const there = (state.numbers(base + (block >>> 5))[row] >>> (block & 31)) & 1
    return there === 0 ? -1 : this.#key(state, row, block).find()
  }

  merge(state: StateRows, base: number, into: number, from: number): void {
    for (let block = 0; block < BLOCKS; block += 1) {
      const at = this.#find(state, base, from, block)
      if (at < 0) continue
      // Copied, as the table may grow meanwhile.
      for (let i = 0; i < EIGHT; i += 1) this.#merged[i] = this.#blocks.numbers(i)[at]
      for (let i = 0; i < EIGHT; i += 1) {
        let packed = this.#merged[i]
        for (let k = 0; packed > 0; k += 1) {
          const rank = packed % 64
          if (rank > 0) this.#raise(state, base, into, block * 64 + i * EIGHT + k, rank)
          packed = (packed - rank) / 64
        }
      }
    }
  }

  result(state: StateRows, base: number, row: number, builder: ColumnBuilder): void {
    if (builder.storage !== 'number') return
    const histogram = this.#histogram.fill(0)
    histogram[0] = REGISTERS
    for (let block = 0; block < BLOCKS; block += 1) {
      const at = this.#find(state, base, row, block)
      if (at < 0) continue
      for (let i = 0; i < EIGHT; i += 1) {
        for (let packed = this.#blocks.numbers(i)[at]; packed > 0;) {
          const rank = packed % 64
          histogram[0] -= Number(rank > 0)
          histogram[rank] += Number(rank > 0)
          packed = (packed - rank) / 64
        }
      }
    }
    builder.push(Math.round(estimate(histogram)))
  }

  forget(state: StateRows, base: number, row: number): void {
    for (let block = 0; block < BLOCKS; block += 1) {
      const at = this.#find(state, base, row, block)
      if (at >= 0) this.#blocks.remove(at)
    }
    state.numbers(base)[row] = 0
    state.numbers(base + 1)[row] = 0
  }
}

/** From how many registers have which rank. */
function estimate(histogram: Float64Array): number {
  let z = REGISTERS * tau(1 - histogram[RANK_BITS + 1] / REGISTERS)
  for (let rank = RANK_BITS; rank >= 1; rank -= 1) z = (z + histogram[rank]) / 2
  z += REGISTERS * sigma(histogram[0] / REGISTERS)
  return REGISTERS ** 2 / (2 * Math.LN2 * z)
}

/** What the registers that are still 0 say. */
function sigma(share: number): number {
  if (share === 1) return Infinity
  let x = share
  let y = 1
  let z = x
  for (let before = Number.NaN; before !== z; y *= 2) {
    x *= x
    before = z
    z += x * y
  }
  return z
}

/** What the registers that can rise no more say. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0
  let x = share
  let y = 1
  let z = 1 - x
  for (let before = Number.NaN; before !== z;) {
    x = Math.sqrt(x)
    before = z
    y /= 2
    z -= (1 - x) ** 2 * y
  }
  return z / 3
}
