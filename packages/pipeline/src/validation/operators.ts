/** Rules about operators one by one, and about what sinks write to. */
import { nearestName } from '@belay/expressions'
import type { OperatorNode, PipelineDocument } from '../document.ts'
import { manifestOf, type ManifestCatalogue, type OperatorManifest } from '../manifest.ts'
import { partitionProblem } from '../partitioning.ts'
import { configFits } from '../propagation.ts'
import { nameOf, type Report } from './report.ts'

export function checkOperators(document: PipelineDocument, manifests: ManifestCatalogue, report: Report): void {
  const seen = new Set<string>()
  for (const operator of document.operators) {
    const place = { operator: operator.id }
    if (seen.has(operator.id))
      report('OPERATOR_ID_TWICE', 'error', `Two operators have the id ${operator.id}. Remove one and add it again.`, place, [
        { kind: 'remove-operator', label: 'Remove the second', operator: operator.id, repeated: true },
      ])
    seen.add(operator.id)
    const manifest = manifestOf(manifests, operator.type)
    if (manifest === undefined) {
      report(
        'UNKNOWN_OPERATOR_TYPE',
        'error',
        `This version does not know operators of type ${operator.type}. It is kept and shown, but cannot run. Update Belay, start it with the folder of that operator (--operators), or remove it.`,
        place,
        [{ kind: 'remove-operator', label: `Remove ${nameOf(operator)}`, operator: operator.id }],
      )
      continue
    }
    if (operator.typeVersion > manifest.typeVersion)
      report(
        'OPERATOR_NEWER',
        'error',
        `${nameOf(operator)} was made with version ${operator.typeVersion} of ${manifest.title}; this is version ${manifest.typeVersion}. Update Belay to run it.`,
        place,
      )
    checkSettings(operator, manifest, report)
    const unpartitionable = partitionProblem(operator, manifest)
    if (unpartitionable !== null)
      report(unpartitionable.code, 'error', `${nameOf(operator)} ${unpartitionable.message}`, place, [
        { kind: 'set-partitions', label: 'Use one', operator: operator.id, partitions: 1 },
      ])
  }
}

/** Written by hand, a setting with a wrong name would be passed over. It may also be one that a later version knows. */
function checkSettings(operator: OperatorNode, manifest: OperatorManifest, report: Report): void {
  const known = settingsOf(manifest)
  if (known === null) return
  for (const setting of Object.keys(operator.config).filter((name) => !known.includes(name))) {
    const near = nearestName(setting, known)
    const way =
      near !== undefined ? `Did you mean ${near}?` : known.length === 0 ? `It has none: remove it.` : `It has ${known.join(', ')}.`
    report(
      'SETTING_UNKNOWN',
      'warning',
      `${nameOf(operator)}: ${setting} is no setting of ${manifest.title} and does nothing. ${way}`,
      { operator: operator.id, configPath: `/${setting}` },
      [{ kind: 'remove-config', label: `Remove ${setting}`, operator: operator.id, setting }],
    )
  }
}

/** null = its schema does not list them, or takes others as well. */
function settingsOf({ configSchema }: OperatorManifest): readonly string[] | null {
  const { properties, additionalProperties } = configSchema as { readonly properties?: object; readonly additionalProperties?: unknown }
  return properties === undefined || (additionalProperties !== undefined && additionalProperties !== false) ? null : Object.keys(properties)
}

/** `document` has its parameters replaced. */
export function checkTargets(document: PipelineDocument, manifests: ManifestCatalogue, report: Report): void {
  const known = document.operators.flatMap((operator) => {
    const manifest = manifestOf(manifests, operator.type)
    return manifest === undefined ? [] : [{ operator, manifest }]
  })
  // An operator of a type that is not known may be the source or the sink that seems to be missing.
  const wholly = known.length > 0 && known.length === document.operators.length
  if (wholly && !known.some(({ manifest }) => manifest.guarantee.role === 'sink'))
    report('NO_SINK', 'error', 'Nothing leaves the pipeline. Add a sink, e.g. a table view.', {})
  if (wholly && !known.some(({ manifest }) => manifest.guarantee.role === 'source'))
    report('NO_SOURCE', 'error', 'Nothing enters the pipeline. Add a source.', {})
  const targets = new Map<string, string>()
  for (const { operator, manifest } of known) {
    if (manifest.target === undefined || !configFits(operator, manifest)) continue
    const target = manifest.target(operator.config)
    if (target === null) continue
    const other = targets.get(target)
    if (other === undefined) targets.set(target, nameOf(operator))
    else
      report('SAME_TARGET', 'error', `${nameOf(operator)} writes to ${target}, and so does ${other}. Give one of them another target.`, {
        operator: operator.id,
      })
  }
}
