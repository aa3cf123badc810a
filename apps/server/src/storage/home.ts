/** BELAY_HOME: where pipelines, runs and files live, and the lock that lets one server use it. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import Database from 'libsql'
import { ServerError } from '../http/problems.ts'

export interface Home {
  readonly path: string
  readonly files: string
  readonly database: string
}

export function homePath(given: string | undefined): string {
  return resolve(given ?? process.env['BELAY_HOME'] ?? join(homedir(), '.belay'))
}

export function auditPath(home: string): string {
  return join(home, 'audit.jsonl')
}

/** Makes the folder if it is not there. Error: HOME_NOT_WRITABLE. */
export function openHome(given: string | undefined): Home {
  const path = homePath(given)
  const home: Home = { path, files: join(path, 'files'), database: join(path, 'belay.db') }
  const probe = join(path, `.probe-${process.pid}`)
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    mkdirSync(home.files, { recursive: true, mode: 0o700 })
    writeFileSync(probe, '')
    rmSync(probe)
  } catch (error) {
    throw new ServerError(
      'HOME_NOT_WRITABLE',
      `${path} cannot be written to: ${(error as Error).message}. Choose another folder with --home or BELAY_HOME.`,
      { cause: error },
    )
  }
  return home
}

/** The server that uses a home, as it has written it down itself. */
export interface ServerNote {
  readonly pid: number
  readonly url: string
}

function notePath(path: string): string {
  return join(path, 'server.json')
}

/** null = no server has noted itself; one that is gone may have left its note. */
export function readServerNote(path: string): ServerNote | null {
  try {
    return JSON.parse(readFileSync(notePath(path), 'utf8')) as ServerNote
  } catch {
    return null
  }
}

export interface HomeLock {
  /** Tells others where this server is. */
  note(url: string): void
  release(): void
}

/**
 * Refuses a second server. The lock is one of the operating system on `lock.db`, so it ends with the
 * process however that ends, and no file of a dead server is in the way. Error: HOME_IN_USE.
 */
export function lockHome(home: Home): HomeLock {
  const database = new Database(join(home.path, 'lock.db'))
  try {
    database.exec('PRAGMA busy_timeout = 0')
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    const other = readServerNote(home.path)
    throw new ServerError(
      'HOME_IN_USE',
      `Another Belay server${other === null ? '' : ` (process ${other.pid}, ${other.url})`} uses ${home.path}. Stop it first, or choose another folder with --home.`,
      { cause: error },
    )
  }
  let held = true
  return {
    note(url) {
      const temporary = `${notePath(home.path)}.${process.pid}`
      writeFileSync(temporary, JSON.stringify({ pid: process.pid, url } satisfies ServerNote), { mode: 0o600 })
      renameSync(temporary, notePath(home.path))
    },
    release() {
      if (!held) return
      held = false
      rmSync(notePath(home.path), { force: true })
      database.close()
    },
  }
}
