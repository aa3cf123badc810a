/** Whether a stream may be drawn, and if not, why, in one line. */
import type { PipelineDocument, PortReference } from './document.ts'
import { ERRORS_EDGE, ERRORS_PORT } from './edgeType.ts'
import { graphOf, reachable } from './graph.ts'
import { manifestOf, type ManifestCatalogue } from './manifest.ts'
import { outputPorts, propagate, type Propagation } from './propagation.ts'

export type ConnectionAnswer = { readonly ok: true } | { readonly ok: false; readonly reason: string }

export function canConnect(
  document: PipelineDocument,
  manifests: ManifestCatalogue,
  from: PortReference,
  to: PortReference,
): ConnectionAnswer {
  return connectionRules(document, manifests, propagate(document, manifests))(from, to)
}

/** The same for many pairs of ports of one document: the graph is walked once, not for every pair. */
export function connectionRules(
  document: PipelineDocument,
  manifests: ManifestCatalogue,
  { outputs }: Pick<Propagation, 'outputs'>,
): (from: PortReference, to: PortReference) => ConnectionAnswer {
  const operators = new Map(document.operators.map((operator) => [operator.id, operator]))
  const feeders = new Map(document.streams.flatMap((stream) => stream.to.map((to) => [`${to.operator}.${to.port}`, stream.from.operator])))
  const { upstream } = graphOf(document)
  const above = new Map<string, ReadonlySet<string>>()
  const isAbove = (operator: string, other: string): boolean => {
    const known = above.get(other) ?? reachable(upstream, other)
    above.set(other, known)
    return known.has(operator)
  }
  const no = (reason: string): ConnectionAnswer => ({ ok: false, reason })
  return (from, to) => {
    const source = operators.get(from.operator)
    const target = operators.get(to.operator)
    if (source === undefined || target === undefined) return no('One end is not in the pipeline any more.')
    if (from.operator === to.operator) return no(`${target.name || target.id} cannot feed itself.`)
    const manifest = manifestOf(manifests, source.type)
    const output = manifest === undefined ? undefined : outputPorts(source, manifest).find((port) => port.name === from.port)
    const input = manifestOf(manifests, target.type)?.inputs.find((port) => port.name === to.port)
    if (output === undefined && from.port !== ERRORS_PORT) return no(`${source.name || source.id} has no output ${from.port}.`)
    if (input === undefined) return no(`${target.name || target.id} has no input ${to.port}.`)
    const feeder = feeders.get(`${to.operator}.${to.port}`)
    if (feeder !== undefined)
      return no(`${input.title} of ${target.name || target.id} is fed by ${feeder} already. Use a union to bring streams together.`)
    if (isAbove(to.operator, from.operator)) return no('That would make a cycle.')
    const edge = from.port === ERRORS_PORT ? ERRORS_EDGE : outputs.get(`${from.operator}.${from.port}`)
    if (edge !== undefined && !input.accepts.includes(edge.changes.kind))
      return no(`${target.name || target.id} takes ${input.accepts.join(' or ')} streams, and this one carries ${edge.changes.kind}.`)
    return { ok: true }
  }
}
