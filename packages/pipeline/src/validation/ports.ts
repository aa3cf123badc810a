/** Rules about ports: what must be connected, and which kinds of streams they take (engine-spec §2). */
import type { OperatorNode, PipelineDocument } from '../document.ts'
import type { EdgeType } from '../edgeType.ts'
import { reachable, type Graph } from '../graph.ts'
import { manifestOf, type InputPort, type ManifestCatalogue, type OperatorManifest } from '../manifest.ts'
import type { InsertedOperator, ProblemFix } from '../problem.ts'
import { outputPorts, type Propagation } from '../propagation.ts'
import { nameOf, type Report } from './report.ts'

export interface Drawn {
  readonly document: PipelineDocument
  readonly manifests: ManifestCatalogue
  readonly propagation: Propagation
  readonly graph: Graph
}

export function checkPorts(drawn: Drawn, report: Report): void {
  const { document, manifests, propagation } = drawn
  const fed = new Set(document.streams.flatMap((stream) => stream.to.map((to) => `${to.operator}.${to.port}`)))
  const read = new Set(
    document.streams.filter((stream) => stream.to.length > 0).map((stream) => `${stream.from.operator}.${stream.from.port}`),
  )
  for (const operator of document.operators) {
    const manifest = manifestOf(manifests, operator.type)
    if (manifest === undefined) continue
    for (const port of manifest.inputs) {
      const key = `${operator.id}.${port.name}`
      const edge = propagation.inputs.get(key)
      if (!fed.has(key)) {
        if (port.optional === true) continue
        const message = `${nameOf(operator)} needs rows on ${port.title}. Connect a stream to it.`
        report('INPUT_UNCONNECTED', 'error', message, { operator: operator.id, port: port.name }, connectFix(drawn, operator, port, read))
      } else if (edge !== undefined && !port.accepts.includes(edge.changes.kind)) checkKind(drawn, operator, manifest, port, edge, report)
    }
    if (manifest.inputs.length > 0 && manifest.inputs.every((port) => port.optional === true && !fed.has(`${operator.id}.${port.name}`)))
      report('INPUT_UNCONNECTED', 'error', `${nameOf(operator)} has no input. Connect at least one stream.`, { operator: operator.id })
    if (manifest.outputs.length > 0 && !manifest.outputs.some((port) => read.has(`${operator.id}.${port.name}`)))
      report('OUTPUT_UNREAD', 'warning', `Nobody reads what ${nameOf(operator)} gives. Connect it to a sink, or remove it.`, {
        operator: operator.id,
        port: manifest.outputs[0].name,
      })
  }
}

/** A stream of a kind the port does not take: the way out is an operator between that turns it into one it takes. */
function checkKind(
  drawn: Drawn,
  operator: OperatorNode,
  manifest: OperatorManifest,
  port: InputPort,
  edge: EdgeType,
  report: Report,
): void {
  const place = { operator: operator.id, port: port.name }
  const { kind } = edge.changes
  const to = { operator: operator.id, port: port.name }
  const fixes = convertersTo(drawn.manifests, port, edge).map(({ title, inserted }): ProblemFix => ({
    kind: 'insert-operator',
    label: `Add ${title}`,
    to,
    operator: inserted,
  }))
  const takes = port.accepts.join(' or ')
  if (manifest.guarantee.role === 'sink' && port.accepts.every((accepted) => accepted === 'append'))
    report(
      'SINK_APPENDS_ONLY',
      'error',
      `${nameOf(operator)} can only add rows, and gets rows that are taken back (${kind}). Turn the changes into rows with a column op, or aggregate by window first, so that each result comes once.`,
      place,
      fixes,
    )
  else
    report(
      'CHANGES_NOT_ACCEPTED',
      'error',
      `${nameOf(operator)} takes ${takes} streams, and gets ${kind}. Put an operator between that gives ${takes}, or connect another stream.`,
      place,
      fixes,
    )
}

/** Operators that need no settings and whose output the port takes. */
function convertersTo(
  manifests: ManifestCatalogue,
  port: InputPort,
  edge: EdgeType,
): readonly { readonly title: string; readonly inserted: InsertedOperator }[] {
  return Object.values(manifests).flatMap((manifest) => {
    if (manifest.converts !== true) return []
    const [input] = manifest.inputs
    const [output] = manifest.outputs
    const typed = manifest.typing({ config: manifest.defaultConfig, inputs: { [input.name]: edge } })
    const given = typed.outputs[output.name]
    if (!input.accepts.includes(edge.changes.kind) || given === undefined || !port.accepts.includes(given.changes.kind)) return []
    const { type, typeVersion, defaultConfig } = manifest
    return [{ title: manifest.title, inserted: { type, typeVersion, config: defaultConfig, input: input.name, output: output.name } }]
  })
}

/** One way out when exactly one unread output fits. */
function connectFix(drawn: Drawn, operator: OperatorNode, port: InputPort, read: ReadonlySet<string>): readonly ProblemFix[] {
  const { document, manifests, propagation, graph } = drawn
  const below = reachable(graph.downstream, operator.id)
  const fitting = document.operators.flatMap((other) => {
    if (below.has(other.id)) return []
    const manifest = manifestOf(manifests, other.type)
    return (manifest === undefined ? [] : outputPorts(other, manifest)).flatMap((output) => {
      const key = `${other.id}.${output.name}`
      const edge = propagation.outputs.get(key)
      const fits = !read.has(key) && edge !== undefined && port.accepts.includes(edge.changes.kind)
      return fits ? [{ operator: other.id, port: output.name }] : []
    })
  })
  if (fitting.length !== 1) return []
  return [{ kind: 'connect', label: `Connect ${fitting[0].operator}`, from: fitting[0], to: { operator: operator.id, port: port.name } }]
}
