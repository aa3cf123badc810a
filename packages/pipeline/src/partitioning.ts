/**
 * How the rows of each stream are shared out when operators run as several partitions (engine-spec
 * H25). Pure; validation states what cannot be, the planner lays out streams by it.
 *
 * Invariants: rows that agree in an operator's key columns come to one partition of it; an operator
 * with one instance reads every publisher whole; partitions are joined one to one only where both
 * sides own the same key groups, or where it does not matter who gets a row.
 */
import { Value } from 'typebox/value'
import type { OperatorNode, PipelineDocument } from './document.ts'
import { ERRORS_PORT, type EdgeType } from './edgeType.ts'
import { graphOf } from './graph.ts'
import { manifestOf, type ManifestCatalogue, type OperatorManifest, type TypingInput } from './manifest.ts'

/** How the instances of an operator get the rows of one input. */
export type Exchange =
  /** One instance reads all publishers. */
  | { readonly kind: 'whole' }
  /** Partition k reads partition k of the operator before. */
  | { readonly kind: 'one-to-one' }
  /** Every partition reads its share of every publisher, whichever rows these are. */
  | { readonly kind: 'spread' }
  /** Every partition reads the rows of its key groups from every publisher. */
  | { readonly kind: 'key'; readonly columns: readonly string[] }

export interface OperatorPartitions {
  readonly partitions: number
  /** The operator that makes one result of the partitions' results; null = they need none. */
  readonly unifier: { readonly type: string; readonly config: Readonly<Record<string, unknown>> } | null
  /** By connected input port. */
  readonly inputs: Readonly<Record<string, Exchange>>
}

/** By operator id; operators of unknown type and those on a cycle are missing. `outputs`: edge types by `${operator}.${port}`. */
export function partitionsOf(
  document: PipelineDocument,
  manifests: ManifestCatalogue,
  outputs: ReadonlyMap<string, EdgeType>,
): ReadonlyMap<string, OperatorPartitions> {
  const found = new Map<string, OperatorPartitions>()
  /** Columns by which the rows that an operator gives are shared out over its partitions; null = by none. */
  const keys = new Map<string, readonly string[] | null>()
  for (const operator of graphOf(document).order) {
    const manifest = manifestOf(manifests, operator.type)
    if (manifest === undefined) continue
    const { partitioning } = manifest
    const feeding = manifest.inputs.flatMap((port) => {
      const stream = document.streams.find((candidate) => candidate.to.some((to) => to.operator === operator.id && to.port === port.name))
      return stream === undefined ? [] : [{ port: port.name, from: stream.from }]
    })
    const wanted = wantedKeys(operator, manifest)
    const partitions = wanted === null ? 1 : (operator.partitions ?? 1)
    const inputs: Record<string, Exchange> = {}
    const passed: (readonly string[] | null)[] = []
    for (const { port, from } of feeding) {
      const above = found.get(from.operator)
      const equal = above !== undefined && above.unifier === null && above.partitions === partitions
      const aboveKey = from.port === ERRORS_PORT ? null : (keys.get(from.operator) ?? null)
      const key = wanted?.(port) ?? []
      if (partitions === 1) inputs[port] = { kind: 'whole' }
      else if (key.length > 0) inputs[port] = equal && same(aboveKey, key) ? { kind: 'one-to-one' } : { kind: 'key', columns: key }
      else inputs[port] = equal ? { kind: 'one-to-one' } : { kind: 'spread' }
      passed.push(carried(manifest, typingInput(operator, feeding, outputs), port, key.length > 0 ? key : equal ? aboveKey : null))
    }
    const keyless = partitioning.kind === 'key' && feeding.some(({ port }) => (wanted?.(port) ?? []).length === 0)
    const unifier = partitions > 1 && keyless && partitioning.kind === 'key' ? (partitioning.unifier ?? null) : null
    found.set(operator.id, {
      partitions,
      unifier: unifier === null ? null : { type: unifier.type, config: unifier.config(operator.config) },
      inputs,
    })
    const [first = null] = passed
    keys.set(operator.id, partitions > 1 && unifier === null && passed.every((key) => same(key, first)) ? first : null)
  }
  return found
}

