/**
 * Rows that came from outside and cannot be asked for again: kept in the instance's log before anything else
 * happens, and read from there (engine-spec H9).
 *
 * A record is a header (JSON, of the operator) and rows as JSON lines. State: the record and the byte in it
 * that come next, the newest event time, and where the checkpoints kept begin, so that the log can be trimmed.
 */
import { isAscii } from 'node:buffer'
import { BATCH_ROWS } from '@belay/columns'
import { EngineError, type Emitter, type IngestLog, type OperatorContext, type StateValue } from '@belay/engine/operator'
import { JsonLines } from '../json-lines-source/runtime.ts'
import { outputOf, type SourceOutput } from '../reading/textFile.ts'
import type { DeclaredColumn } from '../typing/columns.ts'

export interface ReceivedRowsConfig {
  readonly columns: readonly DeclaredColumn[]
  readonly eventTime: string | null
  readonly outOfOrderMs: number
  /** Bound of the log, MB. */
  readonly logMb: number
}

interface Place {
  /** Of the record that is read next, or is being read. */
  readonly number: number
  /** Bytes of its rows that have been read. */
  readonly offset: number
  readonly newest: number | null
}

interface Mark {
  readonly window: number
  readonly number: number
}

interface Loaded<Header> {
  readonly number: number
  readonly header: Header
  readonly rows: Buffer
}

const IDLE_AFTER_MS = 5000
const BYTES_PER_MB = 1_048_576
const LF = 10

export class ReceivedRows<Header> {
  readonly #context: OperatorContext<ReceivedRowsConfig>
  readonly #place: StateValue<Place>
  readonly #marks: StateValue<readonly Mark[]>
  readonly #log: IngestLog
  readonly #format: JsonLines
  readonly #output: SourceOutput
  readonly #done: (header: Header) => void
  #loaded: Loaded<Header> | null = null
  #lastRowAtMs: number
  #waits = false

  /** `done` is told of each record once all its rows have been read. Throws EngineError INGEST_DAMAGED or INGEST_GAP. */
  constructor(context: OperatorContext<ReceivedRowsConfig>, done: (header: Header) => void) {
    const { columns, eventTime, logMb } = context.config
    this.#context = context
    this.#place = context.state.value<Place>('place', 1, { number: 1, offset: 0, newest: null })
    this.#marks = context.state.value<readonly Mark[]>('marks', 1, [])
    this.#format = new JsonLines(columns)
    this.#output = outputOf(columns, eventTime)
    this.#done = done
    this.#lastRowAtMs = context.nowMs()
    const { number } = this.#place.get()
    this.#log = context.ingestLog(number, logMb * BYTES_PER_MB)
    if (number < this.#log.first || number > this.#log.next)
      throw new EngineError(
        'INGEST_GAP',
        `Received rows from set ${number} on are needed, and the log holds ${this.#log.first} to ${this.#log.next - 1}. Restore the run folder from a backup, or start a new run.`,
      )
  }

  /** Headers of the records that are kept and not yet read to their end, oldest first. */
  *unread(): Generator<Header> {
    for (let number = this.#place.get().number; number <= this.#log.durable; number += 1) {
      const loaded = this.#load(number)
      if (loaded !== null) yield loaded.header
    }
  }

  /** Resolves when the rows are durable. Rejects with EngineError INGEST_…. */
  async add(header: Header, rows: Uint8Array): Promise<void> {
    const json = Buffer.from(JSON.stringify(header))
    const length = Buffer.alloc(4)
    length.writeUInt32LE(json.length)
    try {
      await this.#log.append(Buffer.concat([length, json, rows]))
    } catch (error) {
      this.#told(error)
      throw error
    }
    this.#told(null)
    this.#context.wake(0)
  }

  /** A disk that takes nothing is for whoever looks after the run. */
  #told(error: unknown): void {
    const blocked = error instanceof EngineError && (error.code === 'INGEST_DISK_FULL' || error.code === 'INGEST_FAILED') ? error : null
    if (blocked === null && (!this.#waits || error !== null)) return
    this.#waits = blocked !== null
    this.#context.waits(blocked === null ? null : { code: blocked.code, message: blocked.message })
  }

  read(out: Emitter): 'progress' | 'idle' {
    if (out.full) return 'progress'
    const { builder } = this.#output
    let { number, offset, newest } = this.#place.get()
    let ready = true
    for (let lines = 0; lines < BATCH_ROWS && !builder.full; lines += 1) {
      if (this.#loaded?.number !== number) this.#loaded = this.#load(number)
      const loaded = this.#loaded
      if (loaded === null) {
        ready = false
        break
      }
      if (offset < loaded.rows.length) {
        const found = loaded.rows.indexOf(LF, offset)
        const end = found < 0 ? loaded.rows.length : found
        this.#take(loaded.rows, offset, end)
        offset = end + 1
      }
      if (offset < loaded.rows.length) continue
      number += 1
      offset = 0
      this.#done(loaded.header)
    }
    newest = this.#newest(newest)
    this.#place.set({ number, offset, newest })
    if (builder.rows > 0) {
      this.#lastRowAtMs = this.#context.nowMs()
      out.emit(0, builder.finish())
    }
    return ready ? 'progress' : 'idle'
  }

  #take(bytes: Buffer, from: number, to: number): void {
    const problem = this.#format.parse(bytes, from, to, isAscii(bytes.subarray(from, to)), this.#output.builder)
    // It was right when it was taken: the columns have been declared anew since.
    if (problem !== null)
      this.#context.rowError({ code: problem.code, message: problem.message, row: { text: bytes.toString('utf8', from, to) } })
  }

  #newest(before: number | null): number | null {
    const { builder, eventTime } = this.#output
    const column = builder.columns[eventTime]
    if (column?.storage !== 'number') return before
    let newest = before ?? -Infinity
    for (let row = 0; row < builder.rows; row += 1)
      if (column.nulls?.[row] !== 1 && column.values[row] > newest) newest = column.values[row]
    return newest === -Infinity ? null : newest
  }

  #load(number: number): Loaded<Header> | null {
    const payload = this.#log.read(number)
    if (payload === null) return null
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length)
    const length = bytes.readUInt32LE(0)
    return { number, header: JSON.parse(bytes.toString('utf8', 4, 4 + length)) as Header, rows: bytes.subarray(4 + length) }
  }

  watermark(): number | null {
    if (this.#context.nowMs() - this.#lastRowAtMs >= IDLE_AFTER_MS) return null
    return (this.#place.get().newest ?? -Infinity) - this.#context.config.outOfOrderMs
  }

  checkpoint(window: number): void {
    const { number } = this.#place.get()
    const marks = this.#marks.get()
    // Of checkpoints without rows between them the first says enough.
    if (marks.at(-1)?.number !== number) this.#marks.set([...marks, { window, number }])
  }

  trim(window: number): void {
    const marks = this.#marks.get()
    const at = marks.findLastIndex((mark) => mark.window <= window)
    if (at < 0) return
    if (at > 0) this.#marks.set(marks.slice(at))
    this.#log.trim(marks[at].number)
  }

  settled(): boolean {
    return this.#log.pending === 0 && this.#place.get().number > this.#log.durable
  }

  get sizeBytes(): number {
    return this.#log.sizeBytes
  }

  close(): void {
    this.#log.close()
  }
}
