/**
 * `fsync` that also works where Node's permission model is on: that forbids it on numbers of open files and allows
 * it on file handles, which only promises give. A thread of its own then does it, and the caller waits.
 */
import { existsSync, fsyncSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { BroadcastChannel, Worker } from 'node:worker_threads'

/** Threads find each other by it, so that none needs to be handed a port. */
export const SYNC_CHANNEL = 'belay-sync'

export interface SyncRequest {
  /** Number of an open file of this process. */
  readonly file: number
  /** [0]: 1 = done, 2 = failed; [1]: the `errno`. */
  readonly answer: Int32Array
}

/** Of the permission model; Node 20 has no type for it. */
function restricted(): boolean {
  return (process as { permission?: unknown }).permission !== undefined
}

let channel: BroadcastChannel | null = null

/** Returns when what was written to the file is on the disk. Throws what `fsyncSync` throws. */
export function syncFile(file: number): void {
  if (!restricted()) {
    fsyncSync(file)
    return
  }
  if (channel === null) {
    channel = new BroadcastChannel(SYNC_CHANNEL)
    channel.unref()
  }
  const answer = new Int32Array(new SharedArrayBuffer(8))
  channel.postMessage({ file, answer } satisfies SyncRequest)
  Atomics.wait(answer, 0, 0)
  if (Atomics.load(answer, 0) === 1) return
  throw Object.assign(new Error(`fsync failed (${CODES[answer[1]] ?? `errno ${answer[1]}`})`), {
    code: CODES[answer[1]] ?? 'EIO',
    errno: -answer[1],
  })
}

/** Those that something is done about. */
const CODES: Readonly<Record<number, string>> = { 5: 'EIO', 28: 'ENOSPC', 122: 'EDQUOT' }

/** Once in a process, before anything is synced in it. */
export async function startSyncThread(): Promise<void> {
  if (!restricted()) return
  const worker = new Worker(entry(), { name: 'sync' })
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', reject)
  })
  worker.unref()
}

function entry(): URL {
  const beside = new URL('../store/syncThread.js', import.meta.url)
  return existsSync(fileURLToPath(beside)) ? beside : new URL('../../dist/store/syncThread.js', import.meta.url)
}
