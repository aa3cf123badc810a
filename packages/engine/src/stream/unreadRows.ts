/**
 * Rows that readers have still to read, as the publisher sees it (engine-spec L8). Each record is looked at once when it
 * is published and once when it has been read, however many wait.
 */
import { distance, READER, readerWord } from './logLayout.ts'
import type { LogMemory } from './logMemory.ts'

interface Lag {
  cursor: number
  rows: number
}

export class UnreadRows {
  readonly #memory: LogMemory
  /** null = not known: counted anew. */
  readonly #lags: (Lag | null)[]

  constructor(memory: LogMemory, readers: number) {
    this.#memory = memory
    this.#lags = Array.from({ length: readers }, () => null)
  }

  /** A record of so many rows was published. */
  add(rows: number): void {
    for (const lag of this.#lags) if (lag !== null) lag.rows += rows
  }

  /** An active reader that has `rows` or more before it, `published` being the seq of the next record; −1 = none. */
  readerBehind(published: number, rows: number): number {
    for (let reader = 0; reader < this.#lags.length; reader += 1) {
      if (this.#memory.load(readerWord(reader, READER.active)) !== 1) {
        this.#lags[reader] = null
        continue
      }
      const cursor = this.#memory.load(readerWord(reader, READER.cursor))
      const known = this.#lags[reader]
      const lag = (known === null ? null : this.#moved(known, cursor)) ?? { cursor, rows: this.#rowsOf(cursor, published) ?? 0 }
      this.#lags[reader] = lag
      if (lag.rows >= rows) return reader
    }
    return -1
  }

  /** null = it went back, or what it has read is not there any more. */
  #moved(lag: Lag, cursor: number): Lag | null {
    const read = this.#rowsOf(lag.cursor, cursor)
    if (read === null) return null
    lag.rows -= read
    lag.cursor = cursor
    return lag
  }

  #rowsOf(from: number, to: number): number | null {
    if (distance(to, from) < 0) return null
    let rows = 0
    for (let seq = from; seq !== to; seq = (seq + 1) | 0) {
      const entry = this.#memory.readIndex(seq)
      if (entry.seq !== seq) return null
      rows += entry.rows
    }
    return rows
  }
}
