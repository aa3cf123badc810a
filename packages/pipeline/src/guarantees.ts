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

const why = {
  noReplay: (source: string) => `${source} cannot send rows again after a crash`,
  writesAgain: (sink: string) => `${sink} may write the same again after a crash`,
  seeks: (source: string, sink: string) => `${source} seeks and ${sink} publishes only what is committed`,
  keeps: (source: string, sink: string) => `${source} keeps what it takes and ${sink} publishes only what is committed`,
  noReplayAndWritesAgain: (source: string, sink: string) =>
    `${source} cannot send rows again after a crash, and ${sink} may write the same again`,
  skips: (operator: string) => `${operator} goes on behind the rows that went by while it was down`,
  skipsAndWritesAgain: (operator: string, sink: string) =>
    `${operator} goes on behind the rows that went by while it was down, and ${sink} may write the same again after a crash`,
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
      else if (origin.replay === 'none') guarantees.push({ sink: sink.id, source: id, ...withoutReplay(id, sink.id, target.delivery) })
      else if (target.delivery === 'at-least-once')
        guarantees.push({ sink: sink.id, source: id, level: 'at-least-once', because: why.writesAgain(sink.id) })
      else
        guarantees.push({
          sink: sink.id,
          source: id,
          level: 'exactly-once',
          because: origin.replay === 'seek' ? why.seeks(id, sink.id) : why.keeps(id, sink.id),
        })
    }
  }
  return guarantees
}

/** The first operator on a way from the source to the sink that goes on without rows after a failure; null = none. */
function skipsBetween(document: PipelineDocument, behindSource: ReadonlySet<string>, beforeSink: ReadonlySet<string>): string | null {
  return document.operators.find(({ id, onFailure }) => onFailure === 'skip' && behindSource.has(id) && beforeSink.has(id))?.id ?? null
}

type Promised = Pick<PathGuarantee, 'level' | 'because'>
type Delivery = 'exactly-once' | 'at-least-once'

function withoutReplay(source: string, sink: string, delivery: Delivery): Promised {
  return delivery === 'exactly-once'
    ? { level: 'at-most-once', because: why.noReplay(source) }
    : { level: 'best-effort', because: why.noReplayAndWritesAgain(source, sink) }
}

function withSkips(skipping: string, sink: string, delivery: Delivery): Promised {
  return delivery === 'exactly-once'
    ? { level: 'at-most-once', because: why.skips(skipping) }
    : { level: 'best-effort', because: why.skipsAndWritesAgain(skipping, sink) }
}
