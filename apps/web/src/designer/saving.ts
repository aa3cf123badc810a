/** Loading and saving a pipeline: the version on the server is checked, so that nobody overwrites another unseen. */
import { parseDocument, type PipelineDocument } from '@belay/pipeline'
import { ApiError, call } from '../api/client.ts'
import type { PipelineView } from '../api/types.ts'
import { drawn, useDesigner } from './designerStore.ts'
import { readDraft } from './document/draft.ts'
import { said, t } from '../language/t.ts'

export function versionOf(etag: string | null, fallback: number): number {
  const version = Number(etag?.replaceAll(/^W\/|"/g, ''))
  return Number.isInteger(version) && version > 0 ? version : fallback
}

/** Answers a conflict of the draft with what was saved meanwhile. Throws ApiError, also for a document that this page is too old for. */
export async function loadPipeline(id: string): Promise<Conflict | null> {
  const { value, etag } = await call<PipelineView>('GET', `/pipelines/${encodeURIComponent(id)}`)
  const parsed = parseDocument(value.document)
  if (!parsed.ok) {
    const [first] = parsed.problems
    throw new ApiError(200, first.code, said(first.message), {})
  }
  const version = versionOf(etag, value.version)
  const draft = readDraft(id)
  const { load, say, edit } = useDesigner.getState()
  const base = draft === null || draft.version === version ? parsed.document : await savedVersion(id, draft.version)
  // Without the version that it began from, the draft stands as a change of the newest one.
  load(base ?? parsed.document, version, draft === null || base !== null ? draft : { ...draft, version })
  if (draft === null) return null
  const back = {
    tone: 'plain',
    text: t('Your unsaved changes are back.'),
    action: { label: t('Drop them'), run: () => edit(parsed.document) },
  } as const
  say(
    base === null
      ? {
          ...back,
          text: t(
            'Your unsaved changes are back. They began from version {version}, which is no longer kept: saved, they replace what version {newest} has in their place.',
            { version: draft.version, newest: version },
          ),
          stays: true,
        }
      : back,
  )
  if (base === null || draft.version === version) return null
  const { takeIn } = await import('./merge/takingIn.ts')
  return takeIn({ theirs: parsed.document, version, by: '' })
}

/** null = it is no longer kept. */
async function savedVersion(id: string, version: number): Promise<PipelineDocument | null> {
  try {
    const { value } = await call<PipelineDocument>('GET', `/pipelines/${encodeURIComponent(id)}/versions/${version}`)
    const parsed = parseDocument(value)
    return parsed.ok ? parsed.document : null
  } catch {
    return null
  }
}

/** Someone saved since, and changed what is changed here too: `theirs` is what is there now. */
export interface Conflict {
  readonly kind: 'conflict'
  readonly theirs: PipelineDocument
  readonly version: number
  /** Who saved it; empty = not known. */
  readonly by: string
}

export type SaveResult = { readonly kind: 'saved'; readonly version: number } | Conflict

/** Somebody may save again while one's own is on its way. */
const TRIES = 5

/** Saves what is drawn; what somebody else saved meanwhile is taken in first, where it fits. Throws ApiError. */
export async function savePipeline(tries = TRIES): Promise<SaveResult> {
  const document = drawn()
  const version = useDesigner.getState().version ?? 0
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
    if (tries === 0) throw error
    const { takeInSaved } = await import('./merge/takingIn.ts')
    return (await takeInSaved('')) ?? savePipeline(tries - 1)
  }
}

/** Saves what is drawn as another pipeline and answers its id. Throws ApiError. */
export async function saveCopy(): Promise<string> {
  const document = drawn()
  const id = `${document.id.slice(0, 48)}-${Date.now().toString(36)}`
  await call('POST', '/pipelines', { document: { ...document, id, name: `${document.name} (mine)` } })
  return id
}
