/**
 * A file brought into a root: written beside its place under a hidden name and renamed when it is whole
 * and on the disk, so that no operator ever reads half of one, and nothing that is there is written over.
 */
import { randomUUID } from 'node:crypto'
import { closeSync, createWriteStream, fsyncSync, linkSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ServerError } from '../http/problems.ts'
import { resolveFile, type Roots } from './roots.ts'

const UPLOAD_LIMIT_BYTES = 4 * 1024 ** 3
const NAMES_TRIED = 1000

export interface Uploaded {
  /** As a config takes it; numbered where the name was taken. */
  readonly file: string
  readonly sizeBytes: number
}

/**
 * `name` is `root:path`; folders on the way are made.
 * Errors: FILE_NAME_REFUSED, ROOT_READ_ONLY, FILE_TOO_LARGE, DISK_FULL.
 */
export async function receiveFile(roots: Roots, name: string, body: Readable, limitBytes = UPLOAD_LIMIT_BYTES): Promise<Uploaded> {
  const { path, root } = resolveFile(roots, name)
  const base = basename(path)
  if (name.endsWith('/') || name.endsWith(':') || base.startsWith('.') || base.length > 200)
    throw new ServerError(
      'FILE_NAME_REFUSED',
      `${JSON.stringify(name)} is no name for a file. Name it as root:path, e.g. home:input/rows.csv.`,
    )
  if (!root.writable)
    throw new ServerError('ROOT_READ_ONLY', `Nothing can be put into ${name.slice(0, name.indexOf(':'))}. Put the file into home instead.`)
  const folder = dirname(path)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const partial = join(folder, `.upload-${randomUUID()}`)
  try {
    await pipeline(body, limited(name, limitBytes), createWriteStream(partial, { flags: 'wx', mode: 0o600 }))
    flush(partial)
    const taken = place(partial, path)
    flush(folder)
    const { size } = statSync(taken)
    return { file: `${name.slice(0, name.length - base.length)}${basename(taken)}`, sizeBytes: size }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
      throw new ServerError('DISK_FULL', `The disk is full; nothing of ${base} was kept. Make room and send it again.`, { cause: error })
    throw error
  } finally {
    rmSync(partial, { force: true })
  }
}

function limited(name: string, limitBytes: number): Transform {
  let sizeBytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length
      if (sizeBytes <= limitBytes) return done(null, chunk)
      done(
        new ServerError(
          'FILE_TOO_LARGE',
          `${name} is larger than ${Math.round(limitBytes / 1e6)} MB. Copy it into the folder files of Belay's home.`,
        ),
      )
    },
  })
}

function flush(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Links the file to its name, or to the first numbered one that is free: a link never replaces. */
function place(from: string, path: string): string {
  const ending = extname(path)
  const stem = path.slice(0, path.length - ending.length)
  for (let n = 1; n <= NAMES_TRIED; n += 1) {
    const to = n === 1 ? path : `${stem}-${n}${ending}`
    try {
      linkSync(from, to)
      return to
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  throw new ServerError('FILE_NAME_REFUSED', `There are ${NAMES_TRIED} files of the name ${basename(path)} already. Choose another name.`)
}
