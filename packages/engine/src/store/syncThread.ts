/** Thread that syncs files for the others (`sync.ts`): its asking waits, so it answers in every case. */
import { open } from 'node:fs/promises'
import { BroadcastChannel, parentPort } from 'node:worker_threads'
import { SYNC_CHANNEL, type SyncRequest } from './sync.ts'

const EIO = 5
const channel = new BroadcastChannel(SYNC_CHANNEL)

channel.onmessage = (event: unknown) => {
  const { file, answer } = (event as { data: SyncRequest }).data
  void sync(file).then((errno) => {
    answer[1] = errno
    Atomics.store(answer, 0, errno === 0 ? 1 : 2)
    Atomics.notify(answer, 0)
  })
}
parentPort?.postMessage('ready')

/** Another opening of the same file: what is written to it by whomever is synced. 0 = done. */
async function sync(file: number): Promise<number> {
  try {
    const handle = await open(`/proc/self/fd/${file}`, 'r')
    try {
      await handle.sync()
      return 0
    } finally {
      await handle.close()
    }
  } catch (error) {
    return Math.abs((error as NodeJS.ErrnoException).errno ?? EIO)
  }
}
