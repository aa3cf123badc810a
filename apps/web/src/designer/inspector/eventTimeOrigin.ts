/** Where a stream's event time comes from: upstream to the operator that sets it, in words. */
import { type ManifestCatalogue, type PipelineDocument, type PortReference, type Propagation, manifestOf } from '@belay/pipeline'
import { t } from '../../language/t.ts'

export function eventTimeOrigin(
  document: PipelineDocument,
  manifests: ManifestCatalogue,
  propagation: Propagation,
  from: PortReference,
): string | null {
  const path: string[] = []
  let at: PortReference | undefined = from
  while (at !== undefined && path.length <= document.operators.length) {
    const here: PortReference = at
    const time = propagation.outputs.get(`${here.operator}.${here.port}`)?.eventTime ?? null
    if (time === null) return null
    path.push(here.operator)
    const operator = document.operators.find((candidate) => candidate.id === here.operator)
    const inputs = operator === undefined ? [] : (manifestOf(manifests, operator.type)?.inputs ?? [])
    const carried = inputs.find((input) => propagation.inputs.get(`${here.operator}.${input.name}`)?.eventTime === time)
    const above =
      carried === undefined
        ? undefined
        : document.streams.find((stream) => stream.to.some((to) => to.operator === here.operator && to.port === carried.name))
    if (above === undefined)
      return path.length === 1
        ? t('{operator}, column {time}', { operator: here.operator, time })
        : t('{operator}, column {time}, through {path}', { operator: here.operator, time, path: path.slice(0, -1).reverse().join(', ') })
    at = above.from
  }
  return null
}
