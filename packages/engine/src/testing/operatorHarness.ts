/**
 * Drives one operator in process with real declared state, for operator tests.
 *
 * It keeps the engine's side of the contract: `process` is resumed after `full`, `endWindow` is
 * called until it returns true, `prepare` comes before a snapshot.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Batch, Schema, Value } from '@belay/columns'
import { ROW_KIND, rowAt, sliceBatch } from '@belay/columns'
import type { StreamKind } from '@belay/pipeline'
import type { LogLevel } from '@belay/run'
import { ContainerSecrets } from '../container/containerSecrets.ts'
import { createFileAccess, type FileRoots } from '../container/files.ts'
import { IngestLog } from '../ingest/ingestLog.ts'
import { EngineError } from '../operator/engineError.ts'
import type { Emitter, Operator, OperatorContext, OperatorModule, RowError, WindowEnd } from '../operator/operator.ts'
import { StateStore } from '../state/stateStore.ts'

export interface HarnessOptions<Config> {
  readonly operatorId?: string
  readonly config: Config
  /** By port name, in port order. */
  readonly inputs: Readonly<Record<string, { readonly schema: Schema; readonly eventTime?: string | null; readonly changes?: StreamKind }>>
  readonly outputs: Readonly<Record<string, Schema>>
  /** Output ports somebody reads; absent = all. */
  readonly connected?: readonly string[]
  /** Roots for `ctx.files`: a path (writable), or path with rights. */
  readonly files?: Readonly<Record<string, string | { readonly path: string; readonly writable: boolean }>>
  /** The instance's own folder, kept over incarnations. */
  readonly own?: string
  readonly allowedAddresses?: readonly string[]
  /** Values by name, for what the config refers to. */
  readonly secrets?: Readonly<Record<string, string>>
  readonly state?: Uint8Array
  readonly windowMs?: number
  readonly partition?: number
  readonly partitions?: number
  readonly attempt?: number
  readonly lineage?: number
  readonly runId?: string
  readonly onRowError?: (error: RowError) => void
  /** The emitter turns full after so many batches, until the operator has returned; tests resumability. */
  readonly fullAfter?: number
}

export interface OutputRow {
  readonly kind: number
  readonly row: Readonly<Record<string, Value>>
}

export class OperatorHarness {
  readonly operator: Operator
  readonly store: StateStore
  readonly rowErrors: { readonly code: string; readonly message: string; readonly row: Readonly<Record<string, Value>> | string | null }[]
  readonly counts: Map<string, number>
  readonly wakes: number[]
  readonly tables: { rows: readonly (readonly (string | number | boolean | null)[])[]; total: number }[]
  /** What the operator said it waits for, in order; null = it went on. */
  readonly waits: (string | null)[]
  /** What it wrote with `ctx.log`. */
  readonly logged: { readonly level: LogLevel; readonly text: string }[]
  readonly #emitter: HarnessEmitter
  readonly #inputs: readonly string[]
  readonly #outputs: readonly string[]
  progress: number | null = null

  constructor(
    operator: Operator,
    parts: { store: StateStore; emitter: HarnessEmitter; inputs: readonly string[]; outputs: readonly string[]; seen: Seen },
  ) {
    this.operator = operator
    this.store = parts.store
    this.#emitter = parts.emitter
    this.#inputs = parts.inputs
    this.#outputs = parts.outputs
    this.rowErrors = parts.seen.rowErrors
    this.counts = parts.seen.counts
    this.wakes = parts.seen.wakes
    this.tables = parts.seen.tables
    this.waits = parts.seen.waits
    this.logged = parts.seen.logged
  }

