/**
 * The designer's state: the document with its history, what is selected, what is saved.
 *
 * Invariants: `checked` belongs to `history.present`; every change of the document goes through
 * `edit`, `undo` or `redo`; `saved` is the document as the server had it at `version`.
 */
import { create } from 'zustand'
import { USUAL_SETTINGS, type PipelineDocument, type PortReference, type Problem } from '@belay/pipeline'
import { check, sameMeaning, type Checked } from './check.ts'
import { same } from './document/difference.ts'
import { keepDraft, type Draft } from './document/draft.ts'
import { change, endGesture, redo, startHistory, undo, type History } from './document/history.ts'

export type Selection =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'operators'; readonly ids: readonly string[] }
  | { readonly kind: 'stream'; readonly stream: string; readonly to: PortReference }
  /** `writing` grows with each wish to write into it; 0 = only selected. */
  | { readonly kind: 'note'; readonly id: string; readonly writing: number }

/** Leads to a field of an operator's form; `serial` tells two equal wishes apart. */
interface Reveal {
  readonly operator: string
  readonly configPath: string | null
  readonly range: { readonly from: number; readonly to: number } | null
  readonly serial: number
}

/** One line over the canvas: what was refused or done, with a way on where there is one. */
interface Notice {
  readonly tone: 'plain' | 'refused'
  readonly text: string
  readonly action?: { readonly label: string; readonly run: () => void }
  /** Until it is closed; others go with the next change. */
  readonly stays?: true
}

export interface DesignerState {
  readonly history: History
  readonly checked: Checked
  /** Version on the server that `saved` has; null = not loaded. */
  readonly version: number | null
  readonly saved: PipelineDocument
  readonly selection: Selection
  readonly reveal: Reveal | null
  readonly notice: Notice | null
  /** Problems only the server can see, of the document as it was checked last. */
  readonly serverProblems: readonly Problem[]
  readonly load: (document: PipelineDocument, version: number, draft: Draft | null) => void
  readonly edit: (next: PipelineDocument, gesture?: string) => void
  /** The next change is a step of its own, even in the same field. */
  readonly endGesture: () => void
  readonly undo: () => void
  readonly redo: () => void
  readonly select: (selection: Selection) => void
  readonly selectOperators: (ids: readonly string[]) => void
  readonly showField: (operator: string, configPath?: string, range?: { readonly from: number; readonly to: number }) => void
  readonly say: (notice: Notice | null) => void
  readonly markSaved: (document: PipelineDocument, version: number) => void
  /** The same drawing on what somebody else saved: every step of it holds that now. */
  readonly rebase: (history: History, saved: PipelineDocument, version: number) => void
  readonly setServerProblems: (problems: readonly Problem[]) => void
}

const NOTHING: PipelineDocument = {
  format: 1,
  id: 'none',
  name: '',
  parameters: {},
  settings: USUAL_SETTINGS,
  operators: [],
  streams: [],
  layout: {},
}

const NO_SELECTION: Selection = { kind: 'nothing' }
let revealed = 0

export const useDesigner = create<DesignerState>()((set, get) => {
  const show = (history: History): void => {
    const { history: before, checked, selection } = get()
    if (history === before) return
    const { present } = history
    set({
      history,
      checked: sameMeaning(present, before.present) ? checked : check(present),
      selection: stillThere(selection, present),
      notice: get().notice?.stays === true ? get().notice : null,
    })
    storeDraft()
  }
  const storeDraft = (): void => {
    const { history, saved, version } = get()
    if (version === null) return
    const { present } = history
    keepDraft(present.id, present === saved ? null : { version, atMs: Date.now(), document: present })
  }
  return {
    history: startHistory(NOTHING),
    checked: check(NOTHING),
    version: null,
    saved: NOTHING,
    selection: NO_SELECTION,
    reveal: null,
    notice: null,
    serverProblems: [],
    load: (document, version, draft) => {
      const history = draft === null ? startHistory(document) : change(startHistory(document), draft.document)
      set({
        history,
        checked: check(history.present),
        version: draft?.version ?? version,
        saved: document,
        selection: NO_SELECTION,
        reveal: null,
        notice: null,
        serverProblems: [],
      })
    },
    edit: (next, gesture) => show(change(get().history, next, gesture ?? null)),
    endGesture: () => set({ history: endGesture(get().history) }),
    undo: () => show(undo(get().history)),
    redo: () => show(redo(get().history)),
    select: (selection) => set({ selection }),
    selectOperators: (ids) => set({ selection: ids.length === 0 ? NO_SELECTION : { kind: 'operators', ids } }),
    showField: (operator, configPath, range) =>
      set({
        selection: { kind: 'operators', ids: [operator] },
        reveal: { operator, configPath: configPath ?? null, range: range ?? null, serial: (revealed += 1) },
      }),
    say: (notice) => set({ notice }),
    markSaved: (document, version) => {
      set({ saved: document, version })
      storeDraft()
    },
    rebase: (history, saved, version) => {
      const { present } = history
      // What is drawn may be what was saved: then it is not a change.
      const drawing = same(present, saved) ? { ...history, present: saved } : history
      set({ history: drawing, checked: check(present), selection: stillThere(get().selection, present), saved, version })
      storeDraft()
    },
    setServerProblems: (serverProblems) => set({ serverProblems }),
  }
})

function stillThere(selection: Selection, document: PipelineDocument): Selection {
  switch (selection.kind) {
    case 'nothing':
      return selection
    case 'operators': {
      const ids = selection.ids.filter((id) => document.operators.some((operator) => operator.id === id))
      return ids.length === selection.ids.length ? selection : ids.length === 0 ? NO_SELECTION : { kind: 'operators', ids }
    }
    case 'note':
      return document.notes?.some((note) => note.id === selection.id) === true ? selection : NO_SELECTION
    case 'stream':
      return document.streams.some(
        (stream) =>
          stream.id === selection.stream && stream.to.some((to) => to.operator === selection.to.operator && to.port === selection.to.port),
      )
        ? selection
        : NO_SELECTION
  }
}

/** The document as drawn now; for event handlers. */
export function drawn(): PipelineDocument {
  return useDesigner.getState().history.present
}

const NO_IDS: readonly string[] = []

export function selectedIds(selection: Selection): readonly string[] {
  return selection.kind === 'operators' ? selection.ids : NO_IDS
}
