/**
 * What operators do after a failure (engine-spec §3 Modes): who skips has left rows out, and nobody behind
 * it can ask for them, so everything downstream skips too; a source has nothing before it to go on behind.
 */
import type { PipelineDocument } from '../document.ts'
import { reachable, type Graph } from '../graph.ts'
import { manifestOf, type ManifestCatalogue } from '../manifest.ts'
import { nameOf, type Report } from './report.ts'

export function checkFailureModes(document: PipelineDocument, manifests: ManifestCatalogue, graph: Graph, report: Report): void {
  const byId = new Map(document.operators.map((operator) => [operator.id, operator]))
  for (const operator of document.operators) {
    if (operator.onFailure !== 'skip') continue
    const place = { operator: operator.id }
    if (manifestOf(manifests, operator.type)?.guarantee.role === 'source') {
      report(
        'MODE_SOURCE',
        'error',
        `${nameOf(operator)} is a source: after a failure it can only read again, there is nothing before it to go on behind. Let it replay.`,
        place,
        [{ kind: 'set-on-failure', label: 'Replay', operators: [operator.id], onFailure: 'replay' }],
      )
      continue
    }
    const behind = [...reachable(graph.downstream, operator.id)].filter((id) => byId.get(id)?.onFailure !== 'skip')
    const direct = (graph.downstream.get(operator.id) ?? []).find((id) => behind.includes(id))
    if (direct === undefined) continue
    report(
      'MODE_DOWNSTREAM',
      'error',
      `${nameOf(operator)} skips rows after a failure, and ${nameOf(byId.get(direct) ?? operator)} behind it replays: rows that were left out cannot be had again. Everything behind it has to skip too.`,
      place,
      [
        { kind: 'set-on-failure', label: 'Skip behind it too', operators: behind, onFailure: 'skip' },
        { kind: 'set-on-failure', label: `Let ${nameOf(operator)} replay`, operators: [operator.id], onFailure: 'replay' },
      ],
    )
  }
}
