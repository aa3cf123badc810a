/**
 * How a run's process ended, for its successor to tell (engine-spec L12): only who started it sees its exit code or
 * signal, and only who killed it knows why.
 *
 * Owns `<run>/end.json`: the newest end that somebody saw, with whose it was. Neither synced nor missed: without it the
 * end is still told, with less. What a killer says is kept when the exit comes.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import type { RunFolder } from '../store/runFolder.ts'
import type { ProcessIdentity } from './processIdentity.ts'

interface Ending {
  readonly exitCode: number | null
  readonly signal: string | null
  /** Who asked for it; null = nobody, or nobody knows. */
  readonly by: string | null
  /** A sentence; null = not known. */
  readonly why: string | null
  readonly atMs: number
}

type EndFile = ProcessIdentity & Ending

function pathOf(folder: RunFolder): string {
  return join(folder.root, 'end.json')
}

/** What was seen of that process's end; null = nothing. */
export function endOf(folder: RunFolder, of: ProcessIdentity): Ending | null {
  try {
    const file = JSON.parse(readFileSync(pathOf(folder), 'utf8')) as EndFile
    return file.pid === of.pid && file.startTicks === of.startTicks ? file : null
  } catch {
    return null
  }
}

/** `seen`: what is known now; the rest stays as it was. */
export function noteEnd(folder: RunFolder, of: ProcessIdentity, seen: Partial<Ending>): void {
  const known = endOf(folder, of) ?? { exitCode: null, signal: null, by: null, why: null, atMs: Date.now() }
  const file: EndFile = { ...known, ...seen, pid: of.pid, startTicks: of.startTicks }
  const temporary = `${pathOf(folder)}.${process.pid}`
  try {
    writeFileSync(temporary, JSON.stringify(file), { mode: 0o600 })
    renameSync(temporary, pathOf(folder))
  } catch {
    // The disk is full, or the run was deleted meanwhile.
  }
}

/** A shell around the process tells a signal as a code above 128. */
export function endThrough(code: number | null, signal: NodeJS.Signals | null, shell: boolean): Pick<Ending, 'exitCode' | 'signal'> {
  const named =
    shell && code !== null && code > 128 ? Object.entries(constants.signals).find(([, number]) => number === code - 128) : undefined
  return named === undefined ? { exitCode: code, signal } : { exitCode: null, signal: named[0] }
}
