/**
 * A reader's end of a log (engine-spec L5). Owns its cursor word, nothing else.
 *
 * `peek` gives the record in work, in place; it stays valid until `advance`. Whoever keeps values copies them.
 */
import type { Batch, Schema } from '@belay/columns'
import { EngineError } from '../operator/engineError.ts'
import { distance, FLAG, KIND, READER, readerWord, RECORD_MAGIC, RECORD_VERSION, tableBytes, WORD } from './logLayout.ts'
import type { LogMemory } from './logMemory.ts'

export type LogRecord =
  | {
      readonly kind: 'data'
      readonly window: number
      readonly batch: Batch
      /** Rows of partition p are `[table[p], table[p + 1])`; null = the record is not partitioned. */
      readonly table: Uint32Array | null
      readonly seq: number
    }
  | {
      readonly kind: 'end'
      readonly window: number
      readonly watermark: number
      readonly idle: boolean
      readonly checkpoint: boolean
      readonly windowRows: number
      readonly seq: number
    }
  | { readonly kind: 'stream-end'; readonly window: number; readonly seq: number }

export class LogReader {
  readonly #memory: LogMemory
  readonly #schema: Schema
  readonly #cursorWord: number
  readonly #stream: string
  readonly #epoch: number
  #cursor: number
  #current: LogRecord | null = null
  #freedBytes = 0

  constructor(memory: LogMemory, stream: string, schema: Schema, reader: number, position: number) {
    this.#memory = memory
    this.#stream = stream
    this.#schema = schema
    this.#cursorWord = readerWord(reader, READER.cursor)
    this.#cursor = position
    this.#epoch = memory.load(WORD.epoch)
    if (memory.load(readerWord(reader, READER.pinned)) === 1 && distance(position, memory.load(readerWord(reader, READER.pin))) < 0)
      throw this.#corrupt(`reader ${reader} was told to begin at record ${position}, below its pin`)
    memory.store(this.#cursorWord, position)
  }

  get cursor(): number {
    return this.#cursor
  }

  /** True if a record waits. */
  get waits(): boolean {
    return this.#current !== null || this.#memory.load(WORD.published) !== this.#cursor
  }

  peek(): LogRecord | null {
    if (this.#current !== null) return this.#current
    const memory = this.#memory
    if (memory.load(WORD.published) === this.#cursor) return null
    const { offset, length, seq } = memory.readIndex(this.#cursor)
    const header = memory.readHeader(offset)
    if (seq !== this.#cursor || header.magic !== RECORD_MAGIC || header.version !== RECORD_VERSION || header.seq !== this.#cursor)
      throw this.#corrupt(`record ${this.#cursor} is not where it should be (index says ${seq}, header ${header.seq})`)
    // A publisher is replaced only after its readers are gone (L10): who reads sees no later one.
    if (distance(header.epoch, this.#epoch) > 0)
      throw this.#corrupt(`record ${seq} is of epoch ${header.epoch}, and this reader began in epoch ${this.#epoch}`)
    this.#current = this.#decode(offset, length, header)
    return this.#current
  }

  #decode(offset: number, length: number, header: ReturnType<LogMemory['readHeader']>): LogRecord {
    const { window, seq, partitions } = header
    switch (header.kind) {
      case KIND.data:
        return {
          kind: 'data',
          window,
          seq,
          batch: this.#memory.batchOut(offset, this.#schema, header.rows, (header.flags & FLAG.hasKind) !== 0),
          table:
            (header.flags & FLAG.partitioned) === 0
              ? null
              : this.#memory.tableOut(offset + length - tableBytes(partitions), partitions + 1),
        }
      case KIND.end:
        return {
          kind: 'end',
          window,
          seq,
          watermark: header.watermark,
          idle: (header.flags & FLAG.idle) !== 0,
          checkpoint: (header.flags & FLAG.checkpoint) !== 0,
          windowRows: header.windowRows,
        }
      case KIND.streamEnd:
        return { kind: 'stream-end', window, seq }
      default:
        throw this.#corrupt(`record ${seq} has the unknown kind ${header.kind}`)
    }
  }

  #corrupt(what: string): EngineError {
    return new EngineError('LOG_CORRUPT', `Stream ${this.#stream}: ${what}. This is a defect of the engine; the container restarts.`)
  }

  /** Done with the record in work. True = the publisher waits and enough has become free: ring it (L8). */
  advance(): boolean {
    const memory = this.#memory
    const freed = memory.readIndex(this.#cursor).length
    this.#current = null
    this.#cursor = (this.#cursor + 1) | 0
    memory.store(this.#cursorWord, this.#cursor)
    if (memory.load(WORD.waiting) === 0) {
      this.#freedBytes = 0
      return false
    }
    this.#freedBytes += freed
    if (this.#freedBytes < memory.ringBytes >> 3 && memory.load(WORD.published) !== this.#cursor) return false
    this.#freedBytes = 0
    return true
  }
}
