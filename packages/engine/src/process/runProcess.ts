/**
 * Entry of a run process: `node runProcess.js <run folder> restart|resume <socket> <claim> [<stat>]`. `resume` = the run
 * is to go on, whatever was asked of it before. `claim`: the newest one, whose owner is dead. `stat`: this process as it
 * is seen outside its namespace.
 *
 * Reads what was asked for, plans, recovers from journal and manifests, serves the control socket
 * and runs the executor until the run has ended. Started detached; nobody is expected to listen.
 */
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ManifestCatalogue, PipelineDocument } from '@belay/pipeline'
import { liveProblem, planHash, propagate, resolveParameters, validate, withConfig } from '@belay/pipeline'
import type { ProcessEnd, RunState } from '@belay/run'
import { ControlServer } from '../control/controlServer.ts'
import { initialState, replayJournal, type DeathSeen, type FailureCause, type JobInput, type JournalEntry } from '../job/index.ts'
import { EngineError } from '../operator/engineError.ts'
import type { PhysicalPlan } from '../plan/physicalPlan.ts'
import { planPhysical } from '../plan/planPhysical.ts'
import { claimRun, ownerOf, RUN_TAKEN_EXIT_CODE } from '../runner/claim.ts'
import { FINAL_SNAPSHOT } from '../runner/endedRun.ts'
import { ownIdentity, sameBoot, type ProcessIdentity } from '../runner/processIdentity.ts'
import { endOf } from '../runner/processEnd.ts'
import { writeDurably } from '../store/durableFile.ts'
import { EventLog } from '../store/eventLog.ts'
import { Journal } from '../store/journal.ts'
import { startSyncThread } from '../store/sync.ts'
import { folderAt, readRunFile, writeProcessFile, writeRunFile, type RunFile, type RunFolder } from '../store/runFolder.ts'
import { crumbs, takeCrumb } from '../container/crumb.ts'
import { Executor } from './executor.ts'
import { takeFatalDeath } from './fatalReport.ts'
import { maskOutput } from './maskedOutput.ts'
import { RunSecrets } from './runSecrets.ts'
import { storedCheckpoints } from './storedCheckpoints.ts'

/** As others see it. */
const self = ownIdentity(process.argv[6])
/** In a namespace, or under Node's permission model; Node 20 has no type for that. */
const isolated = process.argv[6] !== undefined || (process as { permission?: unknown }).permission !== undefined

/** If the machine has no memory left, this process goes and not the server that would start it again. */
function offerItself(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '500')
  } catch {
    // Where there is no such file, nobody chooses by it.
  }
}

async function main(): Promise<void> {
  offerItself()
  const [, , root, , socket, over] = process.argv
  if (root === undefined || socket === undefined || over === undefined)
    throw new EngineError('RUN_ARGUMENTS_MISSING', 'runProcess needs the run folder, a mode, a socket and a claim as its arguments.')
  const folder = folderAt(root)
  const before = ownerOf(folder)
  // Before anything of the run is touched: another process may have it.
  if (!claimRun(folder, self, Number(over))) process.exit(RUN_TAKEN_EXIT_CODE)
  await startSyncThread()
  const run = readRunFile(folder)
  if (run.ended !== null) return
  const events = EventLog.open(folder.events)
  let planned: Planned
  try {
    planned = await planOf(run)
  } catch (error) {
    const failure =
      error instanceof EngineError
        ? error
        : new EngineError('PLAN_FAILED', error instanceof Error ? error.message : String(error), { cause: error })
    events.append({ type: 'notice', level: 'error', code: failure.code, message: failure.message }, Date.now())
    events.append({ type: 'run-state', state: 'failed', reason: failure.message }, Date.now())
    endRun(folder, run, 'failed', failure.message)
    return
  }
  await serve(folder, run, events, planned, socket, before)
}

interface Planned {
  readonly plan: PhysicalPlan
  /** As it was started, with its parameters replaced. */
  readonly document: PipelineDocument
  readonly manifests: ManifestCatalogue
}

