/**
 * Whether a snapshot is written whole or as the pages that differ from one before it
 * (engine-spec H22): only if that one is kept by the newest manifest and is exactly what the memory held.
 */
import type { SnapshotRef } from '../job/index.ts'
import { PAGE_BYTES } from '../state/snapshotFrame.ts'
import type { Delta } from '../store/snapshotFile.ts'
import type { SnapshotCopy } from './snapshotMemory.ts'

/** Files that a restore reads for one operator, at most, besides the last. */
const MAX_BASES = 16
/** A delta that is not much smaller only makes restores longer. */
const MAX_SHARE = 0.5
/** Deltas of a chain, together, as a share of the frame: a restore reads at most twice what there is. */
const MAX_CHAIN_SHARE = 1

/** What a file lies on. */
interface Chain {
  readonly bases: number
  /** Pages of all deltas in it. */
  readonly pages: number
}

export class Deltas {
  /** By file, of files written by this process. */
  readonly #chains = new Map<string, Chain>()

  /** `newest`: the operator's snapshot in the newest manifest; `held`: the name of what the memory held before. */
  plan(file: string, copy: SnapshotCopy, newest: SnapshotRef | undefined, nameOf: (snapshot: SnapshotRef) => string): Delta | null {
    const delta = this.#delta(copy, newest, nameOf)
    const before = delta === null ? undefined : this.#chains.get(delta.base)
    const pages = (before?.pages ?? 0) + (delta?.pages.length ?? 0)
    this.#chains.set(file, { bases: before === undefined ? 0 : before.bases + 1, pages })
    return delta
  }

  #delta(copy: SnapshotCopy, newest: SnapshotRef | undefined, nameOf: (snapshot: SnapshotRef) => string): Delta | null {
    const { changedPages, heldBefore, sizeBytes } = copy
    if (changedPages === null || newest === undefined || newest.file === null || newest.sha256 === null) return null
    const chain = this.#chains.get(newest.file)
    if (heldBefore !== nameOf(newest) || chain === undefined || chain.bases >= MAX_BASES) return null
    if (changedPages.length * PAGE_BYTES > sizeBytes * MAX_SHARE) return null
    if ((chain.pages + changedPages.length) * PAGE_BYTES > sizeBytes * MAX_CHAIN_SHARE) return null
    return { base: newest.file, baseSha256: newest.sha256, pages: changedPages }
  }

  forget(files: readonly string[]): void {
    for (const file of files) this.#chains.delete(file)
  }
}
