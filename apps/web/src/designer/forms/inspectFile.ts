/** What the server finds in a file, put into the config of the operator that names it. */
import { manifests } from '@belay/operators/manifests'
import { withFoundColumns, type OperatorNode, type PipelineDocument } from '@belay/pipeline'
import { ApiError, post } from '../../api/client.ts'
import type { FileInspection } from '../../api/types.ts'
import { manifestFor } from '../catalogue.ts'
import { withDefaultValues } from '../check.ts'
import { changeOperator, valueAt } from '../document/edits.ts'
import { t } from '../../language/t.ts'

const seen = new Map<string, Promise<FileInspection>>()

export interface InspectOptions {
  readonly sampleRows?: number
  /** Asks again, in case the file has changed. */
  readonly fresh?: boolean
}

/** What is in a file: asked once, and again when it is wanted fresh. */
export function inspectFile(file: string, { sampleRows = 20, fresh = false }: InspectOptions = {}): Promise<FileInspection> {
  const key = `${sampleRows} ${file}`
  const known = seen.get(key)
  if (known !== undefined && !fresh) return known
  if (fresh) for (const other of seen.keys()) if (other.endsWith(` ${file}`)) seen.delete(other)
  const asked = post<FileInspection>('/files/inspect', { file, sampleRows })
  seen.set(key, asked)
  asked.catch(() => seen.delete(key))
  return asked
}

/** Path of the config value that names the file an operator reads; null when it reads none. */
export function readFilePath(type: string): string | null {
  return manifestFor(type)?.form.find((field) => field.control.kind === 'file' && field.control.access === 'read')?.path ?? null
}

/** The file an operator reads, with parameters at their defaults; null when none is named. */
export function fileOf(document: PipelineDocument, id: string): string | null {
  const operator = withDefaultValues(document).operators.find((candidate) => candidate.id === id)
  const path = operator === undefined ? null : readFilePath(operator.type)
  const file = operator === undefined || path === null ? undefined : valueAt(operator.config, path)
  return typeof file === 'string' && file !== '' && !file.includes('${') ? file : null
}

/** The document with the columns that the operator's file has. Throws ApiError when the file cannot be read. */
export async function readColumns(document: PipelineDocument, id: string): Promise<PipelineDocument> {
  const file = fileOf(document, id)
  if (file === null) throw new ApiError(0, 'FILE_MISSING', t('Choose the file first, then read its columns.'), {})
  return withInspection(document, id, await inspectFile(file, { fresh: true }))
}

/** Columns replace those declared; event time and format are filled in where they are not set or no longer right. */
export function withInspection(document: PipelineDocument, id: string, inspection: FileInspection): PipelineDocument {
  return withFoundColumns(document, manifests, id, inspection, 'replaced')
}

/** A file source of another format becomes the one that reads this file; other operators stay what they are. */
export function withMatchingSource(document: PipelineDocument, id: string, file: string, inspection: FileInspection): PipelineDocument {
  const operator = document.operators.find((candidate) => candidate.id === id)
  const wanted = manifestFor(inspection.operatorType)
  if (operator === undefined || wanted === undefined || operator.type === wanted.type) return document
  if (manifestFor(operator.type)?.category !== 'sources' || readFilePath(operator.type) === null) return document
  const change: Partial<OperatorNode> = {
    type: wanted.type,
    typeVersion: wanted.typeVersion,
    config: { ...structuredClone(wanted.defaultConfig), ...inspection.config, file },
  }
  return changeOperator(document, id, change)
}
