/** Copy and paste as JSON text, also between windows: what is copied can be read and edited by hand. */
import {
  freeGroupId,
  groupTree,
  parseDocument,
  proposeId,
  USUAL_SETTINGS,
  type Group,
  type OperatorNode,
  type PipelineDocument,
} from '@belay/pipeline'
import { snapTo } from '../layout/place.ts'
import { connect } from './edits.ts'
import { inGroup, withoutEmptyGroups } from './groups.ts'
import { jsonErrorLine } from './jsonPosition.ts'
import { said, t } from '../../language/t.ts'

/** What the clipboard holds: operators, the streams between them, where they stood, and the groups that are whole. */
export interface Fragment {
  readonly belay: 'fragment'
  readonly operators: readonly OperatorNode[]
  readonly streams: PipelineDocument['streams']
  readonly layout: PipelineDocument['layout']
  readonly groups?: readonly Group[]
}

export function copyFragment(document: PipelineDocument, ids: readonly string[]): Fragment {
  const chosen = new Set(ids)
  const groups = [...groupTree(document).groups.values()].filter(({ operators }) => operators.every((id) => chosen.has(id)))
  return {
    belay: 'fragment',
    operators: document.operators.filter((operator) => chosen.has(operator.id)),
    streams: document.streams.flatMap((stream) => {
      const to = stream.to.filter((end) => chosen.has(end.operator))
      return chosen.has(stream.from.operator) && to.length > 0 ? [{ ...stream, to }] : []
    }),
    layout: Object.fromEntries(Object.entries(document.layout).filter(([id]) => chosen.has(id))),
    ...(groups.length === 0 ? {} : { groups: groups.map(({ group }) => group) }),
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
    return { ok: false, reason: t('The text is not whole JSON (line {line}). Copy it again, or correct that line.', { line }) }
  }
  const raw = json as Readonly<Record<string, unknown>>
  if (!Array.isArray(raw['operators'])) return { ok: false, reason: t('The JSON holds no operators. Copy operators or a whole pipeline.') }
  const whole =
    raw['belay'] === 'fragment'
      ? { format: 1, id: 'fragment', name: 'fragment', parameters: {}, settings: USUAL_SETTINGS, streams: [], layout: {}, ...raw }
      : raw
  const parsed = parseDocument(whole)
  if (!parsed.ok) return { ok: false, reason: t('{message} Nothing was pasted.', { message: said(parsed.problems[0].message) }) }
  const { operators, streams, layout, groups } = parsed.document
  return { ok: true, fragment: { belay: 'fragment', operators, streams, layout, ...(groups === undefined ? {} : { groups }) } }
}

/** Pastes under new ids, a little beside the original. `beside`: what is in a group that is not copied as a whole joins it. */
export function pasteFragment(
  document: PipelineDocument,
  fragment: Fragment,
  beside = false,
): { readonly document: PipelineDocument; readonly ids: readonly string[] } {
  let next = withGroups(document, fragment.groups ?? [], beside)
  const groups = new Map((fragment.groups ?? []).map(({ id }, i) => [id, next.groups?.[(document.groups?.length ?? 0) + i]?.id ?? id]))
  const ids = new Map<string, string>()
  for (const operator of fragment.operators) {
    const id = proposeId(next, operator.id.replace(/-\d+$/, ''))
    ids.set(operator.id, id)
    const at = fragment.layout[operator.id] ?? { x: 0, y: 0 }
    next = {
      ...next,
      operators: [
        ...next.operators,
        inGroup(
          { ...structuredClone(operator), id, name: operator.name === operator.id ? id : operator.name },
          groups.get(operator.group ?? '') ?? (beside ? (operator.group ?? null) : null),
        ),
      ],
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
  return { document: withoutEmptyGroups(next), ids: [...ids.values()] }
}

/** With the copied groups under ids of their own, after those that there are. */
function withGroups(document: PipelineDocument, copied: readonly Group[], beside: boolean): PipelineDocument {
  if (copied.length === 0) return document
  const fresh = new Map<string, string>()
  const groups = [...(document.groups ?? [])]
  for (const { parent, ...group } of copied) {
    const id = freeGroupId({ operators: [], groups })
    fresh.set(group.id, id)
    const outer = parent === undefined ? undefined : (fresh.get(parent) ?? (beside ? parent : undefined))
    groups.push({ ...group, id, ...(outer === undefined ? {} : { parent: outer }) })
  }
  return { ...document, groups }
}
