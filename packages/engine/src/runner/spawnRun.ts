/**
 * Starts a run process and waits until it answers on its socket.
 *
 * The process is detached with its own session and its output goes to files, so that it outlives
 * whoever started it; there is no IPC channel, because a closed one would end it (engine-spec H11).
 * If somebody else has started one at the same moment, that one is connected to instead.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { IsolationLevel } from '@belay/run'
import { ControlClient } from '../control/controlClient.ts'
import { newSocketPath, removeSocket } from '../control/socketPath.ts'
import { EngineError } from '../operator/engineError.ts'
import { readProcessFile, readRunFile, type RunFolder } from '../store/runFolder.ts'
import { claimToFollow, ownerOf, ownsReally, RUN_TAKEN_EXIT_CODE } from './claim.ts'
import { bothPaths, type Fence } from './fence.ts'
import { runGroups, type GroupLimits } from './cgroups.ts'
import { inGroup, launchCommand, type Reach, type ReachedPath } from './isolation.ts'
import { isolationTools } from './isolationChoice.ts'
import { endThrough, noteEnd } from './processEnd.ts'
import { killAndWait, startTicksOf } from './processIdentity.ts'

const START_TIMEOUT_MS = 30_000
const CONNECT_TIMEOUT_MS = 10_000
const POLL_MS = 10
const LAST_WORDS_CHARACTERS = 600

/** Only a compiled entry can run as a process; from sources (tests) the one in `dist` is taken. */
function runProcessEntry(processUrl: string | undefined): string {
  if (processUrl !== undefined) return fileURLToPath(processUrl)
  const beside = fileURLToPath(new URL('../process/runProcess.js', import.meta.url))
  const compiled = existsSync(beside) ? beside : fileURLToPath(new URL('../../dist/process/runProcess.js', import.meta.url))
  if (!existsSync(compiled)) throw new EngineError('NOT_BUILT', 'The engine is not built. Run `npm run build` first.')
  return compiled
}

interface Isolation {
  readonly level: IsolationLevel
  readonly fence: Fence
  /** Of its control group; null = it gets none. */
  readonly limits: GroupLimits | null
}

function startProcess(folder: RunFolder, runId: string, isolation: Isolation, mode: 'restart' | 'resume', over: number): ChildProcess {
  const out = openSync(join(folder.log, 'out.log'), 'a', 0o600)
  const errors = openSync(join(folder.log, 'error.log'), 'a', 0o600)
  const socket = newSocketPath()
  const entry = runProcessEntry(readRunFile(folder).operators.processUrl)
  const command = launchCommand(
    isolation.level,
    isolationTools(),
    reachOf(folder, socket, isolation.fence),
    ['--report-on-fatalerror', '--report-compact', `--report-directory=${folder.log}`],
    [entry, folder.root, mode, socket, String(over)],
  )
  const group = isolation.limits === null ? null : enterGroup(folder, runId, isolation.limits)
  const { file, args } = group === null ? command : inGroup(command, group)
  const child = spawn(file, args, { detached: true, stdio: ['ignore', out, errors], env: runEnvironment(), cwd: folder.root })
  closeSync(out)
  closeSync(errors)
  child.once('exit', () => removeSocket(socket))
  return child
}

/** The file that takes its process; null = there is none. What the kernel did to the one before is noted, if nobody has. */
function enterGroup(folder: RunFolder, runId: string, limits: GroupLimits): string | null {
  const entered = runGroups().enter(runId, limits)
  const before = ownerOf(folder)
  if (entered?.before != null && before !== null) noteEnd(folder, before, { why: entered.before })
  return entered?.procs ?? null
}

/**
 * `null` = the run ended before anybody could connect. A process that never answers is killed.
 * `resume`: it is to run on, whatever was asked of it before.
 */
