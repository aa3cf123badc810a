/** File calls of the sink, each durable when it returns; errors say what to do next. */
import { closeSync, copyFileSync, existsSync, linkSync, mkdirSync, openSync, readdirSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { EngineError, syncFile } from '@belay/engine/operator'

const FULL = new Set(['ENOSPC', 'EDQUOT'])

/** The disk has no room: a reason to wait, not to fail. */
export function isDiskFull(error: unknown): boolean {
  return FULL.has((error as NodeJS.ErrnoException | null)?.code ?? '') || (error instanceof EngineError && error.code === 'DISK_FULL')
}

export function explained<T>(what: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (error instanceof EngineError) throw error
    const { code } = error as NodeJS.ErrnoException
    const next = isDiskFull(error)
      ? 'The disk is full: free some space.'
      : code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
        ? 'The folder may not be written to: choose another or change its rights.'
        : code === 'ENOTDIR' || code === 'EEXIST'
          ? 'A part of the path is a file: choose another folder.'
          : 'Check the folder.'
    throw new EngineError(isDiskFull(error) ? 'DISK_FULL' : 'FOLDER_NOT_WRITABLE', `${what}: ${(error as Error).message}. ${next}`, {
      cause: error,
    })
  }
}

export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    syncFile(handle)
  } finally {
    closeSync(handle)
  }
}

export function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true })
}

/** Moves a file and makes both names durable. */
export function moveDurably(from: string, to: string, folders: readonly string[]): void {
  renameSync(from, to)
  for (const folder of folders) syncFolder(folder)
}

/** A second name for a file that never changes again, or a copy where the file system has no links; `folder` is that of `to`. */
export function linkDurably(from: string, to: string, folder: string): void {
  if (existsSync(to)) return
  try {
    linkSync(from, to)
  } catch {
    const temporary = `${to}.new`
    copyFileSync(from, temporary)
    syncPath(temporary)
    renameSync(temporary, to)
  }
  syncFolder(folder)
}

function syncPath(path: string): void {
  const file = openSync(path, 'r+')
  try {
    syncFile(file)
  } finally {
    closeSync(file)
  }
}

/** Writes at `position` whatever the file's own position is, so that a write that broke off can be repeated. */
export function writeAllAt(file: number, bytes: Uint8Array, position: number): void {
  let at = 0
  while (at < bytes.length) at += writeSync(file, bytes, at, bytes.length - at, position + at)
}

export function replaceDurably(path: string, folder: string, text: string): void {
  const temporary = `${path}.new`
  const file = openSync(temporary, 'w', 0o644)
  try {
    writeAllAt(file, Buffer.from(text, 'utf8'), 0)
    syncFile(file)
  } finally {
    closeSync(file)
  }
  renameSync(temporary, path)
  syncFolder(folder)
}

export function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : []
}

export function removeIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
