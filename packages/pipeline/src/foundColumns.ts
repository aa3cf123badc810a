/** What is found in the file that an operator reads, put into its config: one rule for the form and the command line. */
import type { LogicalType } from '@belay/columns'
import type { OperatorNode, PipelineDocument } from './document.ts'
import { applyFix } from './fixes.ts'
import { manifestOf, type ManifestCatalogue } from './manifest.ts'

export interface FoundInFile {
  readonly format: string
  readonly columns: readonly { readonly name: string; readonly type: LogicalType; readonly nullable: boolean }[]
  readonly eventTime: string | null
  /** Settings that the operator needs to read it, e.g. a CSV file's delimiter. */
  readonly config: Readonly<Record<string, unknown>>
}

/**
 * The columns of the file take the place of those declared. Of other settings, `replaced` overwrites what does not fit the
 * file; `kept` fills in only what was left at its default: what somebody wrote down is meant.
 */
export function withFoundColumns(
  document: PipelineDocument,
  manifests: ManifestCatalogue,
  id: OperatorNode['id'],
  found: FoundInFile,
  written: 'kept' | 'replaced',
): PipelineDocument {
  const operator = document.operators.find((candidate) => candidate.id === id)
  const manifest = operator === undefined ? undefined : manifestOf(manifests, operator.type)
  if (operator === undefined || manifest === undefined) return document
  const { config } = operator
  let next = document
  const set = (configPath: string, value: unknown): void => {
    next = applyFix(next, { kind: 'set-config', label: '', operator: id, configPath, value })
  }
  const schema = manifest.form.find(({ control }) => control.kind === 'schema')
  if (schema !== undefined) set(schema.path, found.columns)
  if ('eventTime' in config && (written === 'kept' ? config['eventTime'] === null : !isTimestamp(config['eventTime'], found)))
    set('/eventTime', found.eventTime)
  const { delimiter } = found.config
  const open = written === 'replaced' || config['delimiter'] === manifest.defaultConfig['delimiter']
  if ('delimiter' in config && typeof delimiter === 'string' && open) set('/delimiter', delimiter)
  if ('format' in config && manifest.category !== 'sinks' && found.format !== 'parquet') set('/format', found.format)
  return next
}

function isTimestamp(column: unknown, { columns }: FoundInFile): boolean {
  return columns.some(({ name, type }) => name === column && type === 'timestamp')
}
