/**
 * A simulated run process: the real transition, logs, clock words, figures and snapshot memory; what
 * the executor does with threads, timers and files is done in virtual time (process/executor.ts).
 */
import type { CommandAnswer, KillPreview, RunCommand, RunState } from '@belay/run'
import { type ContainerInit, type Deployment, type FromContainer, type LogBinding, snapshotKey } from '../../src/container/protocol.ts'
import {
  configsFrom,
  draftOf,
  initialState,
  killPreview,
  replayJournal,
  transition,
  type Effect,
  type Facts,
  type InstanceFigures,
  type JobInput,
  type JobState,
  type JournalEntry,
  type KeptManifest,
  type SnapshotRef,
} from '../../src/job/index.ts'
import type { PhysicalPlan, PlannedInstance } from '../../src/plan/physicalPlan.ts'
import { Deltas } from '../../src/process/deltas.ts'
import { SnapshotMemory } from '../../src/process/snapshotMemory.ts'
import { StreamLogs } from '../../src/process/streamLogs.ts'
import { PAGE_BYTES } from '../../src/state/snapshotFrame.ts'
import { INSTANCE_WORD, instanceWords, statsBytes } from '../../src/stats/statsBlock.ts'
import { WindowClock } from '../../src/window/clock.ts'
import type { Owner, VirtualClock } from './clock.ts'
import { checksum, type Caller, type SimDisk } from './disk.ts'
import type { Random } from './random.ts'
import { SimStore, type StoreQuirks, type StoreWeather } from './store.ts'
import { SimThread, type ThreadWorld, type ToThread } from './thread.ts'

const TICK_MS = 20
const HUNGRY_SHARE = 0.5
const SNAPSHOT_BYTES = 16 * 1024 * 1024

/** Bugs at the edge of the job; all off in the real thing. */
export interface EdgeQuirks {
  /** Logs are not asked whether they still hold what is replayed. */
  readonly noRetention: boolean
  /** Nothing is pinned. */
  readonly noPin: boolean
  /** Logs of members are not cut back. */
  readonly noRewind: boolean
  /** Journal entries are lost. */
  readonly noJournal: boolean
  /** A thread counts as dead when it has been told to die. */
  readonly earlyExit: boolean
}

export const NO_EDGE_QUIRKS: EdgeQuirks = { noRetention: false, noPin: false, noRewind: false, noJournal: false, earlyExit: false }

export interface ProcessWorld {
  readonly clock: VirtualClock
  readonly random: Random
  readonly disk: SimDisk
  readonly plan: PhysicalPlan
  readonly weather: StoreWeather
  readonly storeQuirks: StoreQuirks
  readonly quirks: EdgeQuirks
  readonly threads: Pick<ThreadWorld, 'loadModule' | 'openLog'>
  /** What the journal holds; lives as long as the disk. */
  readonly journal: JournalEntry[]
  /** Every input, once its state has come of it. */
  seen(process: SimProcess, input: JobInput, before: JobState): void
  effect(process: SimProcess, effect: Effect): void
  ended(process: SimProcess, state: RunState, reason: string | null): void
  died(why: string): void
}

