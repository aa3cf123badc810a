/**
 * The six functions that the log's protocol is written against (engine-spec H29), so that tests can
 * put another memory underneath in which every call may be the last one of a thread.
 * Copies in and out of the ring are `batchIn`, `batchOut` and their like for partition tables: in the real memory they
 * work in place.
 */
import { decodeBatch, encodeBatch, type Batch, type Schema } from '@belay/columns'
import type { LogHandle } from './logHandle.ts'
import {
  CONTROL_BYTES,
  EVICTED_WINDOW_AT,
  INDEX_ENTRIES,
  INDEX_ENTRY_BYTES,
  LOG_MAGIC,
  logMemoryBytes,
  RECORD_BYTES,
  RING_AT,
  WORD,
} from './logLayout.ts'

export interface IndexEntry {
  readonly seq: number
  readonly offset: number
  readonly length: number
  readonly rows: number
  readonly window: number
}

export interface RecordHeader {
  readonly magic: number
  readonly version: number
  readonly kind: number
  readonly flags: number
  readonly epoch: number
  readonly seq: number
  readonly rows: number
  readonly columns: number
  /** Of the partition table at the record's end; 0 = it has none. */
  readonly partitions: number
  readonly window: number
  readonly watermark: number
  readonly windowRows: number
}

export interface LogMemory {
  readonly ringBytes: number
  load(word: number): number
  store(word: number, value: number): void
  loadEvicted(): number
  storeEvicted(window: number): void
  readIndex(seq: number): IndexEntry
  writeIndex(entry: IndexEntry): void
  readHeader(offset: number): RecordHeader
  writeHeader(offset: number, header: RecordHeader): void
  /** Encodes behind the header at `offset`. */
  batchIn(offset: number, batch: Batch): void
  batchOut(offset: number, schema: Schema, rows: number, hasKinds: boolean): Batch
  /** Partition table at `offset`: `count` row numbers. */
  tableIn(offset: number, table: Uint32Array, count: number): void
  tableOut(offset: number, count: number): Uint32Array
}

export function createLog(stream: string, ringBytes: number): LogHandle {
  return emptyLog(stream, ringBytes, new SharedArrayBuffer(logMemoryBytes(ringBytes)))
}

/** For a thread that talks to nobody. */
export function createOwnLog(stream: string, ringBytes: number): LogHandle {
  return emptyLog(stream, ringBytes, new ArrayBuffer(logMemoryBytes(ringBytes)))
}

function emptyLog(stream: string, ringBytes: number, memory: LogHandle['memory']): LogHandle {
  new Int32Array(memory, 0, CONTROL_BYTES / 4)[WORD.magic] = LOG_MAGIC
  return { stream, memory, ringBytes }
}

export class SharedLogMemory implements LogMemory {
  readonly ringBytes: number
  readonly #words: Int32Array
  readonly #control: Float64Array
  readonly #view: DataView
  readonly #bytes: Uint8Array

  constructor(handle: LogHandle) {
    this.ringBytes = handle.ringBytes
    this.#words = new Int32Array(handle.memory, 0, CONTROL_BYTES / 4)
    this.#control = new Float64Array(handle.memory, 0, CONTROL_BYTES / 8)
    this.#view = new DataView(handle.memory)
    this.#bytes = new Uint8Array(handle.memory)
    if (this.#words[WORD.magic] !== LOG_MAGIC) throw new Error(`the memory of stream ${handle.stream} is not a log`)
  }

  load(word: number): number {
    return Atomics.load(this.#words, word)
  }

  store(word: number, value: number): void {
    Atomics.store(this.#words, word, value)
  }

  loadEvicted(): number {
    return this.#control[EVICTED_WINDOW_AT]
  }

  storeEvicted(window: number): void {
    this.#control[EVICTED_WINDOW_AT] = window
  }

  readIndex(seq: number): IndexEntry {
    const at = CONTROL_BYTES + (seq & (INDEX_ENTRIES - 1)) * INDEX_ENTRY_BYTES
    const view = this.#view
    return {
      seq: view.getInt32(at, true),
      offset: view.getUint32(at + 4, true),
      length: view.getUint32(at + 8, true),
      rows: view.getUint32(at + 12, true),
      window: view.getFloat64(at + 16, true),
    }
  }

  writeIndex(entry: IndexEntry): void {
    const at = CONTROL_BYTES + (entry.seq & (INDEX_ENTRIES - 1)) * INDEX_ENTRY_BYTES
    const view = this.#view
    view.setInt32(at, entry.seq, true)
    view.setUint32(at + 4, entry.offset, true)
    view.setUint32(at + 8, entry.length, true)
    view.setUint32(at + 12, entry.rows, true)
    view.setFloat64(at + 16, entry.window, true)
  }

  readHeader(offset: number): RecordHeader {
    const at = RING_AT + offset
    const view = this.#view
    return {
      magic: view.getUint16(at, true),
      version: view.getUint8(at + 2),
      kind: view.getUint8(at + 3),
      flags: view.getUint32(at + 4, true),
      epoch: view.getInt32(at + 8, true),
      seq: view.getInt32(at + 12, true),
      rows: view.getUint32(at + 16, true),
      columns: view.getUint16(at + 20, true),
      partitions: view.getUint16(at + 22, true),
      window: view.getFloat64(at + 24, true),
      watermark: view.getFloat64(at + 32, true),
      windowRows: view.getUint32(at + 40, true),
    }
  }

  writeHeader(offset: number, header: RecordHeader): void {
    const at = RING_AT + offset
    const view = this.#view
    view.setUint16(at, header.magic, true)
    view.setUint8(at + 2, header.version)
    view.setUint8(at + 3, header.kind)
    view.setUint32(at + 4, header.flags, true)
    view.setInt32(at + 8, header.epoch, true)
    view.setInt32(at + 12, header.seq, true)
    view.setUint32(at + 16, header.rows, true)
    view.setUint16(at + 20, header.columns, true)
    view.setUint16(at + 22, header.partitions, true)
    view.setFloat64(at + 24, header.window, true)
    view.setFloat64(at + 32, header.watermark, true)
    view.setUint32(at + 40, header.windowRows, true)
    view.setFloat64(at + 48, 0, true)
  }

  batchIn(offset: number, batch: Batch): void {
    encodeBatch(batch, this.#bytes, RING_AT + offset + RECORD_BYTES)
  }

  batchOut(offset: number, schema: Schema, rows: number, hasKinds: boolean): Batch {
    return decodeBatch(schema, rows, hasKinds, this.#bytes, RING_AT + offset + RECORD_BYTES)
  }

  tableIn(offset: number, table: Uint32Array, count: number): void {
    new Uint32Array(this.#bytes.buffer, RING_AT + offset, count).set(table.subarray(0, count))
  }

  tableOut(offset: number, count: number): Uint32Array {
    return new Uint32Array(this.#bytes.buffer, RING_AT + offset, count)
  }
}
