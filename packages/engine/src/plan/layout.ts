/**
 * Instances of every operator and the containers they run in (engine-spec H3, H25). Container and
 * instance ids are the same for the same document, so that a restarted process finds its state again.
 */
import {
  manifestOf,
  partitionsOf,
  type EdgeType,
  type ManifestCatalogue,
  type OperatorManifest,
  type OperatorNode,
  type OperatorPartitions,
  type PipelineDocument,
} from '@belay/pipeline'
import { EngineError } from '../operator/engineError.ts'

export interface PlanQuestion {
  /** Parameters resolved, validated. */
  readonly document: PipelineDocument
  readonly manifests: ManifestCatalogue
  /** By `${operator}.${port}`, outputs. */
  readonly outputs: ReadonlyMap<string, EdgeType>
  readonly planHash: string
}

/** An operator with its instances and where they run. */
export interface LaidOut {
  readonly node: OperatorNode
  readonly manifest: OperatorManifest
  readonly parts: OperatorPartitions
  /** Ids of the instances that read its inputs, by partition. */
  readonly entries: readonly string[]
  /** Ids of the instances that publish its results: the same ones, or the unifier. */
  readonly exits: readonly string[]
  /** Container of each entry, then of the unifier if there is one. */
  readonly containers: readonly string[]
}

export function layOut(question: PlanQuestion): readonly LaidOut[] {
  const { document, manifests } = question
  const partitions = partitionsOf(document, manifests, question.outputs)
  const laidOut = new Map<string, LaidOut>()
  for (const node of topological(document)) {
    const manifest = manifestOf(manifests, node.type)
    const parts = partitions.get(node.id)
    if (manifest === undefined || parts === undefined)
      throw new EngineError(
        'UNKNOWN_OPERATOR_TYPE',
        `Operator ${node.id} has the type ${node.type}, which this version does not know. Remove it or update Belay.`,
      )
    if ((node.partitions ?? 1) !== parts.partitions)
      throw new EngineError(
        'PARTITION_NEEDS_KEY',
        `Operator ${node.id} asks for ${node.partitions} partitions and cannot be shared out. Set partitions to 1.`,
      )
    const entries = parts.partitions === 1 ? [node.id] : Array.from({ length: parts.partitions }, (_, k) => `${node.id}#${k}`)
    const merge = parts.unifier === null ? [] : [`${node.id}~merge`]
    const above = fusedWith({ document, laidOut, node, manifest, parts })
    const containers = [...entries.map((id, k) => above?.[k] ?? `c-${id}`), ...merge.map((id) => `c-${id}`)]
    laidOut.set(node.id, { node, manifest, parts, entries, exits: merge.length > 0 ? merge : entries, containers })
  }
  return [...laidOut.values()]
}

function topological(document: PipelineDocument): OperatorNode[] {
  const remaining = new Map(document.operators.map((operator) => [operator.id, operator]))
  const order: OperatorNode[] = []
  while (remaining.size > 0) {
    const ready = [...remaining.values()].filter(
      (operator) =>
        !document.streams.some((stream) => remaining.has(stream.from.operator) && stream.to.some((to) => to.operator === operator.id)),
    )
    if (ready.length === 0)
      throw new EngineError('CYCLE', `The streams between ${[...remaining.keys()].join(', ')} form a cycle. Remove one of them.`)
    for (const operator of ready) {
      order.push(operator)
      remaining.delete(operator.id)
    }
  }
  return order
}

interface Placing {
  readonly document: PipelineDocument
  readonly laidOut: ReadonlyMap<string, LaidOut>
  readonly node: OperatorNode
  readonly manifest: OperatorManifest
  readonly parts: OperatorPartitions
}

/**
 * Containers of the only operator before, by partition, if this one joins them (engine-spec H3): a
 * stateless one behind a stateless one does, and one that is asked to. null = each instance heads its own.
 */
function fusedWith({ document, laidOut, node, manifest, parts }: Placing): readonly string[] | null {
  const upstream = document.streams
    .filter((stream) => stream.to.some((to) => to.operator === node.id))
    .map((stream) => stream.from.operator)
  const [id] = upstream
  const above = id === undefined ? undefined : laidOut.get(id)
  if (upstream.length !== 1 || above === undefined || node.isolate === true) return null
  // A thread that takes one that replays with it cannot be skipped behind.
  if ((node.onFailure === 'skip') !== (above.node.onFailure === 'skip')) return null
  // Partitions hand over inside a container only to their own successors.
  if (above.exits.length !== parts.partitions || Object.values(parts.inputs).some(({ kind }) => kind === 'key' || kind === 'spread'))
    return null
  const containers = above.containers.slice(above.containers.length - above.exits.length)
  const light = (candidate: OperatorManifest): boolean =>
    candidate.container === 'compute' && !candidate.stateful && candidate.guarantee.role === 'transform'
  const asked = node.fuse === true && (manifest.container === 'compute' || above.manifest.container === 'io')
  return asked || (light(manifest) && light(above.manifest)) ? containers : null
}
