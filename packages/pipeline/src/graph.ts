/** The document as a graph: order, cycles, reachability. Unknown operators in streams are left out. */
import type { OperatorNode, PipelineDocument } from './document.ts'

export interface Graph {
  /** Sources first; operators on a cycle are missing. */
  readonly order: readonly OperatorNode[]
  /** One cycle by operator ids, if there is any. */
  readonly cycle: readonly string[] | null
  readonly downstream: ReadonlyMap<string, readonly string[]>
  readonly upstream: ReadonlyMap<string, readonly string[]>
}

export function graphOf(document: PipelineDocument): Graph {
  const ids = new Set(document.operators.map((operator) => operator.id))
  const downstream = new Map<string, string[]>([...ids].map((id) => [id, []]))
  const upstream = new Map<string, string[]>([...ids].map((id) => [id, []]))
  for (const stream of document.streams) {
    if (!ids.has(stream.from.operator)) continue
    for (const to of stream.to) {
      if (!ids.has(to.operator)) continue
      downstream.get(stream.from.operator)?.push(to.operator)
      upstream.get(to.operator)?.push(stream.from.operator)
    }
  }
  const byId = new Map<string, OperatorNode>()
  for (const operator of document.operators) if (!byId.has(operator.id)) byId.set(operator.id, operator)
  const waiting = new Map([...upstream].map(([id, above]) => [id, above.length]))
  const queue = [...byId.keys()].filter((id) => waiting.get(id) === 0)
  const order: OperatorNode[] = []
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const operator = byId.get(next)
    if (operator !== undefined) order.push(operator)
    for (const below of downstream.get(next) ?? []) {
      const left = (waiting.get(below) ?? 0) - 1
      waiting.set(below, left)
      if (left === 0) queue.push(below)
    }
  }
  const ordered = new Set(order.map((operator) => operator.id))
  return { order, cycle: ordered.size < byId.size ? findCycle(upstream, ordered) : null, downstream, upstream }
}

/** Whoever could not be ordered waits for somebody who could not either: going upstream ends in a cycle. */
function findCycle(upstream: ReadonlyMap<string, readonly string[]>, ordered: ReadonlySet<string>): readonly string[] | null {
  const path: string[] = []
  let at = [...upstream.keys()].find((id) => !ordered.has(id))
  while (at !== undefined) {
    const begun = path.indexOf(at)
    if (begun >= 0) return [at, ...path.slice(begun).toReversed()]
    path.push(at)
    at = upstream.get(at)?.find((above) => !ordered.has(above))
  }
  return null
}

/** Everything reachable from `start`, itself included. */
export function reachable(edges: ReadonlyMap<string, readonly string[]>, start: string): ReadonlySet<string> {
  const found = new Set([start])
  const queue = [start]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const other of edges.get(next) ?? []) {
      if (found.has(other)) continue
      found.add(other)
      queue.push(other)
    }
  }
  return found
}
