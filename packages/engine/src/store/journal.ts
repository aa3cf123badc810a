/**
 * The job's journal: desired state, attempts, budget, answered commands. Entries are durable
 * before the effect that follows them starts (engine-spec §3).
 *
 * Record: length u32 · crc32 u32 (over seq and payload) · seq u32 · payload (JSON, UTF-8); zeros behind
 * the last one are reserved room, so that a recovery can be journaled while the disk is full.
 * On opening, a damaged record at the tail is wiped (it was never acknowledged); a damaged
 * record with good ones behind it is corruption and refused.
 */
import { closeSync, existsSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { EngineError } from '../operator/engineError.ts'
import { syncFile } from './sync.ts'
import { syncFolder } from './durableFile.ts'

const HEADER_BYTES = 12
const MAX_ENTRY_BYTES = 16 * 1024 * 1024
/** Some hundred attempts and commands. */
const RESERVE_BYTES = 65_536

export class Journal {
  readonly #file: number
  #sequence: number
  #broken = false
  #at: number
  /** Bytes of the file, reserved room included. */
  #sizeBytes: number

  private constructor(file: number, sequence: number, at: number, sizeBytes: number) {
    this.#file = file
    this.#sequence = sequence
    this.#at = at
    this.#sizeBytes = sizeBytes
  }

  /** Opens or creates the journal and returns what it holds, oldest first. */
  static open(path: string): { journal: Journal; entries: unknown[] } {
    const isNew = !existsSync(path)
    const file = openSync(path, isNew ? 'wx+' : 'r+', 0o600)
    if (isNew) syncFolder(dirname(path))
    const bytes = isNew ? new Uint8Array(0) : readFileSync(path)
    const { entries, end, next } = readEntries(bytes, path)
    if (bytes.subarray(end).some((byte) => byte !== 0)) {
      writeSync(file, new Uint8Array(bytes.length - end), 0, bytes.length - end, end)
      syncFile(file)
    }
    const journal = new Journal(file, next, end, bytes.length)
    journal.#reserve()
    return { journal, entries }
  }

  /** Returns when the entry is on disk. After a failure the journal refuses everything: what is on disk is unknown. */
  append(entry: unknown): void {
    if (this.#broken)
      throw new EngineError(
        'JOURNAL_BROKEN',
        'The journal failed earlier and takes nothing more. Free space on the disk and start the run again.',
      )
    const payload = Buffer.from(JSON.stringify(entry), 'utf8')
    const record = Buffer.alloc(HEADER_BYTES + payload.length)
    record.writeUInt32LE(payload.length, 0)
    record.writeUInt32LE(this.#sequence, 8)
    payload.copy(record, HEADER_BYTES)
    record.writeUInt32LE(crc32(record.subarray(8)), 4)
    try {
      this.#append(record)
    } catch (error) {
      this.#broken = true
      throw error
    }
    this.#sequence += 1
  }

  #append(record: Buffer): void {
    this.#assertOwn()
    let written = 0
    while (written < record.length) written += writeSync(this.#file, record, written, record.length - written, this.#at + written)
    syncFile(this.#file)
    this.#at += record.length
    this.#reserve()
  }

  /** Behind the last entry there is nothing, unless a process that has replaced this one has gone on writing. */
  #assertOwn(): void {
    const next = Buffer.alloc(HEADER_BYTES)
    readSync(this.#file, next, 0, HEADER_BYTES, this.#at)
    if (next.some((byte) => byte !== 0))
      throw new EngineError(
        'JOURNAL_TAKEN',
        'Another process of this run writes the journal by now, so this one has been replaced and ends.',
      )
  }

  /** Without room for a reserve the journal works on as long as entries fit. */
  #reserve(): void {
    const missing = this.#at + RESERVE_BYTES / 2 - this.#sizeBytes
    if (missing <= 0) return
    const wanted = this.#at + RESERVE_BYTES - this.#sizeBytes
    try {
      this.#sizeBytes += writeSync(this.#file, new Uint8Array(wanted), 0, wanted, this.#sizeBytes)
      syncFile(this.#file)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }

  close(): void {
    closeSync(this.#file)
  }
}

function readEntries(bytes: Uint8Array, path: string): { entries: unknown[]; end: number; next: number } {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const entries: unknown[] = []
  let at = 0
  while (at < view.length) {
    const payload = entryAt(view, at, entries.length)
    if (payload === null) {
      if (hasGoodRecordAfter(view, at, entries.length)) {
        throw new EngineError(
          'JOURNAL_CORRUPT',
          `The journal ${path} is damaged at byte ${at}, with good entries behind the damage, so it was changed after it was written. Restore the run folder from a backup or start a new run.`,
        )
      }
      break
    }
    entries.push(JSON.parse(payload.toString('utf8')))
    at += HEADER_BYTES + payload.length
  }
  return { entries, end: at, next: entries.length }
}

function entryAt(view: Buffer, at: number, sequence: number | null): Buffer | null {
  if (at + HEADER_BYTES > view.length) return null
  const length = view.readUInt32LE(at)
  if (length > MAX_ENTRY_BYTES || at + HEADER_BYTES + length > view.length) return null
  if (sequence !== null && view.readUInt32LE(at + 8) !== sequence) return null
  if (view.readUInt32LE(at + 4) !== crc32(view.subarray(at + 8, at + HEADER_BYTES + length))) return null
  return view.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length)
}

function hasGoodRecordAfter(view: Buffer, from: number, sequence: number): boolean {
  if (view.subarray(from).every((byte) => byte === 0)) return false
  for (let at = from + 1; at + HEADER_BYTES < view.length; at += 1) {
    const found = entryAt(view, at, null)
    if (found !== null && found.length > 1 && view.readUInt32LE(at + 8) > sequence) return true
  }
  return false
}