async function planOf(run: RunFile): Promise<Planned> {
  const { manifests } = (await import(run.operators.manifestsUrl)) as { manifests: ManifestCatalogue }
  const { document, parameters } = run.request
  const resolved = resolveParameters(document, parameters)
  if (!resolved.ok) throw new EngineError('PARAMETERS_INVALID', resolved.problems.map((problem) => problem.message).join(' '))
  const errors = validate(resolved.document, manifests).filter((problem) => problem.severity === 'error')
  if (errors.length > 0)
    throw new EngineError(
      errors[0].code,
      errors.map((problem) => `${problem.place.operator === undefined ? '' : `${problem.place.operator}: `}${problem.message}`).join(' '),
    )
  const plan = planPhysical({
    document: resolved.document,
    manifests,
    outputs: propagate(resolved.document, manifests).outputs,
    planHash: planHash(document),
  })
  return { plan, document: resolved.document, manifests }
}

async function serve(
  folder: RunFolder,
  run: RunFile,
  events: EventLog,
  { plan, document, manifests }: Planned,
  socket: string,
  before: ProcessIdentity | null,
): Promise<void> {
  const { runId } = run.request
  const { journal, entries } = Journal.open(folder.journal)
  const fresh = entries.length === 0
  if (process.argv[3] === 'resume' && !fresh) {
    const wanted: JournalEntry = { type: 'desired', desired: 'running', stopMode: null }
    journal.append(wanted)
    entries.push(wanted)
  }
  const state = replayJournal(initialState(runId, plan), entries as JournalEntry[])
  const recovered = recoveredInput(folder, plan, fresh, before)
  if (recovered.type !== 'recovered') return
  const own =
    recovered.manifests.filter((manifest) => manifest.lineage === state.lineage).at(-1) ??
    recovered.manifests.find((manifest) => manifest.seq === state.baseManifest)
  let control: ControlServer | null = null
  const secrets = new RunSecrets(plan)
  if (secrets.missing.length > 0) maskOutput(secrets)
  const executor = new Executor(
    state,
    {
      folder,
      run,
      isolated,
      journal,
      events,
      secrets,
      liveProblem: (operator, values, live) => {
        const running = Object.entries(live).reduce((of, [id, changes]) => withConfig(of, id, changes.at(-1)?.values ?? {}), document)
        return liveProblem(running, manifests, operator, values)
      },
      onEvent: (event) => control?.event(event),
      onDelta: (delta) => control?.delta(delta),
      onPeeked: (rows) => control?.peeked(rows),
      onEnd: (ended, reason) => {
        writeDurably(join(folder.root, FINAL_SNAPSHOT), [
          Buffer.from(
            JSON.stringify({
              ...executor.snapshot(),
              checkpoints: executor.checkpoints(),
              outputs: executor.outputs(),
              resources: resourcesUsed(),
            }),
            'utf8',
          ),
        ])
        endRun(folder, run, ended, reason)
        void leave(control, socket)
      },
    },
    own?.window ?? 0,
  )
  const token = randomBytes(32).toString('hex')
  let begun = false
  const beginWhenWhole = (): void => {
    if (begun || secrets.missing.length > 0) return
    begun = true
    executor.start(recovered)
  }
  control = await ControlServer.listen(
    socket,
    token,
    runId,
    async (request) => {
      if (!begun && request.type !== 'secrets' && request.type !== 'snapshot' && request.type !== 'events')
        throw new EngineError('RUN_UNREACHABLE', `The run waits for its secrets: ${secrets.missing.join(', ')}. Try again in a moment.`)
      switch (request.type) {
        case 'secrets': {
          const changed = secrets.give(request.values)
          if (begun) executor.secretsChanged(changed)
          else beginWhenWhole()
          return secrets.missing
        }
        case 'command':
          return executor.command(request.command)
        case 'snapshot':
          return executor.snapshot()
        case 'events':
          return events.read(request.after, Math.min(10_000, request.limit))
        case 'checkpoints':
          return executor.checkpoints()
        case 'preview':
          return executor.preview(request.operator)
        case 'post-rows': {
          const { operator, contentType, key, body } = request
          return executor.postRows(operator, { contentType, key, body: Buffer.from(body, 'base64') })
        }
        case 'peek':
          return executor.peek(request.streams)
        case 'stack':
          return executor.stack(request.operator)
        case 'profile':
          return executor.profile(request.operator, request.forMs)
      }
    },
    () => events.seq,
  )
  writeProcessFile(folder, { ...self, socket, token })
  process.on('exit', () => rmSync(socket, { force: true }))
  events.append({ type: 'process-started', pid: self.pid, attempt: state.attempt + 1, adopted: false }, Date.now())
  beginWhenWhole()
}

