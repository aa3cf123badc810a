/**
 * What sources of text files share: chunks, records, place, pace, following, watermark.
 *
 * State: byte offset and line after the rows emitted so far, the newest event time and the first
 * bytes of the file, so that a restore seeks exactly (engine-spec H9) and notices another file.
 * A bad record becomes a row error and is passed over (H18).
 */
import { isAscii, isUtf8 } from 'node:buffer'
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { BATCH_ROWS, BatchBuilder } from '@belay/columns'
import { EngineError, type Emitter, type OperatorContext, type SourceOperator, type StateValue } from '@belay/engine/operator'
import type { DeclaredColumn } from '../typing/columns.ts'
import { Pace } from './pace.ts'

export interface TextSourceConfig {
  readonly file: string
  readonly outOfOrderMs: number
  readonly rowsPerSecond: number
  readonly follow: boolean
}

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

export interface RecordFormat {
  /** True if the first record names the columns. */
  readonly header: boolean
  /** Takes the header; throws EngineError if a column is missing. */
  readHeader(bytes: Buffer, from: number, to: number): void
  /** Index of the line feed that ends the record at `from`, or −1 if it does not end before `to`. */
  end(bytes: Buffer, from: number, to: number): number
  /** Line feeds inside the record that `end` found last. */
  readonly innerLines: number
  /** Which output the record belongs to; −1 = none that is wanted. Absent = the only one. */
  outputFor?(bytes: Buffer, from: number, to: number): number
  /** Appends the record, which is UTF-8, to the builder: all of it or, with a problem, nothing. */
  parse(bytes: Buffer, from: number, to: number, ascii: boolean, builder: BatchBuilder): RecordProblem | null
}

interface Position {
  readonly offset: number
  readonly line: number
  readonly newest: number | null
  readonly head: string
}

const CHUNK_BYTES = 512 * 1024
const MAX_RECORD_BYTES = 64 * 1024 * 1024
const HEAD_BYTES = 64
const FOLLOW_MS = 200
const IDLE_AFTER_MS = 5000
const CR = 13

export class TextSource implements SourceOperator {
  readonly role = 'source'
  readonly #context: OperatorContext<TextSourceConfig>
  readonly #format: RecordFormat
  readonly #outputs: readonly SourceOutput[]
  readonly #position: StateValue<Position>
  readonly #pace: Pace
  #file: number | null = null
  #path = ''
  #buffer: Buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  /** What has been read and not used: `[from, to)` of the buffer. */
  #from = 0
  #to = 0
  /** Everything in `[from, to)` is ASCII. */
  #ascii = true
  #offset: number
  #line: number
  #newest: number
  #head: string
  #sizeBytes = 0
  #lastRowAtMs: number
  #waiting = false

  /** `outputs` by port. */
  constructor(context: OperatorContext<TextSourceConfig>, format: RecordFormat, outputs: readonly SourceOutput[]) {
    this.#context = context
    this.#format = format
    this.#outputs = outputs
    this.#position = context.state.value<Position>('position', 1, { offset: 0, line: 0, newest: null, head: '' })
    const { offset, line, newest, head } = this.#position.get()
    this.#offset = offset
    this.#line = line
    this.#newest = newest ?? -Infinity
    this.#head = head
    this.#pace = new Pace(context.config.rowsPerSecond, context)
    this.#lastRowAtMs = context.nowMs()
    this.#open()
  }

  read(out: Emitter): 'progress' | 'idle' | 'ended' {
    if (out.full) return 'progress'
    if (this.#file === null && !this.#open()) return this.#wait()
    const limit = this.#pace.allowance(BATCH_ROWS)
    if (limit === 0) return 'idle'
    let ended = false
    // Bad records count too, so that a file full of them cannot hold the thread.
    for (
      let records = 0;
      records < BATCH_ROWS && this.#rows() < limit && !this.#outputs.some(({ builder }) => builder.full);
      records += 1
    ) {
      if (!this.#record()) {
        ended = true
        break
      }
    }
    const rows = this.#rows()
    const newest = this.#newest === -Infinity ? null : this.#newest
    this.#position.set({ offset: this.#offset, line: this.#line, newest, head: this.#head })
    if (this.#sizeBytes > 0) this.#context.progress(Math.min(1, this.#offset / this.#sizeBytes))
    if (rows > 0) {
      this.#pace.emitted(rows)
      this.#lastRowAtMs = this.#context.nowMs()
      this.#outputs.forEach(({ builder }, port) => {
        if (builder.rows > 0) out.emit(port, builder.finish())
      })
    }
    if (!ended) return 'progress'
    if (!this.#context.config.follow) {
      this.#context.progress(1)
      return 'ended'
    }
    this.#context.wake(FOLLOW_MS)
    return 'idle'
  }

