/**
 * What makes two documents the same to a run (contracts: Pipeline document): format, parameters'
 * types, settings, operators without their names and groups, streams by their ends, in any order. Not name,
 * not layout, not tests, not a stream's id; a setting that is left out counts as its default.
 */
import type { OperatorNode, PipelineDocument, PortReference, StreamNode } from './document.ts'
import { sha256 } from './sha256.ts'

export function planHash(document: PipelineDocument): string {
  const { format, parameters, operators, streams } = document
  const { maxResidentBytes: _bound, ...settings } = document.settings
  return sha256(
    canonical({
      format,
      parameters: Object.entries(parameters)
        .map(([name, { type }]) => canonical([name, type]))
        .sort(),
      settings: { keepCheckpoints: 10, stuckAfterMs: 10_000, ...settings },
      operators: operators.map(planned).sort((a, b) => compare(a.id, b.id)),
      streams: streams.map(ends).sort(),
    }),
  )
}

/** What came after the first format counts only where it is not the default: hashes of older runs stay what they were. */
function planned({ name: _name, group: _group, onFailure, ...operator }: OperatorNode): Omit<OperatorNode, 'name' | 'group'> {
  return { partitions: 1, onRowError: 'fail', isolate: false, ...operator, ...(onFailure === 'skip' ? { onFailure } : {}) }
}

function ends({ from, to }: StreamNode): string {
  const text = (end: PortReference): string => canonical([end.operator, end.port])
  return `${text(from)} ${to.map(text).sort().join(' ')}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** JSON with keys in order, so that equal values have equal text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
  entries.sort(([a], [b]) => compare(a, b))
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`).join(',')}}`
}
