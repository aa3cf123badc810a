/**
 * Whether a snapshot is written whole or as the pages that differ from one before it
 * (engine-spec H22): only if that one is kept by the newest manifest and is exactly what the memory held.
 */
import type { SnapshotRef } from '../job/index.ts'
import { PAGE_BYTES } from '../state/snapshotFrame.ts'
import type { Delta } from '../store/snapshotFile.ts'
import type { SnapshotCopy } from './snapshotMemory.ts'

/** Files that a restore reads for one operator, at most, besides the last. */
const MAX_BASES = 8
/** A delta that is not much smaller only makes restores longer. */
const MAX_SHARE = 0.5

export class Deltas {
  /** Bases by file, of files written by this process. */
  readonly #bases = new Map<string, number>()

  /** `newest`: the operator's snapshot in the newest manifest; `held`: the name of what the memory held before. */
  plan(file: string, copy: SnapshotCopy, newest: SnapshotRef | undefined, nameOf: (snapshot: SnapshotRef) => string): Delta | null {
    const delta = this.#delta(copy, newest, nameOf)
    this.#bases.set(file, delta === null ? 0 : (this.#bases.get(delta.base) ?? 0) + 1)
    return delta
  }

  #delta(copy: SnapshotCopy, newest: SnapshotRef | undefined, nameOf: (snapshot: SnapshotRef) => string): Delta | null {
    const { changedPages, heldBefore, sizeBytes } = copy
    if (changedPages === null || newest === undefined || newest.file === null || newest.sha256 === null) return null
    const bases = this.#bases.get(newest.file)
    if (heldBefore !== nameOf(newest) || bases === undefined || bases >= MAX_BASES) return null
    if (changedPages.length * PAGE_BYTES > sizeBytes * MAX_SHARE) return null
    return { base: newest.file, baseSha256: newest.sha256, pages: changedPages }
  }

  forget(files: readonly string[]): void {
    for (const file of files) this.#bases.delete(file)
  }
}
