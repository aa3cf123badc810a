/** Loading and saving a pipeline: the version on the server is checked, so that nobody overwrites another unseen. */
import { parseDocument, type PipelineDocument } from '@belay/pipeline'
import { ApiError, call } from '../api/client.ts'
import type { PipelineView } from '../api/types.ts'
import { drawn, useDesigner } from './designerStore.ts'
import { readDraft } from './document/draft.ts'

function versionOf(etag: string | null, fallback: number): number {
  const version = Number(etag?.replaceAll(/^W\/|"/g, ''))
  return Number.isInteger(version) && version > 0 ? version : fallback
}

/** Throws ApiError, also for a document that this page is too old for. */
export async function loadPipeline(id: string): Promise<void> {
  const { value, etag } = await call<PipelineView>('GET', `/pipelines/${encodeURIComponent(id)}`)
  const parsed = parseDocument(value.document)
  if (!parsed.ok) {
    const [first] = parsed.problems
    throw new ApiError(200, first.code, first.message, {})
  }
  const version = versionOf(etag, value.version)
  const draft = readDraft(id)
  useDesigner.getState().load(parsed.document, version, draft)
  if (draft === null) return
  const stale = draft.version !== version
  useDesigner.getState().say({
    tone: 'plain',
    text: stale
      ? `Your unsaved changes are back. The pipeline was saved by someone else meanwhile (version ${version}).`
      : 'Your unsaved changes are back.',
    action: { label: 'Drop them', run: () => useDesigner.getState().edit(parsed.document) },
  })
}

export type SaveResult =
  | { readonly kind: 'saved'; readonly version: number }
  /** Someone saved since: `theirs` is what is there now. */
  | { readonly kind: 'conflict'; readonly theirs: PipelineDocument; readonly version: number }

/** Saves what is drawn over `version` (the one it began from, if not said). Throws ApiError. */
export async function savePipeline(version = useDesigner.getState().version ?? 0): Promise<SaveResult> {
  const document = drawn()
  try {
    const { value, etag } = await call<PipelineView>(
      'PUT',
      `/pipelines/${encodeURIComponent(document.id)}`,
      { document },
      { 'if-match': `"${version}"` },
    )
    const saved = versionOf(etag, value.version)
    useDesigner.getState().markSaved(document, saved)
    return { kind: 'saved', version: saved }
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 412) throw error
    const { value, etag } = await call<PipelineView>('GET', `/pipelines/${encodeURIComponent(document.id)}`)
    return { kind: 'conflict', theirs: value.document, version: versionOf(etag, value.version) }
  }
}

/** Saves what is drawn as another pipeline and answers its id. Throws ApiError. */
export async function saveCopy(): Promise<string> {
  const document = drawn()
  const id = `${document.id.slice(0, 48)}-${Date.now().toString(36)}`
  await call('POST', '/pipelines', { document: { ...document, id, name: `${document.name} (mine)` } })
  return id
}
