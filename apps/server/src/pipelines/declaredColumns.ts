/** Columns that a document by hand leaves out, read from the file that the operator reads, as the form's *Read columns* does. */
import { EngineError, isFilePattern } from '@belay/engine/operator'
import type { FileInspection } from '@belay/operators/inspect'
import {
  manifestOf,
  resolveParameters,
  withFoundColumns,
  type ManifestCatalogue,
  type ParameterValue,
  type PipelineDocument,
} from '@belay/pipeline'
import { filesNamed, resolveFile, type Roots } from '../storage/roots.ts'
import { fileColumns } from './inspection.ts'

export interface ReadColumns {
  readonly operator: string
  readonly file: string
  readonly columns: FileInspection['columns']
}

/** A file that is there, and in which no columns were found. */
export interface UnreadColumns {
  readonly operator: string
  readonly file: string
  readonly reason: string
}

/** `parameters`: values given for this run. A file that is not there is left to the checks, which say so. */
export async function withFileColumns(
  document: PipelineDocument,
  parameters: Readonly<Record<string, ParameterValue>>,
  manifests: ManifestCatalogue,
  roots: Roots,
): Promise<{ readonly document: PipelineDocument; readonly read: readonly ReadColumns[]; readonly unread: readonly UnreadColumns[] }> {
  const resolved = resolveParameters(document, parameters)
  if (!resolved.ok) return { document, read: [], unread: [] }
  const read: ReadColumns[] = []
  const unread: UnreadColumns[] = []
  let whole = document
  for (const { id, type, config } of resolved.document.operators) {
    const manifest = manifestOf(manifests, type)
    if (manifest === undefined) continue
    const { form } = manifest
    const schema = form.find(({ control }) => control.kind === 'schema')?.path.slice(1)
    const source = form.find(({ control }) => control.kind === 'file' && control.access === 'read')?.path.slice(1)
    if (schema === undefined || source === undefined) continue
    const [declared, named] = [config[schema], config[source]]
    if (!Array.isArray(declared) || declared.length > 0 || typeof named !== 'string' || named === '') continue
    const found = await inspected(named, roots)
    if (found === null) continue
    if ('reason' in found) {
      unread.push({ operator: id, ...found })
      continue
    }
    whole = withFoundColumns(whole, manifests, id, found.inspection, 'kept')
    read.push({ operator: id, file: found.file, columns: found.inspection.columns })
  }
  return { document: whole, read, unread }
}

type Inspected =
  | { readonly file: string; readonly inspection: FileInspection }
  | { readonly file: string; readonly reason: string }
  /** There is no such file. */
  | null

async function inspected(named: string, roots: Roots): Promise<Inspected> {
  let file: string | undefined = named
  try {
    if (isFilePattern(named)) [file] = filesNamed(roots, named)
    if (file === undefined) return null
    return { file, inspection: await fileColumns(resolveFile(roots, file).path) }
  } catch (error) {
    return error instanceof EngineError ? { file: file ?? named, reason: error.message } : null
  }
}
