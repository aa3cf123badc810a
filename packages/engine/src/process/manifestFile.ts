/** A manifest as the job keeps it, in the form in which it is stored. */
import type { JobState, KeptManifest } from '../job/index.ts'
import { MANIFEST_FORMAT, type Manifest } from '../store/manifest.ts'

/** `parent`: SHA-256 of the manifest before; null = there is none. */
export function manifestFile(runId: string, { plan }: JobState, kept: KeptManifest, parent: string | null): Manifest {
  const { seq, window, lineage, attempt, atMs, durationMs, pinned, snapshots, finished, sinks } = kept
  return {
    format: MANIFEST_FORMAT,
    seq,
    runId,
    planHash: plan.planHash,
    window,
    lineage,
    attempt,
    atMs,
    durationMs,
    pinned,
    operators: Object.values(snapshots).map((snapshot) => ({ ...snapshot, finished: finished.includes(snapshot.instance) })),
    sinks,
    parent,
  }
}
