/**
 * Entry of the store thread: makes snapshots and manifests durable, one after another.
 *
 * Snapshot buffers belong to the job, so a checkpoint survives the death of the container it came
 * from (engine-spec H22). Files of one checkpoint are synced each; their folder once, before the manifest.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { syncFolder, UncertainWrite } from './durableFile.ts'
import { deleteManifest, writeManifest } from './manifest.ts'
import { deleteSnapshot, writeSnapshot } from './snapshotFile.ts'
import type { FromStore, StoreInit, ToStore } from './storeProtocol.ts'

const { manifests, snapshots } = workerData as StoreInit
const port = parentPort
if (port === null) throw new Error('storeThread is a worker thread entry')

function answer(message: FromStore): void {
  port?.postMessage(message)
}

function reasonOf(error: unknown): { code: string; message: string } {
  const failure = error as NodeJS.ErrnoException
  const code = failure.code === 'ENOSPC' ? 'DISK_FULL' : 'STORE_FAILED'
  const message =
    failure.code === 'ENOSPC'
      ? `The disk that holds ${snapshots} is full. The run goes on without committing; free some space and it continues by itself.`
      : `A checkpoint could not be written to ${snapshots}: ${failure.message}.`
  return { code, message }
}

function handle(message: ToStore): void {
  switch (message.type) {
    case 'write-snapshot': {
      const startedAt = performance.now()
      try {
        const frame = new Uint8Array(message.memory, 0, message.sizeBytes)
        const { sha256, sizeBytes } = writeSnapshot(snapshots, message.file, message.header, frame, message.delta)
        answer({
          type: 'snapshot-stored',
          header: message.header,
          file: message.file,
          sizeBytes,
          sha256,
          durationMs: performance.now() - startedAt,
        })
      } catch (error) {
        answer({ type: 'snapshot-failed', header: message.header, file: message.file, ...reasonOf(error) })
      }
      return
    }
    case 'write-manifest':
      try {
        syncFolder(snapshots)
        const { stored, sha256 } = writeManifest(manifests, message.manifest)
        answer(
          stored ? { type: 'manifest-stored', manifest: message.manifest, sha256 } : { type: 'manifest-lost', manifest: message.manifest },
        )
      } catch (error) {
        answer({ type: 'manifest-failed', manifest: message.manifest, ...reasonOf(error), uncertain: error instanceof UncertainWrite })
      }
      return
    case 'delete-manifest':
      try {
        deleteManifest(manifests, snapshots, message.seq, message.files)
        answer({ type: 'manifest-deleted', seq: message.seq })
      } catch (error) {
        answer({ type: 'delete-failed', message: reasonOf(error).message })
      }
      return
    case 'delete-snapshots':
      try {
        for (const file of message.files) deleteSnapshot(snapshots, file)
      } catch (error) {
        answer({ type: 'delete-failed', message: reasonOf(error).message })
      }
      return
    case 'close':
      answer({ type: 'closed' })
      port?.close()
      return
  }
}

port.on('message', handle)
