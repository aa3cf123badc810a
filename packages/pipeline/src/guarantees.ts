/** What each path from a source to a sink promises: its weakest link, by name (architecture D9). */
import type { PipelineDocument } from './document.ts'
import { graphOf, reachable } from './graph.ts'
import { manifestOf, type ManifestCatalogue } from './manifest.ts'

export interface PathGuarantee {
  readonly sink: string
  readonly source: string
  readonly level: 'exactly-once' | 'at-least-once' | 'at-most-once'
  readonly because: string
}

export function pathGuarantees(document: PipelineDocument, manifests: ManifestCatalogue): readonly PathGuarantee[] {
  const { upstream } = graphOf(document)
  const guarantees: PathGuarantee[] = []
  for (const sink of document.operators) {
    const target = manifestOf(manifests, sink.type)?.guarantee
    if (target?.role !== 'sink' || target.delivery === 'display') continue
    for (const id of reachable(upstream, sink.id)) {
      const operator = document.operators.find((candidate) => candidate.id === id)
      const origin = operator === undefined ? undefined : manifestOf(manifests, operator.type)?.guarantee
      if (origin?.role !== 'source') continue
      if (origin.replay === 'none')
        guarantees.push({ sink: sink.id, source: id, level: 'at-most-once', because: `${id} cannot send rows again after a crash` })
      else if (target.delivery === 'at-least-once')
        guarantees.push({ sink: sink.id, source: id, level: 'at-least-once', because: `${sink.id} writes before the checkpoint` })
      else
        guarantees.push({
          sink: sink.id,
          source: id,
          level: 'exactly-once',
          because: `${id} seeks and ${sink.id} publishes only what is committed`,
        })
    }
  }
  return guarantees
}
