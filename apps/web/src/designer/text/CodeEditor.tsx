/** A code editor (CodeMirror) whose text is given from outside: changes that come in do not count as typing. */
import { useEffect, useRef } from 'react'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { bracketMatching, foldGutter, HighlightStyle, indentOnInput, syntaxHighlighting, type LanguageSupport } from '@codemirror/language'
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint'
import { Annotation, EditorState, Transaction } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'

const External = Annotation.define<boolean>()

const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.bool, tags.null, tags.operatorKeyword], color: 'var(--code-kw)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-str)' },
  { tag: [tags.number], color: 'var(--code-num)' },
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--code-col)' },
  { tag: [tags.function(tags.variableName), tags.typeName, tags.standard(tags.name)], color: 'var(--code-fn)' },
  { tag: [tags.comment, tags.lineComment, tags.blockComment, tags.meta], color: 'var(--code-dim)' },
])

const LOOK = EditorView.theme({
  '&': { height: '100%', fontSize: '12px', backgroundColor: 'var(--surface-panel)', color: 'var(--text-1)' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '18px' },
  '.cm-gutters': { backgroundColor: 'var(--surface-panel)', color: 'var(--text-3)', borderRight: '1px solid var(--line-faint)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--surface-sunken)' },
  '.cm-cursor': { borderLeftColor: 'var(--text-1)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--accent-tint-hover)',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface-raised)',
    color: 'var(--text-1)',
    border: '1px solid var(--line)',
    borderRadius: '6px',
  },
  '.cm-diagnostic': { fontFamily: 'var(--font-sans)' },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline wavy var(--st-down-fg) 1px' },
  '.cm-lintRange-warning': { backgroundImage: 'none', textDecoration: 'underline wavy var(--st-stuck-fg) 1px' },
})

export interface CodeEditorProps {
  readonly label: string
  readonly text: string
  readonly language: LanguageSupport
  readonly readOnly?: boolean
  readonly diagnostics?: readonly Diagnostic[]
  /** Scrolled to when it changes, unless one is typing here. */
  readonly reveal?: number | null
  readonly onChange?: (text: string) => void
  /** The cursor was put somewhere by hand. */
  readonly onCursor?: (offset: number) => void
}

export function CodeEditor({ label, text, language, readOnly = false, diagnostics, reveal, onChange, onCursor }: CodeEditorProps) {
  const box = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView | null>(null)
  const handlers = useRef({ onChange, onCursor })
  handlers.current = { onChange, onCursor }

  useEffect(() => {
    if (box.current === null) return
    const editor = new EditorView({
      parent: box.current,
      state: EditorState.create({
        doc: text,
        extensions: [
          lineNumbers(),
          foldGutter(),
          lintGutter(),
          history(),
          drawSelection(),
          highlightActiveLine(),
          bracketMatching(),
          indentOnInput(),
          syntaxHighlighting(COLOURS),
          // Tab leaves the editor, as it leaves every field.
          keymap.of([...defaultKeymap, ...historyKeymap]),
          language,
          LOOK,
          EditorState.readOnly.of(readOnly),
          EditorView.contentAttributes.of({ 'aria-label': label }),
          EditorView.updateListener.of((update) => {
            const external = update.transactions.some((transaction) => transaction.annotation(External) === true)
            if (external) return
            if (update.docChanged) handlers.current.onChange?.(update.state.doc.toString())
            else if (update.selectionSet) handlers.current.onCursor?.(update.state.selection.main.head)
          }),
        ],
      }),
    })
    view.current = editor
    return () => {
      editor.destroy()
      view.current = null
    }
    // oxlint-disable-next-line exhaustive-deps -- one editor for its life; text comes in below
  }, [label, language, readOnly])

  useEffect(() => {
    const editor = view.current
    if (editor === null) return
    const before = editor.state.doc.toString()
    if (before === text) return
    editor.dispatch({
      changes: smallestChange(before, text),
      annotations: [External.of(true), Transaction.addToHistory.of(false)],
    })
  }, [text])

  useEffect(() => {
    const editor = view.current
    if (editor === null || diagnostics === undefined) return
    const { length } = editor.state.doc
    const fitting = diagnostics.map((found) => ({ ...found, from: Math.min(found.from, length), to: Math.min(found.to, length) }))
    editor.dispatch(setDiagnostics(editor.state, fitting))
  }, [diagnostics, text])

  useEffect(() => {
    const editor = view.current
    if (editor === null || reveal === null || reveal === undefined || editor.hasFocus) return
    editor.dispatch({ effects: EditorView.scrollIntoView(Math.min(reveal, editor.state.doc.length), { y: 'start', yMargin: 20 }) })
  }, [reveal])

  return <div className="ds-code" ref={box} />
}

/** What differs between the common beginning and the common end. */
function smallestChange(before: string, after: string): { readonly from: number; readonly to: number; readonly insert: string } {
  let from = 0
  while (from < before.length && from < after.length && before[from] === after[from]) from += 1
  let end = 0
  while (end < before.length - from && end < after.length - from && before[before.length - 1 - end] === after[after.length - 1 - end])
    end += 1
  return { from, to: before.length - end, insert: after.slice(from, after.length - end) }
}
