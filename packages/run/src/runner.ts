/** What can start and steer runs: the local engine today, Apache Flink later (architecture D12). */
import type { LogPage, LogQuery } from './log.ts'
import type { RowErrors } from './rowErrors.ts'
import type { ParameterValue, PipelineDocument } from '@belay/pipeline'
import type { CommandAnswer, KillPreview, RunCommand } from './command.ts'
import type { CheckpointSummary, RunEvent } from './event.ts'
import type { RunDelta, RunSnapshot } from './figures.ts'
import type { PeekedRows, PeekedStream } from './peek.ts'
import type { RunState } from './state.ts'
import type { ThreadProfile, ThreadStack } from './threadView.ts'
import type { CheckpointState, KeyHistory, KeyQuery, StateChanges, StatePage, StateQuery } from './stateView.ts'

export interface StartRequest {
  readonly runId: string
  readonly document: PipelineDocument
  /** Values for parameters; missing ones take their default. */
  readonly parameters: Readonly<Record<string, ParameterValue>>
  /** Root name → absolute folder, for `root:path` file names. */
  readonly roots: Readonly<Record<string, { readonly path: string; readonly writable: boolean }>>
  readonly startedBy: string
  /** Ranges of addresses (`ADDRESS/BITS`) that the run may connect to beside the public internet; absent = none. */
  readonly allowedAddresses?: readonly string[]
}

/** Rows for a source, in UTF-8: an array or one object as JSON, or one object a line. */
export interface RowsToPost {
  readonly contentType: 'json' | 'json-lines'
  readonly body: Uint8Array
  /** The same key again has no second effect; null = none. */
  readonly key: string | null
}

export interface RowPostAnswer {
  readonly rows: number
  /** They had been sent under this key before; nothing was taken now. */
  readonly repeated: boolean
}

export interface RunListener {
  event(event: RunEvent): void
  delta(delta: RunDelta): void
  /** Rows of a stream that is looked at (`peek`). */
  peeked?(rows: PeekedRows): void
  /** The connection to the run process is gone; its supervisor decides what follows. */
  closed(): void
}

/** A run one is connected to. */
export interface RunHandle {
  readonly runId: string
  command(command: RunCommand): Promise<CommandAnswer>
  snapshot(): Promise<RunSnapshot>
  /** Events with seq > after, oldest first, at most `limit`. */
  events(after: number, limit: number): Promise<readonly RunEvent[]>
  checkpoints(): Promise<readonly CheckpointSummary[]>
  preview(operator: string): Promise<KillPreview>
  /** Gives rows to a source that takes them from outside; resolves when they are durable. */
  postRows(operator: string, post: RowsToPost): Promise<RowPostAnswer>
  /**
   * From now on listeners get samples of these streams of the document, and of no others, for the time of a
   * lease (PEEK_LEASE_MS); asked again, the lease begins anew. Empty = none.
   * Tells those that there are.
   */
  peek(streams: readonly string[]): Promise<readonly PeekedStream[]>
  /** Values by name, for operators that refer to them; others are not kept. Resolves with the names that are still missing. */
  giveSecrets(values: Readonly<Record<string, string>>): Promise<readonly string[]>
  /** Where the thread of an operator, or of one of its instances, is now. Rejects with OPERATOR_UNKNOWN or THREAD_GONE. */
  stack(operator: string): Promise<ThreadStack>
  /** What it spends its time on; one at a time in a run. Rejects with OPERATOR_UNKNOWN, PROFILE_BUSY, THREAD_GONE or THREAD_SILENT. */
  profile(operator: string, forMs: number): Promise<ThreadProfile>
  listen(listener: RunListener): () => void
  close(): void
}

/**
 * How far a run's process is kept from the rest of the machine. process: it gets nothing but its own files through
 * Node, and limits; namespace: it sees nothing but its own files, processes and, unless it needs one, no network.
 */
export type IsolationLevel = 'none' | 'process' | 'namespace'

export interface RunIsolation {
  readonly level: IsolationLevel
  /** It may use the network: at `namespace` only where an operator needs it. */
  readonly network: boolean
  /** That the kernel keeps, of all memory of its processes and of their threads; absent = it has no control group of its own. */
  readonly limits?: { readonly memoryBytes: number; readonly tasks: number }
}

/** A run as its folder tells it, whether or not its process lives. */
export interface RunRecord {
  readonly runId: string
  readonly pipelineId: string
  readonly pipelineName: string
  readonly startedAtMs: number
  readonly startedBy: string
  readonly endedAtMs: number | null
  readonly state: RunState
  readonly reason: string | null
  /** Of its process, or the last one; absent = it was started before there was any. */
  readonly isolation?: RunIsolation
}

export interface Runner {
  start(request: StartRequest): Promise<RunHandle>
  /** Connects to a live run process or starts it again from its journal (contracts: Supervision). */
  adopt(runId: string): Promise<RunHandle | RunRecord>
  /**
   * As `adopt`, for a run that somebody left on the way or that failed: it is to go on, whatever was
   * asked of it before. A run that has finished or was stopped stays so.
   */
  resume(runId: string): Promise<RunHandle | RunRecord>
  /** A run as its folder tells it, without a process: commands are refused with RUN_ENDED, no deltas come. */
  open(runId: string): Promise<RunHandle>
  /** null = there is no such run. */
  find(runId: string): Promise<RunRecord | null>
  /** Newest first. A folder that cannot be read is a failed run with the reason. */
  list(): Promise<readonly RunRecord[]>
  /** Who has state in a kept checkpoint. Read from the run's folder, so that the run does not notice. */
  checkpointState(runId: string, manifest: number): Promise<CheckpointState>
  /** A page of an operator's state in a kept checkpoint. */
  statePage(runId: string, manifest: number, query: StateQuery): Promise<StatePage>
  /** What one key had at each kept checkpoint. */
  keyHistory(runId: string, query: KeyQuery): Promise<KeyHistory>
  /** How an operator's state differs from that of another kept checkpoint, `since`. */
  stateChanges(runId: string, manifest: number, since: number, query: StateQuery): Promise<StateChanges>
  /** Lines that operators and the engine wrote. Read from the run's folder, so that the run does not notice and need not live. */
  logs(runId: string, query: LogQuery): Promise<LogPage>
  /** Bad rows by group, not older than a second. Read from the run's folder as well. */
  rowErrors(runId: string): Promise<RowErrors>
  /** SIGKILL on the run's process, if there is one; returns when it is gone. Its supervisor starts it again. `by`: who wanted it. */
  kill(runId: string, by?: string): Promise<void>
  /** Ends a run from outside, for good: kills its process if there is one, then notes the end. */
  end(runId: string, state: 'stopped' | 'failed', reason: string): Promise<void>
  /** Removes a run that has ended, with its checkpoints; files that its sinks have written stay. */
  delete(runId: string): Promise<void>
}
