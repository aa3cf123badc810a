/**
 * The local runner: runs as detached processes of this machine, one folder each under
 * `<home>/runs` (architecture: Processes).
 *
 * Owns nothing but folders and sockets: several runners may look at one home. There is never more
 * than one process for a run: each takes a claim that a living one does not give away (`claim.ts`), a
 * silent one is killed and awaited before another starts, and the manifests' exclusive creation
 * fences whatever slips through (engine-spec H11).
 */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { secretNames, type PipelineDocument } from '@belay/pipeline'
import type {
  KeyHistory,
  KeyQuery,
  LogPage,
  LogQuery,
  RowErrors,
  CheckpointState,
  IsolationLevel,
  RunHandle,
  RunRecord,
  Runner,
  StartRequest,
  StateChanges,
  StatePage,
  StateQuery,
} from '@belay/run'
import type { ControlClient } from '../control/controlClient.ts'
import { removeSocket } from '../control/socketPath.ts'
import { EngineError } from '../operator/engineError.ts'
import { residentBytesAllowed } from '../process/memoryGuard.ts'
import { readRowErrors } from '../process/rowErrorBook.ts'
import { readLogPage } from '../operatorLog/reading.ts'
import { EventLog } from '../store/eventLog.ts'
import {
  createRunFolder,
  readProcessFile,
  readRunFile,
  RUN_FORMAT,
  runFolder,
  type RunPrograms,
  writeRunFile,
  type RunFile,
  type RunFolder,
} from '../store/runFolder.ts'
import { ownerOf, ownsReally } from './claim.ts'
import { EndedRun, FINAL_SNAPSHOT } from './endedRun.ts'
import { runGroups, type GroupLimits } from './cgroups.ts'
import { fenceOf, isolationOf, readFence, removeFence, writeFence } from './fence.ts'
import { TASK_LIMIT } from './isolationChoice.ts'
import { noteEnd } from './processEnd.ts'
import { killAndWait } from './processIdentity.ts'
import { connectToOwner, lastWords, spawnRun } from './spawnRun.ts'
import { StateReading } from './stateReading.ts'

/** A process that is alive but does not answer for this long is killed when somebody wants the run. */
const ANSWER_TIMEOUT_MS = 10_000
const POLL_MS = 20
const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

export interface LocalRunnerOptions {
  /** Absolute path of BELAY_HOME. */
  readonly home: string
  readonly operators: RunPrograms
  /** Values of secrets; names that it does not know are left out. Asked whenever a process is connected to. Absent = there are none. */
  readonly secrets?: (names: readonly string[]) => Readonly<Record<string, string>>
  /** How run processes are kept from the rest of the machine; `none` by default. */
  readonly isolation?: IsolationLevel
}

export function createLocalRunner(options: LocalRunnerOptions): Runner {
  return new LocalRunner(options)
}

const GROUP_MEMORY_FACTOR = 1.125
const GROUP_MEMORY_MORE_BYTES = 268_435_456

class LocalRunner implements Runner {
  readonly #options: LocalRunnerOptions
  /** Records of runs that have ended, by the time their `run.json` was written: they hardly ever change. */
  readonly #ended = new Map<string, { readonly writtenMs: number; readonly record: RunRecord }>()
  readonly #states: StateReading

  constructor(options: LocalRunnerOptions) {
    this.#options = options
    this.#states = new StateReading(options.operators.processUrl)
  }

