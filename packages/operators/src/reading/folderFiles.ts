/**
 * The files of a folder or a pattern, read one after another in the order of their names.
 *
 * Without following, the files are those that were there at the start. With it, new files are read as they
 * come, and those that grow in turn. A file is known by its name, and over a new name by its inode and first
 * bytes, so that one which a log rotation renames within the pattern goes on where it was.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { EngineError, type OperatorContext, type StateValue } from '@belay/engine/operator'
import { FilePlaces, type KeptPlace } from './filePlaces.ts'
import type { ReadFiles, TextSourceConfig } from './readFiles.ts'
import { TextFile, type RecordFormat, type SourceOutput } from './textFile.ts'

interface Folder {
  /** The files are known; without following they stay those. */
  readonly listed: boolean
  readonly newest: number | null
}

interface Seen {
  readonly path: string
  readonly sizeBytes: number
  readonly inode: number
}

/** Files are looked for at most this often, and so that it takes at most a twentieth of the time. */
const SCAN_MS = 200
const SCAN_SHARE = 20
/** Batches of one file before the next one has its turn. */
const TURN_BATCHES = 16
const OPEN_FILES = 8

export class FolderFiles implements ReadFiles {
  readonly #context: OperatorContext<TextSourceConfig>
  readonly #makeFormat: () => RecordFormat
  readonly #outputs: readonly SourceOutput[]
  readonly #places: FilePlaces
  readonly #folder: StateValue<Folder>
  /** Files that were opened, the one used last at the end. */
  readonly #open = new Map<string, TextFile>()
  /** Names with something to read, as far as is known. */
  readonly #unread = new Set<string>()
  /** Size at which nothing more could be read, e.g. because the last line is not whole. */
  readonly #drained = new Map<string, number>()
  #current: string | null = null
  /** Name whose turn was last. */
  #last = ''
  #batches = 0
  /** Of all files, for the share read. */
  #readBytes = 0
  #sizeBytes = 0
  #newest: number
  #nextScanAtMs = 0
  #waiting = false

