/**
 * One text file that is read record by record: chunks, header, place, and whether it is still the same file.
 *
 * Its place is the byte offset and line after the records taken so far and the first bytes of the file, so
 * that a restore seeks exactly (engine-spec H9) and notices another file. A bad record becomes a row error
 * and is passed over (H18).
 */
import { isAscii, isUtf8 } from 'node:buffer'
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { BatchBuilder } from '@belay/columns'
import { EngineError, type FileAccess, type RowError } from '@belay/engine/operator'
import type { DeclaredColumn } from '../typing/columns.ts'

export interface RecordProblem {
  readonly code: 'LINE_INVALID' | 'FIELD_MISSING' | 'FIELD_INVALID'
  readonly message: string
}

/** Where records go. One output in most formats. */
export interface SourceOutput {
  readonly builder: BatchBuilder
  /** Column of the event time; −1 = none. */
  readonly eventTime: number
}

export function outputOf(columns: readonly DeclaredColumn[], eventTime: string | null): SourceOutput {
  return { builder: new BatchBuilder(columns), eventTime: columns.findIndex(({ name }) => name === eventTime) }
}

/** How records lie in the bytes of one file. */
export interface RecordFormat {
  /** True if the first record names the columns. */
  readonly header: boolean
  /** Takes the header; throws EngineError if a column is missing. */
  readHeader(bytes: Buffer, from: number, to: number): void
  /** Index of the line feed that ends the record at `from`, or −1 if it does not end before `to`. */
  end(bytes: Buffer, from: number, to: number): number
  /** Line feeds inside the record that `end` found last. */
  readonly innerLines: number
  /**
   * `end`, `outputFor` and `parse` in one pass, for a record of UTF-8 that is as most are: index of its line feed,
   * which is before `to`. −1 = it is not, and nothing has happened. Absent = the format knows no such pass.
   */
  take?(bytes: Buffer, from: number, to: number, outputs: readonly SourceOutput[]): number
  /** Which output got the record that `take` took last; −1 = none, nobody wants it. */
  readonly taken?: number
  /** Which output the record belongs to; −1 = none that is wanted. Absent = the only one. */
  outputFor?(bytes: Buffer, from: number, to: number): number
  /** Appends the record, which is UTF-8, to the builder: all of it or, with a problem, nothing. */
  parse(bytes: Buffer, from: number, to: number, ascii: boolean, builder: BatchBuilder): RecordProblem | null
}

export interface FilePlace {
  readonly offset: number
  readonly line: number
  /** First bytes of the file, as Base64; '' = nothing was read yet. */
  readonly head: string
}

export interface TextFileSurroundings {
  readonly files: FileAccess
  /** It may not be there yet, and its last line may not be whole yet. */
  readonly follow: boolean
  /** Who reads it looks after names by himself: it may be given another while it is read. */
  readonly renamed: boolean
  /** Said before the number of a line; '' where there is one file only. */
  readonly label: string
  rowError(error: RowError): void
}

const CHUNK_BYTES = 512 * 1024
const MAX_RECORD_BYTES = 64 * 1024 * 1024
const HEAD_BYTES = 64
const CR = 13
const LINE_FEED = 10
/** A batch may be larger by the lines in so many bytes of the file than it would have to be. */
const LOOK_BYTES = 64 * 1024

export class TextFile {
  readonly #name: string
  readonly #format: RecordFormat
  readonly #outputs: readonly SourceOutput[]
  readonly #around: TextFileSurroundings
  #file: number | null = null
  #path = ''
  #buffer: Buffer = Buffer.alloc(0)
  /** What has been read and not used: `[from, to)` of the buffer. */
  #from = 0
  #to = 0
  /** Everything in `[from, to)` is ASCII. */
  #ascii = true
  /** All lines that are whole in `[from, to)` are UTF-8. */
  #sound = true
  #offset: number
  #line: number
  #head: string
  #sizeBytes = 0
  #newest: number

  /** `outputs` by port. `newest`: newest event time of its rows so far. */
  constructor(
    name: string,
    format: RecordFormat,
    outputs: readonly SourceOutput[],
    place: FilePlace,
    newest: number,
    around: TextFileSurroundings,
  ) {
    this.#name = name
    this.#format = format
    this.#outputs = outputs
    this.#around = around
    this.#offset = place.offset
    this.#line = place.line
    this.#head = place.head
    this.#newest = newest
  }

