/** Which settings of a running operator may change, and to what (engine-spec §3, live properties). */
import type { OperatorNode, ParameterValue, PipelineDocument } from './document.ts'
import { manifestOf, type ConfigField, type ManifestCatalogue } from './manifest.ts'
import { propagate } from './propagation.ts'
import { validate } from './validation/validate.ts'

/** The settings of an operator type that a running one takes at a window's end; live ones lie at the top of the config. */
export function liveFields(type: string, manifests: ManifestCatalogue): readonly ConfigField[] {
  return (manifestOf(manifests, type)?.form ?? []).filter((field) => field.live === true)
}

export function withConfig(document: PipelineDocument, operator: string, values: Readonly<Record<string, unknown>>): PipelineDocument {
  const change = (node: OperatorNode): OperatorNode => (node.id === operator ? { ...node, config: { ...node.config, ...values } } : node)
  return { ...document, operators: document.operators.map(change) }
}

/** `document` as it runs now, with its parameters replaced. null = the values may be set. */
export function liveProblem(
  document: PipelineDocument,
  manifests: ManifestCatalogue,
  operator: string,
  values: Readonly<Record<string, ParameterValue>>,
): { readonly code: string; readonly message: string } | null {
  const node = document.operators.find((candidate) => candidate.id === operator)
  if (node === undefined) return null
  const live = liveFields(node.type, manifests).map(({ path }) => path.slice(1))
  const wrong = Object.keys(values).find((key) => !live.includes(key))
  if (wrong !== undefined || Object.keys(values).length === 0) {
    const may =
      live.length === 0 ? 'It has no settings that can change while it runs' : `While it runs these can change: ${live.join(', ')}`
    return {
      code: 'SETTING_NOT_LIVE',
      message: `${operator} cannot change ${wrong ?? 'nothing'}. ${may}; for others change the pipeline and run it again.`,
    }
  }
  const changed = withConfig(document, operator, values)
  const error = validate(changed, manifests).find((problem) => problem.severity === 'error')
  if (error !== undefined) return { code: error.code, message: error.message }
  const typesOf = (of: PipelineDocument): string => JSON.stringify([...propagate(of, manifests).outputs])
  if (typesOf(changed) !== typesOf(document))
    return {
      code: 'LIVE_CHANGES_TYPES',
      message: `With that ${operator} would send other columns, and what reads them is running. Change the pipeline and run it again.`,
    }
  return null
}