export async function spawnRun(
  folder: RunFolder,
  runId: string,
  isolation: Isolation,
  mode: 'restart' | 'resume' = 'restart',
): Promise<ControlClient | null> {
  const over = claimToFollow(folder)
  // Somebody else was faster, and is about to listen.
  const child = over === null ? null : startProcess(folder, runId, isolation, mode, over)
  const startTicks = child?.pid === undefined ? null : startTicksOf(child.pid)
  let exited: string | null = child === null ? 'another has the run' : null
  let taken = child === null
  const shell = isolation.level === 'namespace'
  child?.once('exit', (code, signal) => {
    taken = code === RUN_TAKEN_EXIT_CODE
    const who = shell ? ownerOf(folder) : { pid: child.pid ?? 0, startTicks }
    const why = isolation.limits === null ? null : runGroups().leave(runId)
    if (!taken && who !== null && !ownsReally(who, folder))
      noteEnd(folder, who, { ...endThrough(code, signal, shell), atMs: Date.now(), ...(why === null ? {} : { why }) })
    exited = signal ?? `code ${String(code)}`
  })
  child?.once('error', (error) => {
    exited = error.message
  })
  child?.unref()
  const until = performance.now() + START_TIMEOUT_MS
  for (;;) {
    const client = await connectToOwner(folder, runId, CONNECT_TIMEOUT_MS)
    if (client !== null) return client
    if (exited !== null && !(taken && ownsReally(ownerOf(folder), folder))) {
      if (readRunFile(folder).ended !== null) return null
      throw new EngineError(
        'RUN_PROCESS_DIED',
        `The run process ended (${String(exited)}) before it answered. ${lastWords(folder) ?? `See ${folder.log}.`}`,
      )
    }
    if (performance.now() > until) {
      if (exited === null && child?.pid !== undefined) {
        noteEnd(folder, { pid: child.pid, startTicks }, { why: `It had not answered for ${START_TIMEOUT_MS / 1000} s.` })
        await killAndWait(child.pid, startTicks)
      }
      throw new EngineError(
        'RUN_PROCESS_SILENT',
        `The run process has not answered for ${START_TIMEOUT_MS / 1000} s and was ended. See ${join(folder.log, 'error.log')}.`,
      )
    }
    await delay(POLL_MS)
  }
}

/** `null` = the process that has the run does not listen (yet), or there is none. */
export async function connectToOwner(folder: RunFolder, runId: string, timeoutMs: number): Promise<ControlClient | null> {
  const found = readProcessFile(folder)
  const owner = ownerOf(folder)
  // What a process before this one left is no address.
  if (found === null || owner === null || found.pid !== owner.pid || !ownsReally(owner, folder)) return null
  try {
    return await ControlClient.connect(runId, found.socket, found.token, timeoutMs)
  } catch {
    return null
  }
}

/** Its own folder, its socket, its programs, and the roots that its document names; nothing that the run's folder tells. */
function reachOf(folder: RunFolder, socket: string, fence: Fence): Reach {
  const reached = (paths: readonly string[]): ReachedPath[] =>
    [...new Set(paths.flatMap(bothPaths))].map((path) => ({ path, kind: statSync(path).isDirectory() ? 'folder' : 'file' }))
  const rootsOf = (writable: boolean): string[] => fence.roots.filter((root) => root.writable === writable).map(({ path }) => path)
  return {
    readable: reached([...fence.code, ...rootsOf(false)]),
    writable: reached([folder.root, dirname(socket), ...rootsOf(true)]),
    network: fence.network,
    folder: folder.root,
  }
}

/**
 * glibc asks for huge pages for what it maps: state and snapshots are arrays of many megabytes, and each is touched
 * for the first time once. Elsewhere, and where the kernel gives none, it means nothing.
 */
const HUGE_PAGES = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' }

/** Nothing of the starter's environment but the language; what the process needs comes as arguments or over its socket. */
function runEnvironment(): NodeJS.ProcessEnv {
  const language = process.env['LANG']
  // Windows starts no program without these.
  const system = process.platform === 'win32' ? { PATH: process.env['PATH'], SystemRoot: process.env['SystemRoot'] } : {}
  return { TZ: 'UTC', ...HUGE_PAGES, ...system, ...(language === undefined ? {} : { LANG: language }) }
}

/** The end of what the run's processes wrote to stderr; null = nothing. */
export function lastWords(folder: RunFolder): string | null {
  try {
    const text = readFileSync(join(folder.log, 'error.log'), 'utf8').trim()
    return text === '' ? null : `Its last words: ${text.slice(-LAST_WORDS_CHARACTERS)}`
  } catch {
    return null
  }
}
