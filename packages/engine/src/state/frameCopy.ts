/**
 * Copies images of states into snapshot memory (engine-spec H22): what may change without being told at once, all
 * else beside the work that goes on, each block before it changes.
 */
import { EngineError } from '../operator/engineError.ts'
import type { Debt } from './changeMarks.ts'
import type { StateImage } from './section.ts'
import { type Extents, frameHead, type HeldFrame, heldIn, layoutOf, PAGE_BYTES, type NamedImage } from './snapshotFrame.ts'

/** Blocks that are copied in one go, side by side: a page of a column of float64. */
const RUN_BLOCKS = 16

/** What the memory holds: the snapshot that this store has copied last, another one of the same operator, or nothing known. */
export type MemoryHolds = 'last' | 'another' | 'nothing'

export interface Copied {
  /** Bytes of the frame. */
  readonly sizeBytes: number
  /** Pages that differ from what the memory held before; null = all may. */
  readonly changedPages: readonly number[] | null
}

export class FrameCopy {
  /** As it will lie in the memory; null = packed. */
  readonly frame: HeldFrame | null
  readonly #memory: Uint8Array
  readonly #sizeBytes: number
  readonly #sections: readonly Uint8Array[]
  readonly #extents: readonly Extents[]
  readonly #before: HeldFrame | null
  readonly #changed = new Set<number>()
  readonly #debts: Debt[] = []
  #copiedBytes = 0

  /** Throws EngineError STATE_MEMORY if the memory is too small. */
  constructor(images: readonly NamedImage[], memory: Uint8Array, holds: MemoryHolds) {
    const { layout, before } = layoutOf(images, () => (holds === 'nothing' ? null : heldIn(memory)), memory.length)
    const { header, extents, sizeBytes, isPaged } = layout
    if (sizeBytes > memory.length)
      throw new EngineError('STATE_MEMORY', `The snapshot needs ${sizeBytes} bytes, its memory has ${memory.length}. Grant more memory.`)
    this.#memory = memory
    this.#sizeBytes = sizeBytes
    this.#before = before
    this.#extents = extents
    this.#sections = images.flatMap((image) => image.sections)
    this.frame = isPaged ? { extents, lengths: this.#sections.map(({ length }) => length), sizeBytes } : null
    this.#put(frameHead(header), 0, false)
    let first = 0
    for (const image of images) {
      this.#begin(image, first, holds !== 'last' || before === null)
      first += image.sections.length
    }
    // That takes some tenths of a millisecond.
    if (!isPaged) this.finish()
  }

  #begin({ sections, tracks }: StateImage, first: number, all: boolean): void {
    const tracked = new Set<number>()
    for (const { marks, length, sections: parts } of tracks ?? []) {
      for (const { index } of parts) tracked.add(index)
      this.#debts.push(
        marks.begin(length, all, (from, to) => {
          for (const { index, blockBytes } of parts) this.#copy(first + index, from * blockBytes, to * blockBytes)
        }),
      )
    }
    for (let index = 0; index < sections.length; index += 1) if (!tracked.has(index)) this.#copy(first + index, 0, sections[index].length)
  }

  /** Copies some `budgetBytes` of what is owed; true = that was all. */
  step(budgetBytes: number): boolean {
    const until = this.#copiedBytes + budgetBytes
    for (let debt = this.#debts.at(-1); debt !== undefined; debt = this.#debts.at(-1)) {
      while (debt.pay(RUN_BLOCKS) > 0) if (this.#copiedBytes >= until) return false
      this.#debts.pop()
    }
    return true
  }

  finish(): Copied {
    this.step(Number.POSITIVE_INFINITY)
    return { sizeBytes: this.#sizeBytes, changedPages: this.#before === null ? null : [...this.#changed].sort((a, b) => a - b) }
  }

  /** Bytes `from` to `to` of a section, as far as it goes. */
  #copy(number: number, from: number, to: number): void {
    const section = this.#sections[number]
    const end = Math.min(to, section.length)
    if (end <= from) return
    // What the memory holds behind the section before is not what the file has there, be it equal.
    const known = this.#before === null ? 0 : Math.ceil(this.#before.lengths[number] / PAGE_BYTES) * PAGE_BYTES
    this.#copiedBytes += end - from
    const extents = this.#extents[number]
    let extentFrom = 0
    for (let k = 0; k < extents.length && extentFrom < end; k += 2) {
      const extentTo = extentFrom + extents[k + 1]
      for (let at = Math.max(from, extentFrom); at < Math.min(end, extentTo);) {
        // Extents are whole pages of the frame, so pages of a section are pages of the frame.
        const next = this.#before === null ? Math.min(end, extentTo) : Math.min(end, (Math.floor(at / PAGE_BYTES) + 1) * PAGE_BYTES)
        this.#put(section.subarray(at, next), extents[k] + at - extentFrom, at >= known)
        at = next
      }
      extentFrom = extentTo
    }
  }

  /** Within one page, where the memory held a frame before. */
  #put(source: Uint8Array, at: number, isNew: boolean): void {
    if (this.#before === null) return this.#memory.set(source, at)
    const place = this.#memory.subarray(at, at + source.length)
    if (!isNew && Buffer.compare(source, place) === 0) return
    place.set(source)
    this.#changed.add(Math.floor(at / PAGE_BYTES))
  }
}
