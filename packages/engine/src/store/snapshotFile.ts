/**
 * An operator's state on disk: whole, or the pages that differ from a snapshot before it
 * (engine-spec H22).
 *
 * A delta owns its whole chain: the files it lies on are linked beside it as `<file>.base1` (the whole
 * one) to `<file>.baseN`, so that a snapshot can be deleted without looking at others, and no other
 * part of the engine knows of chains. Each delta names the hash of the file before it.
 */
import { existsSync, linkSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EngineError } from '../operator/engineError.ts'
import { PAGE_BYTES } from '../state/snapshotFrame.ts'
import { removeIfThere, writeDurably } from './durableFile.ts'
import { frameParts, readFrame, type FrameHeader, type ReadFrame } from './frame.ts'

export interface Delta {
  /** File of the snapshot before, in the same folder. */
  readonly base: string
  readonly baseSha256: string
  readonly pages: readonly number[]
}

export interface Written {
  readonly sha256: string
  /** Of the file itself. */
  readonly sizeBytes: number
}

function basePath(folder: string, file: string, number: number): string {
  return join(folder, `${file}.base${number}`)
}

/** Files that a snapshot lies on, from the whole one on. */
function basesOf(folder: string, file: string): string[] {
  const bases: string[] = []
  for (let number = 1; existsSync(basePath(folder, file, number)); number += 1) bases.push(basePath(folder, file, number))
  return bases
}

/** Durable when the folder is synced. Leaves nothing if it fails. */
export function writeSnapshot(folder: string, file: string, header: FrameHeader, frame: Uint8Array, delta: Delta | null): Written {
  try {
    return write(folder, file, header, frame, delta)
  } catch (error) {
    deleteSnapshot(folder, file)
    throw error
  }
}

function write(folder: string, file: string, header: FrameHeader, frame: Uint8Array, delta: Delta | null): Written {
  if (delta === null) {
    const { parts, sha256, sizeBytes } = frameParts(header, [frame])
    writeDurably(join(folder, file), parts, 'file-only')
    return { sha256, sizeBytes }
  }
  const chain = [...basesOf(folder, delta.base), join(folder, delta.base)]
  chain.forEach((path, i) => linkSync(path, basePath(folder, file, i + 1)))
  const pages = delta.pages.map((page) => frame.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES))
  const { parts, sha256, sizeBytes } = frameParts(
    { ...header, delta: { baseSha256: delta.baseSha256, pages: delta.pages, frameBytes: frame.length } },
    pages,
  )
  writeDurably(join(folder, file), parts, 'file-only')
  return { sha256, sizeBytes }
}

export function deleteSnapshot(folder: string, file: string): void {
  const bases = basesOf(folder, file)
  removeIfThere(join(folder, file))
  for (const base of bases.reverse()) removeIfThere(base)
}

/** Removes what a checkpoint that never came about, or a write that broke off, has left. `named`: by any manifest there is. */
export function sweepSnapshots(folder: string, named: ReadonlySet<string>): void {
  for (const name of readdirSync(folder)) if (!named.has(name.replace(/\.base\d+$/, ''))) removeIfThere(join(folder, name))
}

/** The frame as it was in memory. Throws SNAPSHOT_MISSING or SNAPSHOT_CORRUPT if any file of the chain is not what it should be. */
export function readSnapshot(folder: string, file: string, sha256: string | null): Uint8Array {
  const chain = [...basesOf(folder, file), join(folder, file)]
  let frame: Uint8Array = new Uint8Array(0)
  let before: string | null = null
  let last: ReadFrame | null = null
  for (const path of chain) {
    last = readFrame(bytesOf(path), path)
    const { delta } = last.header
    if ((delta?.baseSha256 ?? null) !== before)
      throw new EngineError(
        'SNAPSHOT_CORRUPT',
        `The checkpoint file ${path} does not follow the one it was laid over. An older checkpoint has to be used.`,
      )
    frame = delta === undefined ? last.payload : laidOver(frame, delta, last.payload)
    before = last.sha256
  }
  if (last?.sha256 !== sha256)
    throw new EngineError(
      'SNAPSHOT_CORRUPT',
      `The checkpoint file ${join(folder, file)} is whole but is not the one its manifest names. An older checkpoint has to be used.`,
    )
  return frame
}

function laidOver(base: Uint8Array, delta: NonNullable<FrameHeader['delta']>, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(delta.frameBytes)
  frame.set(base.subarray(0, Math.min(base.length, frame.length)))
  let at = 0
  for (const page of delta.pages) {
    const from = page * PAGE_BYTES
    const length = Math.min(PAGE_BYTES, frame.length - from)
    frame.set(payload.subarray(at, at + length), from)
    at += length
  }
  return frame
}

function bytesOf(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new EngineError(
      'SNAPSHOT_MISSING',
      `The checkpoint file ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}). An older checkpoint has to be used.`,
      { cause: error },
    )
  }
}
