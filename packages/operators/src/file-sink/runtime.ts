/**
 * File sink, exactly once (engine-spec H8, contracts: Files).
 *
 * Rows go to a stage file in `<folder>/.belay`; `prepare` makes it durable and writes its name into
 * the state; `commit` publishes it: parts by renaming, a single file by appending up to a marker.
 * A full disk or commits that fail press back; nothing is given up.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fieldIndex, type Batch } from '@belay/columns'
import {
  EngineError,
  type Emitter,
  type OperatorContext,
  type OperatorModule,
  type SinkOperator,
  type WindowEnd,
} from '@belay/engine/operator'
import { explained, isDiskFull, makeFolder, namesIn, removeIfThere, replaceDurably } from './durable.ts'
import { FinalTable } from './finalTable.ts'
import { steppedTo, type LineagePath } from './lineagePath.ts'
import { extensionOf, modeOf, targetName, type FileSinkConfig } from './manifest.ts'
import { ParquetStage } from './parquetStage.ts'
import { PartsTarget } from './partsTarget.ts'
import { rowFormat, type RowFormat } from './rowFormat.ts'
import { SingleTarget } from './singleTarget.ts'
import { realDisk, StageFile, type StageDisk } from './stageFile.ts'
import { LineStage, type StageRows } from './stageRows.ts'
import type { Place, Stage, Target } from './target.ts'

interface Prepared {
  readonly started: boolean
  readonly lastWindow: number
  readonly stages: readonly Stage[]
  readonly path: LineagePath
  /** The lineage at which this output was forked off; 0 = it was not. */
  readonly home: number
  /** Bytes staged so far on this path, committed or not. */
  readonly totalBytes: number
}

/** Who writes here now, so that an earlier writer that comes back stops. */
interface Owner {
  readonly runId: string
  readonly attempt: number
  /** Lineages whose output is that of a fork, and at which lineage it was forked off. */
  readonly forks: Readonly<Record<string, number>>
}

/** Staged bytes that wait for a commit beyond which the sink presses back. */
const STAGE_BYTES = 1_073_741_824
const RETRY_MS = 1000
const NOTHING: Prepared = { started: false, lastWindow: 0, stages: [], path: [], home: 0, totalBytes: 0 }

class FileSink implements SinkOperator {
  readonly role = 'sink'
  readonly #context: OperatorContext<FileSinkConfig>
  readonly #folder: string
  readonly #hidden: string
  readonly #name: string
  readonly #format: RowFormat
  readonly #state: { get(): Prepared; set(value: Prepared): void }
  readonly #final: FinalTable | null
  readonly #stage: StageFile
  readonly #rows: StageRows
  #owner: Owner
  #target: Target
  /** Lines of the final table that are not staged yet; null = not at the end. */
  #lines: string[] | null = null
  #pressedAtMs = Number.NEGATIVE_INFINITY

  constructor(context: OperatorContext<FileSinkConfig>, disk: StageDisk) {
    this.#context = context
    const { config, runId, attempt, lineage } = context
    const target = context.files.writable(targetName(config))
    this.#folder = config.file === undefined ? target : dirname(target)
    this.#name = config.file === undefined ? config.name : basename(target)
    this.#hidden = join(this.#folder, '.belay')
    const input = context.inputs['in'] ?? []
    this.#format = rowFormat(config, input)
    this.#state = context.state.value<Prepared>('prepared', 2, NOTHING)
    const key = (config.key ?? []).map((name) => fieldIndex(input, name))
    this.#final = modeOf(config) === 'final' ? new FinalTable(context, key) : null
    const before = this.#state.get()
    const state = { ...before, path: steppedTo(before.path, lineage, before.lastWindow) }
    this.#owner = { runId, attempt, forks: {} }
    this.#stage = new StageFile(
      this.#hidden,
      this.#stagePrefix(),
      config.layout === 'parts' && config.file === undefined ? this.#format.header : '',
      disk,
    )
    this.#rows =
      config.format === 'parquet'
        ? new ParquetStage(this.#stage, input, modeOf(config) === 'changelog')
        : new LineStage(this.#stage, this.#format)
    this.#target = this.#targetOf(state.home)
    this.#explained('used', () => {
      makeFolder(this.#hidden)
      this.#takeOver(state)
      if (!state.started) {
        const old = this.#target.putAside()
        if (old > 0) context.count('files of an earlier run put aside', old)
      }
      this.#sweepStages(state)
    })
    this.#state.set({ ...state, started: true })
  }

