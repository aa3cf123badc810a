/**
 * The server's side of runs: starts them, finds them again, keeps their processes alive, and passes
 * events and figures on. Owns one `Supervision` per run that has not ended.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { ParameterValue, PipelineDocument } from '@belay/pipeline'
import type {
  CheckpointState,
  CheckpointSummary,
  CommandAnswer,
  KillPreview,
  KeyHistory,
  KeyQuery,
  LogPage,
  PeekedRow,
  PeekSample,
  LogQuery,
  RowErrors,
  PeekedRows,
  PeekedStream,
  RunCommandBody,
  RunDelta,
  RunEvent,
  RowPostAnswer,
  RowsToPost,
  RunHandle,
  RunRecord,
  Runner,
  RunSnapshot,
  RunState,
  StateChanges,
  StatePage,
  ThreadProfile,
  ThreadStack,
  StateQuery,
} from '@belay/run'
import { problemOf, ServerError } from '../http/problems.ts'
import type { CommandStore } from '../storage/commandStore.ts'
import type { Roots } from '../storage/roots.ts'
import { Supervision } from './supervision.ts'

export interface RunObserver {
  event(runId: string, event: RunEvent): void
  /** `seq`: of the newest event before it. */
  delta(runId: string, delta: RunDelta, seq: number): void
  /** Rows of a stream that is looked at. */
  peeked?(runId: string, rows: PeekedRows): void
  /** The run's process is connected again: what it shows now. */
  connected(runId: string, snapshot: RunSnapshot): void
  /** It has ended, and nothing more comes of it. */
  ended?(runId: string): void
  /** The list of runs, or a state in it, has changed. */
  changed(): void
  /** A command was answered for the first time. */
  commanded?(runId: string, command: RunCommandBody, answer: CommandAnswer, by: string): void
}

export interface RunServiceOptions {
  readonly runner: Runner
  /** BELAY_HOME */
  readonly home: string
  readonly roots: Roots
  readonly commands: CommandStore
  /** Ranges that runs may connect to beside the public internet; absent = none. */
  readonly allowedAddresses?: readonly string[]
}

const SILENCE_CHECK_MS = 1000

export class RunService {
  readonly #options: RunServiceOptions
  readonly #live = new Map<string, Supervision>()
  readonly #observers = new Set<RunObserver>()
  /** Commands and starts on their way, so that the same id sent twice at once is one. */
  readonly #underWay = new Map<string, Promise<unknown>>()
  readonly #silenceCheck: NodeJS.Timeout
  #adopted = false
  /** Streams that viewers look at, as told last, and those of samples, by run. */
  readonly #looked = new Map<string, readonly string[]>()
  readonly #sampled = new Map<string, readonly string[]>()

