/**
 * Which container took the whole process with it (engine-spec H18): a heap that overflows may abort
 * the process. Node's report on fatal errors names the thread; where the virtual machine dies without
 * one, only its last words on stderr tell that it was no kill from outside.
 *
 * Owns `log/threads.json`, which thread is which container in the process that wrote it. Reports and
 * last words are read once, by the next process of the run, and kept beside under another name.
 */
import { appendFileSync, existsSync, readdirSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface FatalDeath {
  /** null = the report does not say. */
  readonly container: string | null
  readonly message: string
}

interface ThreadsFile {
  readonly pid: number
  readonly containers: Readonly<Record<string, string>>
}

const REPORT = /^report\..*\.json$/
const READ_SUFFIX = '.read'
/** How V8 and Node say that they cannot go on: at the beginning of a line, as an error shows the line of the program it came from, this one too. */
const FATAL = /^(?:# Fatal JavaScript|# Fatal process|FATAL ERROR: ).*/m
/** The first line of an error that nobody caught. */
const UNCAUGHT = /^(?:[A-Z]\w*)?Error(?: \[\w+\])?: .*/m
const ERROR_CHARACTERS = 300
const SILENT = { death: null, error: null }
const OLD_LIMIT_BYTES = 1_048_576

export class ThreadRegister {
  readonly #path: string
  readonly #containers: Record<string, string> = {}

  /** `log`: the run's log folder. */
  constructor(log: string) {
    this.#path = join(log, 'threads.json')
  }

  note(threadId: number, container: string): void {
    this.#containers[threadId] = container
    try {
      writeFileSync(this.#path, JSON.stringify({ pid: process.pid, containers: this.#containers } satisfies ThreadsFile), { mode: 0o600 })
    } catch {
      // Without it a death is not attributed; that is no reason to fail now.
    }
  }
}

/** The fatal end of the process before, if nobody has read of it; null = none. `error`: what it ended by itself with. */
export function takeFatalDeath(log: string): { readonly death: FatalDeath | null; readonly error: string | null } {
  const words = takeLastWords(log)
  let { death } = words
  for (const name of readdirSync(log)
    .filter((candidate) => REPORT.test(candidate))
    .sort()) {
    death = readReport(log, name) ?? death
    renameSync(join(log, name), join(log, name + READ_SUFFIX))
  }
  return { death, error: words.error }
}

/** Moves what the process before wrote to stderr aside; the file itself is open for appending already. */
function takeLastWords(log: string): { readonly death: FatalDeath | null; readonly error: string | null } {
  const path = join(log, 'error.log')
  if (!existsSync(path)) return SILENT
  const text = readFileSync(path, 'utf8')
  if (text === '') return SILENT
  const old = join(log, 'error.old.log')
  if (existsSync(old) && statSync(old).size > OLD_LIMIT_BYTES) truncateSync(old, 0)
  appendFileSync(old, text, { mode: 0o600 })
  truncateSync(path, 0)
  const fatal = FATAL.exec(text)
  return {
    death: fatal === null ? null : { container: null, message: fatal[0].replaceAll(/^[#\s]+/g, '').trim() },
    error: UNCAUGHT.exec(text)?.[0].slice(0, ERROR_CHARACTERS) ?? null,
  }
}

function readReport(log: string, name: string): FatalDeath | null {
  try {
    const { header } = JSON.parse(readFileSync(join(log, name), 'utf8')) as {
      header: { event: string; threadId: number | null; processId: number }
    }
    const threads = JSON.parse(readFileSync(join(log, 'threads.json'), 'utf8')) as ThreadsFile
    const container = header.threadId === null || threads.pid !== header.processId ? undefined : threads.containers[header.threadId]
    return { container: container ?? null, message: header.event }
  } catch {
    // A report cut short by the death it tells of says nothing.
    return null
  }
}
