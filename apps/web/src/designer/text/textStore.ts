/**
 * The pipeline's text beside its drawing. While the text is no pipeline the drawing stays as it was
 * last, faded, and says so; the text keeps what was typed.
 */
import { create } from 'zustand'
import type { PipelineDocument } from '@belay/pipeline'
import { same } from '../document/difference.ts'

interface TextFault {
  readonly message: string
  readonly line: number
  readonly from: number
  readonly to: number
}

interface TextState {
  /** Id of the pipeline the text is of. */
  readonly id: string | null
  readonly text: string
  readonly fault: TextFault | null
  readonly put: (id: string, text: string, fault: TextFault | null) => void
}

export const useText = create<TextState>()((set) => ({
  id: null,
  text: '',
  fault: null,
  put: (id, text, fault) => {
    set({ id, text, fault })
    keepText(id, text)
  },
}))

function key(id: string): string {
  return `belay-text:${id}`
}

function keepText(id: string, text: string): void {
  try {
    localStorage.setItem(key(id), text)
  } catch {
    // Without storage comments last as long as the page.
  }
}

/** The text kept from last time, if it still says what the document says: with its comments. */
export function keptText(document: PipelineDocument, read: (text: string) => PipelineDocument | null): string | null {
  try {
    const text = localStorage.getItem(key(document.id))
    if (text === null) return null
    const said = read(text)
    return said !== null && same(said, document) ? text : null
  } catch {
    return null
  }
}
