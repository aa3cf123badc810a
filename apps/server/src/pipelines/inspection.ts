/** Looking into files. The readers of all formats are loaded when the first file is looked into. */
import { statSync } from 'node:fs'
import type { FileInspection } from '@belay/operators/inspect'

/** Inspections by path, for as long as the file is the same: they are asked for with every edit. */
const columns = new Map<string, { readonly stamp: string; readonly found: Promise<FileInspection> }>()
const KEPT = 100

/** Columns and first rows. Errors: FILE_UNREADABLE, FILE_FORMAT_UNKNOWN. */
export async function inspectFile(path: string, file: string, sampleRows?: number): Promise<FileInspection> {
  const inspect = await import('@belay/operators/inspect')
  return inspect.inspectFile(path, { file, sampleRows })
}

/** Columns only. Errors: FILE_UNREADABLE, FILE_FORMAT_UNKNOWN. */
export function fileColumns(path: string): Promise<FileInspection> {
  const { mtimeMs, size } = statSync(path)
  const stamp = `${mtimeMs}:${size}`
  const known = columns.get(path)
  if (known?.stamp === stamp) return known.found
  const found = import('@belay/operators/inspect').then((inspect) => inspect.inspectFile(path, { sampleRows: 0 }))
  columns.delete(path)
  columns.set(path, { stamp, found })
  for (const oldest of columns.keys()) {
    if (columns.size <= KEPT) break
    columns.delete(oldest)
  }
  return found
}
