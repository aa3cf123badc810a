/** Documents of older formats, brought forward one step at a time. Each step is pure and never changes. */
import { DOCUMENT_FORMAT } from './document.ts'

type Json = Readonly<Record<string, unknown>>

/** Format 0: drafts from before parameters and settings were part of the document. */
function fromFormat0(document: Json): Json {
  return {
    parameters: {},
    settings: { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 268_435_456 },
    layout: {},
    ...document,
    format: 1,
  }
}

const STEPS: Readonly<Record<number, (document: Json) => Json>> = { 0: fromFormat0 }

/** Brings a document to the newest format; one of a newer format comes back as it is. */
export function migrate(document: Json): { readonly document: Json; readonly from: number | null } {
  const format = document['format'] === undefined ? 0 : document['format']
  // What no Belay has written is left to the schema, which says what is wrong with it.
  if (typeof format !== 'number' || !Number.isInteger(format) || format < 0) return { document, from: null }
  let current = document
  for (let step = format; step < DOCUMENT_FORMAT; step += 1) current = STEPS[step]?.(current) ?? current
  return { document: current, from: format < DOCUMENT_FORMAT ? format : null }
}
