/** Where run processes put their sockets: a short folder of the user's own (contracts: Runs). */
import { randomBytes } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { EngineError } from '../operator/engineError.ts'

/** The system cuts longer paths silently on some platforms. */
const MAX_PATH_BYTES = 100

export function newSocketPath(): string {
  const folder = socketFolder()
  const path = join(folder, `${randomBytes(9).toString('base64url')}.sock`)
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new EngineError(
      'SOCKET_PATH_TOO_LONG',
      `The socket path ${path} is longer than ${MAX_PATH_BYTES} bytes. Set XDG_RUNTIME_DIR to a shorter folder.`,
    )
  }
  return path
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
