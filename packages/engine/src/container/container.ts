/**
 * One container: deploys operators, joins them with logs and inline queues, and steps them.
 *
 * Talks to the job through `post` and `receive`, to other containers only through logs and bells.
 * Invariants: nothing is stepped between `undeploy` and the next `open`; a log record is left behind
 * only when every queue fed from it is empty and no outbox may still refer to it (engine-spec L5);
 * every operator that can move is stepped before the container sleeps (L13 iv).
 */
import { join } from 'node:path'
// The global of the same name is got through an accessor each time, which shows where every step asks.
import { performance } from 'node:perf_hooks'
import { type Batch, sliceBatch } from '@belay/columns'
import { EngineError } from '../operator/engineError.ts'
import type { LogLevel } from '@belay/run'
import type { FileAccess, OperatorContext, OperatorModule } from '../operator/operator.ts'
import { IngestLog } from '../ingest/ingestLog.ts'
import { LineAppender } from '../operatorLog/appender.ts'
import { makeFolder } from '../store/durableFile.ts'
import { StateStore } from '../state/stateStore.ts'
import { instanceWords, streamLeadWord, streamRowsWord } from '../stats/statsBlock.ts'
import type { LogHandle } from '../stream/logHandle.ts'
import { type LogMemory, SharedLogMemory } from '../stream/logMemory.ts'
import { LogReader, type LogRecord } from '../stream/logReader.ts'
import { LogWriter } from '../stream/logWriter.ts'
import { WindowClock } from '../window/clock.ts'
import { ContainerSecrets } from './containerSecrets.ts'
import { BLOCKED_BY, type EdgeTarget, inlineTarget, InputQueue } from './edge.ts'
import { createFileAccess } from './files.ts'
import { BadRowFailure, codeOf, Node, type NodeInput } from './node.ts'
import { Outbox } from './outbox.ts'
import { rowRouter } from './rowRouting.ts'
import { Tap } from './tap.ts'
import type { ContainerInit, Deployment, FromContainer, LogBinding, ToContainer } from './protocol.ts'

type LoadModule = (type: string) => Promise<OperatorModule<never>>

export interface ContainerPorts {
  post(message: FromContainer): void
  /** Wakes other containers, by number. */
  ring(containers: readonly number[]): void
  /** Asks for another look, e.g. because awaited work is done (io). */
  wakeSelf(): void
  loadModule: LoadModule
  /** Another memory under the logs, for tests. */
  openLog?(handle: LogHandle): LogMemory
}

/** One input of one node here: its queue, and the share of each record that it takes (null = all rows). */
interface Intake {
  readonly queue: InputQueue
  readonly slice: number | null
}

/** A log read here; its record goes to the queues of all nodes that read the stream. */
interface Inlet {
  readonly stream: string
  readonly reader: LogReader
  readonly intakes: readonly Intake[]
  readonly ring: readonly number[]
  /** Windows up to this one are passed over: what reads here skips (engine-spec §3 Modes). */
  readonly skipTo: number
  /** Nodes and inline queues behind it: they may hold views of its record. */
  behind: { readonly nodes: readonly Node[]; readonly queues: readonly InputQueue[] }
  inWork: boolean
}

const TABLE_EVERY_MS = 250
/** Records without a row for anybody here that are passed in one step. */
const SKIPPED_RECORDS = 64

export class Container {
  readonly #init: ContainerInit
  readonly #ports: ContainerPorts
  readonly #clock: WindowClock
  readonly #files: FileAccess
  readonly #secrets = new ContainerSecrets()
  readonly #lines: LineAppender
  #nodes: Node[] = []
  /** Whose code runs; null = nobody's, or what it awaited. */
  #working: Node | null = null
  #inlets: Inlet[] = []
  #attempt = 0
  #open = false
  #failed = false
  #tables: (() => void)[] = []
  #wantedTaps: Extract<ToContainer, { type: 'peek' }>['taps'] = []
  #taps: readonly Tap[] = []

  constructor(init: ContainerInit, ports: ContainerPorts) {
    this.#init = init
    this.#ports = ports
    this.#clock = new WindowClock(init.clock)
    this.#files = createFileAccess(init.roots)
    this.#lines = new LineAppender(init.log, init.logSegment)
  }

