/**
 * The runner's end of the thread that looks into checkpoints: started with the first question, ended
 * when nobody has asked for a while, and with it the memory of the files that it read.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { EngineError } from '../operator/engineError.ts'
import type { FromStateThread, StateQuestion } from './stateProtocol.ts'

const IDLE_MS = 120_000
/** The thread reads whole files, up to two at once; more memory than that is a mistake of ours. */
const HEAP_LIMIT_MB = 1024
const MOST_WAITING = 32

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

export class StateReading {
  readonly #processUrl: string | undefined
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | null = null
  #idle: NodeJS.Timeout | null = null
  #asked = 0

  /** `processUrl`: of the run process, if it is bundled; the thread lies beside it then. */
  constructor(processUrl: string | undefined) {
    this.#processUrl = processUrl
  }

  /** Throws EngineError with the thread's code, or STATE_BUSY. */
  async ask<T>(question: StateQuestion): Promise<T> {
    if (this.#waiting.size >= MOST_WAITING)
      throw new EngineError('STATE_BUSY', 'Too many people look into checkpoints at once. Try again in a moment.')
    if (this.#idle !== null) clearTimeout(this.#idle)
    const worker = (this.#worker ??= this.#start())
    worker.ref()
    this.#asked += 1
    const id = this.#asked
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      worker.postMessage({ id, question })
    })
  }

  #start(): Worker {
    const worker = new Worker(this.#entry(), { name: 'state', execArgv: [], resourceLimits: { maxOldGenerationSizeMb: HEAP_LIMIT_MB } })
    worker.on('message', (message: FromStateThread) => {
      const waiting = this.#waiting.get(message.id)
      this.#waiting.delete(message.id)
      if ('failed' in message) waiting?.reject(new EngineError(message.failed.code, message.failed.message))
      else waiting?.resolve(message.value)
      if (this.#waiting.size > 0) return
      worker.unref()
      this.#idle = setTimeout(() => this.#stop(worker), IDLE_MS).unref()
    })
    worker.on('error', (error) => this.#fail(worker, error instanceof Error ? error.message : String(error)))
    worker.on('exit', () => this.#fail(worker, 'its thread ended'))
    return worker
  }

  #entry(): URL {
    const bundled = this.#processUrl === undefined ? null : new URL('../runner/stateThread.js', this.#processUrl)
    const beside = new URL('./stateThread.js', import.meta.url)
    const found = [bundled, beside].find((url) => url !== null && existsSync(fileURLToPath(url)))
    return found ?? new URL('../../dist/runner/stateThread.js', import.meta.url)
  }

  #stop(worker: Worker): void {
    if (this.#worker === worker) this.#worker = null
    void worker.terminate()
  }

  #fail(worker: Worker, why: string): void {
    if (this.#worker !== worker) return
    this.#worker = null
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of waiting)
      reject(new EngineError('STATE_UNREADABLE', `The checkpoint could not be looked into: ${why}. Try again.`))
  }
}