/** Why the operator cannot run as the partitions it asks for; the message goes on from its name. null = it can. */
export function partitionProblem(
  operator: OperatorNode,
  manifest: OperatorManifest,
): { readonly code: 'NOT_PARTITIONABLE' | 'PARTITION_NEEDS_KEY'; readonly message: string } | null {
  const { partitions = 1 } = operator
  const { partitioning } = manifest
  if (partitions === 1) return null
  switch (partitioning.kind) {
    case 'any':
      return null
    case 'none':
      return {
        code: 'NOT_PARTITIONABLE',
        message: `asks for ${partitions} partitions, but always runs once: ${partitioning.reason} Set partitions to 1.`,
      }
    case 'key': {
      if (partitioning.unifier !== undefined || !Value.Check(manifest.configSchema, operator.config)) return null
      if (manifest.inputs.every((port) => partitioning.columns(operator.config, port.name).length > 0)) return null
      return {
        code: 'PARTITION_NEEDS_KEY',
        message: `asks for ${partitions} partitions, but has no key to share rows out by. Choose the columns that it works by, or set partitions to 1.`,
      }
    }
  }
}

/** How many streams of their own the plan will need at most: one a publisher and way of sharing out. */
export function plannedStreams(document: PipelineDocument, partitions: ReadonlyMap<string, OperatorPartitions>): number {
  let count = 0
  for (const { unifier, partitions: publishers } of partitions.values()) if (unifier !== null) count += publishers
  for (const stream of document.streams) {
    const from = partitions.get(stream.from.operator)
    const ways = new Set<string>()
    for (const to of stream.to) {
      const target = partitions.get(to.operator)
      const exchange = target?.inputs[to.port]
      if (exchange?.kind === 'key' || exchange?.kind === 'spread') ways.add(JSON.stringify([exchange, target?.partitions]))
    }
    count += (from === undefined || from.unifier !== null ? 1 : from.partitions) * Math.max(1, ways.size)
  }
  return count
}

/** Key columns by port, none where any row may go anywhere; null = the operator has one instance. */
function wantedKeys(operator: OperatorNode, manifest: OperatorManifest): ((port: string) => readonly string[]) | null {
  const { partitioning } = manifest
  switch (partitioning.kind) {
    case 'none':
      return null
    case 'any':
      return () => []
    case 'key': {
      if (!Value.Check(manifest.configSchema, operator.config)) return null
      const keyless = manifest.inputs.some((port) => partitioning.columns(operator.config, port.name).length === 0)
      if (keyless) return partitioning.unifier === undefined ? null : () => []
      return (port) => partitioning.columns(operator.config, port)
    }
  }
}

function typingInput(
  operator: OperatorNode,
  feeding: readonly { readonly port: string; readonly from: { readonly operator: string; readonly port: string } }[],
  outputs: ReadonlyMap<string, EdgeType>,
): TypingInput<Readonly<Record<string, unknown>>> {
  return {
    config: operator.config,
    inputs: Object.fromEntries(feeding.map(({ port, from }) => [port, outputs.get(`${from.operator}.${from.port}`)])),
  }
}

/** The names under which these columns leave the operator unchanged; null = one of them does not. */
function carried(
  manifest: OperatorManifest,
  typing: TypingInput<Readonly<Record<string, unknown>>>,
  port: string,
  columns: readonly string[] | null,
): readonly string[] | null {
  if (columns === null) return null
  const names = columns.map((column) => manifest.carries?.(typing, port, column) ?? null)
  return names.includes(null) ? null : names.filter((name) => name !== null)
}

function same(a: readonly string[] | null, b: readonly string[] | null): boolean {
  return a !== null && b !== null && a.length === b.length && a.every((column, i) => column === b[i])
}
