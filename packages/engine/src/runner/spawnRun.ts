/**
 * Starts a run process and waits until it answers on its socket.
 *
 * The process is detached with its own session and its output goes to files, so that it outlives
 * whoever started it; there is no IPC channel, because a closed one would end it (engine-spec H11).
 * If somebody else has started one at the same moment, that one is connected to instead.
 */
import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ControlClient } from '../control/controlClient.ts'
import { EngineError } from '../operator/engineError.ts'
import { readProcessFile, readRunFile, type RunFolder } from '../store/runFolder.ts'
import { ownerAlive, ownerOf, RUN_TAKEN_EXIT_CODE } from './claim.ts'
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

/**
 * `null` = the run ended before anybody could connect. A process that never answers is killed.
 * `resume`: it is to run on, whatever was asked of it before.
 */
export async function spawnRun(folder: RunFolder, runId: string, mode: 'restart' | 'resume' = 'restart'): Promise<ControlClient | null> {
  const out = openSync(join(folder.log, 'out.log'), 'a', 0o600)
  const errors = openSync(join(folder.log, 'error.log'), 'a', 0o600)
  const child = spawn(
    process.execPath,
    [
      '--report-on-fatalerror',
      '--report-compact',
      `--report-directory=${folder.log}`,
      runProcessEntry(readRunFile(folder).operators.processUrl),
      folder.root,
      mode,
    ],
    { detached: true, stdio: ['ignore', out, errors], env: runEnvironment(), cwd: folder.root },
  )
  closeSync(out)
  closeSync(errors)
  const startTicks = child.pid === undefined ? null : startTicksOf(child.pid)
  let exited: string | null = null
  let taken = false
  child.once('exit', (code, signal) => {
    taken = code === RUN_TAKEN_EXIT_CODE
    exited = signal ?? `code ${String(code)}`
  })
  child.once('error', (error) => {
    exited = error.message
  })
  child.unref()
  const until = performance.now() + START_TIMEOUT_MS
  for (;;) {
    const client = await connectToOwner(folder, runId, CONNECT_TIMEOUT_MS)
    if (client !== null) return client
    if (exited !== null && !(taken && ownerAlive(ownerOf(folder)))) {
      if (readRunFile(folder).ended !== null) return null
      throw new EngineError(
        'RUN_PROCESS_DIED',
        `The run process ended (${String(exited)}) before it answered. ${lastWords(folder) ?? `See ${folder.log}.`}`,
      )
    }
    if (performance.now() > until) {
      if (exited === null && child.pid !== undefined) await killAndWait(child.pid, startTicks)
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
  if (found === null || owner === null || found.pid !== owner.pid || !ownerAlive(owner)) return null
  try {
    return await ControlClient.connect(runId, found.socket, found.token, timeoutMs)
  } catch {
    return null
  }
}

/** Nothing of the starter's environment but what a process needs to run at all. */
function runEnvironment(): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { TZ: 'UTC' }
  for (const name of ['PATH', 'HOME', 'TMPDIR', 'XDG_RUNTIME_DIR', 'LANG']) {
    const value = process.env[name]
    if (value !== undefined) environment[name] = value
  }
  return environment
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
