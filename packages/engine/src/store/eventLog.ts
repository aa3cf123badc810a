/**
 * The run's events on disk: one JSON line each, numbered without gaps over restarts of the process.
 *
 * Events are labels for people, not the source of truth for recovery, so a line is handed to the
 * operating system at once but not synced: a killed process loses none, a power cut may lose the newest.
 * While the disk takes nothing, lines wait in memory: a full disk must not end a run that works.
 */
import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import type { RunEvent, RunEventBody } from '@belay/run'

/** Newest events kept in memory for joining pages. */
const RECENT = 500
const CHUNK_BYTES = 65_536
/** Full disk, quota, file size limit: there may be room again. */
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

export class EventLog {
  readonly #file: number
  readonly #offsets: number[]
  readonly recent: RunEvent[]
  /** Lines that the disk has not taken, oldest first. */
  #waiting: Buffer[] = []
  #size: number

  private constructor(file: number, offsets: number[], recent: RunEvent[], size: number) {
    this.#file = file
    this.#offsets = offsets
    this.recent = recent
    this.#size = size
  }

  /** A torn last line, left by a crash in mid-write, is cut off. */
  static open(path: string): EventLog {
    const file = openSync(path, existsSync(path) ? 'r+' : 'wx+', 0o600)
    const { offsets, end, size, last } = scanLines(file)
    if (end < size) ftruncateSync(file, end)
    const log = new EventLog(file, offsets, [], end)
    if (last > 0) log.recent.push(...log.read(Math.max(0, last - RECENT), RECENT))
    return log
  }

  /** Number of the newest event; 0 = none. */
  get seq(): number {
    return this.#offsets.length + this.#waiting.length
  }

  append(body: RunEventBody, atMs: number): RunEvent {
    const event: RunEvent = { ...body, seq: this.seq + 1, atMs }
    this.#waiting.push(Buffer.from(`${JSON.stringify(event)}\n`, 'utf8'))
    this.#flush()
    this.recent.push(event)
    if (this.recent.length > RECENT * 2) this.recent.splice(0, this.recent.length - RECENT)
    return event
  }

  /** A line that did not get through whole is written again at the same place with the next event. */
  #flush(): void {
    try {
      for (let line = this.#waiting[0]; line !== undefined; line = this.#waiting[0]) {
        let written = 0
        while (written < line.length) written += writeSync(this.#file, line, written, line.length - written, this.#size + written)
        this.#offsets.push(this.#size)
        this.#size += line.length
        this.#waiting.shift()
      }
    } catch (error) {
      if (!NO_ROOM.has((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }

  /** Events with seq > after, oldest first. */
  read(after: number, limit: number): RunEvent[] {
    const first = Math.max(0, after)
    const last = Math.min(this.#offsets.length, first + limit)
    const waiting = this.#waiting.slice(Math.max(0, first - this.#offsets.length), Math.max(0, first + limit - this.#offsets.length))
    const late = waiting.map((line) => JSON.parse(line.toString('utf8')) as RunEvent)
    if (first >= last) return late
    const from = this.#offsets[first]
    const to = last === this.#offsets.length ? this.#size : this.#offsets[last]
    const bytes = Buffer.alloc(to - from)
    let read = 0
    while (read < bytes.length) {
      const count = readSync(this.#file, bytes, read, bytes.length - read, from + read)
      if (count === 0) break
      read += count
    }
    const stored = bytes
      .toString('utf8', 0, read)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as RunEvent)
    return [...stored, ...late]
  }

  close(): void {
    closeSync(this.#file)
  }
}

function scanLines(file: number): { offsets: number[]; end: number; size: number; last: number } {
  const size = fstatSync(file).size
  const offsets: number[] = []
  const chunk = Buffer.alloc(CHUNK_BYTES)
  let end = 0
  for (let at = 0; at < size;) {
    const count = readSync(file, chunk, 0, chunk.length, at)
    if (count === 0) break
    for (let i = 0; i < count; i += 1) {
      if (chunk[i] === 10) {
        offsets.push(end)
        end = at + i + 1
      }
    }
    at += count
  }
  return { offsets, end, size, last: offsets.length }
}
