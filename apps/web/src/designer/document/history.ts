/** Undo and redo: whole documents, shared in structure. Changes under one `gesture` are one step. */
import type { PipelineDocument } from '@belay/pipeline'

export interface History {
  readonly past: readonly PipelineDocument[]
  readonly present: PipelineDocument
  readonly future: readonly PipelineDocument[]
  /** The gesture that made the present; typing in one field goes on with it. */
  readonly gesture: string | null
}

const STEPS = 500

export function startHistory(document: PipelineDocument): History {
  return { past: [], present: document, future: [], gesture: null }
}

export function change(history: History, next: PipelineDocument, gesture: string | null = null): History {
  if (next === history.present) return history
  const sameGesture = gesture !== null && gesture === history.gesture
  return { past: sameGesture ? history.past : [...history.past, history.present].slice(-STEPS), present: next, future: [], gesture }
}

export function undo(history: History): History {
  const before = history.past.at(-1)
  if (before === undefined) return history
  return { past: history.past.slice(0, -1), present: before, future: [history.present, ...history.future], gesture: null }
}

export function redo(history: History): History {
  const [after, ...rest] = history.future
  if (after === undefined) return history
  return { past: [...history.past, history.present], present: after, future: rest, gesture: null }
}

/** Closes the gesture, so that the next change is a step of its own. */
export function endGesture(history: History): History {
  return history.gesture === null ? history : { ...history, gesture: null }
}
