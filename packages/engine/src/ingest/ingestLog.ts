/**
 * A log of what a source was given that cannot be asked for again (engine-spec H9).
 *
 * A record is durable before its `append` resolves, and is read only after that; appends that come while
 * the disk is busy share its next sync. Numbers have no gaps and are never given twice within what is kept.
 * Records go segment by segment, once no kept checkpoint needs them. The log never exceeds its bound.
 *
 * Segment `<first number>-<generation>.log`; record: length u32 · crc32 u32 (over number and payload) ·
 * number u64 · payload. A new incarnation or a failed write begins a new segment: a record whose number the
 * next segment has too was never acknowledged, and does not count. A damaged record ends its segment; what
 * is missing behind it is a hole and refused.
 */
import { openSync, closeSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { EngineError } from '../operator/engineError.ts'
import { makeFolder, removeIfThere, syncFolder } from '../store/durableFile.ts'
import { syncFile } from '../store/sync.ts'

const HEADER_BYTES = 16
const NAME = /^(\d{16})-(\d{8})\.log$/
/** A segment is left for the next one at this share of the bound, so that trimming keeps pace. */
const SEGMENT_SHARE = 16
const LEAST_SEGMENT_BYTES = 65_536

interface Segment {
  readonly path: string
  readonly first: number
  readonly generation: number
  /** Records that count. */
  count: number
  sizeBytes: number
}

interface Waiting {
  readonly number: number
  readonly payload: Uint8Array
  resolve(number: number): void
  reject(error: EngineError): void
}

export interface IngestLogOptions {
  readonly maxBytes: number
}

export class IngestLog {
  readonly #folder: string
  readonly #maxBytes: number
  /** Oldest first; the last one is written to, if it is open. */
  readonly #segments: Segment[]
  #file: FileHandle | null = null
  #generation: number
  #next: number
  /** Records up to this one are durable. */
  #durable: number
  readonly #waiting: Waiting[] = []
  #writing = false
  #closed = false
  #sizeBytes: number
  /** Payloads of one segment, as read last; of the one that is written to, as they became durable. */
  #loaded: { readonly first: number; readonly payloads: Uint8Array[] } | null = null
  #recent: { readonly first: number; readonly payloads: Uint8Array[] } | null = null

  private constructor(folder: string, maxBytes: number, segments: Segment[], first: number, generation: number) {
    this.#folder = folder
    this.#maxBytes = maxBytes
    this.#segments = segments
    this.#generation = generation
    const last = segments.at(-1)
    this.#next = last === undefined ? first : last.first + last.count
    this.#durable = this.#next - 1
    this.#sizeBytes = segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  }

  /**
   * Opens or begins the log in `folder`; `from` is the number of the first record if there is none yet.
   * What it finds is made durable. Throws EngineError INGEST_DAMAGED.
   */
  static open(folder: string, from: number, { maxBytes }: IngestLogOptions): IngestLog {
    makeFolder(folder)
    const names = readdirSync(folder)
      .flatMap((name) => {
        const match = NAME.exec(name)
        return match === null ? [] : [{ name, first: Number(match[1]), generation: Number(match[2]) }]
      })
      .sort((a, b) => a.generation - b.generation)
    const segments: Segment[] = []
    for (const [at, { name, first, generation }] of names.entries()) {
      const path = join(folder, name)
      const next = names[at + 1]?.first ?? Number.POSITIVE_INFINITY
      const bytes = readFileSync(path)
      const found = recordsOf(bytes, first)
      const count = Math.min(found.length, Math.max(0, next - first))
      if (next === Number.POSITIVE_INFINITY && hasGoodRecordBehind(bytes, found))
        throw new EngineError(
          'INGEST_DAMAGED',
          `The log of received rows ${path} is damaged behind row set ${first + count - 1}, with good ones behind the damage. Restore the run folder from a backup, or start a new run.`,
        )
      if (next !== Number.POSITIVE_INFINITY && first + count < next)
        throw new EngineError(
          'INGEST_DAMAGED',
          `The log of received rows ${path} ends at row set ${first + count}, and the next part begins at ${next}: something between was damaged after it was written. Restore the run folder from a backup, or start a new run.`,
        )
      if (count === 0) {
        removeIfThere(path)
        continue
      }
      syncPath(path)
      segments.push({ path, first, generation, count, sizeBytes: statSync(path).size })
    }
    syncFolder(folder)
    return new IngestLog(folder, maxBytes, segments, from, (names.at(-1)?.generation ?? 0) + 1)
  }

  /** Number of the oldest record kept. */
  get first(): number {
    return this.#segments[0]?.first ?? this.#next
  }

  /** Number that the next record gets. */
  get next(): number {
    return this.#next
  }

  /** Records that were given and are not durable yet. */
  get pending(): number {
    return this.#next - 1 - this.#durable
  }

  /** Number of the newest durable record. */
  get durable(): number {
    return this.#durable
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /**
   * Resolves with its number when the record is durable. Rejects with EngineError INGEST_FULL (the bound is
   * reached: later), INGEST_DISK_FULL or INGEST_FAILED (it may or may not be on the disk, and is not read
   * by this incarnation), INGEST_CLOSED.
   */
  append(payload: Uint8Array): Promise<number> {
    if (this.#closed) return Promise.reject(closedError())
    const size = HEADER_BYTES + payload.length
    if (this.#sizeBytes + size > this.#maxBytes)
      return Promise.reject(
        new EngineError(
          'INGEST_FULL',
          `The log of received rows is full (${Math.round(this.#maxBytes / 1_048_576)} MB): the pipeline is slower than its sender, or does not commit. Send again in a moment.`,
        ),
      )
    this.#sizeBytes += size
    const number = this.#next
    this.#next += 1
    return new Promise((resolve, reject) => {
      this.#waiting.push({ number, payload, resolve, reject })
      if (!this.#writing) void this.#write()
    })
  }

  /** Payload of a durable record; null = there is none yet. Throws EngineError INGEST_GAP if it is gone. */
  read(number: number): Uint8Array | null {
    if (number > this.#durable) return null
    for (const held of [this.#recent, this.#loaded]) {
      const payload = held === null ? undefined : held.payloads[number - held.first]
      if (payload !== undefined) return payload
    }
    const segment = this.#segments.find(({ first, count }) => number >= first && number < first + count)
    if (segment === undefined)
      throw new EngineError(
        'INGEST_GAP',
        `Received rows from set ${number} on are needed, and the log begins at ${this.first}: they are gone. Start a new run, or restore a newer checkpoint.`,
      )
    this.#loaded = { first: segment.first, payloads: recordsOf(readFileSync(segment.path), segment.first).slice(0, segment.count) }
    return this.#loaded.payloads[number - segment.first] ?? null
  }

  /** Records below `number` are not needed any more. */
  trim(number: number): void {
    while (this.#segments.length > 0) {
      const [oldest] = this.#segments
      // The newest segment stays, so that numbers go on from it.
      if (this.#segments.length === 1 || oldest.first + oldest.count > number) return
      removeIfThere(oldest.path)
      this.#segments.shift()
      this.#sizeBytes -= oldest.sizeBytes
      if (this.#loaded?.first === oldest.first) this.#loaded = null
    }
  }

  /** What is not durable yet is refused: a successor may have begun to read. */
  close(): void {
    this.#closed = true
    for (const waiting of this.#waiting.splice(0)) waiting.reject(closedError())
    if (!this.#writing) this.#leaveFile()
  }

  async #write(): Promise<void> {
    this.#writing = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0)
      try {
        await this.#writeBatch(batch)
      } catch (error) {
        this.#fail(batch, error)
        continue
      }
      if (this.#closed) for (const waiting of batch) waiting.reject(closedError())
      else this.#accept(batch)
    }
    this.#writing = false
    if (this.#closed) this.#leaveFile()
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    const segment = this.#segments.at(-1)
    if (this.#file !== null && segment !== undefined && segment.sizeBytes >= this.#segmentBytes) this.#leaveFile()
    const file = this.#file ?? (await this.#begin(batch[0].number))
    const bytes = Buffer.concat(batch.map(({ number, payload }) => recordOf(number, payload)))
    let written = 0
    while (written < bytes.length) written += (await file.write(bytes, written, bytes.length - written)).bytesWritten
    await file.sync()
  }

  get #segmentBytes(): number {
    return Math.max(LEAST_SEGMENT_BYTES, Math.floor(this.#maxBytes / SEGMENT_SHARE))
  }

  async #begin(first: number): Promise<FileHandle> {
    const generation = this.#generation
    this.#generation += 1
    const name = `${String(first).padStart(16, '0')}-${String(generation).padStart(8, '0')}.log`
    const path = join(this.#folder, name)
    const file = await open(path, 'wx', 0o600)
    this.#file = file
    this.#segments.push({ path, first, generation, count: 0, sizeBytes: 0 })
    this.#recent = { first, payloads: [] }
    syncFolder(this.#folder)
    return file
  }

  #accept(batch: readonly Waiting[]): void {
    const segment = this.#segments.at(-1)
    for (const waiting of batch) {
      const { number, payload } = waiting
      if (segment !== undefined) {
        segment.count += 1
        segment.sizeBytes += HEADER_BYTES + payload.length
      }
      this.#recent?.payloads.push(payload)
      this.#durable = number
      waiting.resolve(number)
    }
  }

  /** A failed file is not written to again; its numbers are given anew, with those that came behind it. */
  #fail(batch: readonly Waiting[], cause: unknown): void {
    const lost = [...batch, ...this.#waiting.splice(0)]
    const segment = this.#segments.at(-1)
    if (segment !== undefined && segment.count === 0 && this.#file !== null) {
      this.#segments.pop()
      this.#leaveFile()
      removeIfThere(segment.path)
    } else this.#leaveFile()
    this.#next = this.#durable + 1
    const { code } = cause as NodeJS.ErrnoException
    const full = code === 'ENOSPC' || code === 'EDQUOT'
    const error = this.#closed
      ? closedError()
      : new EngineError(
          full ? 'INGEST_DISK_FULL' : 'INGEST_FAILED',
          full
            ? 'The disk is full, so the rows could not be kept. Free space on it and send them again.'
            : `The rows could not be written to the disk (${code ?? String(cause)}). Send them again; if it stays so, look at the disk.`,
          { cause },
        )
    for (const waiting of lost) {
      this.#sizeBytes -= HEADER_BYTES + waiting.payload.length
      waiting.reject(error)
    }
  }

  #leaveFile(): void {
    const file = this.#file
    this.#file = null
    this.#recent = null
    // Everything in it that counts is synced.
    file?.close().catch(() => undefined)
  }
}

function closedError(): EngineError {
  return new EngineError('INGEST_CLOSED', 'The source was stopped before the rows were kept. Send them again in a moment.')
}

function recordOf(number: number, payload: Uint8Array): Buffer {
  const record = Buffer.alloc(HEADER_BYTES + payload.length)
  record.writeUInt32LE(payload.length, 0)
  record.writeBigUInt64LE(BigInt(number), 8)
  record.set(payload, HEADER_BYTES)
  record.writeUInt32LE(crc32(record.subarray(8)), 4)
  return record
}

/** Payloads of the good records from the beginning on; views of `bytes`. */
function recordsOf(bytes: Buffer, first: number): Uint8Array[] {
  const payloads: Uint8Array[] = []
  for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
    const end = at + HEADER_BYTES + bytes.readUInt32LE(at)
    if (end > bytes.length || bytes.readUInt32LE(at + 4) !== crc32(bytes.subarray(at + 8, end))) break
    if (bytes.readBigUInt64LE(at + 8) !== BigInt(first + payloads.length)) break
    payloads.push(bytes.subarray(at + HEADER_BYTES, end))
    at = end
  }
  return payloads
}

/** What a torn write leaves has nothing good behind it. */
function hasGoodRecordBehind(bytes: Buffer, found: readonly Uint8Array[]): boolean {
  const end = found.reduce((sum, payload) => sum + HEADER_BYTES + payload.length, 0)
  for (let at = end + 1; at + HEADER_BYTES <= bytes.length; at += 1) {
    const to = at + HEADER_BYTES + bytes.readUInt32LE(at)
    // Numbers stay far below 2^48: most places are ruled out by this.
    if (to > bytes.length || bytes.readUInt16LE(at + 14) !== 0 || to === at + HEADER_BYTES) continue
    if (bytes.readUInt32LE(at + 4) === crc32(bytes.subarray(at + 8, to))) return true
  }
  return false
}

function syncPath(path: string): void {
  const file = openSync(path, 'r+')
  try {
    syncFile(file)
  } finally {
    closeSync(file)
  }
}
