/** Which operators can come after a port, the likeliest first. */
import type { EdgeType, ManifestCatalogue, OperatorManifest } from '@belay/pipeline'
import { said } from '../../language/t.ts'

export interface Fit {
  readonly manifest: OperatorManifest
  /** What has to be true before it gives rows, e.g. an event time; null when it fits as it is. */
  readonly needs: string | null
}

const RANK: Readonly<Record<OperatorManifest['category'], number>> = {
  transform: 40,
  window: 30,
  changelog: 25,
  join: 20,
  sinks: 10,
  sources: 0,
}

/** What most pipelines are made of comes before the rest of its category. */
const USUAL: readonly string[] = ['filter', 'select', 'window-aggregate', 'aggregate', 'lookup-join', 'file-sink', 'table-view']

/**
 * Operators with an input that takes the stream's kind. An unknown edge type (a source without
 * columns yet) fits everything that has inputs. `recent` are types used lately, newest first.
 */
export function fitsAfter(manifests: ManifestCatalogue, edge: EdgeType | undefined, recent: readonly string[] = []): readonly Fit[] {
  return Object.values(manifests)
    .filter(({ internal }) => internal !== true)
    .flatMap((manifest): { fit: Fit; rank: number }[] => {
      const input = manifest.inputs.find((port) => edge === undefined || port.accepts.includes(edge.changes.kind))
      if (input === undefined) return []
      const needs = edge === undefined ? null : portProblem(manifest, input.name, edge)
      const used = recent.indexOf(manifest.type)
      const rank =
        RANK[manifest.category] +
        affinity(manifest, edge) +
        (USUAL.includes(manifest.type) ? 2 : 0) +
        (used < 0 ? 0 : 5 - Math.min(used, 4)) -
        (needs === null ? 0 : 100)
      return [{ fit: { manifest, needs }, rank }]
    })
    .sort((a, b) => b.rank - a.rank)
    .map(({ fit }) => fit)
}

/** What the operator says about the stream itself, whatever its settings will be. */
function portProblem(manifest: OperatorManifest, port: string, edge: EdgeType): string | null {
  const { problems } = manifest.typing({ config: manifest.defaultConfig, inputs: { [port]: edge } })
  const problem = problems.find((candidate) => candidate.port === port && candidate.severity === 'error')
  return problem === undefined ? null : said(problem.message)
}

/** Results of a window are most often ranked or written; rows with a time are most often filtered or windowed. */
function affinity(manifest: OperatorManifest, edge: EdgeType | undefined): number {
  if (edge?.eventTime !== 'window_end') return manifest.type === 'top-n' ? -15 : 0
  if (manifest.type === 'top-n') return 50
  return manifest.category === 'sinks' ? 25 : 0
}
