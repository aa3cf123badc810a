/** Physical plans in one line per operator, and random ones for properties. */
import type { Schema } from '@belay/columns'
import * as fc from 'fast-check'
import type { PhysicalPlan, PlannedContainer, PlannedInstance, PlannedStream } from '../../src/plan/physicalPlan.ts'

export const SCHEMA: Schema = [{ name: 'n', type: 'int64', nullable: false }]

export interface Sketch {
  readonly id: string
  /** Of a partition or unifier: the operator it belongs to. */
  readonly operator?: string
  readonly part?: PlannedInstance['part']
  /** Operators whose only output it reads, one per port. */
  readonly from?: readonly string[]
  readonly role?: PlannedInstance['role']
  /** Default: a container of its own. */
  readonly container?: string
  readonly delivery?: PlannedInstance['delivery']
  readonly verbs?: PlannedInstance['verbs']
  readonly type?: string
  readonly config?: Readonly<Record<string, unknown>>
  readonly skips?: boolean
}

export interface PlanSettings {
  readonly windowMs?: number
  readonly checkpointIntervalMs?: number
  readonly keepCheckpoints?: number
  readonly stuckAfterMs?: number
  readonly logBytes?: number
  readonly schema?: Schema
}

/** Streams are named after their publisher: `s-<operator>`. Operators come in topological order. */
export function planOf(sketches: readonly Sketch[], settings: PlanSettings = {}): PhysicalPlan {
  const schema = settings.schema ?? SCHEMA
  const containerOf = (sketch: Sketch): string => sketch.container ?? `c-${sketch.id}`
  const read = new Set(sketches.flatMap((sketch) => sketch.from ?? []))
  const instances = sketches.map((sketch): PlannedInstance => {
    const role = sketch.role ?? (sketch.from === undefined ? 'source' : read.has(sketch.id) ? 'transform' : 'sink')
    return {
      id: sketch.id,
      operator: sketch.operator ?? sketch.id,
      part: sketch.part ?? 'whole',
      type: sketch.type ?? role,
      partition: 0,
      partitions: 1,
      config: sketch.config ?? {},
      role,
      stateful: true,
      onRowError: 'fail',
      skips: sketch.skips ?? false,
      verbs: sketch.verbs ?? (role === 'sink' ? ['rewind', 'keep'] : []),
      delivery: sketch.delivery ?? (role === 'sink' ? 'exactly-once' : null),
      inputs: (sketch.from ?? []).map((from, port) => ({
        port,
        name: `in${port}`,
        stream: `s-${from}`,
        slice: null,
        schema,
        eventTime: null,
        changes: { kind: 'append', key: null },
      })),
      outputs: role === 'sink' ? [] : [{ port: 0, name: 'out', schema, streams: read.has(sketch.id) ? [`s-${sketch.id}`] : [] }],
      container: containerOf(sketch),
    }
  })
  const merges = new Set(instances.filter(({ part }) => part === 'merge').map(({ id }) => id))
  const streams = instances
    .filter((instance) => read.has(instance.id))
    .map((publisher): PlannedStream => {
      const readers = instances.flatMap((instance) =>
        instance.inputs
          .filter((input) => input.stream === `s-${publisher.id}`)
          .map((input) => ({ instance: instance.id, port: input.port, container: instance.container })),
      )
      const logReaders = [...new Set(readers.map((reader) => reader.container))]
        .filter((container) => container !== publisher.container)
        .sort()
      return {
        id: `s-${publisher.id}`,
        edge: readers.every((reader) => merges.has(reader.instance)) ? null : `s-${publisher.id}`,
        routing: null,
        publisher: publisher.id,
        publisherContainer: publisher.container,
        schema,
        readers,
        logReaders,
        logBytes: logReaders.length === 0 ? 0 : (settings.logBytes ?? 65_536),
      }
    })
  const containers = new Map<string, PlannedContainer>()
  for (const instance of instances) {
    const known = containers.get(instance.container)
    containers.set(instance.container, {
      id: instance.container,
      kind: 'compute',
      instances: [...(known?.instances ?? []), instance.id],
    })
  }
  return {
    planHash: 'test',
    instances,
    streams,
    containers: [...containers.values()],
    windowMs: settings.windowMs ?? 500,
    checkpointIntervalMs: settings.checkpointIntervalMs ?? 1000,
    memoryBytes: 64 * 1024 * 1024,
    keepCheckpoints: settings.keepCheckpoints ?? 10,
    stuckAfterMs: settings.stuckAfterMs ?? 10_000,
    maxResidentBytes: null,
  }
}

/** Two sources, a chain fused in one container, a join and two sinks. */
export const DIAMOND: readonly Sketch[] = [
  { id: 'a' },
  { id: 'b' },
  { id: 'left', from: ['a'] },
  { id: 'right', from: ['a'], container: 'c-right' },
  { id: 'trim', from: ['right'], container: 'c-right' },
  { id: 'join', from: ['left', 'trim', 'b'] },
  { id: 'out', from: ['join'] },
  { id: 'copy', from: ['left'] },
]

/** Random plans of up to `most` operators; some share the container of an upstream. */
export function plans(most = 8): fc.Arbitrary<PhysicalPlan> {
  return fc
    .array(fc.record({ inputs: fc.array(fc.nat(), { maxLength: 2 }), fused: fc.boolean(), source: fc.boolean() }), {
      minLength: 1,
      maxLength: most,
    })
    .map((rows) => {
      const sketches: { id: string; from?: string[]; container: string }[] = []
      rows.forEach((row, i) => {
        const from = i === 0 || row.source ? [] : [...new Set(row.inputs.map((input) => `o${input % i}`))]
        const above = sketches.find((sketch) => sketch.id === from[0])
        sketches.push({
          id: `o${i}`,
          ...(from.length === 0 ? {} : { from }),
          container: row.fused && from.length === 1 && above?.from !== undefined ? above.container : `c-o${i}`,
        })
      })
      return planOf(sketches)
    })
}
