/** Keys of the designer that hold wherever the keyboard is. Single letters never fire while one types, and can be turned off. */
import { useEffect } from 'react'
import { PALETTE_SEARCH } from '../palette/Palette.tsx'
import { deleteSelection, duplicateSelection, pasteText, selectionText } from '../document/selectionActions.ts'
import { drawn, useDesigner } from '../designerStore.ts'
import { t } from '../../language/t.ts'

export interface ShortcutActions {
  readonly save: () => void
  readonly run: () => void
  readonly sheet: () => void
  readonly tidy: () => void
  readonly focusPath: () => void
  readonly note: () => void
  readonly commands: () => void
  readonly group: () => void
  readonly ungroup: () => void
  readonly fold: () => void
}

export interface Shortcut {
  readonly keys: string
  readonly does: string
}

export const SHORTCUTS: readonly { readonly title: string; readonly rows: readonly Shortcut[] }[] = [
  {
    title: t('Drawing'),
    rows: [
      { keys: 'Tab', does: t('add the next operator after the selected one; on an empty canvas a source') },
      { keys: '/', does: t('find an operator to add') },
      { keys: t('Enter'), does: t('open the form of the selected operator; Escape goes back') },
      { keys: t('Arrows'), does: t('walk along streams; with Shift select more') },
      { keys: t('Alt Arrows'), does: t('move the selected operators') },
      { keys: t('Del'), does: t('delete; what came in goes on to where it went') },
      { keys: t('Shift Del'), does: t('delete and leave the gap') },
      { keys: t('Ctrl G'), does: t('group what is selected; with Shift dissolve the group') },
      { keys: 'G', does: t('collapse or open the group') },
    ],
  },
  {
    title: t('Everywhere'),
    rows: [
      { keys: t('Ctrl K'), does: t('find an operator or a command by words') },
      { keys: t('Ctrl Z'), does: t('undo') },
      { keys: t('Ctrl Shift Z'), does: t('redo') },
      { keys: t('Ctrl S'), does: t('save') },
      { keys: t('Ctrl Enter'), does: t('run the pipeline') },
      { keys: t('Ctrl A'), does: t('select everything') },
      { keys: t('Ctrl C, X, V'), does: t('copy, cut and paste operators as JSON text') },
      { keys: t('Ctrl D'), does: t('duplicate') },
    ],
  },
  {
    title: t('Looking'),
    rows: [
      { keys: 'F', does: t('show only the path through the selected operator') },
      { keys: 'L', does: t('tidy the layout') },
      { keys: 'N', does: t('write a note on the canvas') },
      { keys: '?', does: t('this sheet') },
    ],
  },
]

const LETTERS_OFF = 'belay-letter-keys-off'

export function lettersOn(): boolean {
  try {
    return localStorage.getItem(LETTERS_OFF) === null
  } catch {
    return true
  }
}

export function setLetters(on: boolean): void {
  try {
    if (on) localStorage.removeItem(LETTERS_OFF)
    else localStorage.setItem(LETTERS_OFF, '1')
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable="true"], .cm-editor') !== null
}

function dialogOpen(): boolean {
  return document.querySelector('dialog[open]') !== null
}

/** The key alone, whatever keyboard: `z`, `Delete`, `/`. */
function combination(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  return `${event.ctrlKey || event.metaKey ? 'Ctrl ' : ''}${event.shiftKey && key.length > 1 ? 'Shift ' : event.shiftKey && (event.ctrlKey || event.metaKey) ? 'Shift ' : ''}${key}`
}

export function useShortcuts(actions: ShortcutActions): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || dialogOpen()) return
      const typing = isTyping(event.target)
      const act = (work: () => void): void => {
        event.preventDefault()
        work()
      }
      const { undo, redo, selectOperators } = useDesigner.getState()
      switch (combination(event)) {
        case 'Ctrl s':
          return act(actions.save)
        case 'Ctrl k':
          return act(actions.commands)
        case 'Ctrl Enter':
          return act(actions.run)
        case 'Ctrl z':
          // The fields belong to the document, so undo is the document's wherever it is pressed.
          return act(undo)
        case 'Ctrl Shift z':
        case 'Ctrl y':
          return act(redo)
        default:
          break
      }
      if (typing || event.altKey) return
      switch (combination(event)) {
        case 'Ctrl a':
          return act(() => selectOperators(drawn().operators.map((operator) => operator.id)))
        case 'Ctrl d':
          return act(duplicateSelection)
        case 'Ctrl g':
          return act(actions.group)
        case 'Ctrl Shift g':
          return act(actions.ungroup)
        case 'Delete':
        case 'Backspace':
          return act(() => deleteSelection(false))
        case 'Shift Delete':
        case 'Shift Backspace':
          return act(() => deleteSelection(true))
        default:
          break
      }
      if (event.ctrlKey || event.metaKey || !lettersOn()) return
      switch (combination(event)) {
        case '/':
          return act(() => document.getElementById(PALETTE_SEARCH)?.focus())
        case '?':
          return act(actions.sheet)
        case 'l':
          return act(actions.tidy)
        case 'n':
          return act(actions.note)
        case 'g':
          return act(actions.fold)
        case 'f':
          return act(actions.focusPath)
        default:
      }
    }
    const copies = (event: ClipboardEvent): boolean => {
      const text = selectionText()
      const marked = (globalThis.getSelection()?.toString() ?? '') !== ''
      if (text === null || isTyping(event.target) || marked || dialogOpen()) return false
      event.clipboardData?.setData('text/plain', text)
      event.preventDefault()
      return true
    }
    const onCopy = (event: ClipboardEvent): void => void copies(event)
    const onCut = (event: ClipboardEvent): void => {
      if (copies(event)) deleteSelection(true)
    }
    const onPaste = (event: ClipboardEvent): void => {
      if (isTyping(event.target) || dialogOpen()) return
      if (pasteText(event.clipboardData?.getData('text/plain') ?? '')) event.preventDefault()
    }
    document.addEventListener('keydown', onKeyDown)
    document.addEventListener('copy', onCopy)
    document.addEventListener('cut', onCut)
    document.addEventListener('paste', onPaste)
    return () => {
      document.removeEventListener('keydown', onKeyDown)
      document.removeEventListener('copy', onCopy)
      document.removeEventListener('cut', onCut)
      document.removeEventListener('paste', onPaste)
    }
  }, [actions])
}
