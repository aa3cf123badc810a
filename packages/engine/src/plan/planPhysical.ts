/**
 * From the document to the physical plan (engine-spec H3, L1): instances, containers, streams and
 * how much shared memory each stream gets. Pure and deterministic: the same document always gives
 * the same plan, so that a restarted process finds its state again.
 */
import { typeNameOf, type TypeName } from '@belay/columns'
import { ERRORS_PORT, type OperatorManifest } from '@belay/pipeline'
import { EngineError } from '../operator/engineError.ts'
import { drawStreams, schemaOf, type DrawnStream } from './drawStreams.ts'
import { layOut, type LaidOut, type PlanQuestion } from './layout.ts'
import type { PhysicalPlan, PlannedContainer, PlannedInput, PlannedInstance, PlannedOutput, PlannedStream } from './physicalPlan.ts'

const MIN_LOG_BYTES = 1_048_576
/** Share of the run's shared memory for stream logs; the rest is for snapshots. */
const LOG_SHARE = 0.6
const DEFAULT_KEEP = 10
const DEFAULT_STUCK_MS = 10_000

export function planPhysical(question: PlanQuestion): PhysicalPlan {
  const operators = layOut(question)
  const streams = drawStreams(question, operators)
  const instances = operators.flatMap((operator) => instancesOf(question, operator, streams))
  const containerOf = new Map(instances.map((instance) => [instance.id, instance.container]))
  const { memoryBytes, windowMs, checkpointIntervalMs, keepCheckpoints, stuckAfterMs, maxResidentBytes } = question.document.settings
  return {
    planHash: question.planHash,
    instances,
    streams: divideMemory(
      streams.map((stream) => placed(stream, containerOf)),
      memoryBytes,
    ),
    containers: containersOf(question, instances),
    windowMs,
    checkpointIntervalMs,
    memoryBytes,
    keepCheckpoints: keepCheckpoints ?? DEFAULT_KEEP,
    stuckAfterMs: stuckAfterMs ?? DEFAULT_STUCK_MS,
    maxResidentBytes: maxResidentBytes ?? null,
  }
}

function instancesOf(question: PlanQuestion, operator: LaidOut, streams: readonly DrawnStream[]): PlannedInstance[] {
  const { node, manifest, parts, entries, containers } = operator
  const { guarantee } = manifest
  const common = {
    operator: node.id,
    onRowError: node.onRowError ?? ('fail' as const),
    skips: node.onFailure === 'skip',
    verbs: guarantee.role === 'sink' ? guarantee.verbs : [],
    delivery: guarantee.role === 'sink' ? guarantee.delivery : null,
  }
  const instances = entries.map((id, partition): PlannedInstance => ({
    ...common,
    id,
    part: parts.partitions === 1 ? 'whole' : 'partition',
    type: node.type,
    partition,
    partitions: parts.partitions,
    config: node.config,
    role: guarantee.role,
    stateful: manifest.stateful,
    inputs: inputsOf(id, manifest, streams),
    outputs: outputsOf(question, node.id, id, manifest, streams),
    container: containers[partition],
  }))
  if (parts.unifier === null) return instances
  const { type, config } = parts.unifier
  const unifier = question.manifests[type]
  const id = operator.exits[0]
  const merge: PlannedInstance = {
    ...common,
    id,
    part: 'merge',
    type,
    partition: 0,
    partitions: 1,
    config,
    role: 'transform',
    stateful: unifier.stateful,
    inputs: inputsOf(id, unifier, streams),
    outputs: outputsOf(question, node.id, id, unifier, streams),
    container: containers[parts.partitions],
  }
  return [...instances, merge]
}

/** By port, then by publisher. */
function inputsOf(instance: string, manifest: OperatorManifest, streams: readonly DrawnStream[]): PlannedInput[] {
  return manifest.inputs.flatMap(({ name }, port) =>
    streams.flatMap(({ id, schema, eventTime, changes, readers }) =>
      readers
        .filter((reader) => reader.instance === instance && reader.port === port)
        .map(({ slice }): PlannedInput => ({ port, name, stream: id, slice, schema, eventTime, changes })),
    ),
  )
}

function outputsOf(
  question: PlanQuestion,
  operator: string,
  instance: string,
  manifest: OperatorManifest,
  streams: readonly DrawnStream[],
): PlannedOutput[] {
  return [...manifest.outputs.map((port) => port.name), ERRORS_PORT].map((name, port) => ({
    port,
    name,
    schema: schemaOf(question, operator, name),
    streams: streams.filter((stream) => stream.from === instance && stream.port === name).map((stream) => stream.id),
  }))
}

type UnsizedStream = Omit<PlannedStream, 'logBytes'>

function placed(stream: DrawnStream, containerOf: ReadonlyMap<string, string>): UnsizedStream {
  const publisherContainer = containerOf.get(stream.from) ?? ''
  const readers = stream.readers.map(({ instance, port }) => ({ instance, port, container: containerOf.get(instance) ?? '' }))
  return {
    id: stream.id,
    edge: stream.edge,
    routing: stream.routing,
    publisher: stream.from,
    publisherContainer,
    schema: stream.schema,
    readers,
    logReaders: [...new Set(readers.map((reader) => reader.container))].filter((container) => container !== publisherContainer).sort(),
  }
}

function containersOf({ manifests }: PlanQuestion, instances: readonly PlannedInstance[]): PlannedContainer[] {
  const containers = new Map<string, { id: string; kind: 'compute' | 'io'; instances: string[] }>()
  for (const { id: instance, type, container: id } of instances) {
    const found = containers.get(id)
    if (found === undefined) containers.set(id, { id, kind: manifests[type].container, instances: [instance] })
    else found.instances.push(instance)
  }
  return [...containers.values()]
}

const WIDTHS: Readonly<Record<TypeName, number>> = {
  bool: 1,
  int64: 8,
  float64: 8,
  decimal: 8,
  timestamp: 8,
  date: 8,
  interval: 8,
  string: 20,
  json: 80,
  array: 80,
}

/** By expected row width, at least 1 MB each; refused if that does not fit (L1). */
function divideMemory(streams: readonly UnsizedStream[], memoryBytes: number): PlannedStream[] {
  const logged = streams.filter((stream) => stream.logReaders.length > 0)
  const available = Math.floor(memoryBytes * LOG_SHARE)
  if (logged.length * MIN_LOG_BYTES > available) {
    throw new EngineError(
      'MEMORY_TOO_SMALL',
      `${logged.length} streams between containers need at least ${Math.ceil((logged.length * MIN_LOG_BYTES) / LOG_SHARE / 1_048_576)} MB of shared memory, and the run may use ${Math.floor(memoryBytes / 1_048_576)} MB. Raise the memory in the pipeline's settings.`,
    )
  }
  const width = (stream: UnsizedStream): number => stream.schema.reduce((sum, field) => sum + WIDTHS[typeNameOf(field.type)], 4)
  const widths = logged.reduce((sum, stream) => sum + width(stream), 0)
  const spare = available - logged.length * MIN_LOG_BYTES
  return streams.map((stream) => ({
    ...stream,
    logBytes: stream.logReaders.length === 0 ? 0 : (MIN_LOG_BYTES + Math.floor((spare * width(stream)) / widths)) & ~4095,
  }))
}
