/**
 * The publisher's end of a log (engine-spec L3, L4, L8).
 *
 * Owns `published`, `tail`, `waiting` and the ring between them. What it has published belongs to
 * the log: read bytes are overwritten oldest first, and only when room is needed.
 * Invariant: no byte at or after `tail` is overwritten; `tail` never passes an active cursor or a pin.
 */
import { encodedSizeBytes, sliceBatch, type Batch } from '@belay/columns'
import { EngineError } from '../operator/engineError.ts'
import {
  distance,
  FLAG,
  INDEX_ENTRIES,
  KIND,
  MAX_READERS,
  READER,
  readerWord,
  RECORD_BYTES,
  RECORD_MAGIC,
  RECORD_VERSION,
  tableBytes,
  WORD,
} from './logLayout.ts'
import type { IndexEntry, LogMemory, RecordHeader } from './logMemory.ts'
import { UnreadRows } from './unreadRows.ts'

export interface EndOfWindow {
  readonly window: number
  /** ms since the epoch; −Infinity = none yet. */
  readonly watermark: number
  readonly idle: boolean
  readonly checkpoint: boolean
}

type NewRecord = Pick<RecordHeader, 'kind' | 'flags' | 'rows' | 'columns' | 'partitions' | 'window' | 'watermark'> &
  Pick<IndexEntry, 'offset' | 'length'>

/** Says which rows of a record belong to which partition of its readers (engine-spec H25). */
export interface RowRouter {
  readonly partitions: number
  /** Row numbers of the last `group`: partition p has `[table[p], table[p + 1])`. */
  readonly table: Uint32Array
  /** The same rows grouped by partition, in ascending order of partitions. */
  group(batch: Batch): Batch
}

export class LogWriter {
  readonly #memory: LogMemory
  readonly #router: RowRouter | null
  readonly #epoch: number
  readonly #readers: number
  #published: number
  #tail: number
  /** Where the next record goes, if it fits there. */
  #head: number
  #windowRows = 0
  /** null = nobody has asked how far ahead this is. */
  #unread: UnreadRows | null = null
  #blockedOn = -1
  #waiting = false
  /** Test switch: leaves out the second look of L4. */
  readonly #skipRecheck: boolean

  constructor(memory: LogMemory, readers: number, options: { router?: RowRouter | null; skipRecheck?: boolean } = {}) {
    if (readers > MAX_READERS)
      throw new EngineError('TOO_MANY_READERS', `A stream can have ${MAX_READERS} readers in other containers, not ${readers}.`)
    this.#memory = memory
    this.#readers = readers
    this.#router = options.router ?? null
    this.#skipRecheck = options.skipRecheck ?? false
    this.#epoch = memory.load(WORD.epoch)
    this.#published = memory.load(WORD.published)
    this.#tail = memory.load(WORD.tail)
    // A successor continues behind the last whole record (L10).
    if (this.#published === this.#tail) this.#head = 0
    else {
      const last = memory.readIndex((this.#published - 1) | 0)
      this.#head = last.offset + last.length
    }
  }

  /** Reader that keeps the log full, by number; −1 = a pin or nobody. */
  get blockedOn(): number {
    return this.#blockedOn
  }

  /**
   * Publishes rows from `from` on; returns the index of the first row that did not fit. `leadRows`: nothing is published
   * while an active reader has as many rows before it; 0 = there is no such limit.
   */
  publishData(batch: Batch, from: number, window: number, leadRows = 0): number {
    const memory = this.#memory
    const router = this.#router
    const partitions = router?.partitions ?? 0
    const overhead = RECORD_BYTES + (router === null ? 0 : tableBytes(partitions))
    const most = memory.ringBytes >> 2
    let next = from
    if (leadRows === 0) this.#unread = null
    while (next < batch.rows) {
      if (leadRows > 0 && this.#isAhead(leadRows)) return next
      let part = sliceBatch(batch, next, leadRows > 0 ? Math.min(batch.rows, next + Math.ceil(leadRows / 2)) : batch.rows)
      let size = overhead + encodedSizeBytes(part)
      while (size > most && part.rows > 1) {
        const rows = Math.max(1, Math.min(part.rows - 1, Math.floor((part.rows * most) / size)))
        part = sliceBatch(batch, next, next + rows)
        size = overhead + encodedSizeBytes(part)
      }
      if (size > most)
        throw new EngineError(
          'ROW_TOO_LARGE',
          `A row of ${size} bytes does not fit into the stream's buffer, which takes records of up to ${most} bytes. Raise the memory of the run or shorten the row.`,
        )
      const offset = this.#reserve(size)
      if (offset < 0) return next
      let flags: number = batch.kinds === undefined ? 0 : FLAG.hasKind
      if (router === null) memory.batchIn(offset, part)
      else {
        // Grouping changes the order of rows, not what they take.
        memory.batchIn(offset, router.group(part))
        memory.tableIn(offset + size - tableBytes(partitions), router.table, partitions + 1)
        flags |= FLAG.partitioned
      }
      this.#windowRows += part.rows
      this.#publish({
        offset,
        length: size,
        kind: KIND.data,
        flags,
        rows: part.rows,
        columns: batch.columns.length,
        partitions,
        window,
        watermark: -Infinity,
      })
      next += part.rows
    }
    return next
  }

  publishEnd(end: EndOfWindow): boolean {
    const offset = this.#reserve(RECORD_BYTES)
    if (offset < 0) return false
    const flags = (end.checkpoint ? FLAG.checkpoint : 0) | (end.idle ? FLAG.idle : 0)
    this.#publishMark(offset, KIND.end, flags, end.window, end.watermark)
    this.#windowRows = 0
    return true
  }

  /** Nothing comes after window `window`, which has been ended. */
  publishStreamEnd(window: number): boolean {
    const offset = this.#reserve(RECORD_BYTES)
    if (offset < 0) return false
    this.#publishMark(offset, KIND.streamEnd, 0, window, Infinity)
    return true
  }

  /** A record without rows. */
  #publishMark(offset: number, kind: NewRecord['kind'], flags: number, window: number, watermark: number): void {
    this.#publish({ offset, length: RECORD_BYTES, kind, flags, rows: 0, columns: 0, partitions: 0, window, watermark })
  }

  #publish(record: NewRecord): void {
    const seq = this.#published
    const memory = this.#memory
    const { offset, length, kind, flags, rows, columns, partitions, window, watermark } = record
    // Named one by one: a spread costs more than all the rest of a small record.
    memory.writeHeader(offset, {
      magic: RECORD_MAGIC,
      version: RECORD_VERSION,
      kind,
      flags,
      epoch: this.#epoch,
      seq,
      rows,
      columns,
      partitions,
      window,
      watermark,
      windowRows: this.#windowRows,
    })
    memory.writeIndex({ seq, offset, length, rows, window })
    this.#unread?.add(rows)
    this.#published = (seq + 1) | 0
    this.#head = offset + length
    memory.store(WORD.published, this.#published)
  }

  #isAhead(leadRows: number): boolean {
    this.#unread ??= new UnreadRows(this.#memory, this.#readers)
    if (this.#unread.readerBehind(this.#published, leadRows) < 0) return false
    // As for room: who moved in between has not seen the word.
    this.#waiting = true
    this.#memory.store(WORD.waiting, 1)
    const reader = this.#unread.readerBehind(this.#published, leadRows)
    if (reader < 0) {
      this.#goOn()
      return false
    }
    this.#blockedOn = reader
    return true
  }

  /** Room for `length` contiguous bytes and an index entry; −1 = a reader or a pin is in the way. */
  #reserve(length: number): number {
    const offset = this.#tryReserve(length)
    if (offset >= 0) {
      if (this.#waiting) this.#goOn()
      return offset
    }
    // Say so first, then look again: a reader that moved in between has not seen the word.
    this.#waiting = true
    this.#memory.store(WORD.waiting, 1)
    const again = this.#tryReserve(length)
    if (again >= 0) this.#goOn()
    else this.#blockedOn = this.#slowestReader()
    return again
  }

  #goOn(): void {
    this.#waiting = false
    this.#blockedOn = -1
    this.#memory.store(WORD.waiting, 0)
  }

