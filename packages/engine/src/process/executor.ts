/**
 * The edge of the job (architecture D5): feeds `transition` with facts and carries out its effects.
 *
 * Owns everything that is not decision: threads, logs, clock words, snapshot memory, timers, the
 * journal and the event log. Runs on the run process's main thread, one input at a time; effects are
 * carried out in order, a journal entry is on disk before the next effect begins.
 */
import { parameterValues } from '@belay/pipeline'
import type {
  CheckpointSummary,
  CommandAnswer,
  KillPreview,
  RowPostAnswer,
  RowsToPost,
  PeekedRows,
  PeekedStream,
  LiveValues,
  RunCommand,
  RunDelta,
  RunEvent,
  RunEventBody,
  RunSnapshot,
  RunState,
  ThreadProfile,
  ThreadStack,
} from '@belay/run'
import { shapeOf, shownRow } from '../operator/rowErrorRules.ts'
import { LineAppender } from '../operatorLog/appender.ts'
import { engineLines } from '../operatorLog/engineLines.ts'
import { newSegmentWords, trimSegments } from '../operatorLog/segments.ts'
import { type FromContainer, snapshotKey } from '../container/protocol.ts'
import {
  draftOf,
  instancesNamed,
  killPreview,
  transition,
  type Effect,
  type FailedRow,
  type Facts,
  type JobInput,
  type JobState,
  type JournalEntry,
  type ProcessDeath,
} from '../job/index.ts'
import { EngineError } from '../operator/engineError.ts'
import { instanceOf, type PlannedInstance } from '../plan/physicalPlan.ts'
import type { EventLog } from '../store/eventLog.ts'
import type { Journal } from '../store/journal.ts'
import type { RunFile, RunFolder } from '../store/runFolder.ts'
import type { FromStore } from '../store/storeProtocol.ts'
import { ACTIVITIES, INSTANCE_WORD, statsBytes, streamLeadWord } from '../stats/statsBlock.ts'
import { WindowClock } from '../window/clock.ts'
import { CheckpointPhases } from './checkpointPhases.ts'
import { Containers } from './containers.ts'
import { readCrumb, takeCrumb } from '../container/crumb.ts'
import { Deltas } from './deltas.ts'
import { deployment } from './deployment.ts'
import { ThreadRegister } from './fatalReport.ts'
import { instanceFigures, jobFacts, progressOf, wordsByName, type WordsOf } from './instanceWords.ts'
import { rehearsals } from './rehearsals.ts'
import { inputFromContainer, inputFromStore } from './jobInputs.ts'
import { manifestFile } from './manifestFile.ts'
import { MemoryGuard, residentBytes, residentBytesAllowed } from './memoryGuard.ts'
import { checkpointSummaries, FigureSampler, runFigures } from './runFigures.ts'
import { runPlan } from './runPlan.ts'
import { RowErrorBook } from './rowErrorBook.ts'
import { RowPosts } from './rowPosts.ts'
import type { RunSecrets } from './runSecrets.ts'
import { Peeks } from './peeks.ts'
import { ThreadViews } from './threadViews.ts'
import { SinkTables } from './sinkTables.ts'
import { SnapshotMemory } from './snapshotMemory.ts'
import { StoreThread } from './storeThreadHandle.ts'
import { type Doing, StreamLead } from './streamLead.ts'
import { StreamLogs } from './streamLogs.ts'

const TICK_MS = 20
const DELTA_MS = 250
/** Every half second. */
const WRITE_ERRORS_TICKS = 25
/** Runs of a moment are not worth it. */
const REHEARSE_AFTER_TICKS = 100
/** Every ten seconds. */
const TRIM_LOG_TICKS = 500
/** Of the time after which an operator counts as stuck: without progress for so long it holds nobody else up. */
const STILL_SHARE = 0.5
/** L9: beyond this share of a log that is not committed, a checkpoint should come sooner. */
const HUNGRY_SHARE = 0.5

export interface ExecutorOptions {
  readonly folder: RunFolder
  readonly run: RunFile
  /** Operators are kept from what no operator needs. */
  readonly isolated: boolean
  readonly journal: Journal
  readonly events: EventLog
  readonly secrets: RunSecrets
  /** What is wrong with other values for an operator's live settings; null = nothing. */
  readonly liveProblem: (
    operator: string,
    values: LiveValues,
    live: JobState['live'],
  ) => { readonly code: string; readonly message: string } | null
  readonly onEvent: (event: RunEvent) => void
  readonly onDelta: (delta: RunDelta) => void
  readonly onPeeked: (rows: PeekedRows) => void
  readonly onEnd: (state: RunState, reason: string | null) => void
}

