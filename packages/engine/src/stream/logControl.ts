/**
 * The job's end of a log (engine-spec L6, L7, L10, L11): pins, registration, truncation, figures.
 *
 * Owns epoch, active, pinned and pin words; after the publisher's confirmed exit also `published`
 * and `tail`. Invariant: a pin is written before `tail` is read, so that this and the publisher's
 * store-then-look cannot both miss each other.
 */
import { distance, READER, readerWord, WORD } from './logLayout.ts'
import type { LogMemory } from './logMemory.ts'

export interface NewestRead {
  /** Records `[from, to)`. */
  readonly from: number
  readonly to: number
  /** Of the first one. */
  readonly window: number
  readonly rows: number
}

export class LogControl {
  readonly #memory: LogMemory
  readonly readers: number

  constructor(memory: LogMemory, readers: number) {
    this.#memory = memory
    this.readers = readers
  }

  /** A log of windows after `window`: nothing before it can be had from here. Only while nobody uses it. */
  reset(window: number, epoch: number): void {
    const memory = this.#memory
    for (let reader = 0; reader < this.readers; reader += 1) this.deactivate(reader)
    memory.store(WORD.tail, memory.load(WORD.published))
    memory.storeEvicted(window)
    memory.store(WORD.epoch, epoch)
    memory.store(WORD.waiting, 0)
  }

  /** First window that is still whole. */
  retainedFrom(): number {
    return this.#memory.loadEvicted() + 1
  }

  /** Seq of the first record of a window ≥ `window`; the next one to come if there is none yet. */
  firstRecordOf(window: number): number {
    const memory = this.#memory
    const published = memory.load(WORD.published)
    let low = memory.load(WORD.tail)
    let size = distance(published, low)
    while (size > 0) {
      const half = size >> 1
      const middle = (low + half) | 0
      if (memory.readIndex(middle).window < window) {
        low = (middle + 1) | 0
        size -= half + 1
      } else size = half
    }
    return low
  }

  /** Holds everything from `window` on for this reader (L6). False = it has been overwritten; try once more after a moment. */
  pinFrom(reader: number, window: number): boolean {
    const memory = this.#memory
    const seq = this.#beginningOf(window)
    memory.store(readerWord(reader, READER.pin), seq)
    memory.store(readerWord(reader, READER.pinned), 1)
    if (distance(seq, memory.load(WORD.tail)) >= 0 && this.retainedFrom() <= window) return true
    memory.store(readerWord(reader, READER.pinned), 0)
    return false
  }

  /**
   * Holds what is to come, and the newest record, which may be the one that says that the stream has ended:
   * for a reader that skips. False = it has been overwritten; try once more.
   */
  pinHead(reader: number): boolean {
    const memory = this.#memory
    const published = memory.load(WORD.published)
    const seq = distance(published, memory.load(WORD.tail)) > 0 ? (published - 1) | 0 : published
    memory.store(readerWord(reader, READER.pin), seq)
    memory.store(readerWord(reader, READER.pinned), 1)
    if (distance(seq, memory.load(WORD.tail)) >= 0) {
      this.deactivateKeepingPin(reader)
      return true
    }
    memory.store(readerWord(reader, READER.pinned), 0)
    return false
  }

  /**
   * `pinFrom` for a successor. A reader that still lives goes on until it is emptied, so its place is given
   * up only once the pin protects what it reads; if there is no pin it keeps its place.
   */
  pinFor(reader: number, window: number): boolean {
    if (!this.pinFrom(reader, window)) return false
    this.deactivateKeepingPin(reader)
    return true
  }

