/**
 * The job's end of one container: starts the worker thread, talks to it, and says when it is
 * really gone. A container is dead at its `exit` event and not before (engine-spec H4).
 *
 * A thread is started without a container and becomes one with `become`, so one can be kept in
 * reserve (engine-spec H31).
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type MessagePort, Worker } from 'node:worker_threads'
import type { ContainerInit, ContainerRole, FromContainer, Rehearsal, ToContainer } from '../container/protocol.ts'

/** Mostly ends a leaking operator's thread alone; when it does not, the process dies and leaves a report (H18). */
const HEAP_LIMIT_MB = 1024
/** It looks for messages between batches; one that has not come back by now never will. */
const REHEARSAL_LIMIT_MS = 5000

export interface ContainerEnd {
  readonly code: string
  readonly message: string
  readonly stack?: string
}

export interface ContainerEvents {
  message(message: FromContainer): void
  /** `cause` null = it was asked to go. */
  exited(cause: ContainerEnd | null): void
}

function containerEntry(): URL {
  const beside = new URL('../container/containerMain.js', import.meta.url)
  return existsSync(fileURLToPath(beside)) ? beside : new URL('../../dist/container/containerMain.js', import.meta.url)
}

export class ContainerThread {
  readonly threadId: number
  /** Its folder under /proc; null = it has not said, or there is none. */
  osThread: string | null = null
  readonly #worker: Worker
  #events: ContainerEvents | null = null
  #error: Error | null = null
  #asked = false
  #gone = false
  #rehearsingSinceMs: number | null = null

  constructor(init: ContainerInit) {
    this.#worker = new Worker(containerEntry(), {
      workerData: init,
      name: 'container',
      stdout: false,
      stderr: false,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_LIMIT_MB },
    })
    this.threadId = this.#worker.threadId
    this.#worker.on('message', (message: FromContainer) => {
      if (message.type === 'rehearsed') {
        this.#rehearsingSinceMs = null
        return
      }
      if (message.type === 'ready') this.osThread = message.osThread
      this.#events?.message(message)
    })
    this.#worker.on('error', (error) => {
      this.#error = error instanceof Error ? error : new Error(String(error))
    })
    this.#worker.on('exit', (code) => {
      this.#gone = true
      this.#events?.exited(this.#asked ? null : this.#cause(code))
    })
  }

  /** A spare that died before it was needed is of no use, nor is one that does not come back from practising. */
  get usable(): boolean {
    return !this.#gone && (this.#rehearsingSinceMs === null || performance.now() - this.#rehearsingSinceMs < REHEARSAL_LIMIT_MS)
  }

  /** Once at most, before it becomes a container. */
  rehearse(rehearsals: readonly Rehearsal[]): void {
    this.#rehearsingSinceMs = performance.now()
    this.post({ type: 'rehearse', rehearsals })
  }

  become(role: ContainerRole, events: ContainerEvents): void {
    this.#events = events
    this.post({ type: 'become', role })
  }

  #cause(code: number): ContainerEnd {
    const error = this.#error
    if (error === null) return { code: 'CONTAINER_EXITED', message: `The container ended by itself with code ${code}.` }
    const named = (error as { code?: unknown }).code
    return {
      code: typeof named === 'string' ? named : 'CONTAINER_CRASHED',
      message: error.message,
      ...(error.stack === undefined ? {} : { stack: error.stack }),
    }
  }

  post(message: ToContainer, transfer: readonly MessagePort[] = []): void {
    this.#worker.postMessage(message, transfer)
  }

  /** Its `exit` event says when it is done; nothing of its may be handed on before. `why` = nobody asked for it. */
  terminate(why: ContainerEnd | null): void {
    this.#asked = why === null
    if (why !== null) this.#error ??= Object.assign(new Error(why.message), { code: why.code, stack: undefined })
    void this.#worker.terminate()
  }
}