  #rows(): number {
    let rows = 0
    for (const { builder } of this.#outputs) rows += builder.rows
    return rows
  }

  watermark(): number | null {
    const { follow, outOfOrderMs } = this.#context.config
    if (follow && this.#context.nowMs() - this.#lastRowAtMs >= IDLE_AFTER_MS) return null
    return this.#newest - outOfOrderMs
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
  }

  /** Handles one record; false = there is none (yet). */
  #record(): boolean {
    let end = this.#format.end(this.#buffer, this.#from, this.#to)
    while (end < 0) {
      if (!this.#fill()) {
        if (this.#context.config.follow || this.#from === this.#to) return false
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
    const { builder, eventTime } = this.#outputs[port]
    problem ??= this.#format.parse(this.#buffer, from, to, ascii, builder)
    if (problem !== null) {
      const row = { text: this.#buffer.toString('utf8', from, to) }
      this.#context.rowError({ code: problem.code, message: `line ${line}: ${problem.message}`, row })
      return
    }
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
          `Line ${this.#line + 1} of ${this.#context.config.file} is longer than 64 MB. Look for a quote that is not closed, or split the line.`,
        )
      const grown = Buffer.allocUnsafe(this.#buffer.length * 2)
      this.#buffer.copy(grown, 0, 0, this.#to)
      this.#buffer = grown
    }
    const read = this.#guarded(() => readSync(file, this.#buffer, this.#to, this.#buffer.length - this.#to, this.#offset + this.#to))
    const fresh = isAscii(this.#buffer.subarray(this.#to, this.#to + read))
    this.#ascii = fresh && (this.#ascii || this.#to === 0)
    this.#to += read
    if (read === 0) this.#checkFile(file)
    return read > 0
  }

  /** The file must still be the one that was opened and hold what was read. */
  #checkFile(file: number): void {
    const stat = fstatSync(file)
    this.#sizeBytes = stat.size
    const there = this.#context.config.follow ? statSync(this.#path, { throwIfNoEntry: false }) : stat
    if (stat.size < this.#offset + this.#to || (there !== undefined && there.ino !== stat.ino)) this.#failTruncated()
  }

  #failTruncated(): never {
    throw new EngineError(
      'FILE_TRUNCATED',
      `${this.#context.config.file} was shortened or replaced after ${this.#offset} bytes had been read. Put the old file back, or start a new run.`,
    )
  }

  #guarded<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (error instanceof EngineError) throw error
      throw new EngineError(
        'FILE_UNREADABLE',
        `${this.#context.config.file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}). Check that it is a file and may be read.`,
        { cause: error },
      )
    }
  }

  #wait(): 'idle' {
    if (!this.#waiting) this.#context.count('waiting for file', 1)
    this.#waiting = true
    this.#context.wake(FOLLOW_MS)
    return 'idle'
  }

  /** False if a file to follow is not there yet, or its header is not complete. */
  #open(): boolean {
    const { file: name, follow } = this.#context.config
    try {
      this.#path = this.#context.files.readable(name)
    } catch (error) {
      if (follow && error instanceof EngineError && error.code === 'FILE_NOT_FOUND') return false
      throw error
    }
    // Opening a pipe would wait for its writer, and nothing could stop the thread.
    if (!this.#guarded(() => statSync(this.#path).isFile()))
      throw new EngineError('FILE_UNREADABLE', `${name} is not a file. Choose a file to read.`)
    const file = this.#guarded(() => openSync(this.#path, 'r'))
    let opened = false
    try {
      opened = this.#guarded(() => this.#checkOpened(file))
    } finally {
      if (!opened) closeSync(file)
    }
    if (opened) this.#file = file
    return opened
  }

  #checkOpened(file: number): boolean {
    this.#sizeBytes = fstatSync(file).size
    if (this.#sizeBytes < this.#offset) this.#failTruncated()
    const head = Buffer.allocUnsafe(CHUNK_BYTES * 2)
    const size = readSync(file, head, 0, head.length, 0)
    const known = Buffer.from(this.#head, 'base64')
    if (!head.subarray(0, known.length).equals(known)) this.#failTruncated()
    // An empty file has no rows, and no header to find columns in.
    if (!this.#format.header || (size === 0 && !this.#context.config.follow)) return true
    const start = hasByteOrderMark(head, 0, size) ? 3 : 0
    const end = this.#format.end(head, start, size)
    if (end < 0 && this.#context.config.follow) return false
    const stop = end < 0 ? size : end
    this.#format.readHeader(head, start, stop > start && head[stop - 1] === CR ? stop - 1 : stop)
    return true
  }
}

function hasByteOrderMark(bytes: Buffer, from: number, to: number): boolean {
  return to - from >= 3 && bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf
}