  async receive(message: Exclude<ToContainer, { type: 'become' | 'rehearse' | 'bell' | 'ringer' }>): Promise<void> {
    switch (message.type) {
      case 'deploy':
        await this.#deploy(message)
        return
      case 'open':
        if (message.attempt === this.#attempt) this.#open = true
        return
      case 'undeploy':
        this.#undeploy()
        this.#attempt = Math.max(this.#attempt, message.attempt)
        this.#ports.post({ type: 'undeployed', attempt: message.attempt })
        return
      case 'snapshot-memory':
        this.#node(message.instance)?.grant(message.memory, message.holds, message.claim ?? null)
        return
      case 'configure': {
        // One that is not there any more is deployed again with it.
        const node = this.#node(message.instance)
        if (node === undefined) return
        node.configureLater(message.later)
        this.#ports.post({ type: 'configured', instance: message.instance, from: message.later.from })
        return
      }
      case 'commit':
        this.#node(message.instance)?.commit(message.window)
        return
      case 'on-row-error': {
        const node = this.#node(message.instance)
        if (node !== undefined) node.onRowError = message.action
        return
      }
      case 'row-error-rules': {
        const node = this.#node(message.instance)
        if (node !== undefined) node.rowErrorRules = message.rules
        return
      }
      case 'log-level': {
        const log = this.#node(message.instance)?.log
        if (log !== undefined) log.level = message.level
        return
      }
      case 'peek':
        this.#wantedTaps = message.taps
        this.#setTaps()
        return
      case 'secrets':
        this.#secrets.give(message.values)
        return
      case 'trim':
        this.#node(message.instance)?.trim(message.window)
        return
      case 'post':
        // Not awaited: it is answered when its rows are durable, and others come meanwhile.
        void this.#post(message)
        return
    }
  }

  async #post({ instance, number, post }: Extract<ToContainer, { type: 'post' }>): Promise<void> {
    try {
      const node = this.#open && !this.#failed ? this.#node(instance) : undefined
      if (node === undefined) throw new EngineError('INGEST_CLOSED', 'The source is being restored. Send the rows again in a moment.')
      const answer = await node.accept(post)
      this.#ports.post({ type: 'post-answered', number, outcome: { type: 'kept', answer } })
    } catch (error) {
      const { code, message } = this.#failure(error, 'INGEST_FAILED')
      this.#ports.post({ type: 'post-answered', number, outcome: { type: 'refused', code, message } })
    }
  }

  /** Whoever was sent a secret may have answered with it. */
  #failure(error: unknown, otherwise: string): ReturnType<typeof failure> {
    const { code, message, stack } = failure(error, otherwise)
    return { code, message: this.#secrets.mask(message), ...(stack === undefined ? {} : { stack: this.#secrets.mask(stack) }) }
  }

  /**
   * What operators give to `console`; false = there is none here. What comes out of what an operator awaits is taken
   * for that of the first one here: those that wait head their containers.
   */
  console(level: LogLevel, values: readonly unknown[]): boolean {
    const node = this.#working ?? this.#nodes.at(0)
    node?.log.console(level, values)
    return node !== undefined
  }

