/**
 * What an operator author sees (exported as `@belay/engine/operator`).
 *
 * The engine drives an operator window by window: rows of window w through `process`, then, when
 * every input has ended w, `endWindow`; at a checkpoint the declared state is copied right after.
 *
 * Rules an operator keeps (engine-spec H12, H20–H22, L13):
 * - it never waits, never throws for a bad row (`ctx.rowError`), never keeps a batch or a slice of one;
 * - it has no state but what it declared with `ctx.state` in `create` (fields may cache, if rebuilt in `create`);
 * - order of rows inside a window is free: results must not depend on it;
 * - after `out.full` turns true it returns and is called again from where it stopped.
 */
import type { Batch, Schema } from '@belay/columns'
import type { SecretReference, StreamKind } from '@belay/pipeline'
import type { LogLevel, RowPostAnswer, RowsToPost } from '@belay/run'
import type { IngestLog } from '../ingest/ingestLog.ts'
import type { StateRegistry } from './state.ts'

export interface OperatorContext<Config> {
  readonly operator: string
  readonly partition: number
  readonly partitions: number
  readonly config: Config
  /** Schema by connected input port. */
  readonly inputs: Readonly<Record<string, Schema>>
  /** Event-time column by connected input port; null = none. */
  readonly eventTimes: Readonly<Record<string, string | null>>
  /** Whether rows are taken back, by connected input port (engine-spec §2). */
  readonly changes: Readonly<Record<string, StreamKind>>
  /** Schema by output port. */
  readonly outputs: Readonly<Record<string, Schema>>
  readonly state: StateRegistry
  readonly windowMs: number
  readonly files: FileAccess
  readonly secrets: SecretAccess
  /** Absolute path of a folder of the instance's own in the run's folder, e.g. for stages; it is there. */
  ownFolder(): string
  /** Opens the instance's log of received rows; `from`: number of the first record if there is none yet (engine-spec H9). */
  ingestLog(from: number, maxBytes: number): IngestLog
  /** Identity for names of what leaves the engine: stage files, markers (engine-spec H5, H7). */
  readonly runId: string
  /** Ranges that may be connected to beside the public internet, as an administrator wrote them. */
  readonly allowedAddresses: readonly string[]
  readonly lineage: number
  readonly attempt: number
  /** Monotonic ms; for pacing and time-outs only, never for results. */
  nowMs(): number
  /** A row this operator cannot process: goes to `errors`, is skipped and counted, or fails the operator, as configured. */
  rowError(error: RowError): void
  /** Asks to be stepped again: at once when `delayMs` is 0, else after so many ms. io operators call it when awaited work is done. */
  wake(delayMs: number): void
  /**
   * Says that nothing can be done until something outside the engine changes, e.g. a disk is full;
   * null = it goes on. The operator is then blocked, not stuck: it takes no rows, tries again after
   * `wake`, and the run tells why it waits.
   */
  waits(reason: { readonly code: string; readonly message: string } | null): void
  /** What people should be able to read in the run's log. Rows that are replayed write again. */
  readonly log: OperatorLogger
  /** Adds to a figure shown in the inspector, e.g. `late rows`. */
  count(name: string, by: number): void
  /** Sources of known length report the share read, 0…1. */
  progress(share: number): void
  /** Table views hand rows to the monitor through this; others have no use for it. */
  readonly table: TableChannel
}

export interface RowError {
  readonly code: string
  readonly message: string
  /** The row, if it can be shown: batch and index, or its text. */
  readonly row?: { readonly batch: Batch; readonly index: number } | { readonly text: string }
}

/**
 * Lines for people, in the run's log: values of secrets are taken out, long ones are cut off, and of a flood only
 * some are kept. Never throws. `console` goes the same way.
 */
export interface OperatorLogger {
  debug(text: string, fields?: Readonly<Record<string, unknown>>): void
  info(text: string, fields?: Readonly<Record<string, unknown>>): void
  warning(text: string, fields?: Readonly<Record<string, unknown>>): void
  error(text: string, fields?: Readonly<Record<string, unknown>>): void
  /** Whether lines of that level are kept now: for what costs something to put together. */
  keeps(level: LogLevel): boolean
}

/** Files by `root:relative/path`; refuses what lies outside its root (contracts: Files). */
export interface FileAccess {
  /** Absolute path for reading; throws EngineError FILE_… with what to do next. */
  readable(name: string): string
  /** Names of the files that a folder (`root:logs/`) or a pattern (`root:logs/*.csv`) means now, in a stable order. */
  matching(name: string): readonly string[]
  /** Absolute path for writing; parent folders are created. */
  writable(name: string): string
}

/** Secrets that the operator's own config refers to, as `{"secret": "name"}`. */
export interface SecretAccess {
  /**
   * The value as it is now. It may be replaced while the run goes on: ask at each use, and keep it nowhere, least of
   * all in state, files or messages. Throws EngineError SECRET_MISSING.
   */
  value(reference: SecretReference): string
  /**
   * `text` without values of secrets. The engine does it with everything that an operator reports; for what is cut
   * off before it is reported, or written to a file, as the answer of somebody a secret was sent to may be.
   */
  mask(text: string): string
}

