/**
 * Which blocks of a state's arrays may differ from the snapshot before, and which are still owed to the one that
 * is being copied (engine-spec H22).
 *
 * Whoever writes calls `touch` first. A block that is owed is copied then, before it changes, so that a snapshot
 * can be copied beside the work and is nevertheless the state at the end of its window.
 */

const CLEAN = 0
const CHANGED = 1
const OWED = 2

/** Rows of a table in one block: a page of a column of float64. */
export const ROW_BLOCK_SHIFT = 9
/** Bytes of an arena in one block. */
export const BYTE_BLOCK_SHIFT = 12

/** Copies a range of blocks, `to` not included, of all arrays that the marks are about. */
export type CopyBlocks = (from: number, to: number) => void

/** Blocks that one snapshot has still to get. */
export class Debt {
  readonly #marks: Uint8Array
  readonly #blocks: number
  readonly #copy: CopyBlocks
  #next = 0

  constructor(marks: Uint8Array, blocks: number, copy: CopyBlocks) {
    this.#marks = marks
    this.#blocks = blocks
    this.#copy = copy
  }

  /** Copies up to `most` blocks that lie side by side and returns their number; 0 = nothing is owed any more. */
  pay(most: number): number {
    const marks = this.#marks
    let from = this.#next
    while (from < this.#blocks && marks[from] !== OWED) from += 1
    let to = from
    while (to < this.#blocks && to - from < most && marks[to] === OWED) marks[to++] = CLEAN
    if (to > from) this.#copy(from, to)
    this.#next = to
    return to - from
  }

  payBlock(block: number): void {
    this.#copy(block, block + 1)
  }
}

export class ChangeMarks {
  readonly #shift: number
  #marks: Uint8Array
  #debt: Debt | null = null

  /** `length`: elements of the arrays. All of it counts as changed. */
  constructor(shift: number, length: number) {
    this.#shift = shift
    this.#marks = new Uint8Array(this.#blocksOf(length)).fill(CHANGED)
  }

  #blocksOf(length: number): number {
    return Math.ceil(length / 2 ** this.#shift)
  }

  /** Element `at` is about to be written. */
  touch(at: number): void {
    const block = at >>> this.#shift
    if (this.#marks[block] !== CHANGED) this.#change(block)
  }

  /** Elements `from` to `to`, not included, are about to be written. */
  touchRange(from: number, to: number): void {
    if (to <= from) return
    const last = (to - 1) >>> this.#shift
    for (let block = from >>> this.#shift; block <= last; block += 1) if (this.#marks[block] !== CHANGED) this.#change(block)
  }

  #change(block: number): void {
    if (this.#marks[block] === OWED) this.#debt?.payBlock(block)
    this.#marks[block] = CHANGED
  }

  /** The arrays were copied into longer ones. What is owed is copied from those before, which nobody writes any more. */
  grown(length: number): void {
    const marks = new Uint8Array(this.#blocksOf(length))
    for (let block = 0; block < this.#marks.length; block += 1) if (this.#marks[block] === CHANGED) marks[block] = CHANGED
    this.#marks = marks
    this.#debt = null
  }

  /** The arrays were replaced by others that hold something else. */
  replaced(length: number): void {
    this.#marks = new Uint8Array(this.#blocksOf(length)).fill(CHANGED)
    this.#debt = null
  }

  /** A snapshot begins that holds the first `length` elements; it is owed what has changed since the one before, or all. */
  begin(length: number, all: boolean, copy: CopyBlocks): Debt {
    const marks = this.#marks
    const blocks = this.#blocksOf(length)
    if (all) marks.fill(OWED, 0, blocks)
    else for (let block = 0; block < blocks; block += 1) if (marks[block] === CHANGED) marks[block] = OWED
    // What is written there later is marked then.
    marks.fill(CLEAN, blocks)
    this.#debt = new Debt(marks, blocks, copy)
    return this.#debt
  }
}
