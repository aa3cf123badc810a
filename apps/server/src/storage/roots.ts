/** Files by `root:relative/path` (contracts: Files): nothing outside a root can be named. */
import { existsSync, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { EngineError, isFilePattern, matchingFiles } from '@belay/engine/operator'
import { ServerError } from '../http/problems.ts'
import type { Home } from './home.ts'

export interface Root {
  readonly path: string
  readonly writable: boolean
}

export type Roots = Readonly<Record<string, Root>>

/** The examples' data lies in an npm package that does not export its files: the package is resolved, then its folder. */
function demoFolder(): string {
  const require = createRequire(import.meta.url)
  return join(dirname(require.resolve('vega-datasets')), '..', 'data')
}

export function standardRoots(home: Home): Roots {
  return { demo: { path: demoFolder(), writable: false }, home: { path: home.files, writable: true } }
}

const NAME = /^([a-z][a-z0-9-]*):(.*)$/s
const ENTRIES_LISTED = 1000

function refuse(name: string, why: string): never {
  throw new ServerError('FILE_NAME_REFUSED', `${JSON.stringify(name)} ${why}. Name files as root:path, e.g. home:input/rows.csv.`)
}

/** The nearest part of the path that is there. */
export function nearestExisting(path: string): string {
  let existing = path
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing)
  return existing
}

export interface ResolvedFile {
  /** Absolute. */
  readonly path: string
  readonly root: Root
}

/** Where a name leads; neither it nor a link on the way may leave the root. Error: FILE_NAME_REFUSED. */
export function resolveFile(roots: Roots, name: string): ResolvedFile {
  const match = NAME.exec(name)
  if (match === null) return refuse(name, 'does not begin with a root')
  if (!Object.hasOwn(roots, match[1])) return refuse(name, `names the unknown root ${match[1]}`)
  const root = roots[match[1]]
  const path = match[2]
  if (path.includes('\0') || path.includes('\\') || path.startsWith('/') || path.split('/').includes('..'))
    return refuse(name, 'leaves its root')
  const base = existsSync(root.path) ? realpathSync(root.path) : resolve(root.path)
  const target = resolve(base, path)
  const within = (candidate: string): boolean => candidate === base || candidate.startsWith(base.endsWith(sep) ? base : base + sep)
  if (!within(target)) return refuse(name, 'leaves its root')
  if (existsSync(base) && !within(realpathSync(nearestExisting(target)))) return refuse(name, 'leads out of its root through a link')
  return { path: target, root }
}

/** Files that a name means now: one, or all of a folder or a pattern, in the order of their names. Error: FILE_NAME_REFUSED. */
export function filesNamed(roots: Roots, name: string): string[] {
  const { root } = resolveFile(roots, name)
  if (!isFilePattern(name)) return [name]
  const colon = name.indexOf(':')
  try {
    return matchingFiles(root.path, name.slice(colon + 1)).map((found) => `${name.slice(0, colon)}:${found}`)
  } catch (error) {
    if (error instanceof EngineError) return refuse(name, `cannot be looked through: ${error.message}`)
    throw error
  }
}

export interface FileEntry {
  readonly name: string
  /** As a config takes it. */
  readonly file: string
  readonly kind: 'file' | 'folder'
  readonly sizeBytes: number
}

/** Folders first, then files, by name; links and hidden entries are left out. */
export function listFolder(roots: Roots, rootName: string, path: string): FileEntry[] {
  const { path: folder, root } = resolveFile(roots, `${rootName}:${path}`)
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new ServerError('FOLDER_NOT_FOUND', `There is no folder ${rootName}:${path}. Look at the folder above it.`)
  const base = realpathSync(root.path)
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name): FileEntry[] => {
      const full = join(folder, name)
      const seen = lstatSync(full, { throwIfNoEntry: false })
      if (seen === undefined || (!seen.isFile() && !seen.isDirectory())) return []
      return [
        {
          name,
          file: `${rootName}:${relative(base, full).split(sep).join('/')}`,
          kind: seen.isDirectory() ? 'folder' : 'file',
          sizeBytes: seen.size,
        },
      ]
    })
    .sort((a, b) => (a.kind === b.kind ? (a.name < b.name ? -1 : 1) : a.kind === 'folder' ? -1 : 1))
    .slice(0, ENTRIES_LISTED)
}