  constructor(options: RunServiceOptions) {
    this.#options = options
    this.#silenceCheck = setInterval(() => {
      for (const supervision of this.#live.values()) supervision.checkSilence()
    }, SILENCE_CHECK_MS).unref()
  }

  observe(observer: RunObserver): () => void {
    this.#observers.add(observer)
    return () => this.#observers.delete(observer)
  }

  /** Whether every run that was there at the start has been looked at. */
  get adopted(): boolean {
    return this.#adopted
  }

  /** Takes up every run that has not ended: its process answers, or is started again. */
  async adoptAll(): Promise<void> {
    const open = (await this.#options.runner.list()).filter((record) => record.endedAtMs === null)
    await Promise.all(open.map((record) => this.#supervise(record.runId, 'unreachable').adopt()))
    this.#adopted = true
  }

  #supervise(runId: string, state: 'starting' | 'unreachable'): Supervision {
    const supervision = new Supervision(this.#options.runner, this.#options.home, runId, state, {
      event: (event) => {
        for (const observer of this.#observers) observer.event(runId, event)
      },
      delta: (delta, seq) => {
        for (const observer of this.#observers) observer.delta(runId, delta, seq)
      },
      peeked: (rows) => {
        for (const observer of this.#observers) observer.peeked?.(runId, rows)
      },
      connected: (snapshot) => {
        for (const observer of this.#observers) observer.connected(runId, snapshot)
      },
      changed: () => this.#changed(),
      ended: () => {
        this.#live.delete(runId)
        for (const observer of this.#observers) observer.ended?.(runId)
        this.#changed()
      },
    })
    this.#live.set(runId, supervision)
    return supervision
  }

  #changed(): void {
    for (const observer of this.#observers) observer.changed()
  }

  async #once<T>(key: string, work: () => Promise<T>): Promise<T> {
    const underWay = this.#underWay.get(key) as Promise<T> | undefined
    if (underWay !== undefined) return underWay
    const promise = work().finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, promise)
    return promise
  }

  /**
   * The run's id. The same `commandId` starts one run, whatever dies in between; `prepare` throws if
   * the run cannot work and is asked only if there is none yet.
   */
  async start(
    commandId: string | undefined,
    by: string,
    prepare: () => Promise<{ readonly document: PipelineDocument; readonly parameters: Readonly<Record<string, ParameterValue>> }>,
  ): Promise<string> {
    if (commandId === undefined) {
      const { document, parameters } = await prepare()
      return this.startAs(newRunId(document), document, parameters, by)
    }
    return this.#once(`start ${commandId}`, async () => {
      const { commands, runner } = this.#options
      const known = commands.runStartedBy(commandId)
      if (known !== null && (await runner.find(known)) !== null) return known
      const { document, parameters } = await prepare()
      const runId = known ?? newRunId(document)
      commands.rememberStart(commandId, runId, Date.now())
      try {
        return await this.startAs(runId, document, parameters, by)
      } catch (error) {
        commands.forgetStart(commandId)
        throw error
      }
    })
  }

  /** As `start`, under an id of the caller's making. */
  async startAs(
    runId: string,
    document: PipelineDocument,
    parameters: Readonly<Record<string, ParameterValue>>,
    by: string,
  ): Promise<string> {
    const supervision = this.#supervise(runId, 'starting')
    try {
      const handle = await this.#options.runner.start({
        runId,
        document,
        parameters,
        roots: this.#options.roots,
        startedBy: by,
        allowedAddresses: this.#options.allowedAddresses ?? [],
      })
      await supervision.connect(handle)
    } catch (error) {
      supervision.close()
      this.#live.delete(runId)
      this.#changed()
      throw error
    }
    this.#changed()
    return runId
  }

  async list(): Promise<RunRecord[]> {
    return (await this.#options.runner.list()).map((record) => this.#withState(record))
  }

  async record(runId: string): Promise<RunRecord> {
    const record = await this.#options.runner.find(runId)
    if (record === null) throw new ServerError('RUN_UNKNOWN', `There is no run ${runId}. Look at the list of runs.`)
    return this.#withState(record)
  }

  #withState(record: RunRecord): RunRecord {
    const live = this.#live.get(record.runId)
    return record.endedAtMs !== null || live === undefined ? record : { ...record, state: live.state, reason: live.reason }
  }

  /** Asks a live run's process, or the folder of a run that has ended, also if it ends just now. */
  async #ask<T>(runId: string, question: (handle: RunHandle) => Promise<T>): Promise<T> {
    const live = this.#live.get(runId)?.handle ?? null
    let unanswered: unknown = null
    if (live !== null) {
      try {
        return await question(live)
      } catch (error) {
        if (problemOf(error).code !== 'RUN_UNREACHABLE') throw error
        unanswered = error
      }
    }
    const record = await this.record(runId)
    if (record.endedAtMs !== null) return question(await this.#options.runner.open(runId))
    if (unanswered !== null) throw unanswered
    throw new ServerError(
      'RUN_UNREACHABLE',
      `The process of run ${runId} does not answer at the moment. It is being started again; try in a moment.${record.reason === null ? '' : ` ${record.reason}`}`,
    )
  }

  snapshot(runId: string): Promise<RunSnapshot> {
    return this.#ask(runId, (handle) => handle.snapshot())
  }

  /** Events with seq > after, oldest first. They lie in the run's folder, so a run without a process tells them too. */
  async events(runId: string, after: number, limit: number): Promise<readonly RunEvent[]> {
    try {
      return await this.#ask(runId, (handle) => handle.events(after, limit))
    } catch (error) {
      if (problemOf(error).code !== 'RUN_UNREACHABLE') throw error
      return (await this.#options.runner.open(runId)).events(after, limit)
    }
  }

  checkpoints(runId: string): Promise<readonly CheckpointSummary[]> {
    return this.#ask(runId, (handle) => handle.checkpoints())
  }

  /** Checkpoints lie in the run's folder: its process is not asked, and need not live. */
  checkpointState(runId: string, manifest: number): Promise<CheckpointState> {
    return this.#options.runner.checkpointState(runId, manifest)
  }

  statePage(runId: string, manifest: number, query: StateQuery): Promise<StatePage> {
    return this.#options.runner.statePage(runId, manifest, query)
  }

  stateChanges(runId: string, manifest: number, since: number, query: StateQuery): Promise<StateChanges> {
    return this.#options.runner.stateChanges(runId, manifest, since, query)
  }

  /** The log lies in the run's folder: its process is not asked, and need not live. */
  logs(runId: string, query: LogQuery): Promise<LogPage> {
    return this.#options.runner.logs(runId, query)
  }

  rowErrors(runId: string): Promise<RowErrors> {
    return this.#options.runner.rowErrors(runId)
  }

  keyHistory(runId: string, query: KeyQuery): Promise<KeyHistory> {
    return this.#options.runner.keyHistory(runId, query)
  }

  /** Renews the lease of all streams that are looked at (packages/run, peek.ts), those of samples included. */
  peek(runId: string, streams: readonly string[]): Promise<readonly PeekedStream[]> {
    if (streams.length === 0) this.#looked.delete(runId)
    else this.#looked.set(runId, streams)
    return this.#renewLease(runId)
  }

  #renewLease(runId: string): Promise<readonly PeekedStream[]> {
    const streams = [...new Set([...(this.#looked.get(runId) ?? []), ...(this.#sampled.get(runId) ?? [])])]
    return this.#ask(runId, (handle) => handle.peek(streams))
  }

  /**
   * Rows of a stream as they pass, until there are `limit` of them or `forMs` are over, at most the time of one lease.
   * Errors: STREAM_UNKNOWN, PEEK_LIMIT, RUN_ENDED.
   */
  async sample(runId: string, stream: string, { limit, forMs }: { readonly limit: number; readonly forMs: number }): Promise<PeekSample> {
    const rows: PeekedRow[] = []
    let every: number | null = null
    let seen = 0
    let enough: () => void = () => undefined
    const full = new Promise<void>((resolve) => {
      enough = resolve
    })
    const leave = this.observe({
      event: () => undefined,
      delta: () => undefined,
      connected: () => undefined,
      changed: () => undefined,
      peeked: (from, told) => {
        if (from !== runId || told.stream !== stream || rows.length >= limit) return
        every = Math.max(every ?? 1, told.every)
        seen += told.seen
        rows.push(...told.rows.slice(0, limit - rows.length))
        if (rows.length >= limit) enough()
      },
    })
    this.#sampled.set(runId, [...(this.#sampled.get(runId) ?? []), stream])
    try {
      const peeked = (await this.#renewLease(runId)).find((one) => one.stream === stream)
      if (peeked === undefined)
        throw new ServerError('STREAM_UNKNOWN', `There is no stream ${stream} in this run. Name it as the pipeline's document does.`)
      await Promise.race([full, delay(forMs, undefined, { ref: false })])
      return { ...peeked, rows, every, seen }
    } finally {
      leave()
      const left = this.#sampled.get(runId) ?? []
      const others = left.filter((_, i) => i !== left.indexOf(stream))
      if (others.length === 0) this.#sampled.delete(runId)
      else this.#sampled.set(runId, others)
      void this.#renewLease(runId).catch(() => undefined)
    }
  }

  stack(runId: string, operator: string): Promise<ThreadStack> {
    return this.#ask(runId, (handle) => handle.stack(operator))
  }

  profile(runId: string, operator: string, forMs: number): Promise<ThreadProfile> {
    return this.#ask(runId, (handle) => handle.profile(operator, forMs))
  }

  preview(runId: string, operator: string): Promise<KillPreview> {
    return this.#ask(runId, (handle) => handle.preview(operator))
  }

  /** Resolves when the rows are durable. Errors: RUN_ENDED, RUN_UNREACHABLE, OPERATOR_UNKNOWN, NO_INGEST, ROWS_INVALID, INGEST_…. */
  postRows(runId: string, operator: string, post: RowsToPost): Promise<RowPostAnswer> {
    return this.#ask(runId, (handle) => handle.postRows(operator, post))
  }

  /** The same `commandId` again gets the first answer again, also after a restart of the server. */
  async command(runId: string, body: RunCommandBody, commandId: string, by: string): Promise<CommandAnswer> {
    return this.#once(`command ${runId} ${commandId}`, async () => {
      const { commands } = this.#options
      const known = commands.answerOf(runId, commandId)
      if (known !== null) return known
      const answer = await this.#carryOut(runId, body, commandId, by)
      commands.rememberAnswer(runId, answer, Date.now())
      for (const observer of this.#observers) observer.commanded?.(runId, body, answer, by)
      return answer
    })
  }

  async #carryOut(runId: string, body: RunCommandBody, commandId: string, by: string): Promise<CommandAnswer> {
    if (body.type === 'resume' && (await this.#once(`resume ${runId}`, () => this.#resumeFailed(runId))))
      return { type: 'accepted', commandId }
    const live = this.#live.get(runId)
    if (live !== undefined && (live.handle === null || live.state === 'unreachable')) {
      const forced = await this.#force(live, body, commandId, by)
      if (forced !== null) return forced
    }
    const connected = live?.handle != null
    try {
      return await this.#ask(runId, (handle) => handle.command({ ...body, commandId, by }))
    } catch (error) {
      // The process that was told to die has died before its answer left.
      if (connected && body.type === 'kill-process' && problemOf(error).code === 'RUN_UNREACHABLE') return { type: 'accepted', commandId }
      throw error
    }
  }

  /** A run that failed needed a person, who now says that the cause is gone: it goes on from its last checkpoint. */
  async #resumeFailed(runId: string): Promise<boolean> {
    const record = await this.record(runId)
    if (record.endedAtMs === null || record.state !== 'failed' || this.#live.has(runId)) return false
    const supervision = this.#supervise(runId, 'starting')
    try {
      const found = await this.#options.runner.resume(runId)
      if ('command' in found) await supervision.connect(found)
      else await supervision.adopt()
    } catch (error) {
      supervision.close()
      this.#live.delete(runId)
      throw error
    } finally {
      this.#changed()
    }
    return true
  }

  /** What can be done to a run whose process is gone or silent: bring it back, or end it. null = nothing. */
  async #force(live: Supervision, body: RunCommandBody, commandId: string, by: string): Promise<CommandAnswer | null> {
    const { runner } = this.#options
    if (body.type === 'kill-process') {
      await live.apart(() => runner.kill(live.runId, by))
      return { type: 'accepted', commandId }
    }
    if (body.type === 'stop' && body.mode === 'abort') {
      await live.apart(() => runner.end(live.runId, 'stopped', `aborted by ${by}: what was not committed is discarded`))
      return { type: 'accepted', commandId }
    }
    return null
  }

  /** New values of secrets for the runs that refer to them; one whose process is away gets them when it is back. */
  giveSecrets(values: Readonly<Record<string, string>>): void {
    for (const { handle, secrets } of this.#live.values()) {
      const own = Object.fromEntries(secrets.flatMap((name) => (Object.hasOwn(values, name) ? [[name, values[name]]] : [])))
      if (handle !== null && Object.keys(own).length > 0) void handle.giveSecrets(own).catch(() => undefined)
    }
  }

  async delete(runId: string): Promise<void> {
    await this.#options.runner.delete(runId)
    this.#options.commands.forgetRun(runId)
    this.#changed()
  }

  /** Supervisions of runs that have not ended. */
  live(): readonly Supervision[] {
    return [...this.#live.values()]
  }

  /** Of runs that have not ended; `answers`: a process of it is there. */
  states(): ReadonlyMap<string, { readonly state: RunState; readonly answers: boolean }> {
    return new Map([...this.#live.values()].map(({ runId, state, handle }) => [runId, { state, answers: handle !== null }]))
  }

  /** Runs go on without the server. */
  close(): void {
    clearInterval(this.#silenceCheck)
    for (const supervision of this.#live.values()) supervision.close()
    this.#live.clear()
  }
}

/** Tells people the pipeline and the time, and is unique. */
export function newRunId(document: PipelineDocument): string {
  const time = new Date().toISOString().slice(2, 16).replaceAll(/[-:]/g, '').replace('T', '-')
  return `${document.id.slice(0, 40)}-${time}-${randomBytes(2).toString('hex')}`
}
