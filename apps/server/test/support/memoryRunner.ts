/** A runner whose one run says what a test wants it to say: for floods that no real run makes. */
import type {
  CommandAnswer,
  RunDelta,
  RunEvent,
  RunEventBody,
  PeekedRows,
  PeekedStream,
  RunHandle,
  RunListener,
  RunRecord,
  Runner,
  RunSnapshot,
} from '@belay/run'
import { numbers } from './documents.ts'

export class MemoryRun implements RunHandle {
  readonly runId: string
  readonly log: RunEvent[] = []
  readonly #listeners = new Set<RunListener>()
  #ticks = 0

  constructor(runId: string) {
    this.runId = runId
  }

  say(body: RunEventBody): void {
    const event: RunEvent = { ...body, seq: this.log.length + 1, atMs: 0 }
    this.log.push(event)
    for (const listener of this.#listeners) listener.event(event)
  }

  show(tables: RunDelta['tables'] = {}): void {
    this.#ticks += 1
    for (const listener of this.#listeners)
      listener.delta({ runId: this.runId, tick: this.#ticks, atMs: 0, figures: this.#figures(), tables })
  }

  #figures(): RunSnapshot['figures'] {
    return {
      state: 'running',
      lineage: 1,
      attempt: 1,
      targetWindow: 0,
      committedWindow: 0,
      uptimeMs: 0,
      sharedBytes: 0,
      memoryBytes: 0,
      residentBytes: 0,
      operators: {},
      streams: {},
    }
  }

  async giveSecrets(): Promise<readonly string[]> {
    return []
  }

  async command(): Promise<CommandAnswer> {
    throw new Error('nothing is commanded here')
  }

  async snapshot(): Promise<RunSnapshot> {
    const document = numbers()
    return {
      runId: this.runId,
      pipelineId: document.id,
      document,
      parameters: {},
      startedAtMs: 0,
      seq: this.log.length,
      figures: this.#figures(),
      checkpoints: [],
      events: this.log.slice(-300),
      tables: {},
      containers: [],
    }
  }

  async events(after: number, limit: number): Promise<readonly RunEvent[]> {
    return this.log.slice(after, after + limit)
  }

  async checkpoints(): Promise<readonly never[]> {
    return []
  }

  async preview(): Promise<never> {
    throw new Error('nothing is killed here')
  }

  async postRows(): Promise<never> {
    throw new Error('nothing is posted here')
  }

  async stack(): Promise<never> {
    throw new Error('there are no threads here')
  }

  async profile(): Promise<never> {
    throw new Error('there are no threads here')
  }

  readonly peeks: (readonly string[])[] = []

  async peek(streams: readonly string[]): Promise<readonly PeekedStream[]> {
    this.peeks.push(streams)
    return streams.filter((stream) => /^s\d+$/.test(stream)).map((stream) => ({ stream, columns: [{ name: 'id', type: 'int64' }] }))
  }

  pass(rows: PeekedRows): void {
    for (const listener of this.#listeners) listener.peeked?.(rows)
  }

  listen(listener: RunListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#listeners.clear()
  }
}

export function memoryRunner(run: MemoryRun): Runner {
  const record: RunRecord = {
    runId: run.runId,
    pipelineId: 'numbers',
    pipelineName: 'Numbers',
    startedAtMs: 0,
    startedBy: 'test',
    endedAtMs: null,
    state: 'running',
    reason: null,
  }
  const never = async (): Promise<never> => {
    throw new Error('not here')
  }
  return {
    start: never,
    logs: never,
    keyHistory: never,
    rowErrors: never,
    adopt: async () => run,
    resume: never,
    open: never,
    find: async (runId) => (runId === run.runId ? record : null),
    list: async () => [record],
    checkpointState: never,
    statePage: never,
    stateChanges: never,
    kill: never,
    end: never,
    delete: never,
  }
}
