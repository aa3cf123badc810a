/** The unsaved document in the browser's storage, so that a closed tab loses nothing. */
import { parseDocument, type PipelineDocument } from '@belay/pipeline'

export interface Draft {
  /** Version on the server that the draft began from; saving is checked against it. */
  readonly version: number
  readonly atMs: number
  readonly document: PipelineDocument
}

const WRITE_AFTER_MS = 300

function key(id: string): string {
  return `belay-draft:${id}`
}

export function readDraft(id: string): Draft | null {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key(id)) ?? 'null')
    if (typeof stored !== 'object' || stored === null) return null
    const { version, atMs, document } = stored as { version?: unknown; atMs?: unknown; document?: unknown }
    const parsed = parseDocument(document)
    if (!parsed.ok || parsed.document.id !== id || typeof version !== 'number' || typeof atMs !== 'number') return null
    return { version, atMs, document: parsed.document }
  } catch {
    return null
  }
}

let pending: { readonly id: string; readonly draft: Draft | null } | null = null
let timer: ReturnType<typeof setTimeout> | undefined

/** Keeps the draft soon; null removes it. The last call counts. */
export function keepDraft(id: string, draft: Draft | null): void {
  pending = { id, draft }
  clearTimeout(timer)
  timer = setTimeout(flushDraft, WRITE_AFTER_MS)
}

/** Writes what waits; called when the page is left. */
export function flushDraft(): void {
  clearTimeout(timer)
  if (pending === null) return
  const { id, draft } = pending
  pending = null
  try {
    if (draft === null) localStorage.removeItem(key(id))
    else localStorage.setItem(key(id), JSON.stringify(draft))
  } catch {
    // A full or forbidden storage costs the draft only; saving to the server still works.
  }
}