  constructor(context: OperatorContext<TextSourceConfig>, makeFormat: () => RecordFormat, outputs: readonly SourceOutput[]) {
    this.#context = context
    this.#makeFormat = makeFormat
    this.#outputs = outputs
    this.#places = new FilePlaces(context)
    this.#folder = context.state.value<Folder>('folder', 1, { listed: false, newest: null })
    this.#newest = this.#folder.get().newest ?? -Infinity
    const { names } = this.#places
    context.count('files', names.length)
    if (!context.config.follow) for (const name of names) if (this.#hasMore(name)) this.#unread.add(name)
    this.#sum()
  }

  current(): TextFile | null {
    const { follow } = this.#context.config
    if (this.#current === null && (follow || !this.#folder.get().listed)) this.#scan()
    const name = this.#current ?? this.#next()
    if (name === null) return null
    const file = this.#opened(name)
    if (file.open()) {
      this.#current = name
      return file
    }
    // Its first line, which names the columns, is not whole yet.
    this.#drained.set(name, this.#places.get(name).sizeBytes)
    this.#unread.delete(name)
    return null
  }

  keep(more: boolean): 'more' | 'nothing now' | 'ended' {
    const name = this.#current
    if (name === null) return this.#rest()
    const file = this.#opened(name)
    const known = this.#places.get(name)
    const sizeBytes = Math.max(file.sizeBytes, file.offset)
    this.#readBytes += file.offset - known.offset
    this.#sizeBytes += sizeBytes - known.sizeBytes
    this.#places.set(name, { ...known, ...file.place, newest: file.newest, sizeBytes })
    if (file.newest > this.#newest) {
      this.#newest = file.newest
      this.#folder.set({ ...this.#folder.get(), newest: this.#newest })
    }
    this.#batches += 1
    if (!more) {
      this.#drained.set(name, file.sizeBytes)
      this.#unread.delete(name)
      if (!this.#context.config.follow) this.#close(name)
    }
    if (more && (!this.#context.config.follow || this.#batches < TURN_BATCHES)) return 'more'
    this.#current = null
    this.#last = name
    this.#batches = 0
    return this.#rest()
  }

  #rest(): 'more' | 'nothing now' | 'ended' {
    return this.#unread.size > 0 ? 'more' : this.#context.config.follow ? 'nothing now' : 'ended'
  }

  /** While files that were begun have more rows, the one that is furthest behind says how late it is. */
  get newest(): number {
    let least = this.#newest
    if (this.#context.config.follow)
      for (const name of this.#unread) {
        const { newest } = this.#places.get(name)
        if (newest > -Infinity) least = Math.min(least, newest)
      }
    return least
  }

  get progress(): number | null {
    return this.#sizeBytes === 0 ? null : this.#readBytes / this.#sizeBytes
  }

  #sum(): void {
    this.#readBytes = 0
    this.#sizeBytes = 0
    for (const name of this.#places.names) {
      const { offset, sizeBytes } = this.#places.get(name)
      this.#readBytes += offset
      this.#sizeBytes += sizeBytes
    }
  }

  close(): void {
    for (const name of this.#open.keys()) this.#close(name)
  }

  #close(name: string): void {
    this.#open.get(name)?.close()
    this.#open.delete(name)
  }

  #hasMore(name: string): boolean {
    const { offset, sizeBytes } = this.#places.get(name)
    return sizeBytes > offset && this.#drained.get(name) !== sizeBytes
  }

  /** The next name in order that has something to read, from the last one on and round. */
  #next(): string | null {
    if (this.#unread.size === 0) return null
    const { names } = this.#places
    let from = 0
    for (let to = names.length; from < to;) {
      const middle = (from + to) >> 1
      if (names[middle] > this.#last) to = middle
      else from = middle + 1
    }
    for (let i = 0; i < names.length; i += 1) {
      const name = names[(from + i) % names.length]
      if (this.#unread.has(name)) return name
    }
    return null
  }

  #opened(name: string): TextFile {
    let file = this.#open.get(name)
    if (file === undefined) {
      const { newest, offset, line, head } = this.#places.get(name)
      file = new TextFile(name, this.#makeFormat(), this.#outputs, { offset, line, head }, newest, {
        files: this.#context.files,
        follow: this.#context.config.follow,
        renamed: true,
        label: `${name}, `,
        rowError: (error) => this.#context.rowError(error),
      })
    }
    this.#open.delete(name)
    this.#open.set(name, file)
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= OPEN_FILES) break
      this.#close(oldest)
    }
    return file
  }

  #scan(): void {
    const startedAtMs = this.#context.nowMs()
    if (startedAtMs < this.#nextScanAtMs) return
    const { file: pattern, follow } = this.#context.config
    const found = new Map<string, Seen>()
    for (const name of this.#context.files.matching(pattern)) {
      const path = this.#path(name)
      const stat = path === null ? undefined : statSync(path, { throwIfNoEntry: false })
      if (path !== null && stat !== undefined && stat.isFile()) found.set(name, { path, sizeBytes: stat.size, inode: stat.ino })
    }
    this.#nextScanAtMs = startedAtMs + Math.max(SCAN_MS, (this.#context.nowMs() - startedAtMs) * SCAN_SHARE)
    if (found.size === 0 && !follow)
      throw new EngineError('FILE_NOT_FOUND', `No file matches ${pattern}. Check the pattern, or put files there and start again.`)
    if (found.size === 0 && !this.#waiting) {
      this.#waiting = true
      this.#context.count('waiting for file', 1)
    }
    this.#follow(found)
    for (const [name, { sizeBytes, inode }] of found) {
      if (!this.#places.has(name)) this.#context.count('files', 1)
      const known = this.#places.get(name)
      if (known.sizeBytes !== sizeBytes || known.inode !== inode) this.#places.set(name, { ...known, sizeBytes, inode })
      if (sizeBytes < known.offset) throw replaced(name, known.offset)
      if (this.#hasMore(name)) this.#unread.add(name)
    }
    this.#sum()
    if (!this.#folder.get().listed) this.#folder.set({ ...this.#folder.get(), listed: true })
  }

  /** Places go with files that have another name now; those of files that are gone are forgotten. */
  #follow(found: ReadonlyMap<string, Seen>): void {
    const moved = new Map<string, KeptPlace>()
    const lost = this.#places.names.filter((name) => found.get(name)?.inode !== this.#places.get(name).inode)
    if (lost.length === 0) return
    const fresh = new Map<number, string>()
    for (const [name, { inode }] of found) if (this.#places.get(name).inode !== inode) fresh.set(inode, name)
    for (const name of lost) {
      const place = this.#places.get(name)
      const now = fresh.get(place.inode)
      const seen = now === undefined ? undefined : found.get(now)
      if (now !== undefined && seen !== undefined && seen.sizeBytes >= place.offset && beginsWith(seen.path, place.head))
        moved.set(now, place)
      else if (found.has(name)) throw replaced(name, place.offset)
      else if (this.#unreadBytes(name) > 0)
        throw new EngineError(
          'FILE_GONE',
          `${name} is gone, and ${this.#unreadBytes(name)} bytes of it had not been read. Put it back; where logs are rotated, let the pattern match the new names too (e.g. app.log*).`,
        )
    }
    for (const name of lost) {
      this.#close(name)
      this.#places.remove(name)
      this.#unread.delete(name)
      this.#drained.delete(name)
    }
    for (const [name, place] of moved) this.#places.set(name, place)
  }

  /** Of a file that is gone; a last line that was never whole does not count. */
  #unreadBytes(name: string): number {
    const { offset, sizeBytes } = this.#places.get(name)
    const size = Math.max(sizeBytes, offset + (this.#open.get(name)?.unreadBytes ?? 0))
    return this.#drained.get(name) === size ? 0 : size - offset
  }

  /** null = it went away meanwhile. */
  #path(name: string): string | null {
    try {
      return this.#context.files.readable(name)
    } catch (error) {
      if (error instanceof EngineError && error.code === 'FILE_NOT_FOUND') return null
      throw error
    }
  }
}

function replaced(name: string, offset: number): EngineError {
  return new EngineError(
    'FILE_TRUNCATED',
    `${name} was shortened or replaced after ${offset} bytes had been read. Put the old file back, or start a new run; where logs are rotated, let the pattern match the new names too (e.g. app.log*).`,
  )
}

function beginsWith(path: string, head: string): boolean {
  const known = Buffer.from(head, 'base64')
  const bytes = Buffer.alloc(known.length)
  const file = openSync(path, 'r')
  try {
    readSync(file, bytes, 0, bytes.length, 0)
  } finally {
    closeSync(file)
  }
  return bytes.equals(known)
}
