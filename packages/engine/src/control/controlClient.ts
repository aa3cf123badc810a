/** A connection to a run process: a `RunHandle` over its socket. */
import { connect, type Socket } from 'node:net'
import type {
  CheckpointSummary,
  CommandAnswer,
  KillPreview,
  RowPostAnswer,
  RowsToPost,
  PeekedStream,
  RunCommand,
  RunEvent,
  RunHandle,
  RunListener,
  RunSnapshot,
  ThreadProfile,
  ThreadStack,
} from '@belay/run'
import { EngineError } from '../operator/engineError.ts'
import { MAX_ANSWER_BYTES, type ControlAnswers, type ControlMessage, type ControlRequest } from './controlProtocol.ts'
import { lineSplitter } from './lines.ts'

/** A request that is not answered in this time has met a process that hangs. */
const ANSWER_TIMEOUT_MS = 15_000

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
  readonly timer: NodeJS.Timeout
}

export class ControlClient implements RunHandle {
  readonly runId: string
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  readonly #listeners = new Set<RunListener>()
  #nextId = 1
  #listening = false
  #closed = false

  private constructor(runId: string, socket: Socket) {
    this.runId = runId
    this.#socket = socket
    socket.on(
      'data',
      lineSplitter(
        MAX_ANSWER_BYTES,
        (line) => {
          let message: ControlMessage
          try {
            message = JSON.parse(line) as ControlMessage
          } catch {
            socket.destroy()
            return
          }
          this.#message(message)
        },
        () => socket.destroy(),
      ),
    )
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#gone())
  }

  /** Rejects if nobody answers there, or somebody else does. */
  static async connect(runId: string, path: string, token: string, timeoutMs: number): Promise<ControlClient> {
    const socket = connect(path)
    const client = new ControlClient(runId, socket)
    const timer = setTimeout(() => socket.destroy(), timeoutMs)
    try {
      const hello = await client.#request('hello', { type: 'hello', token })
      if (hello.runId !== runId) throw new EngineError('RUN_FOREIGN', `The socket ${path} belongs to run ${hello.runId}, not ${runId}.`)
      return client
    } catch (error) {
      socket.destroy()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  #request<K extends keyof ControlAnswers>(_kind: K, request: ControlRequest): Promise<ControlAnswers[K]> {
    if (this.#closed) return Promise.reject(gone(this.runId))
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#take(id)?.reject(silent(this.runId)), ANSWER_TIMEOUT_MS).unref()
      this.#waiting.set(id, { resolve: (value) => resolve(value as ControlAnswers[K]), reject, timer })
      this.#socket.write(`${JSON.stringify({ ...request, id })}\n`)
    })
  }

  #message(message: ControlMessage): void {
    switch (message.type) {
      case 'answer':
        this.#take(message.id)?.resolve(message.value)
        return
      case 'refused':
        this.#take(message.id)?.reject(new EngineError(message.code, message.message))
        return
      case 'event':
        for (const listener of this.#listeners) listener.event(message.event)
        return
      case 'delta':
        for (const listener of this.#listeners) listener.delta(message.delta)
        return
      case 'peeked':
        for (const listener of this.#listeners) listener.peeked?.(message.rows)
        return
    }
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    clearTimeout(waiting?.timer)
    this.#waiting.delete(id)
    return waiting
  }

  #gone(): void {
    if (this.#closed) return
    this.#closed = true
    for (const waiting of this.#waiting.values()) {
      clearTimeout(waiting.timer)
      waiting.reject(gone(this.runId))
    }
    this.#waiting.clear()
    for (const listener of this.#listeners) listener.closed()
    this.#listeners.clear()
  }

  command(command: RunCommand): Promise<CommandAnswer> {
    return this.#request('command', { type: 'command', command })
  }

  snapshot(): Promise<RunSnapshot> {
    return this.#request('snapshot', { type: 'snapshot' })
  }

  events(after: number, limit: number): Promise<readonly RunEvent[]> {
    return this.#request('events', { type: 'events', after, limit })
  }

  checkpoints(): Promise<readonly CheckpointSummary[]> {
    return this.#request('checkpoints', { type: 'checkpoints' })
  }

  preview(operator: string): Promise<KillPreview> {
    return this.#request('preview', { type: 'preview', operator })
  }

  postRows(operator: string, { contentType, key, body }: RowsToPost): Promise<RowPostAnswer> {
    return this.#request('post-rows', { type: 'post-rows', operator, contentType, key, body: Buffer.from(body).toString('base64') })
  }

  peek(streams: readonly string[]): Promise<readonly PeekedStream[]> {
    return this.#request('peek', { type: 'peek', streams })
  }

  giveSecrets(values: Readonly<Record<string, string>>): Promise<readonly string[]> {
    return this.#request('secrets', { type: 'secrets', values })
  }

  stack(operator: string): Promise<ThreadStack> {
    return this.#request('stack', { type: 'stack', operator })
  }

  profile(operator: string, forMs: number): Promise<ThreadProfile> {
    return this.#request('profile', { type: 'profile', operator, forMs })
  }

  listen(listener: RunListener): () => void {
    if (this.#closed) {
      queueMicrotask(() => listener.closed())
      return () => undefined
    }
    this.#listeners.add(listener)
    if (!this.#listening) {
      this.#listening = true
      // A lost connection is told through `closed`.
      this.#request('listen', { type: 'listen' }).catch(() => undefined)
    }
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#listeners.clear()
    this.#socket.destroy()
  }
}

function gone(runId: string): EngineError {
  return new EngineError(
    'RUN_UNREACHABLE',
    `The process of run ${runId} does not answer. Whoever started it starts it again; look at the run's events in a moment.`,
  )
}

function silent(runId: string): EngineError {
  return new EngineError(
    'RUN_UNREACHABLE',
    `The process of run ${runId} is there but has not answered for ${ANSWER_TIMEOUT_MS / 1000} s. Try again, or kill the run process; it comes back.`,
  )
}