function recoveredInput(folder: RunFolder, plan: PhysicalPlan, fresh: boolean, before: ProcessIdentity | null): JobInput {
  const died = deathOf(folder, plan, before)
  // A first start, or one more try of a run that could not be planned before.
  const first = fresh && (before === null || process.argv[3] === 'resume')
  return { type: 'recovered', fresh, ...storedCheckpoints(folder, plan.planHash), ...(first ? {} : { died }) }
}

/** How the process before died, and of whom, as far as that is known. */
function deathOf(folder: RunFolder, plan: PhysicalPlan, before: ProcessIdentity | null): DeathSeen {
  const { death, error } = takeFatalDeath(folder.log)
  const seen = before === null ? null : endOf(folder, before)
  const end: ProcessEnd = {
    pid: before?.pid ?? null,
    exitCode: seen?.exitCode ?? null,
    signal: seen?.signal ?? null,
    downMs: seen === null ? null : Math.max(0, Date.now() - seen.atMs),
  }
  const container = death === null ? undefined : plan.containers.find((candidate) => candidate.id === death.container)
  const rows = crumbs(folder.log).flatMap((instance) => {
    const row = takeCrumb(folder.log, instance)
    return row === null ? [] : [{ instance, ...row }]
  })
  const row = rows.find(({ instance }) => container === undefined || container.instances.includes(instance)) ?? null
  if (death === null) return { end, cause: causeOf(seen, before, error), instances: [], row }
  // Nobody is named: all that get rows are suspects, and the row that is in work next time tells.
  const instances = container?.instances ?? plan.instances.filter((instance) => instance.role !== 'source').map((instance) => instance.id)
  return {
    end,
    cause: { code: 'PROCESS_FATAL', message: `It took the run's process with it (${death.message}).` },
    instances: row === null ? instances : [row.instance],
    row,
  }
}

function causeOf(seen: ReturnType<typeof endOf>, before: ProcessIdentity | null, error: string | null): FailureCause {
  if (seen !== null && seen.by !== null) return { code: 'KILLED', message: `Killed by ${seen.by}.`, by: seen.by }
  const code = 'PROCESS_DIED'
  if (seen?.why != null) return { code, message: `The run's process was ended. ${seen.why}` }
  if (seen?.signal != null)
    return { code, message: `The run's process was ended by ${seen.signal}, from outside or because the machine had no memory left.` }
  if (seen?.exitCode != null)
    return { code, message: `The run's process ended with code ${seen.exitCode}.${error === null ? '' : ` It said: ${error}`}` }
  if (before !== null && !sameBoot(before)) return { code, message: 'The machine was started again, or the run has come from another one.' }
  return { code, message: "The run's process ended while nobody watched it." }
}

/** Of this process with all its threads, as the kernel counts it. */
function resourcesUsed(): { readonly cpuSeconds: number; readonly peakMemoryMb: number } {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  return { cpuSeconds: Math.round((userCPUTime + systemCPUTime) / 1000) / 1000, peakMemoryMb: Math.round(maxRSS / 1024) }
}

function endRun(folder: RunFolder, run: RunFile, state: RunState, reason: string | null): void {
  writeRunFile(folder, { ...run, ended: { state, reason, atMs: Date.now() } })
}

/**
 * Listeners get the last events before the process goes. Everything is durable by then, and an ordinary exit
 * would wait for all threads, for ever if one is in a system call that hangs (H4).
 */
async function leave(control: ControlServer | null, socket: string): Promise<void> {
  await control?.close()
  rmSync(socket, { force: true })
  process.kill(process.pid, 'SIGKILL')
}

main().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
