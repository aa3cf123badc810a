/** Where a run keeps what (contracts: Runs), and `run.json`: what was asked for and how it ended. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StartRequest, RunState } from '@belay/run'
import { EngineError } from '../operator/engineError.ts'
import { makeFolder, writeDurably } from './durableFile.ts'

export interface RunFolder {
  readonly root: string
  readonly journal: string
  readonly manifests: string
  readonly snapshots: string
  readonly log: string
  readonly events: string
  readonly files: string
  /** Logs of what sources were given that cannot be asked for again, by instance (engine-spec H9). */
  readonly ingest: string
  /** What the run process writes about itself: pid, start time, socket. */
  readonly process: string
}

export function runFolder(home: string, runId: string): RunFolder {
  return folderAt(join(home, 'runs', runId))
}

export function folderAt(root: string): RunFolder {
  return {
    root,
    journal: join(root, 'journal'),
    manifests: join(root, 'manifests'),
    snapshots: join(root, 'snapshots'),
    log: join(root, 'log'),
    events: join(root, 'events.jsonl'),
    files: join(root, 'files'),
    ingest: join(root, 'ingest'),
    process: join(root, 'process.json'),
  }
}

export const RUN_FORMAT = 1

/** The programs of an installation that a run is made of; the engine imports none of them by itself. */
export interface RunPrograms {
  /** Modules that export `manifests` and `operators`. */
  readonly manifestsUrl: string
  readonly runtimeUrl: string
  /** Entry of the run process, if it is bundled with the operators; without it, the engine's own. */
  readonly processUrl?: string
  /** Absolute files and folders that these modules load from; an isolated run reads no others. */
  readonly code?: readonly string[]
}

/** `run.json`: written at the start; then `ended` changes, and `operators` if the installation has moved. */
export interface RunFile {
  readonly format: number
  readonly request: StartRequest
  readonly operators: RunPrograms
  readonly startedAtMs: number
  readonly ended: { readonly state: RunState; readonly reason: string | null; readonly atMs: number } | null
}

/** `process.json`: the process that serves the run now, or did last. */
export interface ProcessFile {
  readonly pid: number
  /** Start time of that pid in clock ticks since boot, so that a re-used pid is not mistaken for it. */
  readonly startTicks: string | null
  readonly socket: string
  readonly token: string
}

export function createRunFolder(home: string, runId: string, file: RunFile): RunFolder {
  const folder = runFolder(home, runId)
  if (existsSync(folder.root)) throw new EngineError('RUN_EXISTS', `There is a run ${runId} already. Start the run under another id.`)
  makeFolder(join(home, 'runs'))
  makeFolder(folder.root)
  for (const path of [folder.manifests, folder.snapshots, folder.log, folder.files]) makeFolder(path)
  writeRunFile(folder, file)
  return folder
}

export function writeRunFile(folder: RunFolder, file: RunFile): void {
  writeDurably(join(folder.root, 'run.json'), [Buffer.from(JSON.stringify(file, null, 2), 'utf8')])
}

export function readRunFile(folder: RunFolder): RunFile {
  return readJson(join(folder.root, 'run.json')) as RunFile
}

export function writeProcessFile(folder: RunFolder, file: ProcessFile): void {
  writeDurably(folder.process, [Buffer.from(JSON.stringify(file), 'utf8')])
}

export function readProcessFile(folder: RunFolder): ProcessFile | null {
  return existsSync(folder.process) ? (readJson(folder.process) as ProcessFile) : null
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new EngineError(
      'RUN_FOLDER_DAMAGED',
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}. Restore the run folder from a backup, or delete it.`,
      { cause: error },
    )
  }
}
