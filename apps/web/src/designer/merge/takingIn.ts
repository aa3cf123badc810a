/** What somebody else saved, taken into what is drawn: into every step of undo as well, so that undo takes back mine alone. */
import { parseDocument, type PipelineDocument } from '@belay/pipeline'
import { ApiError, call } from '../../api/client.ts'
import type { PipelineView } from '../../api/types.ts'
import { drawn, useDesigner } from '../designerStore.ts'
import { differences } from '../document/difference.ts'
import { versionOf, type Conflict } from '../saving.ts'
import { mergeDocuments, type Choices } from './mergeDocuments.ts'
import { said, t } from '../../language/t.ts'

/** Steps of undo that outlive it; every one is merged. */
const STEPS = 60
const TOLD = 4

/** What was saved is there now, or the conflict that one has to decide: nothing has changed then. */
export function takeIn(incoming: Omit<Conflict, 'kind'>, choices?: Choices): Conflict | null {
  const { theirs, version, by } = incoming
  const { saved: base, history, rebase, say } = useDesigner.getState()
  const onto = (document: PipelineDocument): PipelineDocument => mergeDocuments(base, document, theirs, choices).document
  const { document: present, conflicts } = mergeDocuments(base, history.present, theirs, choices)
  if (conflicts.some(({ key }) => choices?.has(key) !== true)) return { kind: 'conflict', ...incoming }
  const came = differences(history.present, present)
  // Without changes of mine it is exactly what was saved.
  const next = history.present === base ? theirs : present
  rebase(
    { past: history.past.slice(-STEPS).map(onto), present: next, future: history.future.slice(0, STEPS).map(onto), gesture: null },
    theirs,
    version,
  )
  if (came.length > 0) {
    const told = came.slice(0, TOLD).map(({ what, text }) => `${t(what)} ${text}`)
    const more = came.length - told.length
    say({
      tone: 'plain',
      text: t('{whoever} changed this pipeline. Taken in: {told}.', {
        whoever: whoever(by),
        told: `${told.join(', ')}${more > 0 ? t(' and {more} more', { more }) : ''}`,
      }),
      stays: true,
    })
  }
  return null
}

/** Reads what was saved and takes it in. Throws ApiError. */
export async function takeInSaved(by: string): Promise<Conflict | null> {
  const { id } = drawn()
  const { value, etag } = await call<PipelineView>('GET', `/pipelines/${encodeURIComponent(id)}`)
  const parsed = parseDocument(value.document)
  if (!parsed.ok) throw new ApiError(200, parsed.problems[0].code, said(parsed.problems[0].message), {})
  const version = versionOf(etag, value.version)
  // One may have gone elsewhere, or have saved oneself, while it was read.
  if (drawn().id !== id || version <= (useDesigner.getState().version ?? 0)) return null
  return takeIn({ theirs: parsed.document, version, by })
}

export function whoever(by: string): string {
  return by === '' || by === 'you' || by === 'somebody' ? t('Somebody') : by
}
