/**
 * The manifest: the commit point of a checkpoint (engine-spec H8). It names every operator's file
 * with its hash, and the hash of the manifest before it.
 *
 * Invariants: `manifests/<seq>.json` is created exclusively, so of two processes of one run only
 * one gets each number (H11); a checkpoint exists if and only if its manifest and all files verify;
 * files are made durable before the manifest names them, and deleted only after it is gone.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDurably, removeIfThere, syncFolder } from './durableFile.ts'
import { deleteSnapshot, readSnapshot } from './snapshotFile.ts'

export const MANIFEST_FORMAT = 1

/** One operator instance in a checkpoint. `file` null = it has no state. */
export interface ManifestOperator {
  readonly instance: string
  readonly window: number
  readonly attempt: number
  readonly file: string | null
  readonly sizeBytes: number
  readonly sha256: string | null
  /** Its inputs had ended: the state counts for all later windows too. */
  readonly finished: boolean
}

export interface Manifest {
  readonly format: number
  /** Number in the run, without gaps except where a writer lost the race. */
  readonly seq: number
  readonly runId: string
  readonly planHash: string
  readonly window: number
  readonly lineage: number
  readonly attempt: number
  /** Wall clock, a label. */
  readonly atMs: number
  readonly durationMs: number
  readonly pinned: boolean
  readonly operators: readonly ManifestOperator[]
  /** Each sink's last acknowledged commit. */
  readonly sinks: Readonly<Record<string, number>>
  /** sha256 of the manifest before it; null for the first. */
  readonly parent: string | null
}

export interface StoredManifest {
  readonly manifest: Manifest
  readonly sha256: string
}

function manifestPath(folder: string, seq: number): string {
  return join(folder, `${seq}.json`)
}

/**
 * Returns false if the number is taken: another process of this run has written it. One below the
 * highest counts as taken even if retention has freed it: who wants it has been replaced (engine-spec H11).
 */
export function writeManifest(folder: string, manifest: Manifest): { stored: boolean; sha256: string } {
  const bytes = Buffer.from(`${JSON.stringify(manifest)}\n`, 'utf8')
  const sha256 = sha256Of(bytes)
  const path = manifestPath(folder, manifest.seq)
  if (isSuperseded(folder, manifest.seq) || !createDurably(path, [bytes])) return { stored: false, sha256 }
  if (!isSuperseded(folder, manifest.seq)) return { stored: true, sha256 }
  removeIfThere(path)
  syncFolder(folder)
  return { stored: false, sha256 }
}

function isSuperseded(folder: string, seq: number): boolean {
  return readdirSync(folder).some((name) => Number(/^(\d+)\.json$/.exec(name)?.[1] ?? -1) > seq)
}

/** Manifest first, then its files, each step durable before the next. */
export function deleteManifest(manifests: string, snapshots: string, seq: number, files: readonly string[]): void {
  removeIfThere(manifestPath(manifests, seq))
  syncFolder(manifests)
  for (const file of files) deleteSnapshot(snapshots, file)
}

export interface ManifestListing {
  /** Readable manifests, oldest first. */
  readonly manifests: readonly StoredManifest[]
  /** Numbers whose file cannot be read, with the reason. */
  readonly damaged: readonly { readonly seq: number; readonly reason: string }[]
  /** Next free number. */
  readonly nextSeq: number
}

export function listManifests(folder: string): ManifestListing {
  if (!existsSync(folder)) return { manifests: [], damaged: [], nextSeq: 1 }
  const manifests: StoredManifest[] = []
  const damaged: { seq: number; reason: string }[] = []
  let highest = 0
  const numbers = readdirSync(folder)
    .map((name) => /^(\d+)\.json$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b)
  for (const seq of numbers) {
    highest = Math.max(highest, seq)
    try {
      const bytes = readFileSync(manifestPath(folder, seq))
      const manifest = JSON.parse(bytes.toString('utf8')) as Manifest
      if (manifest.format !== MANIFEST_FORMAT) throw new Error(`format ${String(manifest.format)} is not known to this version`)
      if (manifest.seq !== seq) throw new Error(`it says it is number ${manifest.seq}`)
      manifests.push({ manifest, sha256: sha256Of(bytes) })
    } catch (error) {
      damaged.push({ seq, reason: error instanceof Error ? error.message : String(error) })
    }
  }
  return { manifests, damaged, nextSeq: highest + 1 }
}

/** Throws if any file that the manifest names is missing or damaged. */
export function verifyManifest(snapshots: string, manifest: Manifest): void {
  for (const operator of manifest.operators) {
    if (operator.file !== null) readState(snapshots, operator)
  }
}

/** An operator's state as it was handed to the store; null if it has none. */
export function readState(snapshots: string, operator: ManifestOperator): Uint8Array | null {
  return operator.file === null ? null : readSnapshot(snapshots, operator.file, operator.sha256)
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
