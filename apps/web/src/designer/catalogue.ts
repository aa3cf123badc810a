/** The operators this page knows, by type. Types come from documents, so names of object members must not be found. */
import { manifests } from '@belay/operators/manifests'
import { manifestOf, type OperatorManifest } from '@belay/pipeline'

/** Those that one is offered. */
export const ALL_MANIFESTS: readonly OperatorManifest[] = Object.values(manifests).filter(({ internal }) => internal !== true)

export function manifestFor(type: string): OperatorManifest | undefined {
  return manifestOf(manifests, type)
}
