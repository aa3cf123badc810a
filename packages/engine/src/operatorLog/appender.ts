/** Appends lines to the newest file of a run's operator log; one for each thread that writes. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { SEGMENT_BYTES, SEGMENT_WORD, segmentPath } from './segments.ts'

export class LineAppender {
  readonly #folder: string
  readonly #words: Int32Array
  #file: number | null = null
  #segment = 0

  constructor(folder: string, words: SharedArrayBuffer) {
    this.#folder = folder
    this.#words = new Int32Array(words)
  }

  /** False = the disk has not taken it: work goes on without the line. */
  append(line: string): boolean {
    try {
      const bytes = Buffer.from(`${line}\n`, 'utf8')
      const segment = this.#room(bytes.length)
      if (this.#file === null || segment !== this.#segment) {
        this.close()
        this.#file = openSync(segmentPath(this.#folder, segment), 'a', 0o600)
        this.#segment = segment
      }
      // One call: lines of several threads never lie in one another.
      return writeSync(this.#file, bytes) === bytes.length
    } catch {
      return false
    }
  }

  /** The file that has room; whoever finds it full moves everybody on. */
  #room(bytes: number): number {
    const segment = Atomics.load(this.#words, SEGMENT_WORD.number)
    if (Atomics.add(this.#words, SEGMENT_WORD.bytes, bytes) + bytes <= SEGMENT_BYTES) return segment
    if (Atomics.compareExchange(this.#words, SEGMENT_WORD.number, segment, segment + 1) === segment)
      Atomics.store(this.#words, SEGMENT_WORD.bytes, bytes)
    return Atomics.load(this.#words, SEGMENT_WORD.number)
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
  }
}
