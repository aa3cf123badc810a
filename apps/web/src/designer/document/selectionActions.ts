/** What can be done to what is selected: copy, paste, duplicate, delete. One undo step each. */
import { manifests } from '@belay/operators/manifests'
import { drawn, selectedIds, useDesigner } from '../designerStore.ts'
import { copyFragment, pasteFragment, readFragment } from './clipboard.ts'
import { disconnect, removeOperators } from './edits.ts'
import { removeNote } from './notes.ts'
import { removeReconnecting } from './placing.ts'
import { t } from '../../language/t.ts'

/** The selected operators as JSON text; null when none are. */
export function selectionText(): string | null {
  const ids = selectedIds(useDesigner.getState().selection)
  return ids.length === 0 ? null : JSON.stringify(copyFragment(drawn(), ids), null, 2)
}

export async function copySelection(): Promise<void> {
  const text = selectionText()
  if (text === null) return
  const { say } = useDesigner.getState()
  try {
    await navigator.clipboard.writeText(text)
    say({ tone: 'plain', text: t('Copied. Paste it here, in another window or in a text editor.') })
  } catch {
    say({ tone: 'refused', text: t('The browser does not let the page write to the clipboard. Press Ctrl-C instead.') })
  }
}

/** Pastes text where it holds operators; says why not where it was meant to. Returns whether it was for the canvas. */
export function pasteText(text: string): boolean {
  const result = readFragment(text)
  if (result === null) return false
  const { edit, selectOperators, say } = useDesigner.getState()
  if (!result.ok) {
    say({ tone: 'refused', text: result.reason })
    return true
  }
  const { document, ids } = pasteFragment(drawn(), result.fragment)
  edit(document)
  selectOperators(ids)
  return true
}

export function duplicateSelection(): void {
  const ids = selectedIds(useDesigner.getState().selection)
  if (ids.length === 0) return
  const { document, ids: fresh } = pasteFragment(drawn(), copyFragment(drawn(), ids), true)
  useDesigner.getState().edit(document)
  useDesigner.getState().selectOperators(fresh)
}

/** Deletes what is selected; what came in goes on to where it went, unless `tearing`. */
export function deleteSelection(tearing: boolean): void {
  const { selection, edit, select } = useDesigner.getState()
  switch (selection.kind) {
    case 'nothing':
      return
    case 'note':
      edit(removeNote(drawn(), selection.id))
      break
    case 'stream':
      edit(disconnect(drawn(), selection.stream, selection.to))
      break
    case 'operators':
      edit(tearing ? removeOperators(drawn(), selection.ids) : removeReconnecting(drawn(), manifests, selection.ids))
      break
  }
  select({ kind: 'nothing' })
}
