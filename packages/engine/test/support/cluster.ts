/**
 * A run in one thread: real containers on real logs, stepped in any order, killed at any step or in the
 * middle of any call on a log, and brought back by the real recovery planner. What the job does with
 * threads, memory and disk is done here in a few plain lines.
 */
import type { Batch, Schema } from '@belay/columns'
import { Container } from '../../src/container/container.ts'
import type { FromContainer, LogBinding } from '../../src/container/protocol.ts'
import type { OperatorModule } from '../../src/operator/operator.ts'
import type { PhysicalPlan } from '../../src/plan/physicalPlan.ts'
import { planRecovery } from '../../src/plan/planRecovery.ts'
import { statsBytes } from '../../src/stats/statsBlock.ts'
import { LogControl } from '../../src/stream/logControl.ts'
import { READER } from '../../src/stream/logLayout.ts'
import type { LogHandle } from '../../src/stream/logHandle.ts'
import { createLog, SharedLogMemory, type IndexEntry, type LogMemory, type RecordHeader } from '../../src/stream/logMemory.ts'
import { WindowClock } from '../../src/window/clock.ts'

const MAX_AHEAD = 20
const STILL_STEPS = 4000
const MOST_STEPS = 2_000_000
const WORDS_BEFORE_READERS = 16

export interface Faults {
  /** Chance of a kill at a step. */
  readonly kills: number
  /** Of these, how many come in the middle of a call on a log. */
  readonly within: number
  readonly most: number
}

export interface ClusterOptions {
  readonly plan: PhysicalPlan
  readonly modules: Readonly<Record<string, OperatorModule>>
  readonly random: () => number
  readonly faults: Faults
  readonly ringBytes: number
}

class Killed extends Error {}

/** A thread that dies at one of its next calls on a log. */
interface Fuse {
  left: number
}

/**
 * Hands out copies and spoils them once the reader has moved on (engine-spec L5), and dies when its
 * fuse says so.
 */
class HazardousMemory implements LogMemory {
  readonly ringBytes: number
  readonly #inner: SharedLogMemory
  readonly #fuse: Fuse
  #lent: Uint8Array[] = []

  constructor(handle: LogHandle, fuse: Fuse) {
    this.#inner = new SharedLogMemory(handle)
    this.ringBytes = handle.ringBytes
    this.#fuse = fuse
  }

  #call(): void {
    this.#fuse.left -= 1
    if (this.#fuse.left === 0) throw new Killed()
  }

  load(word: number): number {
    this.#call()
    return this.#inner.load(word)
  }