export class Executor {
  #state: JobState
  readonly #options: ExecutorOptions
  readonly #clock: WindowClock
  readonly #sampler: FigureSampler
  readonly #logs: StreamLogs
  readonly #lead: StreamLead
  readonly #snapshots: SnapshotMemory
  readonly #snapshotDeltas = new Deltas()
  readonly #store: StoreThread
  readonly #containers: Containers
  readonly #posts = new RowPosts(
    (container, message) => this.#containers.has(container) && (this.#containers.post(container, message), true),
  )
  readonly #peeks: Peeks
  readonly #memory: MemoryGuard
  readonly #threads: ThreadViews
  readonly #phases = new CheckpointPhases()
  readonly #lines: LineAppender
  readonly #rowErrors: RowErrorBook
  readonly #numbers: ReadonlyMap<string, number>
  readonly #wordsOf: WordsOf
  readonly #seen: Omit<Facts, 'atMs' | 'wallMs'>
  readonly #waitingAnswers = new Map<string, ((answer: CommandAnswer) => void)[]>()
  readonly #tables = new SinkTables(Math.floor(performance.now()))
  readonly #outputs = new Map<string, readonly string[]>()
  readonly #timers: NodeJS.Timeout[] = []
  readonly #queue: JobInput[] = []
  #working = false
  #ended = false
  #ticks = 0

  constructor(state: JobState, options: ExecutorOptions, restoredWindow: number) {
    const { plan } = state
    this.#state = state
    this.#options = options
    const { request, operators } = options.run
    const threads = new ThreadRegister(options.folder.log)
    const clock = WindowClock.create()
    const logSegment = newSegmentWords(options.folder.log)
    this.#rowErrors = new RowErrorBook(options.folder.log)
    this.#lines = new LineAppender(options.folder.log, logSegment)
    const stats = new SharedArrayBuffer(statsBytes(plan.instances.length, plan.streams.length))
    this.#clock = new WindowClock(clock)
    this.#sampler = new FigureSampler(stats, plan.instances.length)
    this.#containers = new Containers(
      plan,
      {
        registryUrl: operators.runtimeUrl,
        isolated: options.isolated,
        types: [...new Set(plan.instances.map((instance) => instance.type))],
        roots: request.roots,
        runId: request.runId,
        allowedAddresses: request.allowedAddresses ?? [],
        windowMs: plan.windowMs,
        log: options.folder.log,
        logSegment,
        ingest: options.folder.ingest,
        clock,
        doorbells: new SharedArrayBuffer(Math.max(1, plan.containers.length) * 4),
        stats,
      },
      options.secrets,
      {
        started: (container, threadId) => threads.note(threadId, container),
        message: (container, message) => this.#fromContainer(container, message),
        exited: (container, cause) => {
          this.#memory.ended(container, performance.now())
          this.#posts.lost(container)
          for (const planned of plan.instances) if (planned.container === container) this.#snapshots.lost(planned.id)
          const row = this.#crumbOf(container)
          this.input({
            type: 'container-exited',
            container,
            cause,
            ...(row === null ? {} : { row }),
          })
        },
      },
    )
    this.#memory = new MemoryGuard(plan.maxResidentBytes ?? residentBytesAllowed(), {
      threads: () =>
        plan.instances.map(({ operator, container }, number) => {
          const words = this.#sampler.words(number)
          return {
            operator,
            container,
            progress: progressOf(words),
            busy: words[INSTANCE_WORD.activity] === 1,
            bytes: words[INSTANCE_WORD.threadBytes],
          }
        }),
      fail: (container, why) => this.#containers.fail(container, why),
      dieNow: (why, container, cause) =>
        this.#dieOf(why, {
          cause,
          instances: plan.instances.filter((instance) => instance.container === container).map(({ id }) => id),
          told: false,
        }),
    })
    this.#peeks = new Peeks(plan, (container, taps) => this.#containers.post(container, { type: 'peek', taps }), options.onPeeked)
    this.#threads = new ThreadViews(plan, (container) => this.#containers.threadOf(container))
    this.#logs = new StreamLogs(plan, restoredWindow)
    this.#lead = new StreamLead(
      [...this.#logs.all()].map(({ stream, control }) => ({
        control,
        readers: stream.logReaders,
        word: streamLeadWord(stats, plan.streams.indexOf(stream)),
      })),
      plan.stuckAfterMs * STILL_SHARE,
    )
    this.#snapshots = new SnapshotMemory(Math.max(1_048_576, plan.memoryBytes - this.#logs.sizeBytes), (instance, offer) =>
      this.#containers.post(this.#planned(instance).container, { type: 'snapshot-memory', instance, ...offer }),
    )
    this.#numbers = new Map(plan.instances.map((instance, number) => [instance.id, number]))
    this.#wordsOf = wordsByName(this.#numbers, this.#sampler)
    this.#seen = jobFacts(() => this.#state, this.#wordsOf, this.#logs)
    this.#store = new StoreThread(
      { manifests: options.folder.manifests, snapshots: options.folder.snapshots },
      (message) => this.#fromStore(message),
      (error) => {
        const why = `the store thread failed: ${error.message}`
        this.#dieOf(why, { cause: { code: 'STORE_FAILED', message: `It ended itself: ${why}` }, instances: [], told: false })
      },
    )
  }

  /** `input` is `recovered` with what the folder holds. */
  start(input: JobInput): void {
    this.input(input)
    this.#timers.push(setInterval(() => this.#tick(), TICK_MS))
    this.#timers.push(setInterval(() => this.#delta(), DELTA_MS))
  }

  /** Their operators use the new values from their next look on. */
  secretsChanged(containers: readonly string[]): void {
    for (const container of containers) this.#containers.tellSecrets(container)
  }

  input(input: JobInput): void {
    this.#queue.push(input)
    if (this.#working) return
    this.#working = true
    try {
      for (let next = this.#queue.shift(); next !== undefined && !this.#ended; next = this.#queue.shift()) {
        const { state, effects } = transition(this.#state, next, this.#facts())
        this.#state = state
        for (const effect of effects) this.#perform(effect)
      }
    } finally {
      this.#working = false
    }
  }

  command(command: RunCommand): Promise<CommandAnswer> {
    // Only here is known what the operators can take; an answer that was given stays.
    if (command.type === 'set-config' && this.#state.commands[command.commandId] === undefined) {
      const problem = this.#options.liveProblem(command.operator, command.values, this.#state.live)
      if (problem !== null) return Promise.resolve({ type: 'refused', commandId: command.commandId, status: 400, ...problem })
    }
    return new Promise((resolve) => {
      const waiting = this.#waitingAnswers.get(command.commandId) ?? []
      this.#waitingAnswers.set(command.commandId, [...waiting, resolve])
      this.input({ type: 'command', command })
    })
  }

  /** Resolves when the rows are durable; rejects with EngineError OPERATOR_UNKNOWN, NO_INGEST or INGEST_…. */
  postRows(operator: string, post: RowsToPost): Promise<RowPostAnswer> {
    const [instance] = instancesNamed(this.#state.plan, operator)
    if (instance === undefined) return Promise.reject(new EngineError('OPERATOR_UNKNOWN', `There is no operator ${operator} in this run.`))
    const { id, container, role } = instance
    if (role !== 'source') return Promise.reject(new EngineError('NO_INGEST', `${operator} is no source. Post to an HTTP ingest source.`))
    return this.#posts.hand(container, id, post)
  }

  preview(operator: string): KillPreview {
    if (instancesNamed(this.#state.plan, operator).length === 0)
      throw new EngineError('OPERATOR_UNKNOWN', `There is no operator ${operator} in this run.`)
    return killPreview(draftOf(this.#state, this.#facts()), operator)
  }

  stack(operator: string): Promise<ThreadStack> {
    return this.#threads.stack(operator)
  }

  profile(operator: string, forMs: number): Promise<ThreadProfile> {
    return this.#threads.profile(operator, forMs)
  }

  /** A thread that hangs dies all the same, at the latest when the look has taken its time. */
  async #lookThenTerminate(container: string): Promise<void> {
    const thread = this.#containers.threadOf(container)
    const seen = await this.#threads.whereHangs(container)
    // It may have ended by itself meanwhile, and another thread have taken its place.
    if (this.#ended || this.#containers.threadOf(container) !== thread) return
    if (seen !== null) this.input({ type: 'looked-at', container, ...seen })
    this.#containers.terminate(container)
  }

  /** Throws EngineError PEEK_LIMIT. */
  peek(streams: readonly string[]): readonly PeekedStream[] {
    return this.#peeks.want(streams, performance.now())
  }

  checkpoints(): CheckpointSummary[] {
    return checkpointSummaries(this.#state).map((checkpoint) => {
      const phases = this.#phases.of(checkpoint.manifest)
      return phases === undefined ? checkpoint : { ...checkpoint, phases }
    })
  }

  snapshot(): RunSnapshot {
    const { request, startedAtMs } = this.#options.run
    return {
      runId: request.runId,
      pipelineId: request.document.id,
      document: request.document,
      parameters: parameterValues(request.document, request.parameters),
      startedAtMs,
      seq: this.#options.events.seq,
      figures: this.#figures(),
      checkpoints: checkpointSummaries(this.#state),
      events: this.#options.events.recent.slice(-300),
      tables: this.#tables.all(),
      containers: this.#state.plan.containers.map(({ id, instances }) => ({
        id,
        operators: [...new Set(instances.map((instance) => this.#planned(instance).operator))],
        instances,
      })),
      plan: runPlan(this.#state.plan),
    }
  }

  /** Final paths that sinks have written. */
  outputs(): readonly string[] {
    return [...this.#outputs.values()].flat()
  }

  #facts(): Facts {
    return { ...this.#seen, atMs: performance.now(), wallMs: Date.now() }
  }

  #tick(): void {
    if (this.#ended) return
    this.#ticks += 1
    this.#lead.look(performance.now(), (container) => this.#doingOf(container))
    if (this.#ticks % WRITE_ERRORS_TICKS === 0) this.#rowErrors.write()
    if (this.#ticks % TRIM_LOG_TICKS === 1) trimSegments(this.#options.folder.log, Date.now())
    if (this.#ticks % 5 === 0) this.#memory.look(performance.now(), residentBytes())
    let hungry = false
    if (this.#ticks % 5 === 0) for (const log of this.#logs.all()) hungry ||= log.control.shareAfter(this.#state.committed) > HUNGRY_SHARE
    this.input({ type: 'tick', figures: instanceFigures(this.#state, this.#wordsOf), hungry })
  }

  #doingOf(container: string): Doing {
    const words = this.#state.plan.instances.filter((planned) => planned.container === container).map(({ id }) => this.#wordsOf(id))
    return {
      progress: words.reduce((sum, own) => sum + progressOf(own), 0),
      isBlocked: words.some((own) => ACTIVITIES[own[INSTANCE_WORD.activity]] === 'blocked'),
    }
  }

  #figures() {
    return runFigures(this.#state, {
      ...this.#sampler.sample(this.#state, this.#logs, performance.now()),
      uptimeMs: Date.now() - this.#options.run.startedAtMs,
      sharedBytes: this.#logs.sizeBytes + this.#snapshots.usedBytes,
    })
  }

  #delta(): void {
    if (this.#state.recovery === null && this.#state.status === 'running') {
      this.#containers.keepSpare()
      if (this.#ticks > REHEARSE_AFTER_TICKS) this.#containers.rehearse(() => rehearsals(this.#state, this.#logs))
    }
    this.#peeks.endIfOver(performance.now())
    this.#deltas += 1
    this.#options.onDelta({
      runId: this.#options.run.request.runId,
      tick: this.#deltas,
      atMs: Date.now(),
      figures: this.#figures(),
      tables: this.#tables.all(),
    })
  }

  #deltas = 0

  #event(body: RunEventBody): void {
    if (body.type === 'checkpoint-completed')
      this.#phases.completed(
        body.checkpoint,
        this.#state.manifests.map(({ seq }) => seq),
        performance.now(),
      )
    this.#write(body)
    this.#options.onEvent(this.#options.events.append(body, Date.now()))
  }

  /** Events about an operator stand among its own lines. */
  #write(body: RunEventBody): void {
    for (const { about, ...line } of engineLines(body)) {
      const [planned] = instancesNamed(this.#state.plan, about)
      if (planned === undefined) continue
      const { operator, id } = planned
      const { attempt } = this.#state.instances[id]
      const window = this.#facts().working(id)
      const instance = planned.partitions > 1 && about === operator ? operator : id
      this.#lines.append(JSON.stringify({ atMs: Date.now(), from: 'engine', operator, instance, window, attempt, ...line }))
    }
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'journal':
        return this.#options.journal.append(effect.entry)
      case 'answer': {
        for (const resolve of this.#waitingAnswers.get(effect.commandId) ?? []) resolve(effect.answer)
        this.#waitingAnswers.delete(effect.commandId)
        return
      }
      case 'event':
        return this.#event(effect.event)
      case 'start-container':
        return this.#containers.start(effect.container)
      case 'look-at':
        return this.#threads.suspect(effect.container)
      case 'terminate-container': {
        if (this.#containers.has(effect.container)) {
          if (effect.stuck === undefined) this.#containers.terminate(effect.container)
          else void this.#lookThenTerminate(effect.container)
        } else this.#queue.push({ type: 'container-exited', container: effect.container, cause: null })
        return
      }
      case 'undeploy':
        return this.#containers.post(effect.container, { type: 'undeploy', attempt: effect.attempt })
      case 'pin':
        this.#queue.push({ type: 'pinned', attempt: effect.attempt, refused: this.#logs.pin(effect.readers, effect.window, effect.skips) })
        return
      case 'unpin':
        this.#logs.unpin(effect.readers)
        return this.#ringPublishers(effect.readers.map(({ stream }) => stream))
      case 'deactivate':
        this.#logs.deactivate(effect.container)
        return this.#ringPublishers(this.#logs.readersOf(effect.container).map(({ log }) => log.stream.id))
      case 'rewind-logs':
        return this.#logs.rewind(effect.streams, effect.window, effect.epoch)
      case 'deploy':
        return this.#deploy(effect)
      case 'open':
        return this.#open(effect.container, effect.attempt)
      case 'clock':
        this.#clock.write({
          target: effect.target,
          checkpoint: effect.checkpoint,
          holdAfter: effect.holdAfter,
          drainAfter: effect.drainAfter,
        })
        for (const container of this.#state.plan.containers) this.#containers.ring(container.id)
        return
      case 'write-snapshot':
        return this.#writeSnapshot(effect)
      case 'drop-snapshot':
        return this.#snapshots.release(snapshotKey(effect), effect.instance)
      case 'delete-snapshots':
        this.#snapshotDeltas.forget(effect.files)
        return this.#store.post({ type: 'delete-snapshots', files: effect.files })
      case 'write-manifest':
        this.#rowErrors.settle(this.#state.manifests[0]?.window ?? 0)
        this.#rowErrors.write()
        return this.#store.post({
          type: 'write-manifest',
          manifest: manifestFile(this.#options.run.request.runId, this.#state, effect.manifest, effect.parent),
        })
      case 'delete-manifest':
        this.#snapshotDeltas.forget(effect.files)
        return this.#store.post({ type: 'delete-manifest', seq: effect.seq, files: effect.files })
      case 'configure': {
        const { container, config } = this.#planned(effect.instance)
        const { from, values } = effect.change
        const later = { from, config: { ...config, ...values } }
        return this.#containers.post(container, { type: 'configure', instance: effect.instance, later })
      }
      case 'on-row-error': {
        for (const { id, container } of instancesNamed(this.#state.plan, effect.operator))
          this.#containers.post(container, { type: 'on-row-error', instance: id, action: effect.action })
        return
      }
      case 'row-error-rules': {
        this.#rowErrors.setRules(effect.operator, effect.rules)
        for (const { id, container } of instancesNamed(this.#state.plan, effect.operator))
          this.#containers.post(container, { type: 'row-error-rules', instance: id, rules: effect.rules })
        return
      }
      case 'log-level': {
        for (const { id, container } of instancesNamed(this.#state.plan, effect.operator))
          this.#containers.post(container, { type: 'log-level', instance: id, level: effect.level })
        return
      }
      case 'commit-sink':
        return this.#containers.post(this.#planned(effect.instance).container, {
          type: 'commit',
          instance: effect.instance,
          window: effect.window,
        })
      case 'trim-source':
        return this.#containers.post(this.#planned(effect.instance).container, {
          type: 'trim',
          instance: effect.instance,
          window: effect.window,
        })
      case 'arm': {
        const { id, endOf } = effect
        setTimeout(() => {
          // Only read: by now a successor may have its own row there.
          const row = endOf === undefined ? null : this.#crumbOf(endOf, readCrumb)
          this.input({ type: 'deadline', id, ...(row === null ? {} : { row }) })
        }, effect.afterMs).unref()
        return
      }
      case 'end':
        return this.#end(effect.state, effect.reason)
      case 'exit-process':
        return this.#dieNow(effect.why)
    }
  }

  /** Whoever waited for room behind a reader or a pin that is gone may go on at once. */
  #ringPublishers(streams: readonly string[]): void {
    for (const id of streams) {
      const log = this.#logs.get(id)
      if (log !== undefined) this.#containers.ring(log.stream.publisherContainer)
    }
  }

  #planned(instance: string): PlannedInstance {
    return instanceOf(this.#state.plan, instance)
  }

  /** The row that a suspect of this container was working on when its thread died. */
  #crumbOf(container: string, take = takeCrumb): FailedRow | null {
    for (const { id, container: own } of this.#state.plan.instances) {
      const row = own === container ? take(this.#options.folder.log, id) : null
      if (row !== null) return { instance: id, ...row }
    }
    return null
  }

  #deploy(effect: Extract<Effect, { type: 'deploy' }>): void {
    const made = deployment(effect, this.#state, {
      snapshots: this.#options.folder.snapshots,
      logs: this.#logs,
      numbers: this.#numbers,
      containerNumber: (container) => this.#containers.numberOf(container),
    })
    if (made.type === 'operator-failed') {
      this.#queue.push(made)
      return
    }
    for (const { instance } of effect.instances) {
      this.#rowErrors.back(instance, effect.cut)
      const { operator } = this.#planned(instance)
      this.#rowErrors.setRules(operator, this.#state.rowErrorRules[operator] ?? [])
    }
    this.#peeks.remind(effect.container)
    this.#containers.post(effect.container, made)
  }

  #open(container: string, attempt: number): void {
    for (const { log, reader } of this.#logs.readersOf(container)) log.control.activate(reader)
    this.#containers.connectBells(container)
    this.#containers.post(container, { type: 'open', attempt })
  }

  #writeSnapshot(effect: Extract<Effect, { type: 'write-snapshot' }>): void {
    const copy = this.#snapshots.copied(snapshotKey(effect))
    if (copy === undefined) return
    const header = {
      runId: this.#options.run.request.runId,
      instance: effect.instance,
      window: effect.window,
      lineage: effect.lineage,
      attempt: effect.attempt,
    }
    const file = `${effect.instance.replaceAll('#', '.')}-${effect.lineage}-${effect.window}-${effect.attempt}.bls`
    const delta = this.#snapshotDeltas.plan(file, copy, this.#state.manifests.at(-1)?.snapshots[effect.instance], snapshotKey)
    this.#store.post({ type: 'write-snapshot', header, memory: copy.memory, sizeBytes: copy.sizeBytes, file, delta })
  }

  #fromStore(message: FromStore): void {
    switch (message.type) {
      case 'snapshot-stored':
        this.#phases.stored(message.header, message.durationMs, performance.now())
        this.#snapshots.release(snapshotKey(message.header), message.header.instance)
        break
      case 'snapshot-failed':
        this.#snapshots.release(snapshotKey(message.header), message.header.instance)
        break
      case 'delete-failed':
        this.#event({
          type: 'notice',
          level: 'warning',
          code: 'DELETE_FAILED',
          message: `An old checkpoint could not be deleted: ${message.message}`,
        })
        break
      case 'manifest-stored':
      case 'manifest-failed':
      case 'manifest-lost':
      case 'manifest-deleted':
      case 'closed':
        break
    }
    const input = inputFromStore(message)
    if (input !== null) this.input(input)
  }

  #fromContainer(container: string, message: FromContainer): void {
    if (!this.#noted(container, message)) return
    const input = inputFromContainer(container, message)
    if (input !== null) this.input(input)
  }

  /** What is not the job's to decide. false = the job need not hear of it. */
  #noted(container: string, message: FromContainer): boolean {
    switch (message.type) {
      case 'rehearsed':
        return false
      case 'post-answered':
        this.#posts.answered(message)
        return false
      case 'undeployed':
        for (const planned of this.#state.plan.instances) if (planned.container === container) this.#snapshots.lost(planned.id)
        return true
      case 'snapshot-needs':
        this.#grant(container, message)
        return false
      case 'snapshot-copied': {
        this.#phases.copied(message, performance.now())
        const { memory, sizeBytes, changedPages } = message
        return memory === null || this.#snapshots.keep(snapshotKey(message), message.instance, { sizeBytes, changedPages })
      }
      case 'operator-failed':
        this.#failedOnRow(message)
        return true
      case 'row-error': {
        const { type, window, code, message: text, row, action, count } = message
        const { operator } = this.#planned(message.instance)
        this.#event({ type, operator, window, code, message: text, ...(row === undefined ? {} : { row }), action, count })
        return false
      }
      case 'bad-rows': {
        const { instance, window, attempt, kinds } = message
        // What an attempt brought that is over comes again.
        if (this.#state.instances[instance].attempt !== attempt) return false
        const { operator } = this.#planned(instance)
        for (const kind of kinds) this.#rowErrors.add(operator, instance, window, Date.now(), kind)
        return false
      }
      case 'operator-waits': {
        const { operator } = this.#planned(message.instance)
        const { reason } = message
        this.#event({
          type: 'notice',
          operator,
          ...(reason === null
            ? { level: 'info', code: 'OPERATOR_GOES_ON', message: `${operator} goes on.` }
            : { level: 'warning', code: reason.code, message: `${operator} waits: ${reason.message}` }),
        })
        return false
      }
      case 'sink-committed':
        this.#sampler.staged.set(message.instance, message.stagedBytes)
        if (message.outputs.length > 0) this.#outputs.set(message.instance, message.outputs)
        return true
      case 'table':
        this.#tables.shown(this.#planned(message.instance), message)
        return false
      case 'peeked':
        this.#peeks.peeked(message)
        return false
      case 'extra':
        this.#sampler.extras.set(message.instance, { figures: message.figures, progress: message.progress })
        return false
      case 'stream-ended':
        return false
      case 'ready':
      case 'deployed':
      case 'deploy-failed':
      case 'configured':
      case 'poison-skipped':
      case 'sink-commit-failed':
        return true
    }
  }

  /** Failures are counted where a row is known to be the cause. */
  #failedOnRow({ instance, window, code, message, row, badRow }: Extract<FromContainer, { type: 'operator-failed' }>): void {
    if (row === undefined && badRow === undefined) return
    const said = badRow?.message ?? message
    const text = badRow?.row ?? row?.text ?? null
    this.#rowErrors.add(this.#planned(instance).operator, instance, window, Date.now(), {
      code,
      shape: shapeOf(said),
      message: said,
      action: 'fail',
      count: 1,
      rows: text === null ? [] : [shownRow(text)],
    })
  }

  #grant(container: string, message: Extract<FromContainer, { type: 'snapshot-needs' }>): void {
    try {
      this.#snapshots.request(message.instance, message.need, (memory, holds) => {
        this.#containers.post(container, { type: 'snapshot-memory', instance: message.instance, memory, holds })
      })
    } catch (error) {
      const failure = error instanceof EngineError ? error : new EngineError('STATE_TOO_LARGE', String(error))
      this.input({
        type: 'operator-failed',
        instance: message.instance,
        attempt: message.attempt,
        window: message.window,
        code: failure.code,
        message: failure.message,
      })
    }
  }

  #end(state: RunState, reason: string | null): void {
    this.#ended = true
    for (const timer of this.#timers) clearInterval(timer)
    this.#rowErrors.write()
    this.#delta()
    for (const [id, waiting] of this.#waitingAnswers) {
      for (const resolve of waiting)
        resolve({ type: 'refused', commandId: id, code: 'RUN_ENDED', message: 'The run has ended meanwhile.', status: 409 })
    }
    this.#posts.lost(null)
    this.#options.onEnd(state, reason)
  }

  /** Notes for the next process what this one dies of, if that can be noted. */
  #dieOf(why: string, death: ProcessDeath): void {
    try {
      this.#options.journal.append({ type: 'death', ...death } satisfies JournalEntry)
    } catch (error) {
      console.error(error)
    }
    this.#dieNow(why)
  }

  /** As SIGKILL would: nothing is tidied up, the supervisor starts the run again. */
  #dieNow(why: string): void {
    this.#ended = true
    console.error(`the run process ends itself: ${why}`)
    process.kill(process.pid, 'SIGKILL')
  }
}