  async start(request: StartRequest): Promise<RunHandle> {
    checkRunId(request.runId)
    const { root } = runFolder(this.#options.home, request.runId)
    // Left by somebody who died while making it; nothing can have run in it.
    if (existsSync(root) && !existsSync(join(root, 'run.json'))) rmSync(root, { recursive: true })
    const file: RunFile = {
      format: RUN_FORMAT,
      request,
      operators: this.#options.operators,
      startedAtMs: Date.now(),
      ended: null,
    }
    const folder = createRunFolder(this.#options.home, request.runId, file)
    try {
      writeFence(this.#options.home, request.runId, await fenceOf(request, this.#options.operators))
      return (
        (await this.#withSecrets(request.runId, folder, await this.#spawn(folder, request.runId))) ?? new EndedRun(request.runId, folder)
      )
    } catch (error) {
      // Who started it is told that it failed, so it must not begin by itself later.
      await this.end(request.runId, 'failed', error instanceof Error ? error.message : String(error))
      throw error
    }
  }

  async adopt(runId: string): Promise<RunHandle | RunRecord> {
    if (this.#options.isolation !== undefined && this.#options.isolation !== 'none') runGroups().watch()
    const folder = this.#folder(runId)
    if (readRunFile(folder).ended !== null) return this.#recordOf(runId, folder)
    const answering = await this.#withSecrets(runId, folder, await this.#answering(folder, runId))
    if (answering !== null) return answering
    await this.#kill(runId, null, `It had not answered for ${ANSWER_TIMEOUT_MS / 1000} s.`)
    if (readRunFile(folder).ended !== null) return this.#recordOf(runId, folder)
    this.#findPrograms(runId, folder)
    return (await this.#withSecrets(runId, folder, await this.#spawn(folder, runId))) ?? this.#recordOf(runId, folder)
  }

  async resume(runId: string): Promise<RunHandle | RunRecord> {
    const folder = this.#folder(runId)
    const file = readRunFile(folder)
    if (file.ended !== null && file.ended.state !== 'failed') return this.#recordOf(runId, folder)
    const answering = file.ended === null ? await this.#withSecrets(runId, folder, await this.#answering(folder, runId)) : null
    if (answering !== null) return answering
    await this.kill(runId)
    if (file.ended !== null) {
      rmSync(join(folder.root, FINAL_SNAPSHOT), { force: true })
      writeRunFile(folder, { ...file, ended: null })
    }
    this.#findPrograms(runId, folder)
    return (await this.#withSecrets(runId, folder, await this.#spawn(folder, runId, 'resume'))) ?? this.#recordOf(runId, folder)
  }

  /** Gives a process the secrets of its run; one that has been given them before goes on with what it has. Error: SECRET_MISSING. */
  async #withSecrets(runId: string, folder: RunFolder, client: ControlClient | null): Promise<ControlClient | null> {
    const names =
      client === null ? [] : (readFence(this.#options.home, runId)?.secrets ?? secretNames(readRunFile(folder).request.document))
    if (client === null || names.length === 0) return client
    let values: Readonly<Record<string, string>> = {}
    let refused: unknown = null
    try {
      values = this.#options.secrets?.(names) ?? {}
    } catch (error) {
      refused = error
    }
    try {
      const missing = await client.giveSecrets(values)
      if (missing.length === 0) return client
      if (refused instanceof Error) throw refused
      throw new EngineError(
        'SECRET_MISSING',
        `The run needs ${missing.length === 1 ? 'a secret that is' : 'secrets that are'} not there: ${missing.join(', ')}. Put ${missing.length === 1 ? 'it' : 'them'} back: the run is tried again for a minute or two, and can be resumed after that.`,
      )
    } catch (error) {
      client.close()
      throw error
    }
  }

  async #spawn(folder: RunFolder, runId: string, mode: 'restart' | 'resume' = 'restart'): Promise<ControlClient | null> {
    const { home, operators, isolation: level = 'none' } = this.#options
    const fence = readFence(home, runId) ?? (await fenceOf(readRunFile(folder).request, operators))
    const limits = level === 'none' || runGroups().reason !== null ? null : limitsOf(readRunFile(folder).request.document.settings)
    if (fence.level !== level || JSON.stringify(fence.limits ?? null) !== JSON.stringify(limits))
      writeFence(home, runId, { ...fence, level, limits })
    return spawnRun(folder, runId, { level, fence, limits }, mode)
  }

  #recordOf(runId: string, folder: RunFolder): RunRecord {
    const fence = readFence(this.#options.home, runId)
    const isolation = fence === null ? null : isolationOf(fence)
    return isolation === null ? recordOf(runId, folder) : { ...recordOf(runId, folder), isolation }
  }

  /** A run goes on with what it was started with; where that is gone (an upgrade, another folder), with this installation's. */
  #findPrograms(runId: string, folder: RunFolder): void {
    const file = readRunFile(folder)
    const urls = [file.operators.manifestsUrl, file.operators.runtimeUrl, file.operators.processUrl]
    if (urls.some((url) => url?.startsWith('file:') === true && !existsSync(fileURLToPath(url)))) {
      writeRunFile(folder, { ...file, operators: this.#options.operators })
      const fence = readFence(this.#options.home, runId)
      if (fence !== null) writeFence(this.#options.home, runId, { ...fence, code: this.#options.operators.code ?? [] })
    }
  }

  /** A connection to the run's process, which may be about to listen; null = it is gone, or silent. */
  async #answering(folder: RunFolder, runId: string): Promise<ControlClient | null> {
    const until = performance.now() + ANSWER_TIMEOUT_MS
    while (ownsReally(ownerOf(folder), folder) && performance.now() < until) {
      const client = await connectToOwner(folder, runId, ANSWER_TIMEOUT_MS)
      if (client !== null) return client
      await delay(POLL_MS)
    }
    return null
  }

  async open(runId: string): Promise<RunHandle> {
    return new EndedRun(runId, this.#folder(runId))
  }

  async find(runId: string): Promise<RunRecord | null> {
    if (!RUN_ID.test(runId)) return null
    const folder = runFolder(this.#options.home, runId)
    return existsSync(join(folder.root, 'run.json')) ? this.#record(runId, folder) : null
  }

  async list(): Promise<readonly RunRecord[]> {
    const runs = join(this.#options.home, 'runs')
    if (!existsSync(runs)) return []
    const records: RunRecord[] = []
    for (const runId of readdirSync(runs)) {
      const folder = runFolder(this.#options.home, runId)
      if (existsSync(join(folder.root, 'run.json'))) records.push(this.#record(runId, folder))
    }
    return records.sort((a, b) => b.startedAtMs - a.startedAtMs)
  }

  #record(runId: string, folder: RunFolder): RunRecord {
    const writtenMs = statSync(join(folder.root, 'run.json')).mtimeMs
    const known = this.#ended.get(runId)
    if (known !== undefined && known.writtenMs === writtenMs) return known.record
    const record = recordOrDamage(runId, writtenMs, () => this.#recordOf(runId, folder))
    if (record.endedAtMs === null) this.#ended.delete(runId)
    else this.#ended.set(runId, { writtenMs, record })
    return record
  }

  async checkpointState(runId: string, manifest: number): Promise<CheckpointState> {
    return this.#states.ask({ type: 'operators', root: this.#folder(runId).root, manifest })
  }

  async statePage(runId: string, manifest: number, query: StateQuery): Promise<StatePage> {
    return this.#states.ask({ type: 'page', root: this.#folder(runId).root, manifest, query })
  }

  async keyHistory(runId: string, query: KeyQuery): Promise<KeyHistory> {
    return this.#states.ask({ type: 'key', root: this.#folder(runId).root, query })
  }

  async stateChanges(runId: string, manifest: number, since: number, query: StateQuery): Promise<StateChanges> {
    return this.#states.ask({ type: 'changes', root: this.#folder(runId).root, manifest, since, query })
  }

  async rowErrors(runId: string): Promise<RowErrors> {
    return readRowErrors(this.#folder(runId).log)
  }

  async logs(runId: string, query: LogQuery): Promise<LogPage> {
    return readLogPage(this.#folder(runId).log, query)
  }

  kill(runId: string, by?: string): Promise<void> {
    return this.#kill(runId, by ?? null, null)
  }

  async #kill(runId: string, by: string | null, why: string | null): Promise<void> {
    const folder = this.#folder(runId)
    const owner = ownerOf(folder)
    if (owner === null) return
    if (ownsReally(owner, folder)) {
      noteEnd(folder, owner, { by, why })
      await killAndWait(owner.pid, owner.startTicks)
    }
    const left = readProcessFile(folder)
    if (left !== null && left.pid === owner.pid) removeSocket(left.socket)
  }

  async end(runId: string, state: 'stopped' | 'failed', reason: string): Promise<void> {
    const folder = this.#folder(runId)
    await this.kill(runId)
    const file = readRunFile(folder)
    if (file.ended !== null) return
    const words = state === 'failed' && !reason.includes('Its last words') ? lastWords(folder) : null
    const why = words === null ? reason : `${reason} ${words}`
    writeRunFile(folder, { ...file, ended: { state, reason: why, atMs: Date.now() } })
    // One that took the run before the end was noted does not know of it; none begins any more.
    await this.kill(runId)
    const events = EventLog.open(folder.events)
    try {
      events.append({ type: 'run-state', state, reason: why }, Date.now())
    } finally {
      events.close()
    }
  }

  async delete(runId: string): Promise<void> {
    const folder = this.#folder(runId)
    const { endedAtMs } = this.#record(runId, folder)
    if (endedAtMs === null) throw new EngineError('RUN_NOT_ENDED', `Run ${runId} has not ended. Stop or abort it first.`)
    await this.kill(runId)
    rmSync(folder.root, { recursive: true, force: true })
    removeFence(this.#options.home, runId)
    this.#ended.delete(runId)
  }

  #folder(runId: string): RunFolder {
    checkRunId(runId)
    const folder = runFolder(this.#options.home, runId)
    if (!existsSync(join(folder.root, 'run.json')))
      throw new EngineError('RUN_UNKNOWN', `There is no run ${runId}. Look at the list of runs.`)
    return folder
  }
}

/**
 * What the kernel keeps lies above what the run's process keeps by itself: that one names the operator. The rest is for
 * what is no memory of a thread, such as sockets.
 */
function limitsOf({ maxResidentBytes }: PipelineDocument['settings']): GroupLimits {
  const resident = maxResidentBytes ?? residentBytesAllowed()
  return { memoryBytes: Math.ceil(resident * GROUP_MEMORY_FACTOR) + GROUP_MEMORY_MORE_BYTES, tasks: TASK_LIMIT }
}

function checkRunId(runId: string): void {
  if (!RUN_ID.test(runId))
    throw new EngineError('RUN_ID_INVALID', 'A run id is 1 to 64 letters, digits, `-` and `_`, beginning with a letter or digit.')
}

/** A folder that cannot be read must not hide the others. */
function recordOrDamage(runId: string, writtenMs: number, record: () => RunRecord): RunRecord {
  try {
    return record()
  } catch (error) {
    return {
      runId,
      pipelineId: '',
      pipelineName: runId,
      startedAtMs: writtenMs,
      startedBy: '',
      endedAtMs: writtenMs,
      state: 'failed',
      reason: error instanceof Error ? error.message : String(error),
    }
  }
}

function recordOf(runId: string, folder: RunFolder): RunRecord {
  const file = readRunFile(folder)
  return {
    runId,
    pipelineId: file.request.document.id,
    pipelineName: file.request.document.name,
    startedAtMs: file.startedAtMs,
    startedBy: file.request.startedBy,
    endedAtMs: file.ended?.atMs ?? null,
    state: file.ended?.state ?? (ownsReally(ownerOf(folder), folder) ? 'running' : 'unreachable'),
    reason: file.ended?.reason ?? null,
  }
}