  store(word: number, value: number): void {
    this.#call()
    this.#inner.store(word, value)
    if (word >= WORDS_BEFORE_READERS && word % 4 === (WORDS_BEFORE_READERS + READER.cursor) % 4) {
      for (const bytes of this.#lent) bytes.fill(0xdb)
      this.#lent = []
    }
  }

  loadEvicted(): number {
    this.#call()
    return this.#inner.loadEvicted()
  }

  storeEvicted(window: number): void {
    this.#call()
    this.#inner.storeEvicted(window)
  }

  readIndex(seq: number): IndexEntry {
    return this.#inner.readIndex(seq)
  }

  writeIndex(entry: IndexEntry): void {
    this.#call()
    this.#inner.writeIndex(entry)
  }

  readHeader(offset: number): RecordHeader {
    return this.#inner.readHeader(offset)
  }

  writeHeader(offset: number, header: RecordHeader): void {
    this.#call()
    this.#inner.writeHeader(offset, header)
  }

  batchIn(offset: number, batch: Batch): void {
    this.#call()
    this.#inner.batchIn(offset, batch)
  }

  batchOut(offset: number, schema: Schema, rows: number, hasKinds: boolean): Batch {
    const batch = this.#inner.batchOut(offset, schema, rows, hasKinds)
    return {
      ...batch,
      columns: batch.columns.map((column) => {
        if (column.storage === 'number') return { ...column, values: this.#lend(column.values) }
        if (column.storage === 'bytes') return { ...column, bytes: this.#lend(column.bytes), offsets: this.#lend(column.offsets) }
        throw new Error(`no copy of ${column.storage} columns here`)
      }),
    }
  }

  tableIn(offset: number, table: Uint32Array, count: number): void {
    this.#call()
    this.#inner.tableIn(offset, table, count)
  }

  tableOut(offset: number, count: number): Uint32Array {
    return this.#lend(this.#inner.tableOut(offset, count))
  }

  #lend<A extends Float64Array | Uint8Array | Uint32Array>(values: A): A {
    const copy = values.slice() as A
    this.#lent.push(new Uint8Array(copy.buffer))
    return copy
  }
}

interface Thread {
  readonly container: Container
  readonly inbox: FromContainer[]
  readonly fuse: Fuse
}

export interface Outcome {
  readonly state: ReadonlyMap<string, Uint8Array>
  readonly kills: number
  /** Instances that went back, in all. */
  readonly restarts: number
  readonly recoveries: readonly { readonly failed: readonly string[]; readonly restart: readonly string[]; readonly cut: number }[]
}

export class Cluster {
  readonly #options: ClusterOptions
  readonly #clockMemory = WindowClock.create()
  readonly #clock = new WindowClock(this.#clockMemory)
  readonly #stats: SharedArrayBuffer
  readonly #logs = new Map<string, { readonly handle: LogHandle; readonly control: LogControl }>()
  readonly #threads = new Map<string, Thread>()
  readonly #saved = new Map<string, Map<number, Uint8Array>>()
  readonly #finals = new Map<string, number>()
  readonly #ended = new Map<string, number>()
  readonly #recoveries: { failed: readonly string[]; restart: readonly string[]; cut: number }[] = []
  #attempt = 0
  #committed = 0
  #inFlight: number | null = null
  #flagged = 0
  #target = 0
  #kills = 0

  constructor(options: ClusterOptions) {
    const { plan } = options
    this.#options = options
    this.#stats = new SharedArrayBuffer(statsBytes(plan.instances.length, plan.streams.length))
    for (const stream of plan.streams) {
      if (stream.logReaders.length === 0) continue
      const handle = createLog(stream.id, options.ringBytes)
      const control = new LogControl(new SharedLogMemory(handle), stream.logReaders.length)
      control.reset(0, 0)
      this.#logs.set(stream.id, { handle, control })
    }
  }

  async run(): Promise<Outcome> {
    const { plan, random, faults } = this.#options
    await this.#recover(plan.instances.map(({ id }) => id))
    const ids = plan.containers.map(({ id }) => id)
    let still = 0
    for (let step = 0; ![...this.#threads.values()].every(({ container }) => container.done); step += 1) {
      if (step > MOST_STEPS || still > STILL_STEPS) throw new Error(`it stands still at w ${this.#target}, committed ${this.#committed}`)
      if (random() < 0.02) this.#tick()
      const id = ids[Math.floor(random() * ids.length)]
      const thread = this.#threads.get(id)
      if (thread === undefined) throw new Error(`${id} has no thread`)
      if (this.#kills < faults.most && random() < faults.kills) {
        this.#kills += 1
        if (random() < faults.within) thread.fuse.left = 1 + Math.floor(random() * 60)
        else {
          await this.#crash(id)
          continue
        }
      }
      let dead = false
      try {
        still = thread.container.step() ? 0 : still + 1
      } catch (error) {
        if (!(error instanceof Killed)) throw error
        dead = true
      }
      for (const message of thread.inbox.splice(0)) dead = (await this.#hear(thread, message)) || dead
      if (dead) await this.#crash(id)
    }
    const state = new Map(
      plan.instances.map(({ id }) => [id, this.#saved.get(id)?.get(this.#finals.get(id) ?? 0) ?? new Uint8Array(0)] as const),
    )
    const restarts = this.#recoveries.slice(1).reduce((sum, { restart }) => sum + restart.length, 0)
    return { state, kills: this.#kills, restarts, recoveries: this.#recoveries.slice(1) }
  }

  /** The window clock: not too far ahead of the slowest, a checkpoint with every second window, one at a time. */
  #tick(): void {
    const { plan } = this.#options
    const slowest = Math.min(...plan.instances.filter(({ id }) => !this.#finals.has(id)).map(({ id }) => this.#ended.get(id) ?? 0))
    if (this.#target - slowest >= MAX_AHEAD) return
    this.#target += 1
    if (this.#inFlight === null && this.#target % 2 === 0) {
      this.#inFlight = this.#target
      this.#flagged = this.#target
    }
    this.#writeClock()
  }

  #writeClock(): void {
    this.#clock.write({ target: this.#target, checkpoint: this.#flagged, holdAfter: null, drainAfter: null })
  }

  /** True if the thread has died of it. */
  async #hear(thread: Thread, message: FromContainer): Promise<boolean> {
    switch (message.type) {
      case 'operator-failed':
      case 'deploy-failed':
        // A kill in the middle of a call comes out of the operator's step as an error.
        if (thread.fuse.left <= 0 && message.stack?.includes('HazardousMemory') === true) return true
        throw new Error(`${message.instance} failed: ${message.code} ${message.message} ${message.stack ?? ''}`)
      case 'snapshot-needs':
        await thread.container.receive({
          type: 'snapshot-memory',
          instance: message.instance,
          memory: new SharedArrayBuffer(message.need.wantedBytes),
          holds: null,
        })
        return false
      case 'snapshot-copied': {
        const own = this.#saved.get(message.instance) ?? new Map<number, Uint8Array>()
        own.set(message.window, message.memory === null ? new Uint8Array(0) : new Uint8Array(message.memory).slice(0, message.sizeBytes))
        this.#saved.set(message.instance, own)
        this.#ended.set(message.instance, Math.max(this.#ended.get(message.instance) ?? 0, message.window))
        if (message.final) this.#finals.set(message.instance, message.window)
        this.#commitIfWhole()
        return false
      }
      default:
        return false
    }
  }

  #commitIfWhole(): void {
    const window = this.#inFlight
    if (window === null || !this.#options.plan.instances.every(({ id }) => this.#snapshotAt(id, window) !== undefined)) return
    this.#committed = window
    this.#inFlight = null
  }

  #snapshotAt(instance: string, window: number): Uint8Array | undefined {
    const final = this.#finals.get(instance)
    return this.#saved.get(instance)?.get(final !== undefined && final <= window ? final : window)
  }

  async #crash(id: string): Promise<void> {
    this.#threads.delete(id)
    const instances = this.#options.plan.containers.find((container) => container.id === id)?.instances ?? []
    await this.#recover(instances)
  }

  /** engine-spec §3, Execution: pin, empty, cut back, deploy all, open together. */
  async #recover(failed: readonly string[]): Promise<void> {
    const { plan } = this.#options
    const recovery = planRecovery({
      plan,
      failed,
      committed: this.#committed,
      storedAfterCommitted: (instance) =>
        this.#inFlight !== null && this.#snapshotAt(instance, this.#inFlight) !== undefined ? [this.#inFlight] : [],
      retainedFrom: (stream) => this.#logs.get(stream)?.control.retainedFrom() ?? Infinity,
      finishedAt: (instance) => this.#finals.get(instance) ?? null,
    })
    const { restart, cut } = recovery
    this.#attempt += 1
    this.#recoveries.push({ failed, restart: [...restart.keys()], cut })
    for (const { stream, container } of recovery.outer) {
      const { control, number } = this.#readerOf(stream, container)
      if (!control.pinFor(number, cut + 1)) throw new Error(`nobody has evicted w ${cut + 1} of ${stream} meanwhile`)
    }
    const containers = plan.containers.filter(({ instances }) => instances.some((instance) => restart.has(instance)))
    for (const { id } of containers) {
      await this.#threads.get(id)?.container.receive({ type: 'undeploy', attempt: this.#attempt })
      for (const [stream, { control }] of this.#logs) {
        const reader = this.#logReaders(stream).indexOf(id)
        if (reader >= 0) control.deactivateKeepingPin(reader)
      }
    }
    for (const instance of restart.keys()) {
      for (const window of this.#saved.get(instance)?.keys() ?? []) if (window > cut) this.#saved.get(instance)?.delete(window)
      if ((this.#finals.get(instance) ?? 0) > cut) this.#finals.delete(instance)
      this.#ended.set(instance, cut)
    }
    for (const stream of plan.streams)
      if (restart.has(stream.publisher)) this.#logs.get(stream.id)?.control.truncateAfter(cut, this.#attempt)
    this.#writeClock()
    for (const { id, instances } of containers) await this.#deploy(id, instances, cut)
    for (const { id } of containers) {
      for (const [stream, { control }] of this.#logs) {
        const reader = this.#logReaders(stream).indexOf(id)
        if (reader >= 0) control.activate(reader)
      }
      await this.#threads.get(id)?.container.receive({ type: 'open', attempt: this.#attempt })
    }
  }

  #logReaders(stream: string): readonly string[] {
    return this.#options.plan.streams.find(({ id }) => id === stream)?.logReaders ?? []
  }

  #readerOf(stream: string, container: string): { readonly control: LogControl; readonly number: number } {
    const control = this.#logs.get(stream)?.control
    if (control === undefined) throw new Error(`${stream} is read again and has no log`)
    return { control, number: this.#logReaders(stream).indexOf(container) }
  }

  async #deploy(id: string, instances: readonly string[], cut: number): Promise<void> {
    const { plan } = this.#options
    const thread = this.#threads.get(id) ?? this.#newThread()
    thread.fuse.left = 0
    this.#threads.set(id, thread)
    const deployments = instances.map((name) => {
      const number = plan.instances.findIndex((candidate) => candidate.id === name)
      const instance = plan.instances[number]
      const publisherOf = (stream: string): string => plan.streams.find((candidate) => candidate.id === stream)?.publisher ?? ''
      const state = cut === 0 ? null : this.#snapshotAt(name, cut)
      if (state === undefined) throw new Error(`${name} has no checkpoint at w ${cut}`)
      return {
        instance,
        number,
        state,
        cut,
        reached: cut,
        finished: (this.#finals.get(name) ?? Infinity) <= cut,
        endedInputs: instance.inputs
          .map(({ stream }) => stream)
          .filter((stream) => (this.#finals.get(publisherOf(stream)) ?? Infinity) <= cut),
        verb: null,
        suspectUntil: null,
        poison: [],
        rowErrorRules: [],
        logLevel: 'info' as const,
        live: [],
      }
    })
    const logs: LogBinding[] = []
    plan.streams.forEach((stream, number) => {
      const log = this.#logs.get(stream.id)
      if (log === undefined) return
      const binding = { stream: stream.id, number, handle: log.handle, readers: stream.logReaders.length, skipTo: null, ring: [] }
      if (stream.publisherContainer === id) logs.push({ ...binding, routing: stream.routing, reader: null, position: null })
      const reader = stream.logReaders.indexOf(id)
      if (reader < 0) return
      const position = log.control.isPinned(reader) ? log.control.pinOf(reader) : log.control.firstRecordOf(cut + 1)
      logs.push({ ...binding, routing: null, reader, position })
    })
    await thread.container.receive({ type: 'deploy', attempt: this.#attempt, lineage: 1, deployments, logs })
    for (const message of thread.inbox.splice(0)) await this.#hear(thread, message)
  }

  #newThread(): Thread {
    const { plan, modules } = this.#options
    const inbox: FromContainer[] = []
    const fuse: Fuse = { left: 0 }
    const init = {
      registryUrl: '',
      isolated: false,
      types: [],
      roots: {},
      runId: 'r',
      log: '',
      ingest: '',
      allowedAddresses: [],
      windowMs: plan.windowMs,
      clock: this.#clockMemory,
      doorbells: new SharedArrayBuffer(4 * plan.containers.length),
      logSegment: new SharedArrayBuffer(8),
      stats: this.#stats,
    }
    const container = new Container(init, {
      post: (message) => void inbox.push(message),
      ring: () => {},
      wakeSelf: () => {},
      loadModule: (type) => Promise.resolve(modules[type] as OperatorModule<never>),
      openLog: (handle) => new HazardousMemory(handle, fuse),
    })
    return { container, inbox, fuse }
  }
}