  get place(): FilePlace {
    return { offset: this.#offset, line: this.#line, head: this.#head }
  }

  get offset(): number {
    return this.#offset
  }

  /** As last seen; 0 = not seen yet. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** Bytes that came and were not taken, if it is open; also of a file whose name is gone. */
  get unreadBytes(): number {
    return this.#file === null ? 0 : fstatSync(this.#file).size - this.#offset
  }

  /** Newest event time of its rows, ms since the epoch; −Infinity = none. */
  get newest(): number {
    return this.#newest
  }

  /** False if a file to follow is not there yet, or its header is not complete. Throws EngineError FILE_…. */
  open(): boolean {
    if (this.#file !== null) return true
    const name = this.#name
    try {
      this.#path = this.#around.files.readable(name)
    } catch (error) {
      if (this.#around.follow && error instanceof EngineError && error.code === 'FILE_NOT_FOUND') return false
      throw error
    }
    // Opening a pipe would wait for its writer, and nothing could stop the thread.
    if (!this.#guarded(() => statSync(this.#path).isFile()))
      throw new EngineError('FILE_UNREADABLE', `${name} is not a file. Choose a file to read; all files of a folder are ${name}/.`)
    const file = this.#guarded(() => openSync(this.#path, 'r'))
    let opened = false
    try {
      opened = this.#guarded(() => this.#checkOpened(file))
    } finally {
      if (!opened) closeSync(file)
    }
    if (opened) this.#file = file
    if (opened && this.#buffer.length === 0) this.#buffer = Buffer.allocUnsafe(CHUNK_BYTES)
    return opened
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
  }

  /** Takes records until there are so many, or a batch is full; false = there are no more (yet). */
  records(most: number): boolean {
    let look = this.#offset + LOOK_BYTES
    for (let taken = 0; taken < most; taken += 1) {
      if (!this.#takeUsual() && !this.record()) return false
      if (this.#offset < look) continue
      if (this.#outputs.some(({ builder }) => builder.full)) return true
      look = this.#offset + LOOK_BYTES
    }
    return true
  }

  #takeUsual(): boolean {
    const format = this.#format
    // The first record may be a header, and its bytes are kept.
    if (format.take === undefined || !this.#sound || this.#offset === 0) return false
    const from = this.#from
    const end = format.take(this.#buffer, from, this.#to, this.#outputs)
    if (end < 0) return false
    this.#line += 1
    this.#from = end + 1
    this.#offset += end + 1 - from
    if (format.taken !== undefined && format.taken >= 0) this.#see(this.#outputs[format.taken])
    return true
  }

  /** Takes one record; false = there is none (yet). */
  record(): boolean {
    let end = this.#format.end(this.#buffer, this.#from, this.#to)
    while (end < 0) {
      if (!this.#fill()) {
        if (this.#around.follow || this.#from === this.#to) return false
        end = this.#to
        break
      }
      end = this.#format.end(this.#buffer, this.#from, this.#to)
    }
    const from = this.#from
    const next = Math.min(end + 1, this.#to)
    const line = this.#line + 1
    const first = this.#offset === 0
    if (first) this.#head = this.#buffer.toString('base64', from, Math.min(next, from + HEAD_BYTES))
    this.#line += 1 + this.#format.innerLines
    this.#from = next
    this.#offset += next - from
    let start = from
    if (first && hasByteOrderMark(this.#buffer, start, end)) start += 3
    const stop = end > start && this.#buffer[end - 1] === CR ? end - 1 : end
    if (stop > start && !(first && this.#format.header)) this.#take(start, stop, line)
    return true
  }

  #take(from: number, to: number, line: number): void {
    let ascii = this.#ascii
    let problem: RecordProblem | null = null
    if (!ascii) {
      const record = this.#buffer.subarray(from, to)
      ascii = isAscii(record)
      if (!ascii && !isUtf8(record)) problem = { code: 'LINE_INVALID', message: 'it is not UTF-8' }
    }
    const port = problem === null && this.#format.outputFor !== undefined ? this.#format.outputFor(this.#buffer, from, to) : 0
    if (port < 0) return
    const output = this.#outputs[port]
    problem ??= this.#format.parse(this.#buffer, from, to, ascii, output.builder)
    if (problem !== null) {
      const row = { text: this.#buffer.toString('utf8', from, to) }
      this.#around.rowError({ code: problem.code, message: `${this.#around.label}line ${line}: ${problem.message}`, row })
      return
    }
    this.#see(output)
  }

  /** Looks at the event time of the last row. */
  #see({ builder, eventTime }: SourceOutput): void {
    const column = builder.columns[eventTime]
    if (column?.storage !== 'number') return
    const row = column.rows - 1
    if (row >= 0 && column.nulls?.[row] !== 1 && column.values[row] > this.#newest) this.#newest = column.values[row]
  }

  /** Reads more bytes behind those not used yet; false at the end of the file. */
  #fill(): boolean {
    const file = this.#file
    if (file === null) return false
    if (this.#from > 0) {
      this.#buffer.copyWithin(0, this.#from, this.#to)
      this.#to -= this.#from
      this.#from = 0
    }
    if (this.#to === this.#buffer.length) {
      if (this.#to >= MAX_RECORD_BYTES)
        throw new EngineError(
          'LINE_TOO_LONG',
          `Line ${this.#line + 1} of ${this.#name} is longer than 64 MB. Look for a quote that is not closed, or split the line.`,
        )
      const grown = Buffer.allocUnsafe(this.#buffer.length * 2)
      this.#buffer.copy(grown, 0, 0, this.#to)
      this.#buffer = grown
    }
    const read = this.#guarded(() => readSync(file, this.#buffer, this.#to, this.#buffer.length - this.#to, this.#offset + this.#to))
    const fresh = isAscii(this.#buffer.subarray(this.#to, this.#to + read))
    this.#ascii = fresh && (this.#ascii || this.#to === 0)
    this.#to += read
    // Whole lines of UTF-8 are UTF-8 together; what is behind the last line feed is looked at when it is whole.
    this.#sound = this.#ascii || isUtf8(this.#buffer.subarray(this.#from, this.#buffer.lastIndexOf(LINE_FEED, this.#to - 1) + 1))
    if (read === 0) this.#checkFile(file)
    return read > 0
  }

  /** The file must still be the one that was opened and hold what was read. */
  #checkFile(file: number): void {
    const stat = fstatSync(file)
    this.#sizeBytes = stat.size
    const there = this.#around.follow && !this.#around.renamed ? statSync(this.#path, { throwIfNoEntry: false }) : stat
    if (stat.size < this.#offset + this.#to || (there !== undefined && there.ino !== stat.ino)) this.#failTruncated()
  }

  #failTruncated(): never {
    throw new EngineError(
      'FILE_TRUNCATED',
      `${this.#name} was shortened or replaced after ${this.#offset} bytes had been read. Put the old file back, or start a new run.`,
    )
  }

  #guarded<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (error instanceof EngineError) throw error
      throw new EngineError(
        'FILE_UNREADABLE',
        `${this.#name} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}). Check that it is a file and may be read.`,
        { cause: error },
      )
    }
  }

  #checkOpened(file: number): boolean {
    this.#sizeBytes = fstatSync(file).size
    if (this.#sizeBytes < this.#offset) this.#failTruncated()
    const head = Buffer.allocUnsafe(CHUNK_BYTES * 2)
    const size = readSync(file, head, 0, head.length, 0)
    const known = Buffer.from(this.#head, 'base64')
    if (!head.subarray(0, known.length).equals(known)) this.#failTruncated()
    // An empty file has no rows, and no header to find columns in.
    if (!this.#format.header || (size === 0 && !this.#around.follow)) return true
    const start = hasByteOrderMark(head, 0, size) ? 3 : 0
    const end = this.#format.end(head, start, size)
    if (end < 0 && this.#around.follow) return false
    const stop = end < 0 ? size : end
    this.#format.readHeader(head, start, stop > start && head[stop - 1] === CR ? stop - 1 : stop)
    return true
  }
}

function hasByteOrderMark(bytes: Buffer, from: number, to: number): boolean {
  return to - from >= 3 && bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf
}
