/** The job's end of the store thread. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { FromStore, StoreInit, ToStore } from '../store/storeProtocol.ts'

function storeEntry(): URL {
  const beside = new URL('../store/storeThread.js', import.meta.url)
  return existsSync(fileURLToPath(beside)) ? beside : new URL('../../dist/store/storeThread.js', import.meta.url)
}

export class StoreThread {
  readonly #worker: Worker

  /** `failed`: the thread itself is gone, so nothing can be made durable any more. */
  constructor(init: StoreInit, message: (message: FromStore) => void, failed: (error: Error) => void) {
    this.#worker = new Worker(storeEntry(), { workerData: init, name: 'store' })
    this.#worker.on('message', message)
    this.#worker.on('error', failed)
  }

  post(message: ToStore): void {
    this.#worker.postMessage(message)
  }
}