export interface TableChannel {
  /** Replaces what the monitor shows for this operator. Throttled by the engine. */
  publish(rows: readonly (readonly (string | number | boolean | null)[])[], total: number): void
}

/** Where an operator puts its results; one outbox per port. */
export interface Emitter {
  /** Hands a batch over; at most 1,024 rows or 256 KB. The batch belongs to the engine from here on. */
  emit(port: number, batch: Batch): void
  /** An outbox waits for room: finish the row in work, then return. */
  readonly full: boolean
  /** True if somebody reads this port; work for nobody can be left out. */
  connected(port: number): boolean
}

export interface WindowEnd {
  readonly window: number
  /** Minimum over non-idle inputs, ms since the epoch; −Infinity = none yet, +Infinity = all input has ended. */
  readonly watermark: number
  /** The operator's last window: inputs have ended or the run drains. */
  readonly last: boolean
}

/** An operator with inputs. Ports are numbered as in its manifest. */
export interface TransformOperator {
  readonly role: 'transform'
  /** Rows it gives may be older than its watermark by so much: who reads them is told one that is so far behind. Absent = 0. */
  readonly heldBackMs?: number
  /**
   * Processes rows from `from` on; returns the index of the first row not processed (batch.rows = all). The rest is
   * given again before rows of any other input.
   */
  process(port: number, batch: Batch, from: number, out: Emitter): number
  /** Called once all inputs have ended the window; returns false to be called again when outputs have room. */
  endWindow?(end: WindowEnd, out: Emitter): boolean
  /** Live settings have changed: called between two windows, with the whole config; those marked `live` in the manifest may differ. */
  configure?(config: Readonly<Record<string, unknown>>): void
  close?(): void
}

export interface SourceOperator {
  readonly role: 'source'
  /**
   * Emits some rows (about one batch) and returns: progress = there is more; idle = nothing now
   * (call `ctx.wake` when there is); ended = finite and done.
   */
  read(out: Emitter): 'progress' | 'idle' | 'ended'
  /** Largest event time that no later row will be below, ms; −Infinity = none yet; null = idle: do not hold others back. */
  watermark(): number | null
  /** Called before the state of a checkpoint is copied. */
  checkpoint?(window: number): void
  /** No checkpoint before `window` is kept: what only they need may go. */
  trim?(window: number): void
  /** Whether everything it has taken over was read; only then the last window before a stop or a pause ends. Absent = yes. */
  settled?(): boolean
  /** Takes rows over from outside: resolves when they are durable. Rejects with an EngineError; they may be sent again. */
  accept?(post: RowsToPost): Promise<RowPostAnswer>
  /** Live settings have changed: called between two windows, with the whole config; those marked `live` in the manifest may differ. */
  configure?(config: Readonly<Record<string, unknown>>): void
  close?(): void
}

/**
 * An operator at the end of a path whose output leaves the engine.
 *
 * Two-phase contract (engine-spec H8): rows are staged as they come; `prepare` at a checkpoint makes
 * everything staged durable and records handles in declared state; `commit(w)` publishes what was
 * prepared up to w, is idempotent, and comes again after every restore.
 */
export interface SinkOperator {
  readonly role: 'sink'
  process(port: number, batch: Batch, from: number, out: Emitter): number
  endWindow?(end: WindowEnd, out: Emitter): boolean
  /** Called at a checkpoint's window end, before the state is copied; false = not durable yet, called again (see `waits`). */
  prepare(window: number): boolean
  /**
   * Publishes everything prepared with window ≤ w. Returns what is still staged in bytes, or resolves with it (io).
   * Throws = pending, tried again; with a code that no retry can mend the operator fails.
   */
  commit(window: number): number | Promise<number>
  /** Undoes output of windows > w (engine-spec H7); only if the manifest lists the verb. Called before the first process. */
  rewind?(window: number): void
  /**
   * Writes to a target of its own from here on and leaves what lies behind w in the old one as it is;
   * only if the manifest lists the verb. Called before the first process, again after each recovery.
   */
  fork?(window: number): void
  /** Final paths or addresses written, for the run's summary. */
  outputs?(): readonly string[]
  /** Bytes staged and not committed. */
  stagedBytes?(): number
  /** Live settings have changed: called between two windows, with the whole config; those marked `live` in the manifest may differ. */
  configure?(config: Readonly<Record<string, unknown>>): void
  close?(): void
}

export type Operator = TransformOperator | SourceOperator | SinkOperator

/**
 * The runtime side of one operator type. `create` runs after the declared state has been restored;
 * it may be async only in io containers.
 */
export interface OperatorModule<Config = Record<string, unknown>> {
  create(context: OperatorContext<Config>): Operator | Promise<Operator>
  /**
   * It touches nothing but its context, so a thread in reserve may run it on copies of rows, with a state that is
   * thrown away, to be fast from the first row when it is needed.
   */
  readonly rehearses?: true
}

/** What `@belay/operators/runtime` exports: type → loader. The engine is given the module's URL, never imports it. */
export type OperatorRegistry = Readonly<Record<string, () => Promise<OperatorModule<never>>>>
