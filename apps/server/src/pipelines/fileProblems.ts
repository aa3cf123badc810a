/** What only the server can see of a pipeline: whether the files it names are there and hold what it expects. */
import { accessSync, constants, statSync } from 'node:fs'
import { EngineError, isFilePattern } from '@belay/engine/operator'
import type { FileInspection } from '@belay/operators/inspect'
import {
  resolveParameters,
  type ConfigField,
  type ManifestCatalogue,
  type OperatorManifest,
  type OperatorNode,
  type PipelineDocument,
  type Problem,
} from '@belay/pipeline'
import { ServerError } from '../http/problems.ts'
import { filesNamed, nearestExisting, resolveFile, type Roots } from '../storage/roots.ts'
import { fileColumns } from './inspection.ts'

type Report = (code: string, severity: Problem['severity'], message: string, configPath: string) => void

/** Problems with files; none while parameters have no value. Values of `document` that are parameters take their default. */
export async function fileProblems(document: PipelineDocument, manifests: ManifestCatalogue, roots: Roots): Promise<readonly Problem[]> {
  const resolved = resolveParameters(document, {})
  if (!resolved.ok) return []
  const problems: Problem[] = []
  for (const operator of resolved.document.operators) {
    const manifest = Object.hasOwn(manifests, operator.type) ? manifests[operator.type] : undefined
    if (manifest === undefined) continue
    const report: Report = (code, severity, message, configPath) => {
      problems.push({ code, severity, message, place: { operator: operator.id, configPath }, fixes: [] })
    }
    for (const field of manifest.form) {
      if (field.control.kind !== 'file') continue
      const name = valueAt(operator, field)
      if (typeof name !== 'string' || name === '') continue
      try {
        const { path, root } = resolveFile(roots, name)
        if (field.control.access === 'write') checkTarget(name, path, root.writable, field.path, report)
        else if (isFilePattern(name)) await checkSeveral(name, field, { operator, manifest, roots, report })
        else if (checkSource(name, path, operator.config['follow'] === true, field.path, report))
          await checkColumns(name, path, operator, manifest, report)
      } catch (error) {
        if (!(error instanceof ServerError)) throw error
        report(error.code, 'error', error.message, field.path)
      }
    }
  }
  return problems
}

function valueAt(operator: OperatorNode, field: ConfigField): unknown {
  return field.path
    .split('/')
    .slice(1)
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], operator.config)
}

function checkTarget(name: string, path: string, writable: boolean, configPath: string, report: Report): void {
  if (!writable)
    return report('FILE_READ_ONLY', 'error', `${name} lies in a root that cannot be written to. Choose a folder under home:.`, configPath)
  const existing = nearestExisting(path)
  if (!statSync(existing).isDirectory())
    return report(
      'FILE_NOT_WRITABLE',
      'error',
      `${name} cannot be written: ${existing} is a file, not a folder. Choose another folder.`,
      configPath,
    )
  try {
    accessSync(existing, constants.W_OK | constants.X_OK)
  } catch {
    report(
      'FILE_NOT_WRITABLE',
      'error',
      `${name} may not be written to: ${existing} belongs to someone else. Change its rights, or choose another folder.`,
      configPath,
    )
  }
}

/** Of several files the first is looked into. */
async function checkSeveral(
  name: string,
  field: ConfigField,
  { operator, manifest, roots, report }: { operator: OperatorNode; manifest: OperatorManifest; roots: Roots; report: Report },
): Promise<void> {
  if (field.control.kind !== 'file' || field.control.several !== true)
    return report('FILE_NOT_FOUND', 'error', `${name} is not one file. Choose one.`, field.path)
  const [first] = filesNamed(roots, name)
  if (first !== undefined) {
    const { path } = resolveFile(roots, first)
    if (checkSource(first, path, false, field.path, report)) await checkColumns(first, path, operator, manifest, report)
  } else if (operator.config['follow'] === true)
    report('FILE_NOT_FOUND', 'info', `No file matches ${name} yet; the run waits for one.`, field.path)
  else report('FILE_NOT_FOUND', 'error', `No file matches ${name}. Put files there, or choose others.`, field.path)
}

/** Whether there is a file to look into. */
function checkSource(name: string, path: string, follows: boolean, configPath: string, report: Report): boolean {
  const seen = statSync(path, { throwIfNoEntry: false })
  if (seen === undefined) {
    if (follows) report('FILE_NOT_FOUND', 'info', `${name} is not there yet; the run waits for it.`, configPath)
    else report('FILE_NOT_FOUND', 'error', `${name} is not there. Put the file there, or choose another.`, configPath)
    return false
  }
  if (!seen.isFile()) {
    report('FILE_NOT_FOUND', 'error', `${name} is not a file. Choose a file in it, or all with ${name}/.`, configPath)
    return false
  }
  try {
    accessSync(path, constants.R_OK)
  } catch {
    report('FILE_UNREADABLE', 'error', `${name} may not be read. Change its rights, or choose another file.`, configPath)
    return false
  }
  return true
}

/** Columns are named in the file where it is Parquet, or CSV with a header; JSON lines may bring them later. */
async function checkColumns(name: string, path: string, operator: OperatorNode, manifest: OperatorManifest, report: Report): Promise<void> {
  const field = manifest.form.find((candidate) => candidate.control.kind === 'schema')
  const wanted = field === undefined ? undefined : valueAt(operator, field)
  if (field === undefined || !Array.isArray(wanted) || wanted.length === 0) return
  let found: FileInspection
  try {
    found = await fileColumns(path)
  } catch (error) {
    // An empty file that is followed gets its rows later, and lines of JSON need no columns to be found: they are declared.
    const jsonLines = operator.type === 'json-lines-source' && error instanceof EngineError && error.code === 'FILE_FORMAT_UNKNOWN'
    if (operator.config['follow'] === true || jsonLines) return
    return report('FILE_UNREADABLE', 'error', `${name}: ${error instanceof Error ? error.message : String(error)}`, field.path)
  }
  if (found.format === 'json-lines' || operator.config['header'] === false) return
  const delimiter = operator.config['delimiter']
  if (found.format === 'csv' && typeof delimiter === 'string' && found.config['delimiter'] !== delimiter) return
  const names = new Set(found.columns.map((column) => column.name))
  const missing = wanted.map((column: { name?: unknown }) => String(column.name)).filter((column) => !names.has(column))
  if (missing.length > 0)
    report(
      'COLUMN_NOT_IN_FILE',
      'error',
      `${name} has no column ${missing.join(', ')}. It has: ${[...names].join(', ')}. Read the columns from the file again.`,
      field.path,
    )
}