export class SimProcess implements Owner, Caller {
  readonly #world: ProcessWorld
  readonly #store: SimStore
  readonly #logs: StreamLogs
  readonly #snapshots = new SnapshotMemory(SNAPSHOT_BYTES, (instance, offer) =>
    this.#post(this.#planned(instance).container, { type: 'snapshot-memory', instance, ...offer }),
  )
  readonly #clock: WindowClock
  readonly #init: ContainerInit
  readonly #words: ReadonlyMap<string, Float64Array>
  readonly #containerNumbers: ReadonlyMap<string, number>
  readonly #threads = new Map<string, SimThread>()
  /** Also those that nobody knows of any more. */
  #everyThread: readonly SimThread[] = []
  readonly #deltas = new Deltas()
  readonly #answers = new Map<string, CommandAnswer>()
  readonly #queue: JobInput[] = []
  #working = false
  #ticks = 0
  #journaled: number
  #parked: (() => void | Promise<void>)[] | null = null
  state: JobState
  alive = true
  diskCallsLeft: number | null = null
  /** Effects left until the process is killed between two of them; null = not planned. */
  effectsLeft: number | null = null

  constructor(world: ProcessWorld) {
    const { plan } = world
    this.#world = world
    this.state = replayJournal(initialState('r', plan), world.journal)
    this.#journaled = world.journal.length
    const recovered = this.#recovered()
    const own = recovered.manifests.filter((manifest) => manifest.lineage === this.state.lineage)
    const restored = own.at(-1) ?? recovered.manifests.find((manifest) => manifest.seq === this.state.baseManifest)
    this.#logs = new StreamLogs(plan, restored?.window ?? 0)
    const clock = WindowClock.create()
    const stats = new SharedArrayBuffer(statsBytes(plan.instances.length, plan.streams.length))
    this.#clock = new WindowClock(clock)
    this.#words = new Map(plan.instances.map(({ id }, number) => [id, instanceWords(stats, number)]))
    this.#containerNumbers = new Map(plan.containers.map(({ id }, number) => [id, number]))
    this.#init = {
      registryUrl: '',
      isolated: false,
      types: [],
      log: '',
      ingest: '',
      roots: {},
      runId: 'r',
      allowedAddresses: [],
      windowMs: plan.windowMs,
      clock,
      doorbells: new SharedArrayBuffer(4),
      logSegment: new SharedArrayBuffer(8),
      stats,
    }
    this.#store = new SimStore({
      clock: world.clock,
      random: world.random,
      disk: world.disk,
      weather: world.weather,
      quirks: world.storeQuirks,
      owner: this,
      answer: (input) => this.input(input),
    })
    this.input(recovered)
    this.#scheduleTick()
  }

  /** What the store holds, verified (process/runProcess.ts). */
  #recovered(): Extract<JobInput, { type: 'recovered' }> {
    const { disk, journal } = this.#world
    const manifests: KeptManifest[] = []
    const damaged: { seq: number; lineage: number; reason: string }[] = []
    let highest = 0
    for (const path of disk.list('manifests').sort((a, b) => seqOf(a) - seqOf(b))) {
      const seq = seqOf(path)
      highest = Math.max(highest, seq)
      const content = disk.read(path)
      let lineage = 0
      try {
        const manifest = JSON.parse(String(content)) as KeptManifest
        ;({ lineage } = manifest)
        for (const ref of Object.values(manifest.snapshots)) this.#read(ref)
        manifests.push({ ...manifest, sha256: checksum(content ?? '') })
      } catch (error) {
        damaged.push({ seq, lineage, reason: String(error) })
      }
    }
    const fresh = journal.length === 0
    const end = { pid: null, exitCode: null, signal: null, downMs: null }
    const died = { end, cause: { code: 'PROCESS_DIED', message: 'It died.' }, instances: [], row: null }
    return { type: 'recovered', fresh, manifests, damaged, nextManifest: highest + 1, ...(fresh ? {} : { died }) }
  }

  #read(ref: SnapshotRef): Uint8Array | null {
    if (ref.file === null) return null
    const content = this.#world.disk.read(`snapshots/${ref.file}`)
    if (content === null) throw new Error(`SNAPSHOT_MISSING ${ref.file}`)
    if (typeof content === 'string' || (!this.#world.storeQuirks.noChecksum && checksum(content) !== ref.sha256))
      throw new Error(`SNAPSHOT_CORRUPT ${ref.file}`)
    return content
  }

  get logs(): StreamLogs {
    return this.#logs
  }

  thread(container: string): SimThread | undefined {
    return this.#threads.get(container)
  }

  holds(caller: Caller): boolean {
    return [...this.#threads.values()].some((thread) => thread === caller)
  }

  answerTo(commandId: string): CommandAnswer | undefined {
    return this.#answers.get(commandId)
  }

  preview(operator: string): KillPreview {
    return killPreview(draftOf(this.state, this.#facts()), operator)
  }

  /** SIGKILL: nothing of it happens any more. */
  kill(why: string): void {
    if (!this.alive) return
    this.alive = false
    this.#world.died(why)
  }

  died(): void {
    this.kill('it died while it was writing')
  }

  /** SIGSTOP; what would have happened happens after `resume`. */
  suspend(): void {
    this.#parked ??= []
  }

  resume(): void {
    const parked = this.#parked ?? []
    this.#parked = null
    parked.forEach((what, i) => this.#world.clock.in(i * 1e-6, this, what))
  }

  park(what: () => void | Promise<void>): boolean {
    this.#parked?.push(what)
    return this.#parked !== null
  }

  command(command: RunCommand): void {
    this.input({ type: 'command', command })
  }

  input(input: JobInput): void {
    if (!this.alive) return
    this.#queue.push(input)
    if (this.#working) return
    this.#working = true
    try {
      for (let next = this.#queue.shift(); next !== undefined && this.alive; next = this.#queue.shift()) {
        const before = this.state
        const { state, effects } = transition(before, next, this.#facts())
        this.state = state
        this.#world.seen(this, next, before)
        for (const effect of effects) {
          if (!this.alive) return
          this.#world.effect(this, effect)
          this.#perform(effect)
          this.#countEffect()
        }
      }
    } finally {
      this.#working = false
    }
  }

  #countEffect(): void {
    if (this.effectsLeft === null) return
    this.effectsLeft -= 1
    if (this.effectsLeft <= 0) this.kill('between two effects')
  }

  #facts(): Facts {
    const current = (instance: string, word: 'ended' | 'window'): number => {
      const words = this.#words.get(instance)
      const known = this.state.instances[instance]
      return words?.[INSTANCE_WORD.attempt] === known.attempt ? Math.max(words[INSTANCE_WORD[word]], known.cut) : known.ended
    }
    return {
      atMs: this.#world.clock.nowMs,
      wallMs: this.#world.clock.nowMs,
      retainedFrom: (stream) => (this.#world.quirks.noRetention ? 0 : (this.#logs.get(stream)?.control.retainedFrom() ?? Infinity)),
      rowsSince: (stream, window) => this.#logs.get(stream)?.control.rowsAfter(window) ?? 0,
      ended: (instance) => current(instance, 'ended'),
      working: (instance) => current(instance, 'window'),
    }
  }

  #scheduleTick(): void {
    this.#world.clock.in(TICK_MS, this, () => {
      this.#tick()
      this.#scheduleTick()
    })
  }

  #tick(): void {
    const figures: Record<string, InstanceFigures> = {}
    for (const [id, words] of this.#words) {
      if (words[INSTANCE_WORD.attempt] !== this.state.instances[id].attempt) continue
      figures[id] = {
        ended: words[INSTANCE_WORD.ended],
        progress:
          words[INSTANCE_WORD.progressSeq] * 2048 +
          words[INSTANCE_WORD.progressRow] +
          words[INSTANCE_WORD.rowsIn] +
          words[INSTANCE_WORD.rowsOut],
        inputWaits: words[INSTANCE_WORD.inputWaits] === 1 && words[INSTANCE_WORD.activity] !== 2,
      }
    }
    this.#ticks += 1
    let hungry = false
    if (this.#ticks % 5 === 0) for (const log of this.#logs.all()) hungry ||= log.control.shareAfter(this.state.committed) > HUNGRY_SHARE
    this.input({ type: 'tick', figures, hungry })
  }

  #perform(effect: Effect): void {
    const { quirks } = this.#world
    switch (effect.type) {
      case 'journal':
        return this.#journal(effect.entry)
      case 'answer':
        this.#answers.set(effect.commandId, effect.answer)
        return
      case 'event':
        return
      case 'start-container':
        return this.#startContainer(effect.container)
      case 'terminate-container':
        return this.#terminate(effect.container)
      case 'undeploy':
        return this.#post(effect.container, { type: 'undeploy', attempt: effect.attempt })
      case 'pin':
        this.#queue.push({
          type: 'pinned',
          attempt: effect.attempt,
          refused: quirks.noPin ? [] : this.#logs.pin(effect.readers, effect.window, effect.skips),
        })
        return
      case 'unpin':
        return this.#logs.unpin(effect.readers)
      case 'deactivate':
        return this.#logs.deactivate(effect.container)
      case 'rewind-logs':
        if (!quirks.noRewind) this.#logs.rewind(effect.streams, effect.window, effect.epoch)
        return
      case 'deploy':
        return this.#deploy(effect)
      case 'open':
        for (const { log, reader } of this.#logs.readersOf(effect.container)) log.control.activate(reader)
        return this.#post(effect.container, { type: 'open', attempt: effect.attempt })
      case 'clock': {
        const { target, checkpoint, holdAfter, drainAfter } = effect
        this.#clock.write({ target, checkpoint, holdAfter, drainAfter })
        for (const thread of this.#threads.values()) thread.wake()
        return
      }
      case 'write-snapshot':
        return this.#writeSnapshot(effect)
      case 'drop-snapshot':
        return this.#snapshots.release(snapshotKey(effect), effect.instance)
      case 'write-manifest':
        return this.#store.post({ type: 'write-manifest', manifest: effect.manifest })
      case 'delete-manifest':
      case 'delete-snapshots':
        this.#deltas.forget(effect.files)
        return this.#store.post(effect)
      case 'configure': {
        const { container, config } = this.#planned(effect.instance)
        const { from, values } = effect.change
        return this.#post(container, { type: 'configure', instance: effect.instance, later: { from, config: { ...config, ...values } } })
      }
      case 'commit-sink':
        return this.#post(this.#planned(effect.instance).container, { type: 'commit', instance: effect.instance, window: effect.window })
      case 'on-row-error':
      case 'row-error-rules':
      case 'log-level':
        return
      case 'trim-source':
        return this.#post(this.#planned(effect.instance).container, { type: 'trim', instance: effect.instance, window: effect.window })
      // Nothing to see in a made-up thread.
      case 'look-at':
        return
      case 'arm':
        return this.#world.clock.in(effect.afterMs, this, () => this.input({ type: 'deadline', id: effect.id }))
      case 'end':
        this.alive = false
        return this.#world.ended(this, effect.state, effect.reason)
      case 'exit-process':
        return this.kill(effect.why)
    }
  }

  /** Somebody else has written to it: this process has been replaced (store/journal.ts). */
  #journal(entry: JournalEntry): void {
    const { journal, quirks } = this.#world
    if (journal.length !== this.#journaled) return this.kill('the journal was written by another process of this run')
    if (quirks.noJournal) return
    journal.push(structuredClone(entry))
    this.#journaled += 1
  }

  #planned(instance: string): PlannedInstance {
    const planned = this.#world.plan.instances.find((candidate) => candidate.id === instance)
    if (planned === undefined) throw new Error(`no instance ${instance} in the plan`)
    return planned
  }

  #post(container: string, message: ToThread): void {
    this.#threads.get(container)?.receive(message)
  }

  #startContainer(container: string): void {
    if (this.#everyThread.some((other) => other.container === container && other.alive))
      throw new Error(`${container} was started while its thread before had not gone`)
    const thread: SimThread = new SimThread(container, {
      ...this.#world.threads,
      clock: this.#world.clock,
      random: this.#world.random,
      process: this,
      init: this.#init,
      ring: (numbers) => {
        for (const other of this.#threads.values()) if (numbers.includes(this.#containerNumbers.get(other.container) ?? -1)) other.wake()
      },
      message: (message) => {
        if (this.#threads.get(container) === thread) this.#fromContainer(container, message)
      },
      exited: (cause) => {
        if (this.#threads.get(container) === thread) this.#exited(container, cause)
      },
    })
    this.#threads.set(container, thread)
    this.#everyThread = [...this.#everyThread.filter((other) => other.alive), thread]
  }

  #terminate(container: string): void {
    const thread = this.#threads.get(container)
    thread?.terminate()
    if (thread === undefined) this.#queue.push({ type: 'container-exited', container, cause: null })
    else if (this.#world.quirks.earlyExit) this.#exited(container, null)
  }

  #exited(container: string, cause: { readonly code: string; readonly message: string } | null): void {
    this.#threads.delete(container)
    for (const { id, container: own } of this.#world.plan.instances) if (own === container) this.#snapshots.lost(id)
    this.input({ type: 'container-exited', container, cause })
  }

  #deploy(effect: Extract<Effect, { type: 'deploy' }>): void {
    const { plan } = this.#world
    const deployments: Deployment[] = []
    for (const wanted of effect.instances) {
      let state: Uint8Array | null
      try {
        state = wanted.snapshot === null ? null : this.#read(wanted.snapshot)
      } catch (error) {
        const code = error instanceof Error ? error.message.split(' ')[0] : ''
        this.#queue.push({
          type: 'operator-failed',
          instance: wanted.instance,
          attempt: effect.attempt,
          window: effect.cut,
          code,
          message: String(error),
        })
        return
      }
      const planned = this.#planned(wanted.instance)
      const { now, later } = configsFrom(planned.config, wanted.live, effect.goesOnAfter + 1)
      deployments.push({
        ...wanted,
        instance: { ...planned, config: now },
        live: later,
        number: plan.instances.findIndex(({ id }) => id === wanted.instance),
        state,
        cut: effect.goesOnAfter,
        suspectUntil: null,
        poison: [],
        rowErrorRules: [],
        logLevel: 'info' as const,
      })
    }
    const numbers = (containers: readonly string[]): number[] => containers.map((id) => this.#containerNumbers.get(id) ?? 0)
    const binding = (stream: (typeof plan.streams)[number]): Pick<LogBinding, 'stream' | 'number' | 'readers'> => ({
      stream: stream.id,
      number: plan.streams.indexOf(stream),
      readers: stream.logReaders.length,
    })
    const writers = this.#logs.publishedBy(effect.container).map(({ stream, handle }): LogBinding => ({
      ...binding(stream),
      handle,
      routing: stream.routing,
      reader: null,
      position: null,
      skipTo: null,
      ring: numbers(stream.logReaders),
    }))
    const readers = this.#logs.readersOf(effect.container).map(({ log: { stream, handle, control }, reader }): LogBinding => ({
      ...binding(stream),
      handle,
      routing: stream.routing,
      reader,
      position: control.isPinned(reader) ? control.pinOf(reader) : control.firstRecordOf(effect.goesOnAfter + 1),
      skipTo: effect.goesOnAfter > effect.cut ? effect.goesOnAfter : null,
      ring: numbers([stream.publisherContainer]),
    }))
    this.#post(effect.container, {
      type: 'deploy',
      attempt: effect.attempt,
      lineage: effect.lineage,
      deployments,
      logs: [...writers, ...readers],
    })
  }

  #writeSnapshot(effect: Extract<Effect, { type: 'write-snapshot' }>): void {
    const key = snapshotKey(effect)
    const copy = this.#snapshots.copied(key)
    if (copy === undefined) throw new Error(`nothing was copied for ${key}`)
    const { instance, window, attempt } = effect
    const { memory, sizeBytes } = copy
    const file = `${instance}-${effect.lineage}-${window}-${attempt}`
    const delta = this.#deltas.plan(file, copy, this.state.manifests.at(-1)?.snapshots[instance], snapshotKey)
    this.#store.post({
      type: 'write-snapshot',
      ref: { instance, window, attempt, sizeBytes, file },
      bytes: () => {
        const frame = new Uint8Array(memory, 0, sizeBytes).slice()
        if (delta === null) return frame
        // As the real store does, only what is said to have changed comes from memory; the rest from the file before.
        const base = this.#world.disk.read(`snapshots/${delta.base}`)
        if (base === null || typeof base === 'string') throw new Error(`DELTA_BASE_MISSING ${delta.base}`)
        const laidOver = new Uint8Array(sizeBytes)
        laidOver.set(base.subarray(0, sizeBytes))
        for (const page of delta.pages) laidOver.set(frame.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES), page * PAGE_BYTES)
        return laidOver
      },
      done: () => this.#snapshots.release(key, instance),
    })
    // A bug: the memory is free for the next snapshot while this one is still to be written.
    if (this.#world.storeQuirks.lateCopy) this.#snapshots.release(key, instance)
  }

  #fromContainer(container: string, message: FromContainer): void {
    switch (message.type) {
      case 'ready':
        return this.input({ type: 'container-ready', container })
      case 'deployed':
        return this.input({ type: 'deployed', container, attempt: message.attempt })
      case 'undeployed':
        for (const { id, container: own } of this.#world.plan.instances) if (own === container) this.#snapshots.lost(id)
        return this.input({ type: 'undeployed', container, attempt: message.attempt })
      case 'deploy-failed': {
        const { instance, attempt, code, message: text } = message
        return this.input({ type: 'operator-failed', instance, attempt, window: 0, code, message: text })
      }
      case 'operator-failed': {
        const { instance, attempt, window, code, message: text } = message
        return this.input({ type: 'operator-failed', instance, attempt, window, code, message: text })
      }
      case 'configured':
        return this.input({ type: 'configured', instance: message.instance, from: message.from })
      case 'snapshot-needs':
        return this.#snapshots.request(message.instance, message.need, (memory, holds) => {
          this.#post(container, { type: 'snapshot-memory', instance: message.instance, memory, holds })
        })
      case 'snapshot-copied': {
        const { instance, window, attempt, sizeBytes, final } = message
        const copy = { sizeBytes, changedPages: message.changedPages }
        if (message.memory !== null && !this.#snapshots.keep(snapshotKey(message), instance, copy)) return
        return this.input({ type: 'snapshot-copied', instance, window, attempt, sizeBytes, final })
      }
      case 'sink-committed':
        return this.input({ type: 'sink-committed', instance: message.instance, window: message.window, attempt: message.attempt })
      case 'sink-commit-failed': {
        const { instance, window, attempt, code, message: text } = message
        return this.input({ type: 'sink-commit-failed', instance, window, attempt, code, message: text })
      }
      case 'operator-waits':
      case 'poison-skipped':
      case 'post-answered':
      case 'rehearsed':
      case 'row-error':
      case 'bad-rows':
      case 'stream-ended':
      case 'table':
      case 'peeked':
      case 'extra':
        return
    }
  }
}

function seqOf(path: string): number {
  return Number(path.slice(path.lastIndexOf('/') + 1))
}