  #port(names: readonly string[], port: number | string): number {
    const index = typeof port === 'number' ? port : names.indexOf(port)
    if (index < 0 || index >= names.length)
      throw new EngineError('HARNESS_PORT', `There is no port ${port}; there are ${names.join(', ')}.`)
    return index
  }

  /** Hands one batch over, resuming as often as the emitter was full; returns the first row not taken because the operator waits. */
  push(port: number | string, batch: Batch): number {
    const { operator } = this
    if (operator.role === 'source') throw new EngineError('HARNESS_ROLE', 'A source has no inputs. Use read().')
    const index = this.#port(this.#inputs, port)
    let from = 0
    while (from < batch.rows) {
      const next = operator.process(index, batch, from, this.#emitter)
      if (next < from || next > batch.rows)
        throw new EngineError('HARNESS_PROCESS', `process returned ${next} for rows ${from}…${batch.rows}.`)
      if (next === from && this.waiting) return from
      if (next === from && !this.#emitter.drain())
        throw new EngineError('HARNESS_NO_PROGRESS', `process stopped at row ${from} although the outputs had room.`)
      from = next
      this.#emitter.drain()
    }
    return from
  }

  get waiting(): boolean {
    return (this.waits.at(-1) ?? null) !== null
  }

  /** Ends a window; returns how often `endWindow` was called. */
  endWindow(end: { readonly window: number; readonly watermark?: number; readonly last?: boolean }): number {
    const { operator } = this
    if (operator.role === 'source') return 0
    const full: WindowEnd = { window: end.window, watermark: end.watermark ?? Number.NEGATIVE_INFINITY, last: end.last ?? false }
    for (let calls = 1; ; calls += 1) {
      if (operator.endWindow === undefined || operator.endWindow(full, this.#emitter)) {
        this.#emitter.drain()
        return calls
      }
      if (!this.#emitter.drain()) throw new EngineError('HARNESS_NO_PROGRESS', 'endWindow returned false although the outputs had room.')
    }
  }

  read(): 'progress' | 'idle' | 'ended' {
    if (this.operator.role !== 'source') throw new EngineError('HARNESS_ROLE', 'Only sources are read.')
    const answer = this.operator.read(this.#emitter)
    this.#emitter.drain()
    return answer
  }

  watermark(): number | null {
    if (this.operator.role !== 'source') throw new EngineError('HARNESS_ROLE', 'Only sources give a watermark.')
    return this.operator.watermark()
  }

  #sink(): Extract<Operator, { role: 'sink' }> {
    if (this.operator.role !== 'sink') throw new EngineError('HARNESS_ROLE', 'Only sinks prepare, commit and rewind.')
    return this.operator
  }

  /** What the engine tells a source before it copies its state. */
  checkpoint(window: number): void {
    if (this.operator.role === 'source') this.operator.checkpoint?.(window)
  }

  prepare(window: number): boolean {
    return this.#sink().prepare(window)
  }

  commit(window: number): number {
    const done = this.#sink().commit(window)
    if (typeof done !== 'number') throw new EngineError('HARNESS_COMMIT', 'This sink commits later. Use committed().')
    return done
  }

  /** Of a sink that commits later. */
  async committed(window: number): Promise<number> {
    return this.#sink().commit(window)
  }

  rewind(window: number): void {
    this.#sink().rewind?.(window)
  }

  fork(window: number): void {
    this.#sink().fork?.(window)
  }

  close(): void {
    this.operator.close?.()
  }

  snapshot(): Uint8Array {
    return this.store.snapshot()
  }

  /** Batches emitted on a port since the last take; their memory is the operator's, as it was handed over. */
  takeBatches(port: number | string = 0): Batch[] {
    return this.#emitter.taken[this.#port(this.#outputs, port)].splice(0)
  }

  /** Rows emitted on a port since the last take, with their kinds. */
  takeChanges(port: number | string = 0): OutputRow[] {
    return this.takeBatches(port).flatMap((batch) =>
      Array.from({ length: batch.rows }, (_, row) => ({ kind: batch.kinds?.[row] ?? ROW_KIND.insert, row: { ...rowAt(batch, row) } })),
    )
  }

  takeRows(port: number | string = 0): Record<string, Value>[] {
    return this.takeChanges(port).map(({ row }) => row)
  }
}

interface Seen {
  readonly rowErrors: OperatorHarness['rowErrors']
  readonly counts: Map<string, number>
  readonly wakes: number[]
  readonly tables: OperatorHarness['tables']
  readonly waits: OperatorHarness['waits']
  readonly logged: OperatorHarness['logged']
}

class HarnessEmitter implements Emitter {
  readonly taken: Batch[][]
  readonly #fullAfter: number
  readonly #connected: readonly boolean[]
  #waiting = 0

  constructor(ports: number, fullAfter: number, connected: readonly boolean[]) {
    this.#connected = connected
    this.taken = Array.from({ length: ports }, () => [])
    this.#fullAfter = fullAfter
  }

  emit(port: number, batch: Batch): void {
    const list = this.taken[port]
    if (list === undefined) throw new EngineError('HARNESS_PORT', `There is no output port ${port}.`)
    if (batch.rows === 0 || !this.connected(port)) return
    list.push(sliceBatch(batch, 0, batch.rows))
    this.#waiting += 1
  }

  get full(): boolean {
    return this.#waiting >= this.#fullAfter
  }

  connected(port: number): boolean {
    return this.#connected[port] ?? false
  }

  /** Room again; true if anything had been waiting. */
  drain(): boolean {
    const had = this.#waiting > 0
    this.#waiting = 0
    return had
  }
}

function rootsOf(files: HarnessOptions<unknown>['files']): FileRoots {
  return Object.fromEntries(
    Object.entries(files ?? {}).map(([name, root]) => [name, typeof root === 'string' ? { path: root, writable: true } : root]),
  )
}

function secretsOf<Config>({ config, secrets = {} }: HarnessOptions<Config>): ReturnType<ContainerSecrets['accessOf']> {
  const given = new ContainerSecrets()
  given.give(secrets)
  return given.accessOf(config as Readonly<Record<string, unknown>>)
}

/** Creates the operator with `state` restored, as a container would. */
export async function createOperatorHarness<Config>(
  module: OperatorModule<Config>,
  options: HarnessOptions<Config>,
): Promise<OperatorHarness> {
  const inputs = Object.keys(options.inputs)
  const outputs = Object.keys(options.outputs)
  const store = options.state === undefined ? new StateStore() : StateStore.restore(options.state)
  const read = outputs.map((name) => options.connected === undefined || options.connected.includes(name))
  const emitter = new HarnessEmitter(outputs.length, options.fullAfter ?? Number.POSITIVE_INFINITY, read)
  const seen: Seen = { rowErrors: [], counts: new Map(), wakes: [], tables: [], waits: [], logged: [] }
  const note = (level: LogLevel) => (text: string) => void seen.logged.push({ level, text })
  let share: (value: number) => void = () => {}
  let { own } = options
  // Most operators never ask for it.
  const ownFolder = (): string => (own ??= mkdtempSync(join(tmpdir(), 'belay-own-')))
  const context: OperatorContext<Config> = {
    operator: options.operatorId ?? 'operator',
    partition: options.partition ?? 0,
    partitions: options.partitions ?? 1,
    config: options.config,
    inputs: Object.fromEntries(inputs.map((name) => [name, options.inputs[name].schema])),
    eventTimes: Object.fromEntries(inputs.map((name) => [name, options.inputs[name].eventTime ?? null])),
    changes: Object.fromEntries(inputs.map((name) => [name, options.inputs[name].changes ?? { kind: 'append', key: null }])),
    outputs: options.outputs,
    state: store,
    windowMs: options.windowMs ?? 500,
    ownFolder,
    ingestLog: (from, maxBytes) => IngestLog.open(ownFolder(), from, { maxBytes }),
    allowedAddresses: options.allowedAddresses ?? [],
    files: createFileAccess(rootsOf(options.files)),
    secrets: secretsOf(options),
    runId: options.runId ?? 'run-test',
    lineage: options.lineage ?? 1,
    attempt: options.attempt ?? 1,
    nowMs: () => performance.now(),
    log: { debug: note('debug'), info: note('info'), warning: note('warning'), error: note('error'), keeps: () => true },
    rowError: (error) => {
      const row = error.row === undefined ? null : 'text' in error.row ? error.row.text : { ...rowAt(error.row.batch, error.row.index) }
      seen.rowErrors.push({ code: error.code, message: error.message, row })
      options.onRowError?.(error)
    },
    wake: (delayMs) => void seen.wakes.push(delayMs),
    waits: (reason) => void seen.waits.push(reason?.code ?? null),
    count: (name, by) => void seen.counts.set(name, (seen.counts.get(name) ?? 0) + by),
    progress: (value) => share(value),
    table: { publish: (rows, total) => void seen.tables.push({ rows, total }) },
  }
  const operator = await module.create(context)
  store.assertAllDeclared()
  const harness = new OperatorHarness(operator, { store, emitter, inputs, outputs, seen })
  share = (value) => {
    harness.progress = value
  }
  return harness
}
