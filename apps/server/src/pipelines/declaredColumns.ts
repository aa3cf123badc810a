/** Columns that a document by hand leaves out, read from the file that the operator reads, as the form's *Read columns* does. */
import { isFilePattern } from '@belay/engine/operator'
import type { FileInspection } from '@belay/operators/inspect'
import {
  applyFix,
  manifestOf,
  resolveParameters,
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

/** `parameters`: values given for this run. A file that cannot be read is left to the checks, which say why. */
export async function withFileColumns(
  document: PipelineDocument,
  parameters: Readonly<Record<string, ParameterValue>>,
  manifests: ManifestCatalogue,
  roots: Roots,
): Promise<{ readonly document: PipelineDocument; readonly read: readonly ReadColumns[] }> {
  const resolved = resolveParameters(document, parameters)
  if (!resolved.ok) return { document, read: [] }
  const read: ReadColumns[] = []
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
    const set = (setting: string, value: unknown): void => {
      whole = applyFix(whole, { kind: 'set-config', label: '', operator: id, configPath: `/${setting}`, value })
    }
    set(schema, found.inspection.columns)
    if (config['eventTime'] === null && found.inspection.eventTime !== null) set('eventTime', found.inspection.eventTime)
    const { delimiter } = found.inspection.config
    // One that was written down is meant.
    if (typeof delimiter === 'string' && config['delimiter'] === manifest.defaultConfig['delimiter']) set('delimiter', delimiter)
    if ('format' in config && found.inspection.format !== 'parquet') set('format', found.inspection.format)
    read.push({ operator: id, file: found.file, columns: found.inspection.columns })
  }
  return { document: whole, read }
}

async function inspected(named: string, roots: Roots): Promise<{ readonly file: string; readonly inspection: FileInspection } | null> {
  try {
    const file = isFilePattern(named) ? filesNamed(roots, named)[0] : named
    if (file === undefined) return null
    return { file, inspection: await fileColumns(resolveFile(roots, file).path) }
  } catch {
    return null
  }
}
