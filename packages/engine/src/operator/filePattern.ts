/**
 * Names that mean several files: a folder (`logs/`), or a path with `*` (any characters of one part)
 * and `**` (any number of folders). Hidden entries and links are left out: a link would bring its file twice.
 */
import { readdirSync, type Dirent } from 'node:fs'
import { join } from 'node:path'
import { EngineError } from './engineError.ts'

/** More files than this are not read by one operator. */
const MOST_FILES = 100_000

/** Whether a file name means several files. */
export function isFilePattern(name: string): boolean {
  return name.endsWith('/') || name.includes('*')
}

/**
 * Paths below `folder` that `pattern` means, relative to it, in the order of their names; none where a folder is missing.
 * Throws EngineError FILES_TOO_MANY.
 */
export function matchingFiles(folder: string, pattern: string): string[] {
  const found: string[] = []
  const parts = pattern.split('/').filter((part, i, all) => part !== '**' || all[i - 1] !== '**')
  if (parts.at(-1) === '') parts[parts.length - 1] = '*'
  if (parts.at(-1) === '**') parts.push('*')
  walk(folder, '', parts, found)
  return [...new Set(found)].sort()
}

function walk(folder: string, inside: string, parts: readonly string[], found: string[]): void {
  const [part, ...rest] = parts
  if (part === '**') {
    walk(folder, inside, rest, found)
    for (const entry of entries(folder)) if (entry.isDirectory()) walk(join(folder, entry.name), `${inside}${entry.name}/`, parts, found)
    return
  }
  for (const entry of entries(folder)) {
    if (!matches(part, entry.name)) continue
    if (rest.length > 0) {
      if (entry.isDirectory()) walk(join(folder, entry.name), `${inside}${entry.name}/`, rest, found)
      continue
    }
    if (!entry.isFile()) continue
    if (found.length >= MOST_FILES)
      throw new EngineError('FILES_TOO_MANY', `More than ${MOST_FILES} files match. Use a narrower pattern, or several sources.`)
    found.push(`${inside}${entry.name}`)
  }
}

function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw new EngineError(
      'FILE_UNREADABLE',
      `A folder cannot be read (${code ?? 'unknown error'}). Change its rights, or choose another.`,
      {
        cause: error,
      },
    )
  }
}

/** `*` is any characters, also none; in linear time but for the number of stars. */
function matches(pattern: string, name: string): boolean {
  const pieces = pattern.split('*')
  if (pieces.length === 1) return pattern === name
  const first = pieces[0]
  const last = pieces.at(-1) ?? ''
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false
  let at = first.length
  const end = name.length - last.length
  for (const piece of pieces.slice(1, -1)) {
    const next = name.indexOf(piece, at)
    if (next < 0 || next + piece.length > end) return false
    at = next + piece.length
  }
  return true
}
