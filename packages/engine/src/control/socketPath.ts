/** Where run processes put their sockets: a short folder of the user's own (contracts: Runs). */
import { randomBytes } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { EngineError } from '../operator/engineError.ts'

/** The system cuts longer paths silently on some platforms. */
const MAX_PATH_BYTES = 100
const SOCKET_NAME = 's'
const LEFT_BEHIND_MS = 600_000

/** In a folder of its own, which a process may have without the sockets of others. */
export function newSocketPath(): string {
  const folder = join(socketFolder(), randomBytes(9).toString('base64url'))
  mkdirSync(folder, { mode: 0o700 })
  const path = join(folder, SOCKET_NAME)
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new EngineError(
      'SOCKET_PATH_TOO_LONG',
      `The socket path ${path} is longer than ${MAX_PATH_BYTES} bytes. Set XDG_RUNTIME_DIR to a shorter folder.`,
    )
  }
  return path
}

/** The socket and its folder, wherever they are; what is no socket is left alone. */
export function removeSocket(path: string): void {
  try {
    if (lstatSync(path).isSocket()) rmSync(path)
  } catch {
    // It has gone already.
  }
  if (basename(path) === SOCKET_NAME) removeEmpty(dirname(path))
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // It is gone, or somebody's.
  }
}

/** Folders that processes have left behind, who cannot remove their own. */
export function sweepSocketFolders(): void {
  const folder = socketFolder()
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    const madeMs = statSync(path, { throwIfNoEntry: false })?.ctimeMs
    if (madeMs !== undefined && Date.now() - madeMs > LEFT_BEHIND_MS) removeEmpty(path)
  }
}

function socketFolder(): string {
  const runtime = process.env['XDG_RUNTIME_DIR']
  const user = userInfo()
  const folder = runtime !== undefined && runtime !== '' ? join(runtime, 'belay') : join(tmpdir(), `belay-${user.uid}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const found = lstatSync(folder)
  if (!found.isDirectory() || (user.uid >= 0 && found.uid !== user.uid)) {
    throw new EngineError(
      'SOCKET_FOLDER_FOREIGN',
      `${folder} belongs to someone else, so sockets in it could be intercepted. Remove it or set XDG_RUNTIME_DIR to a folder of your own.`,
    )
  }
  if ((found.mode & 0o077) !== 0) chmodSync(folder, 0o700)
  return folder
}