  #tryReserve(length: number): number {
    for (;;) {
      if (distance(this.#published, this.#tail) < INDEX_ENTRIES - 1) {
        const offset = this.#fits(length)
        if (offset >= 0) return offset
      }
      if (this.#tail === this.#published || !this.#evictOne()) return -1
    }
  }

  #fits(length: number): number {
    if (this.#tail === this.#published) return length <= this.#memory.ringBytes ? 0 : -1
    const tailOffset = this.#memory.readIndex(this.#tail).offset
    const head = this.#head
    // head = tailOffset would mean both full and empty, so one of them is never reached.
    if (head > tailOffset) {
      if (head + length <= this.#memory.ringBytes) return head
      return length < tailOffset ? 0 : -1
    }
    return head + length < tailOffset ? head : -1
  }

  #evictOne(): boolean {
    const memory = this.#memory
    const next = (this.#tail + 1) | 0
    if (!this.#mayPass(next)) return false
    const before = memory.loadEvicted()
    memory.storeEvicted(memory.readIndex(this.#tail).window)
    memory.store(WORD.tail, next)
    // Store, then look again (L4): a pin written in between has either seen this tail or is seen here.
    if (!this.#skipRecheck && !this.#mayPass(next)) {
      memory.store(WORD.tail, this.#tail)
      memory.storeEvicted(before)
      return false
    }
    this.#tail = next
    return true
  }

  /**
   * Pins before readers: the job counts a reader in before it takes the pin away, so who looks in this
   * order sees one of them.
   */
  #mayPass(tail: number): boolean {
    const memory = this.#memory
    for (let reader = 0; reader < this.#readers; reader += 1) {
      if (memory.load(readerWord(reader, READER.pinned)) === 1 && distance(memory.load(readerWord(reader, READER.pin)), tail) < 0)
        return false
      if (memory.load(readerWord(reader, READER.active)) === 1 && distance(memory.load(readerWord(reader, READER.cursor)), tail) < 0)
        return false
    }
    return true
  }

  #slowestReader(): number {
    let slowest = -1
    let least = 0
    for (let reader = 0; reader < this.#readers; reader += 1) {
      if (this.#memory.load(readerWord(reader, READER.active)) !== 1) continue
      const ahead = distance(this.#memory.load(readerWord(reader, READER.cursor)), this.#tail)
      if (slowest === -1 || ahead < least) {
        slowest = reader
        least = ahead
      }
    }
    return slowest
  }
}
