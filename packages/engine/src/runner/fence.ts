/**
 * What a run's process may reach: written when the run is started, to `<home>/fences/<run>.json`, where the run
 * itself cannot write. What is in the run's own folder is never asked for it, as a hostile run may have changed that.
 */
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { manifestOf, secretNames, type ManifestCatalogue } from '@belay/pipeline'
import type { GroupLimits } from './cgroups.ts'
import type { IsolationLevel, RunIsolation, StartRequest } from '@belay/run'
import { makeFolder, writeDurably } from '../store/durableFile.ts'
import type { RunPrograms } from '../store/runFolder.ts'

export interface Fence {
  /** Absolute files and folders of the programs, only to be read. */
  readonly code: readonly string[]
  /** Roots that the document names. */
  readonly roots: readonly { readonly path: string; readonly writable: boolean }[]
  /** Names of the secrets that the document refers to: no others are given to it. */
  readonly secrets: readonly string[]
  /** One of its operators connects to other machines. */
  readonly network: boolean
  /** That its process was started with last; null = none yet. */
  readonly level: IsolationLevel | null
  /** Of the control group of that process; null = it has none. Absent = it was started before there were any. */
  readonly limits?: GroupLimits | null
}

function fencePath(home: string, runId: string): string {
  return join(home, 'fences', `${runId}.json`)
}

/** null = there is none: the run was made before there were any. */
export function readFence(home: string, runId: string): Fence | null {
  try {
    return JSON.parse(readFileSync(fencePath(home, runId), 'utf8')) as Fence
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

export function writeFence(home: string, runId: string, fence: Fence): void {
  makeFolder(join(home, 'fences'))
  writeDurably(fencePath(home, runId), [Buffer.from(JSON.stringify(fence), 'utf8')])
}

export function removeFence(home: string, runId: string): void {
  rmSync(fencePath(home, runId), { force: true })
}

/** The network is only taken away by a namespace. */
export function isolationOf({ level, network, limits = null }: Fence): RunIsolation | null {
  if (level === null) return null
  return { level, network: network || level !== 'namespace', ...(limits === null ? {} : { limits }) }
}

/** Folders that are to be written to are made, so that they can be given to the run. */
export async function fenceOf(request: StartRequest, programs: RunPrograms): Promise<Fence> {
  const { manifests } = (await import(programs.manifestsUrl)) as { manifests: ManifestCatalogue }
  // A parameter may hold a file's name, or a part of it.
  const text = JSON.stringify([request.document, request.parameters])
  const roots = Object.entries(request.roots)
    .filter(([name]) => text.includes(`${name}:`))
    .map(([, root]) => root)
  for (const { path, writable } of roots) if (writable) mkdirSync(path, { recursive: true })
  return {
    code: [...(programs.code ?? [])],
    roots: roots.filter(({ path }) => existsSync(path)),
    secrets: secretNames(request.document),
    network: request.document.operators.some(({ type }) => manifestOf(manifests, type)?.network === true),
    level: null,
  }
}

/** As it is named, and where links lead: Node and the system each look at one of them. */
export function bothPaths(path: string): readonly string[] {
  if (!existsSync(path)) return []
  const real = realpathSync(path)
  return real === path ? [path] : [path, real]
}
