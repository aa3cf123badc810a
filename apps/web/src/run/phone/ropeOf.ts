/** A graph as a rope: one operator a row, in order of the streams, and lanes for what passes by. Pure. */
import { graphOf, type OperatorNode, type PipelineDocument } from '@belay/pipeline'

export interface RopeRow {
  readonly operator: OperatorNode
  readonly lane: number
  /** Lanes that end here, go on from here, and pass by. */
  readonly incoming: readonly number[]
  readonly outgoing: readonly number[]
  readonly passing: readonly number[]
  /** Lanes drawn in this row. */
  readonly lanes: number
}

export function ropeOf(document: PipelineDocument): readonly RopeRow[] {
  const graph = graphOf(document)
  const order = depthFirst(document)
  /** Lane → operator that it leads to. */
  const open: (string | null)[] = []
  const free = (): number => {
    const lane = open.indexOf(null)
    return lane === -1 ? open.length : lane
  }
  return order.map((operator) => {
    const incoming = open.flatMap((target, lane) => (target === operator.id ? [lane] : []))
    const lane = incoming[0] ?? free()
    const passing = open.flatMap((target, at) => (target !== null && target !== operator.id ? [at] : []))
    for (const at of incoming) open[at] = null
    const outgoing: number[] = []
    for (const [i, next] of [...new Set(graph.downstream.get(operator.id) ?? [])].entries()) {
      const at = i === 0 && open[lane] == null ? lane : free()
      open[at] = next
      outgoing.push(at)
    }
    return { operator, lane, incoming, outgoing, passing, lanes: Math.max(lane + 1, open.length) }
  })
}

/** Sources first, and each branch to its end before the next: neighbours stay neighbours. */
function depthFirst(document: PipelineDocument): readonly OperatorNode[] {
  const graph = graphOf(document)
  const left = new Map(document.operators.map((operator) => [operator.id, graph.upstream.get(operator.id)?.length ?? 0]))
  const byId = new Map(document.operators.map((operator) => [operator.id, operator]))
  const stack = document.operators
    .filter((operator) => left.get(operator.id) === 0)
    .map((operator) => operator.id)
    .reverse()
  const order: OperatorNode[] = []
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const operator = byId.get(id)
    if (operator === undefined) continue
    byId.delete(id)
    order.push(operator)
    const ready: string[] = []
    for (const next of graph.downstream.get(id) ?? []) {
      const waits = (left.get(next) ?? 0) - 1
      left.set(next, waits)
      if (waits === 0) ready.push(next)
    }
    stack.push(...ready.reverse())
  }
  // What hangs on a cycle has no order; it comes last.
  return [...order, ...byId.values()]
}