  #node(instance: string): Node | undefined {
    return this.#nodes.find((node) => node.id === instance)
  }

  /** Those that stay go on as they are: their sample is not begun anew. */
  #setTaps(): void {
    const before = this.#taps
    const taps: Tap[] = []
    for (const node of this.#nodes)
      node.outboxes.forEach((outbox, port) => {
        const wanted = this.#wantedTaps.find((tap) => tap.instance === node.id && tap.port === port)
        outbox.tap =
          wanted === undefined
            ? null
            : (before.find((tap) => tap.instance === node.id && tap.port === port) ??
              new Tap(node.id, port, wanted.parts, (told) => this.#ports.post(told)))
        if (outbox.tap !== null) taps.push(outbox.tap)
      })
    this.#taps = taps
  }

  #undeploy(): void {
    this.#open = false
    this.#failed = false
    for (const node of this.#nodes) {
      try {
        node.close()
      } catch {
        // Closing is a courtesy; what it held is void anyway.
      }
    }
    this.#nodes = []
    this.#inlets = []
    this.#tables = []
    this.#taps = []
  }

  async #deploy(message: Extract<ToContainer, { type: 'deploy' }>): Promise<void> {
    if (message.attempt < this.#attempt) return
    this.#undeploy()
    this.#attempt = message.attempt
    const { attempt } = message
    let instance = message.deployments[0]?.instance.id ?? ''
    try {
      this.#wire(message)
      for (const deployment of message.deployments) {
        instance = deployment.instance.id
        await this.#create(deployment, message.lineage)
      }
      this.#setTaps()
      this.#ports.post({ type: 'deployed', attempt })
    } catch (error) {
      this.#undeploy()
      this.#ports.post({ type: 'deploy-failed', attempt, instance, ...this.#failure(error, 'DEPLOY_FAILED') })
    }
  }

  #wire(message: Extract<ToContainer, { type: 'deploy' }>): void {
    const inputs = new Map<string, NodeInput[]>()
    const byStream = new Map<string, Intake[]>()
    for (const { instance } of message.deployments) {
      inputs.set(
        instance.id,
        instance.inputs.map(({ port, stream, slice }) => {
          const queue = new InputQueue()
          byStream.set(stream, [...(byStream.get(stream) ?? []), { queue, slice }])
          return { port, queue }
        }),
      )
    }
    const schemas = new Map(
      message.deployments.flatMap(({ instance }) => instance.inputs.map((input) => [input.stream, input.schema] as const)),
    )
    for (const log of message.logs) {
      const schema = schemas.get(log.stream)
      if (log.reader === null || log.position === null || schema === undefined) continue
      const reader = new LogReader(this.#memoryOf(log), log.stream, schema, log.reader, log.position)
      this.#inlets.push({
        stream: log.stream,
        reader,
        intakes: byStream.get(log.stream) ?? [],
        ring: log.ring,
        skipTo: log.skipTo ?? 0,
        behind: { nodes: [], queues: [] },
        inWork: false,
      })
      byStream.delete(log.stream)
    }
    for (const deployment of message.deployments) {
      const { instance } = deployment
      const outboxes = instance.outputs.map(
        ({ streams, schema }) =>
          new Outbox(
            schema,
            streams.flatMap((stream, at) => this.#targetsOf(stream, at, byStream, message.logs)),
          ),
      )
      const store = deployment.state === null || deployment.state.length === 0 ? new StateStore() : StateStore.restore(deployment.state)
      this.#nodes.push(
        new Node(deployment, store, inputs.get(instance.id) ?? [], outboxes, {
          attempt: message.attempt,
          log: this.#init.log,
          lines: this.#lines,
          words: instanceWords(this.#init.stats, deployment.number),
          post: (out) => this.#ports.post(out),
          clock: () => this.#clock.read(),
          nowMs: () => performance.now(),
          mask: (text) => this.#secrets.mask(text),
        }),
      )
    }
    this.#traceInlets(byStream)
  }

  #memoryOf(log: LogBinding): LogMemory {
    return this.#ports.openLog?.(log.handle) ?? new SharedLogMemory(log.handle)
  }

  #targetsOf(stream: string, at: number, inline: ReadonlyMap<string, readonly Intake[]>, logs: readonly LogBinding[]): EdgeTarget[] {
    const targets = (inline.get(stream) ?? []).map(({ queue, slice }) => {
      if (slice !== null)
        throw new EngineError('PLAN_INVALID', `Stream ${stream} is shared out inside one container. This is a defect of the engine.`)
      return inlineTarget(at, queue)
    })
    const log = logs.find((candidate) => candidate.stream === stream && candidate.reader === null)
    return log === undefined ? targets : [...targets, this.#logTarget(log, at)]
  }

  /** Finds what lies behind each log, along inline edges. */
  #traceInlets(inline: ReadonlyMap<string, readonly Intake[]>): void {
    for (const inlet of this.#inlets) {
      const nodes = new Set<Node>()
      const queues = new Set<InputQueue>()
      const visit = (from: readonly Intake[]): void => {
        for (const node of this.#nodes) {
          if (nodes.has(node) || !node.inputs.some(({ queue }) => from.some((intake) => intake.queue === queue))) continue
          nodes.add(node)
          for (const { streams } of node.deployment.instance.outputs) {
            const next = streams.flatMap((stream) => inline.get(stream) ?? [])
            for (const { queue } of next) queues.add(queue)
            visit(next)
          }
        }
      }
      visit(inlet.intakes)
      inlet.behind = { nodes: [...nodes], queues: [...queues] }
    }
  }

  #logTarget(log: LogBinding, stream: number): EdgeTarget {
    const writer = new LogWriter(this.#memoryOf(log), log.readers, { router: log.routing === null ? null : rowRouter(log.routing) })
    const rows = streamRowsWord(this.#init.stats, log.number)
    const lead = streamLeadWord(this.#init.stats, log.number)
    const rung = (accepted: boolean): boolean => {
      if (accepted) this.#ports.ring(log.ring)
      return accepted
    }
    return {
      stream,
      get blockedBy() {
        return writer.blockedOn < 0 ? BLOCKED_BY.pin : writer.blockedOn
      },
      data(batch, from, window) {
        const reached = writer.publishData(batch, from, window, lead[0])
        rows[0] += reached - from
        rung(reached > from)
        return reached
      },
      end: (end) => rung(writer.publishEnd(end)),
      streamEnd: (window) => rung(writer.publishStreamEnd(window)),
    }
  }

  async #create(deployment: Deployment, lineage: number): Promise<void> {
    const { instance } = deployment
    const node = this.#node(instance.id)
    if (node === undefined) throw new EngineError('DEPLOY_ORDER', `Instance ${instance.id} was not wired. This is a defect of the engine.`)
    const module = await this.#ports.loadModule(instance.type)
    node.beginsStart()
    const figures: Record<string, number> = {}
    const told = {
      progress: null as number | null,
      changed: false,
      atMs: 0,
      table: null as { rows: readonly (readonly (string | number | boolean | null)[])[]; total: number } | null,
    }
    this.#tables.push(() => {
      if (performance.now() - told.atMs < TABLE_EVERY_MS) return
      told.atMs = performance.now()
      if (told.table !== null) this.#ports.post({ type: 'table', instance: instance.id, window: node.window, ...told.table })
      told.table = null
      if (told.changed) this.#ports.post({ type: 'extra', instance: instance.id, figures: { ...figures }, progress: told.progress })
      told.changed = false
    })
    const context: OperatorContext<Record<string, unknown>> = {
      operator: instance.operator,
      partition: instance.partition,
      partitions: instance.partitions,
      config: instance.config,
      inputs: Object.fromEntries(instance.inputs.map((input) => [input.name, input.schema])),
      eventTimes: Object.fromEntries(instance.inputs.map((input) => [input.name, input.eventTime])),
      changes: Object.fromEntries(instance.inputs.map((input) => [input.name, input.changes])),
      outputs: Object.fromEntries(instance.outputs.map((output) => [output.name, output.schema])),
      state: node.store,
      windowMs: this.#init.windowMs,
      files: this.#files,
      secrets: this.#secrets.accessOf(instance.config),
      ownFolder: () => this.#ownFolder(instance.id),
      ingestLog: (from, maxBytes) => IngestLog.open(this.#ownFolder(instance.id), from, { maxBytes }),
      allowedAddresses: this.#init.allowedAddresses,
      runId: this.#init.runId,
      lineage,
      attempt: this.#attempt,
      nowMs: () => performance.now(),
      log: node.log,
      rowError: (error) => node.rowError(error),
      waits: (reason) => node.waits(reason),
      wake: (delayMs) => {
        node.wake(delayMs)
        this.#ports.wakeSelf()
      },
      count: (name, by) => {
        const figure = this.#secrets.mask(name)
        figures[figure] = (figures[figure] ?? 0) + by
        told.changed = true
      },
      progress: (share) => {
        told.progress = share
        told.changed = true
      },
      table: {
        publish: (rows, total) => {
          told.table = { rows, total }
        },
      },
    }
    this.#working = node
    try {
      const operator = await (module as unknown as OperatorModule).create(context)
      node.start(operator)
    } finally {
      this.#working = null
    }
  }

  #ownFolder(instance: string): string {
    const folder = join(this.#init.ingest, instance.replaceAll('#', '.'))
    makeFolder(this.#init.ingest)
    makeFolder(folder)
    return folder
  }

  /** Steps everything once; true if anything moved. */
  step(): boolean {
    for (const tell of this.#tables) tell()
    for (const tap of this.#taps) tap.turn(performance.now())
    if (!this.#open || this.#failed) return false
    let moved = this.#feed()
    for (const node of this.#nodes) {
      this.#working = node
      node.log.turn()
      try {
        if (node.step()) moved = true
      } catch (error) {
        this.#failed = true
        const row = node.rowInWork
        this.#ports.post({
          type: 'operator-failed',
          instance: node.id,
          window: node.window,
          attempt: this.#attempt,
          ...this.#failure(error, 'OPERATOR_THREW'),
          ...(row === null ? {} : { row }),
          ...(error instanceof BadRowFailure ? { badRow: error.badRow } : {}),
        })
        this.#working = null
        return false
      }
    }
    this.#working = null
    return moved
  }

  /** Moves log records into queues, and cursors on. */
  #feed(): boolean {
    let moved = false
    for (const inlet of this.#inlets) {
      if (inlet.inWork) {
        if (inlet.intakes.some(({ queue }) => queue.head !== undefined)) continue
        // What was emitted inline or waits in an outbox may be a view of the record. Only what lies
        // behind this very log counts: a batch parked on another branch may need this log's END.
        const { nodes, queues } = inlet.behind
        if (nodes.some((node) => node.holdsBatches) || queues.some((queue) => queue.holdsBatches)) continue
        this.#leaveRecord(inlet)
        moved = true
      }
      for (let passed = 0; passed < SKIPPED_RECORDS; passed += 1) {
        const record = inlet.reader.peek()
        if (record === null) break
        moved = true
        if (handOut(inlet, record)) {
          inlet.inWork = true
          break
        }
        this.#leaveRecord(inlet)
      }
    }
    return moved
  }

  #leaveRecord(inlet: Inlet): void {
    if (inlet.reader.advance()) this.#ports.ring(inlet.ring)
    inlet.inWork = false
  }

  /** Milliseconds until a node wants a step although nothing came. */
  sleepMs(most: number): number {
    if (!this.#open || this.#failed) return most
    const now = performance.now()
    let sleep = most
    for (const node of this.#nodes) if (node.wakeAtMs > 0) sleep = Math.min(sleep, Math.max(0, node.wakeAtMs - now))
    return sleep
  }

  get done(): boolean {
    return this.#nodes.every((node) => node.done)
  }
}

/** Puts a record into the queues, each with its share; false = there is nothing in it for anybody here. */
function handOut({ stream, intakes, skipTo }: Inlet, record: LogRecord): boolean {
  // That the stream has ended is told even if it did in a window that is skipped.
  if (record.window <= skipTo && record.kind !== 'stream-end') return false
  switch (record.kind) {
    case 'data': {
      const { window, batch, seq, table } = record
      let taken = false
      for (const { queue, slice } of intakes) {
        const share = slice === null ? batch : shareOf(stream, batch, table, slice)
        if (share.rows === 0) continue
        queue.push({ type: 'data', window, batch: share, seq })
        taken = true
      }
      return taken
    }
    case 'end': {
      const { window, watermark, idle, checkpoint } = record
      for (const { queue } of intakes) queue.push({ type: 'end', end: { window, watermark, idle, checkpoint } })
      return true
    }
    case 'stream-end':
      for (const { queue } of intakes) queue.push({ type: 'stream-end', window: record.window })
      return true
  }
}

function shareOf(stream: string, batch: Batch, table: Uint32Array | null, slice: number): Batch {
  if (table === null || slice + 1 >= table.length)
    throw new EngineError('LOG_CORRUPT', `Stream ${stream}: a record has no share for partition ${slice}. This is a defect of the engine.`)
  return sliceBatch(batch, table[slice], table[slice + 1])
}

function failure(error: unknown, otherwise: string): { code: string; message: string; stack?: string } {
  const message = error instanceof Error ? error.message : String(error)
  return { code: codeOf(error, otherwise), message, ...(error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {}) }
}
