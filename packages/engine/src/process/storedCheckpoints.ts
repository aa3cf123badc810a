/** What a process that starts finds in the store of its run: checkpoints that it can begin at, and those that it cannot. */
import type { JobInput, KeptManifest } from '../job/index.ts'
import { EngineError } from '../operator/engineError.ts'
import { listManifests, verifyManifest, type StoredManifest } from '../store/manifest.ts'
import type { RunFolder } from '../store/runFolder.ts'
import { sweepSnapshots } from '../store/snapshotFile.ts'

type StoredCheckpoints = Pick<Extract<JobInput, { type: 'recovered' }>, 'manifests' | 'damaged' | 'nextManifest'>

/** Oldest first. Files that no manifest names go. */
export function storedCheckpoints(folder: Pick<RunFolder, 'manifests' | 'snapshots'>, planHash: string): StoredCheckpoints {
  const listing = listManifests(folder.manifests)
  // What an unreadable manifest names is not known, so nothing is swept then.
  if (listing.damaged.length === 0) sweepSnapshots(folder.snapshots, new Set(listing.manifests.flatMap(filesOf)))
  const damaged: { seq: number; lineage: number; reason: string }[] = listing.damaged.map((entry) => ({ ...entry, lineage: 0 }))
  const manifests: KeptManifest[] = []
  for (const stored of listing.manifests) {
    try {
      if (stored.manifest.planHash !== planHash)
        throw new EngineError(
          'PLAN_CHANGED',
          'it was written by another version of the pipeline, with other operators, settings or partitions. Give the run back the version that it was started with, or start a new run of this one',
        )
      verifyManifest(folder.snapshots, stored.manifest)
      manifests.push(keptManifest(stored))
    } catch (error) {
      damaged.push({
        seq: stored.manifest.seq,
        lineage: stored.manifest.lineage,
        reason: error instanceof Error ? error.message : String(error),
      })
    }
  }
  return { manifests, damaged, nextManifest: listing.nextSeq }
}

function filesOf({ manifest }: StoredManifest): string[] {
  return manifest.operators.flatMap((operator) => (operator.file === null ? [] : [operator.file]))
}

function keptManifest({ manifest, sha256 }: StoredManifest): KeptManifest {
  return {
    seq: manifest.seq,
    window: manifest.window,
    lineage: manifest.lineage,
    attempt: manifest.attempt,
    atMs: manifest.atMs,
    durationMs: manifest.durationMs,
    sizeBytes: manifest.operators.reduce((sum, operator) => sum + operator.sizeBytes, 0),
    pinned: manifest.pinned,
    sha256,
    snapshots: Object.fromEntries(manifest.operators.map(({ finished: _finished, ...snapshot }) => [snapshot.instance, snapshot])),
    finished: manifest.operators.filter((operator) => operator.finished).map((operator) => operator.instance),
    sinks: manifest.sinks,
  }
}
