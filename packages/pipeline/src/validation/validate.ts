/**
 * Everything that is wrong with a document, at once, in the order of the document. The rules are
 * Apex's `LogicalPlan.validate` as far as they apply, and those of typed edges (engine-spec §2).
 */
import type { PipelineDocument } from '../document.ts'
import { graphOf } from '../graph.ts'
import { pathGuarantees } from '../guarantees.ts'
import type { ManifestCatalogue } from '../manifest.ts'
import { checkParameters, withDefaults } from '../parameters.ts'
import type { Problem } from '../problem.ts'
import { partitionsOf, plannedStreams } from '../partitioning.ts'
import { propagate } from '../propagation.ts'
import { checkOperators, checkTargets } from './operators.ts'
import { checkFailureModes } from './failureModes.ts'
import { checkGroups } from './groups.ts'
import { checkPorts } from './ports.ts'
import type { Report } from './report.ts'
import { checkSecrets } from './secrets.ts'
import { checkCycle, checkMemory, checkSettings } from './settings.ts'
import { checkStreams } from './streams.ts'

export function validate(document: PipelineDocument, manifests: ManifestCatalogue): readonly Problem[] {
  const problems: Problem[] = []
  const report: Report = (code, severity, message, place, fixes = []) => {
    problems.push({ code, severity, message, place, fixes })
  }
  const graph = graphOf(document)
  const resolved = withDefaults(document, manifests).document
  checkSettings(document, report)
  checkCycle(document, graph, report)
  checkOperators(resolved, manifests, report)
  checkSecrets(document, manifests, report)
  checkStreams(document, manifests, report)
  checkFailureModes(document, manifests, graph, report)
  const propagation = propagate(document, manifests)
  checkMemory(document, plannedStreams(resolved, partitionsOf(resolved, manifests, propagation.outputs)), report)
  checkPorts({ document, manifests, propagation, graph }, report)
  checkTargets(resolved, manifests, report)
  checkGroups(document, report)
  problems.push(...propagation.problems, ...checkParameters(document))
  for (const { sink, source, level, because } of pathGuarantees(document, manifests)) {
    if (level !== 'exactly-once')
      report('WEAKEST_LINK', 'warning', `Rows from ${source} reach ${sink} ${level}: ${because}.`, { operator: sink })
  }
  return inOrder(document, problems.map(withSafeFixes(document)))
}

/** A fix names its operator by id: where two have it, it could change the wrong one, so it is left out until they are told apart. */
function withSafeFixes(document: PipelineDocument): (problem: Problem) => Problem {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const { id } of document.operators) (seen.has(id) ? twice : seen).add(id)
  if (twice.size === 0) return (problem) => problem
  return (problem) => {
    const { operator } = problem.place
    const ambiguous = problem.code !== 'OPERATOR_ID_TWICE' && operator !== undefined && twice.has(operator)
    return ambiguous ? { ...problem, fixes: [] } : problem
  }
}

/** By operator as in the document, problems of the whole first. */
function inOrder(document: PipelineDocument, problems: readonly Problem[]): readonly Problem[] {
  const place = new Map(document.operators.map((operator, i) => [operator.id, i + 1]))
  const rank = (problem: Problem): number => (problem.place.operator === undefined ? 0 : (place.get(problem.place.operator) ?? 0))
  return [...problems].sort((a, b) => rank(a) - rank(b))
}
