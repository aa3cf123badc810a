/** What each path from a source to a sink promises: its weakest link, by name (architecture D9). */
import type { PipelineDocument } from './document.ts'
import { graphOf, reachable } from './graph.ts'
import { manifestOf, type ManifestCatalogue } from './manifest.ts'

export interface PathGuarantee {
  readonly sink: string
  readonly source: string
  /** best-effort: a row may be left out, and one may come twice. */
  readonly level: 'exactly-once' | 'at-least-once' | 'at-most-once' | 'best-effort'
  readonly because: string
}

export function pathGuarantees(document: PipelineDocument, manifests: ManifestCatalogue): readonly PathGuarantee[] {
  const { upstream, downstream } = graphOf(document)
  const guarantees: PathGuarantee[] = []
  for (const sink of document.operators) {
    const target = manifestOf(manifests, sink.type)?.guarantee
    if (target?.role !== 'sink' || target.delivery === 'display') continue
    for (const id of reachable(upstream, sink.id)) {
      const operator = document.operators.find((candidate) => candidate.id === id)
      const origin = operator === undefined ? undefined : manifestOf(manifests, operator.type)?.guarantee
      if (origin?.role !== 'source') continue
      const skipping = skipsBetween(document, reachable(downstream, id), reachable(upstream, sink.id))
      if (skipping !== null) guarantees.push({ sink: sink.id, source: id, ...withSkips(skipping, sink.id, target.delivery) })
      else if (origin.replay === 'none')
        guarantees.push({ sink: sink.id, source: id, level: 'at-most-once', because: `${id} cannot send rows again after a crash` })
      else if (target.delivery === 'at-least-once')
        guarantees.push({ sink: sink.id, source: id, level: 'at-least-once', because: `${sink.id} may write the same again after a crash` })
      else
        guarantees.push({
          sink: sink.id,
          source: id,
          level: 'exactly-once',
          because: `${id} ${origin.replay === 'seek' ? 'seeks' : 'keeps what it takes'} and ${sink.id} publishes only what is committed`,
        })
    }
  }
  return guarantees
}

/** The first operator on a way from the source to the sink that goes on without rows after a failure; null = none. */
function skipsBetween(document: PipelineDocument, behindSource: ReadonlySet<string>, beforeSink: ReadonlySet<string>): string | null {
  return document.operators.find(({ id, onFailure }) => onFailure === 'skip' && behindSource.has(id) && beforeSink.has(id))?.id ?? null
}

function withSkips(skipping: string, sink: string, delivery: 'exactly-once' | 'at-least-once'): Pick<PathGuarantee, 'level' | 'because'> {
  const because = `${skipping} goes on behind the rows that went by while it was down`
  return delivery === 'exactly-once'
    ? { level: 'at-most-once', because }
    : { level: 'best-effort', because: `${because}, and ${sink} may write the same again after a crash` }
}
