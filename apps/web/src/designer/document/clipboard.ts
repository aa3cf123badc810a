/** Copy and paste as JSON text, also between windows: what is copied can be read and edited by hand. */
import { parseDocument, proposeId, type OperatorNode, type PipelineDocument } from '@belay/pipeline'
import { snapTo } from '../layout/place.ts'
import { connect } from './edits.ts'
import { jsonErrorLine } from './jsonPosition.ts'

/** What the clipboard holds: operators, the streams between them, and where they stood. */
export interface Fragment {
  readonly belay: 'fragment'
  readonly operators: readonly OperatorNode[]
  readonly streams: PipelineDocument['streams']
  readonly layout: PipelineDocument['layout']
}

export function copyFragment(document: PipelineDocument, ids: readonly string[]): Fragment {
  const chosen = new Set(ids)
  return {
    belay: 'fragment',
    operators: document.operators.filter((operator) => chosen.has(operator.id)),
    streams: document.streams.flatMap((stream) => {
      const to = stream.to.filter((end) => chosen.has(end.operator))
      return chosen.has(stream.from.operator) && to.length > 0 ? [{ ...stream, to }] : []
    }),
    layout: Object.fromEntries(Object.entries(document.layout).filter(([id]) => chosen.has(id))),
  }
}

export type FragmentResult = { readonly ok: true; readonly fragment: Fragment } | { readonly ok: false; readonly reason: string }

/** Text from the clipboard: a fragment, or a whole pipeline as exported. Null when it is not meant for the canvas. */
export function readFragment(text: string): FragmentResult | null {
  const trimmed = text.trim()
  if (!trimmed.startsWith('{')) return null
  let json: unknown
  try {
    json = JSON.parse(trimmed)
  } catch {
    const line = jsonErrorLine(trimmed) ?? 1
    return { ok: false, reason: `The text is not whole JSON (line ${line}). Copy it again, or correct that line.` }
  }
  const raw = json as Readonly<Record<string, unknown>>
  if (!Array.isArray(raw['operators'])) return { ok: false, reason: 'The JSON holds no operators. Copy operators or a whole pipeline.' }
  const whole =
    raw['belay'] === 'fragment'
      ? { format: 1, id: 'fragment', name: 'fragment', parameters: {}, settings: STANDARD, streams: [], layout: {}, ...raw }
      : raw
  const parsed = parseDocument(whole)
  if (!parsed.ok) return { ok: false, reason: `${parsed.problems[0].message} Nothing was pasted.` }
  const { operators, streams, layout } = parsed.document
  return { ok: true, fragment: { belay: 'fragment', operators, streams, layout } }
}

const STANDARD: PipelineDocument['settings'] = { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 268_435_456 }

/** Pastes under new ids, a little beside the original. */
export function pasteFragment(
  document: PipelineDocument,
  fragment: Fragment,
): { readonly document: PipelineDocument; readonly ids: readonly string[] } {
  let next = document
  const ids = new Map<string, string>()
  for (const operator of fragment.operators) {
    const id = proposeId(next, operator.id.replace(/-\d+$/, ''))
    ids.set(operator.id, id)
    const at = fragment.layout[operator.id] ?? { x: 0, y: 0 }
    next = {
      ...next,
      operators: [...next.operators, { ...structuredClone(operator), id, name: operator.name === operator.id ? id : operator.name }],
      layout: { ...next.layout, [id]: snapTo({ x: at.x + 32, y: at.y + 32 }) },
    }
  }
  for (const stream of fragment.streams) {
    for (const to of stream.to) {
      const from = ids.get(stream.from.operator)
      const target = ids.get(to.operator)
      if (from !== undefined && target !== undefined)
        next = connect(next, { operator: from, port: stream.from.port }, { operator: target, port: to.port })
    }
  }
  return { document: next, ids: [...ids.values()] }
}
