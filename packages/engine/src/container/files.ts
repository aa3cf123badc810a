/**
 * Files by `root:relative/path` (contracts: Files). Nothing outside a root can be named: `..`,
 * absolute parts and links that lead out are refused.
 */
import { existsSync, mkdirSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, sep } from 'node:path'
import { EngineError } from '../operator/engineError.ts'
import type { FileAccess } from '../operator/operator.ts'
import { matchingFiles } from '../operator/filePattern.ts'

export type FileRoots = Readonly<Record<string, { readonly path: string; readonly writable: boolean }>>

function resolve(roots: FileRoots, name: string): { path: string; root: string; rootName: string; writable: boolean } {
  const colon = name.indexOf(':')
  const rootName = name.slice(0, Math.max(colon, 0))
  const relative = name.slice(colon + 1)
  if (colon <= 0 || !Object.hasOwn(roots, rootName)) {
    throw new EngineError(
      'FILE_ROOT_UNKNOWN',
      `"${name}" does not begin with a known root. Use one of: ${Object.keys(roots)
        .map((root) => `${root}:`)
        .join(', ')}`,
    )
  }
  if (relative === '' || relative.includes('\0') || isAbsolute(relative) || relative.split(/[\\/]/).includes('..')) {
    throw new EngineError('FILE_OUTSIDE_ROOT', `"${name}" must be a path below its root, without ".." or a leading slash.`)
  }
  const root = roots[rootName]
  return { path: join(root.path, relative), root: root.path, rootName, writable: root.writable }
}

/** The nearest existing ancestor must really lie in the root. */
function assertInside(root: string, path: string, name: string): void {
  let existing = path
  while (!existsSync(existing)) existing = dirname(existing)
  const real = realpathSync(existing)
  const realRoot = realpathSync(root)
  if (real !== realRoot && !real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)) {
    throw new EngineError('FILE_OUTSIDE_ROOT', `"${name}" leads out of its root through a link. Choose a path inside the root.`)
  }
}

export function createFileAccess(roots: FileRoots): FileAccess {
  return {
    readable(name: string): string {
      const { path, root } = resolve(roots, name)
      if (!existsSync(path))
        throw new EngineError('FILE_NOT_FOUND', `There is no file "${name}". Check the path, or put the file there and start again.`)
      assertInside(root, path, name)
      return path
    },
    matching(name: string): readonly string[] {
      const { root, rootName } = resolve(roots, name)
      return matchingFiles(root, name.slice(rootName.length + 1)).map((found) => `${rootName}:${found}`)
    },
    writable(name: string): string {
      const { path, root, rootName, writable } = resolve(roots, name)
      if (!writable) throw new EngineError('FILE_READ_ONLY', `The root "${rootName}" is read-only. Write to another root.`)
      mkdirSync(root, { recursive: true })
      assertInside(root, path, name)
      mkdirSync(dirname(path), { recursive: true })
      return path
    },
  }
}