  /**
   * As `firstRecordOf`, whatever `tail` says: a publisher that takes an eviction back, because of another
   * reader's pin, moves it ahead for a moment, and the search may begin behind the record it should find.
   */
  #beginningOf(window: number): number {
    for (let seq = this.firstRecordOf(window); ; seq = (seq - 1) | 0) {
      const before = this.#memory.readIndex((seq - 1) | 0)
      if (before.seq !== ((seq - 1) | 0) || before.window < window) return seq
    }
  }

  unpin(reader: number): void {
    this.#memory.store(readerWord(reader, READER.pinned), 0)
  }

  /** Where the reader's pin stands. */
  pinOf(reader: number): number {
    return this.#memory.load(readerWord(reader, READER.pin))
  }

  isPinned(reader: number): boolean {
    return this.#memory.load(readerWord(reader, READER.pinned)) === 1
  }

  get pinned(): boolean {
    for (let reader = 0; reader < this.readers; reader += 1) if (this.#memory.load(readerWord(reader, READER.pinned)) === 1) return true
    return false
  }

  /** The reader is deployed and has set its cursor: it counts from here on, and its pin goes. */
  activate(reader: number): void {
    this.#memory.store(readerWord(reader, READER.active), 1)
    this.unpin(reader)
  }

  deactivate(reader: number): void {
    this.deactivateKeepingPin(reader)
    this.unpin(reader)
  }

  /** It reads no more; a pin made for its successor stays. */
  deactivateKeepingPin(reader: number): void {
    this.#memory.store(readerWord(reader, READER.active), 0)
  }

  /** The publisher is gone: records of later windows never were (L10). Its successor goes on from here. */
  truncateAfter(window: number, epoch: number): void {
    const memory = this.#memory
    for (let reader = 0; reader < this.readers; reader += 1) this.deactivate(reader)
    memory.store(WORD.published, this.firstRecordOf(window + 1))
    if (memory.loadEvicted() > window) memory.storeEvicted(window)
    this.#forgetBefore(memory.load(WORD.tail), window)
    memory.store(WORD.epoch, epoch)
    memory.store(WORD.waiting, 0)
  }

  /** What was overwritten before `seq` was of other records than those to come: it must not look like their beginning. */
  #forgetBefore(seq: number, window: number): void {
    const before = this.#memory.readIndex((seq - 1) | 0)
    if (before.seq === ((seq - 1) | 0) && before.window > window) this.#memory.writeIndex({ ...before, window })
  }

  /** Share of the ring that live readers have not read. */
  fillShare(): number {
    const memory = this.#memory
    const published = memory.load(WORD.published)
    let most = 0
    for (let reader = 0; reader < this.readers; reader += 1) most = Math.max(most, this.#unreadBytes(reader, published))
    return Math.min(1, most / memory.ringBytes)
  }

  /** Where the reader is, and rows of the records that it has finished since `from` (null = its first look); null = it does not live. */
  readPast(reader: number, from: number | null): { readonly cursor: number; readonly rows: number } | null {
    const memory = this.#memory
    if (memory.load(readerWord(reader, READER.active)) !== 1) return null
    const cursor = memory.load(readerWord(reader, READER.cursor))
    let rows = 0
    if (from !== null)
      for (let seq = from; distance(cursor, seq) > 0; seq = (seq + 1) | 0) {
        const entry = memory.readIndex(seq)
        // One that is overwritten already has been read by somebody fast.
        if (entry.seq === seq) rows += entry.rows
      }
    return { cursor, rows }
  }

  /** Records that this reader has finished, the newest so many rows and bytes of them; null = there are none, or it does not live. */
  newestRead(reader: number, mostRows: number, mostBytes: number): NewestRead | null {
    const memory = this.#memory
    const to = this.readPast(reader, null)?.cursor
    if (to === undefined) return null
    const tail = memory.load(WORD.tail)
    let read: NewestRead | null = null
    let bytes = 0
    for (let seq = (to - 1) | 0; distance(seq, tail) >= 0; seq = (seq - 1) | 0) {
      const entry = memory.readIndex(seq)
      const rows: number = (read?.rows ?? 0) + entry.rows
      bytes += entry.length
      if (entry.seq !== seq || rows > mostRows || bytes > mostBytes) break
      read = { from: seq, to, window: entry.window, rows }
    }
    return read
  }

  /** Share of the ring that this reader has not read; 0 if it does not live. */
  unreadShare(reader: number): number {
    const memory = this.#memory
    return Math.min(1, this.#unreadBytes(reader, memory.load(WORD.published)) / memory.ringBytes)
  }

  #unreadBytes(reader: number, published: number): number {
    const memory = this.#memory
    if (memory.load(readerWord(reader, READER.active)) !== 1) return 0
    return this.#bytesBetween(memory.load(readerWord(reader, READER.cursor)), published)
  }

  /** Share of the ring that is newer than `window`: beyond half, a checkpoint should come sooner (L9). */
  shareAfter(window: number): number {
    return this.#bytesBetween(this.firstRecordOf(window + 1), this.#memory.load(WORD.published)) / this.#memory.ringBytes
  }

  /** Rows in records of windows after `window`. */
  rowsAfter(window: number): number {
    const published = this.#memory.load(WORD.published)
    let rows = 0
    for (let seq = this.firstRecordOf(window + 1); distance(published, seq) > 0; seq = (seq + 1) | 0)
      rows += this.#memory.readIndex(seq).rows
    return rows
  }

  #bytesBetween(from: number, to: number): number {
    if (distance(to, from) <= 0) return 0
    const first = this.#memory.readIndex(from)
    const last = this.#memory.readIndex((to - 1) | 0)
    const bytes = last.offset + last.length - first.offset
    return bytes > 0 ? bytes : bytes + this.#memory.ringBytes
  }
}