  #explained<T>(what: string, action: () => T): T {
    return explained(`${targetName(this.#context.config)} cannot be ${what}`, action)
  }

  process(_port: number, batch: Batch, from: number): number {
    if (!this.#room()) return from
    for (let row = from; row < batch.rows; row += 1) {
      if (this.#final !== null) {
        this.#final.apply(batch, row, () => this.#format.line(batch, row))
        continue
      }
      this.#rows.add(batch, row)
      if (this.#stage.full && !this.#flushed()) return row + 1
    }
    return batch.rows
  }

  /** False while the disk is full; while commits fail, a batch now and then, so that windows can still end. */
  #room(): boolean {
    if (this.#stage.full && !this.#flushed()) return false
    const waiting = this.#state.get().stages.reduce((sum, stage) => sum + stage.sizeBytes, 0)
    const now = this.#context.nowMs()
    if (waiting < (this.#context.config.stageBytes ?? STAGE_BYTES)) {
      this.#context.waits(null)
      return true
    }
    const message = `${Math.round(waiting / 1_048_576)} MB are staged and not committed. It goes on when a commit succeeds.`
    this.#context.waits({ code: 'COMMIT_PENDING', message })
    if (now - this.#pressedAtMs >= RETRY_MS) {
      this.#pressedAtMs = now
      return true
    }
    this.#context.wake(RETRY_MS)
    return false
  }

  /** Writes what has gathered; false = the disk is full, and it will be tried again. */
  #flushed(): boolean {
    return this.#unlessFull(() => this.#stage.flush())
  }

  #unlessFull(work: () => void): boolean {
    try {
      work()
      this.#context.waits(null)
      return true
    } catch (error) {
      if (!isDiskFull(error)) this.#explained('written to', () => rethrow(error))
      const message = `the disk of ${targetName(this.#context.config)} is full. Free some space; nothing is lost meanwhile.`
      this.#context.waits({ code: 'DISK_FULL', message })
      this.#context.wake(RETRY_MS)
      return false
    }
  }

  endWindow(end: WindowEnd, out: Emitter): boolean {
    if (!end.last || out.full) return true
    this.#lines ??= this.#final?.lines().reverse() ?? []
    for (let line = this.#lines.pop(); line !== undefined; line = this.#lines.pop()) {
      this.#stage.add(line)
      if (this.#stage.full && !this.#flushed()) return false
    }
    return this.#state.get().totalBytes > 0 || this.#unlessFull(() => this.#target.endWithoutRows())
  }

  prepare(window: number): boolean {
    const state = this.#state.get()
    this.#rows.end()
    let finished: ReturnType<StageFile['finish']> = null
    if (!this.#unlessFull(() => (finished = this.#stage.finish()))) return false
    // The compiler does not see that the closure has run.
    const stage = finished as ReturnType<StageFile['finish']>
    if (stage === null) {
      this.#state.set({ ...state, lastWindow: window })
      return true
    }
    const { name: file, sizeBytes } = stage
    const { lineage } = this.#context
    this.#state.set({
      ...state,
      lastWindow: window,
      totalBytes: state.totalBytes + sizeBytes,
      stages: [...state.stages, { file, lineage, firstWindow: state.lastWindow + 1, window, sizeBytes }],
    })
    return true
  }

  commit(window: number): number {
    const state = this.#state.get()
    const due = state.stages.filter((stage) => stage.window <= window)
    if (due.length > 0) {
      this.#explained('published to', () => {
        this.#assertOwner()
        this.#target.publish(due)
      })
      this.#state.set({ ...state, stages: state.stages.filter((stage) => stage.window > window) })
    }
    return this.stagedBytes()
  }

  rewind(window: number): void {
    const state = this.#state.get()
    this.#explained('rewound', () => this.#target.rewind(state.path, window, this.#committedBytes(state)))
  }

  fork(window: number): void {
    const state = this.#state.get()
    const { lineage } = this.#context
    if (state.home === lineage) return
    this.#explained('forked', () => {
      this.#owner = { ...this.#owner, forks: { ...this.#owner.forks, [lineage]: lineage } }
      this.#writeOwner()
      this.#target = this.#targetOf(lineage)
      this.#target.copyFrom(state.path.slice(0, -1), window, this.#committedBytes(state))
    })
    const stages = state.stages.map((stage) => ({ ...stage, lineage }))
    this.#state.set({ ...state, stages, home: lineage, path: [{ lineage, after: 0 }] })
  }

  /** What must be in the target: all that was staged on this path, except stages that still lie there to be published. */
  #committedBytes(state: Prepared): number {
    const pending = state.stages.filter((stage) => existsSync(join(this.#hidden, stage.file)))
    return state.totalBytes - pending.reduce((sum, stage) => sum + stage.sizeBytes, 0)
  }

  outputs(): readonly string[] {
    return this.#target.outputs()
  }

  stagedBytes(): number {
    return this.#state.get().stages.reduce((sum, stage) => sum + stage.sizeBytes, 0) + this.#stage.sizeBytes
  }

  close(): void {
    this.#stage.close()
  }

  #targetOf(home: number): Target {
    const { config, runId, lineage, attempt } = this.#context
    const extension = extensionOf(config)
    const place: Place = {
      folder: this.#folder,
      hidden: this.#hidden,
      name: this.#name,
      extension,
      header: this.#format.header,
      runId,
      lineage,
      attempt,
      home,
      homeOf: (of) => this.#owner.forks[of] ?? 0,
    }
    if (config.file !== undefined) return new SingleTarget(place, this.#name)
    return config.layout === 'parts' ? new PartsTarget(place) : new SingleTarget(place, `${this.#name}.${extension}`)
  }

  #stagePrefix(): string {
    return `${this.#name}.${this.#context.runId}.${this.#context.attempt}.`
  }

  #ownerPath(): string {
    return join(this.#hidden, `${this.#name}.owner.json`)
  }

  #readOwner(): Owner | null {
    return existsSync(this.#ownerPath()) ? (JSON.parse(readFileSync(this.#ownerPath(), 'utf8')) as Owner) : null
  }

  #writeOwner(): void {
    replaceDurably(this.#ownerPath(), this.#hidden, JSON.stringify(this.#owner))
  }

  /** From here on an earlier writer of this target, of another run or attempt, is refused. */
  #takeOver(state: Prepared): void {
    const { lineage } = this.#context
    const before = this.#readOwner()
    const forks = before?.runId === this.#owner.runId ? before.forks : {}
    this.#owner = { ...this.#owner, forks: state.home === 0 ? forks : { ...forks, [lineage]: state.home } }
    this.#assertOwner()
    this.#writeOwner()
  }

  #assertOwner(): void {
    const owner = this.#readOwner()
    const { runId, attempt } = this.#owner
    if (owner === null || (owner.runId === runId && owner.attempt <= attempt)) return
    if (owner.runId === runId)
      throw new EngineError('SINK_FENCED', `A newer attempt (${owner.attempt}) of this run writes to ${targetName(this.#context.config)}.`)
    // A run that starts takes the target over; one that was here before stops.
    if (!this.#state.get().started) return
    throw new EngineError(
      'TARGET_TAKEN',
      `Run ${owner.runId} writes to ${targetName(this.#context.config)} now. Stop it, or give one of them another target.`,
    )
  }

  /** Stages of this run that the restored state does not name belong to attempts that are over; newer ones mean that this attempt is. */
  #sweepStages(state: Prepared): void {
    const named = new Set(state.stages.map((stage) => stage.file))
    const prefix = `${this.#name}.${this.#context.runId}.`
    for (const name of namesIn(this.#hidden)) {
      const path = join(this.#hidden, name)
      if (!name.startsWith(prefix) || !name.endsWith('.stage') || named.has(name)) continue
      if (Number(name.slice(prefix.length).split('.')[0]) > this.#context.attempt) continue
      if (statSync(path).isFile()) removeIfThere(path)
    }
  }
}

function rethrow(error: unknown): never {
  throw error
}

export function fileSinkOn(disk: StageDisk): OperatorModule<FileSinkConfig> {
  return { create: (context) => new FileSink(context, disk) }
}

export const module: OperatorModule<FileSinkConfig> = fileSinkOn(realDisk)
