/** Notes on the canvas: text for people, wherever it helps. Pure edits, one new document each. */
import type { Note, PipelineDocument } from '@belay/pipeline'
import { snapTo, type Place } from '../layout/place.ts'

const FIRST_SIZE = { width: 224, height: 96 }

export function addNote(document: PipelineDocument, at: Place): { readonly document: PipelineDocument; readonly id: string } {
  const taken = new Set((document.notes ?? []).map((note) => note.id))
  let n = 1
  while (taken.has(`n${n}`)) n += 1
  const note: Note = { id: `n${n}`, text: '', ...snapTo(at), ...FIRST_SIZE }
  return { id: note.id, document: { ...document, notes: [...(document.notes ?? []), note] } }
}

export function changeNote(document: PipelineDocument, id: string, change: Partial<Omit<Note, 'id'>>): PipelineDocument {
  return { ...document, notes: (document.notes ?? []).map((note) => (note.id === id ? { ...note, ...change } : note)) }
}

export function removeNote(document: PipelineDocument, id: string): PipelineDocument {
  const { notes = [], ...rest } = document
  const left = notes.filter((note) => note.id !== id)
  // A document that never had a note and one whose notes are gone are the same.
  return left.length === 0 ? rest : { ...rest, notes: left }
}
