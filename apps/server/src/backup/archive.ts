/**
 * One file with many in it, each with its SHA-256: a gzip stream of one JSON line and the bytes of each
 * file in turn, and a last line that counts them, so that a cut-off archive is known as one.
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { ServerError } from '../http/problems.ts'

const FORMAT = 1
const MAX_LINE_BYTES = 65_536

/** The first line. */
export interface ArchiveHead {
  readonly belayBackup: number
  /** Of Belay. */
  readonly version: string
  readonly madeAtMs: number
  /** Absolute path of the home that was backed up. */
  readonly home: string
}

export interface ArchiveSummary {
  readonly head: ArchiveHead
  /** With folders. */
  readonly files: number
  /** Unpacked. */
  readonly sizeBytes: number
}

/** A folder is one whose path ends with a slash: it may be empty, and runs count on it. */
interface FileLine {
  readonly path: string
  readonly sizeBytes: number
  readonly sha256: string
}

function damaged(file: string, why: string, cause?: unknown): ServerError {
  return new ServerError('BACKUP_DAMAGED', `${file} cannot be used: ${why}. Take another backup file; nothing was changed.`, { cause })
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** Everything below `folder` into a new file. Error: the system's EEXIST if `file` is there. */
export async function writeArchive(file: string, folder: string, head: Omit<ArchiveHead, 'belayBackup'>): Promise<ArchiveSummary> {
  const whole: ArchiveHead = { belayBackup: FORMAT, ...head }
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => (statSync(join(folder, path)).isDirectory() ? `${path}/` : path))
    .sort()
  let sizeBytes = 0
  async function* parts(): AsyncGenerator<Buffer> {
    yield line(whole)
    for (const path of paths) {
      if (path.endsWith('/')) {
        yield line({ path, sizeBytes: 0, sha256: '' } satisfies FileLine)
        continue
      }
      const from = join(folder, path)
      const size = statSync(from).size
      sizeBytes += size
      yield line({ path, sizeBytes: size, sha256: await hashOf(from) } satisfies FileLine)
      for await (const chunk of createReadStream(from)) yield chunk as Buffer
    }
    yield line({ files: paths.length })
  }
  // Hashes of passwords and rows of every run are in it.
  await pipeline(Readable.from(parts()), createGzip(), createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true }))
  return { head: whole, files: paths.length, sizeBytes }
}

function line(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`, 'utf8')
}

/** Bytes of a stream as lines and blocks. */
class Source {
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next()
    if (done === true) return false
    this.#rest = this.#rest.length === 0 ? value : Buffer.concat([this.#rest, value])
    return true
  }

  /** null = the end, or no line. */
  async line(): Promise<Record<string, unknown> | null> {
    for (;;) {
      const end = this.#rest.indexOf(10)
      if (end >= 0) {
        const text = this.#rest.toString('utf8', 0, end)
        this.#rest = this.#rest.subarray(end + 1)
        return JSON.parse(text) as Record<string, unknown>
      }
      if (this.#rest.length > MAX_LINE_BYTES || !(await this.#more())) return null
    }
  }

  /** So many bytes, in pieces; ends early where the stream does. */
  async *bytes(count: number): AsyncGenerator<Buffer> {
    let left = count
    while (left > 0) {
      if (this.#rest.length === 0 && !(await this.#more())) return
      const piece = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(piece.length)
      left -= piece.length
      yield piece
    }
  }
}

/** Reads all of it and checks every hash; `folder` null = only that. Error: BACKUP_DAMAGED. */
export async function readArchive(file: string, folder: string | null): Promise<ArchiveSummary> {
  const raw = createReadStream(file)
  const stream = raw.pipe(createGunzip())
  raw.on('error', (error) => stream.destroy(error))
  try {
    const source = new Source(stream)
    const head = (await source.line()) as unknown as ArchiveHead | null
    if (head?.belayBackup !== FORMAT) throw damaged(file, 'it is no backup, or one of a newer Belay')
    let files = 0
    let sizeBytes = 0
    for (;;) {
      const next = await source.line()
      if (next === null) throw damaged(file, 'it ends before its end')
      if (typeof next['path'] !== 'string') {
        if (next['files'] !== files) throw damaged(file, 'files are missing in it')
        return { head, files, sizeBytes }
      }
      const entry = next as unknown as FileLine
      await readFile(file, source, entry, folder)
      files += 1
      sizeBytes += entry.sizeBytes
    }
  } catch (error) {
    throw error instanceof ServerError ? error : damaged(file, (error as Error).message, error)
  } finally {
    raw.destroy()
    stream.destroy()
  }
}

async function readFile(file: string, source: Source, { path, sizeBytes, sha256 }: FileLine, folder: string | null): Promise<void> {
  if (path.startsWith('/') || path.split(/[/\\]/).includes('..') || path.includes('\0')) throw damaged(file, `it names ${path}`)
  if (path.endsWith('/')) {
    if (folder !== null) mkdirSync(join(folder, path), { recursive: true, mode: 0o700 })
    return
  }
  const hash = createHash('sha256')
  async function* hashed(): AsyncGenerator<Buffer> {
    for await (const piece of source.bytes(sizeBytes)) {
      hash.update(piece)
      yield piece
    }
  }
  if (folder === null) for await (const _piece of hashed());
  else {
    const to = join(folder, path)
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
    await pipeline(Readable.from(hashed()), createWriteStream(to, { flags: 'wx', mode: 0o600, flush: true }))
  }
  if (hash.digest('hex') !== sha256) throw damaged(file, `${path} is not as it was`)
}
