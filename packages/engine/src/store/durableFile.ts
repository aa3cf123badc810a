/**
 * Files that either exist whole or not at all (architecture D8, reliability §4).
 *
 * Every write goes to a name of its own, is synced, and only then gets the name others look for;
 * the folder is synced after. A failed fsync is never tried again: the file is given up.
 * All calls are synchronous: they run in the store thread or before a run has started (engine-spec H4).
 */
import { closeSync, linkSync, mkdirSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { syncFile } from './sync.ts'

let counter = 0

/** Unique among all processes and calls, so that two writers can never meet in one file. */
function temporaryName(folder: string): string {
  counter += 1
  return join(folder, `.tmp-${process.pid}-${process.hrtime.bigint().toString(36)}-${counter}`)
}

function writeFully(file: number, bytes: Uint8Array): void {
  let at = 0
  while (at < bytes.length) at += writeSync(file, bytes, at, bytes.length - at)
}

export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    syncFile(handle)
  } finally {
    closeSync(handle)
  }
}

/** Creates a folder, private to the user, and makes its name durable. */
export function makeFolder(folder: string): void {
  if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) syncFolder(dirname(folder))
}

function writeTemporary(folder: string, parts: readonly Uint8Array[]): string {
  const temporary = temporaryName(folder)
  const file = openSync(temporary, 'wx', 0o600)
  try {
    for (const part of parts) writeFully(file, part)
    syncFile(file)
  } catch (error) {
    closeSync(file)
    removeIfThere(temporary)
    throw error
  }
  closeSync(file)
  return temporary
}

/** Writes `parts` under `path`, replacing what was there. The folder is synced if `sync` says so. */
export function writeDurably(path: string, parts: readonly Uint8Array[], sync: 'with-folder' | 'file-only' = 'with-folder'): void {
  const folder = dirname(path)
  const temporary = writeTemporary(folder, parts)
  try {
    renameSync(temporary, path)
  } catch (error) {
    removeIfThere(temporary)
    throw error
  }
  if (sync === 'with-folder') syncFolder(folder)
}

/** The name was made, but it is not known whether it is durable: only a later look at the disk tells. */
export class UncertainWrite extends Error {}

/**
 * Writes `parts` under `path` only if nobody has: the second of two writers gets `false`.
 * `link` fails on an existing name, which is the compare-and-swap (contracts: Runs).
 * Throws UncertainWrite if the folder could not be synced after the name was made.
 */
export function createDurably(path: string, parts: readonly Uint8Array[]): boolean {
  const folder = dirname(path)
  const temporary = writeTemporary(folder, parts)
  try {
    linkSync(temporary, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    removeIfThere(temporary)
  }
  try {
    syncFolder(folder)
  } catch (error) {
    throw new UncertainWrite(error instanceof Error ? error.message : String(error), { cause: error })
  }
  return true
}

export function removeIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
