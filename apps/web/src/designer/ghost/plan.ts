/**
 * What the worker needs to compute example rows along the graph: the sample of every source and,
 * in the order of the graph, what each operator does. Plain data, sent to the worker as it is.
 */
import type { Schema, Value } from '@belay/columns'
import { graphOf, type PipelineDocument, type StreamKind } from '@belay/pipeline'
import { manifestFor } from '../catalogue.ts'
import { nameOf, withDefaultValues, type Checked } from '../check.ts'

export type SampleRow = Readonly<Record<string, Value>>

/** First rows of a file as they lie in it. */
export type Sample = { readonly kind: 'rows'; readonly rows: readonly SampleRow[] } | { readonly kind: 'none'; readonly reason: string }

interface GhostInput {
  readonly port: string
  /** `operator.port` it is fed by. */
  readonly from: string
  readonly schema: Schema
  /** The column whose time counts; null = none. */
  readonly eventTime: string | null
  /** Whether rows are taken back. */
  readonly changes: StreamKind
}

export interface GhostStep {
  readonly id: string
  readonly name: string
  readonly type: string
  /** Parameters at their defaults. */
  readonly config: Readonly<Record<string, unknown>>
  readonly inputs: readonly GhostInput[]
  /** All `operator.port` that it is fed by, also those whose columns are not known. */
  readonly fedBy: readonly string[]
  /** An input that has to be connected is not. */
  readonly unfed: boolean
  /** By output port; ports whose columns are not known are missing. */
  readonly outputs: Readonly<Record<string, Schema>>
  /** By output port: the columns that tell a row from others; null = all of them do, or rows are only added. */
  readonly keys: Readonly<Record<string, readonly string[] | null>>
  /** All output ports. */
  readonly ports: readonly string[]
  /** Why it gives no rows whatever comes in; null = it can be computed. */
  readonly stopped: string | null
  /** The file it reads or looks up in. */
  readonly sample: Sample | null
}

export type GhostPlan = readonly GhostStep[]

/** `sampleOf` answers for operators that read a file. */
export function ghostPlan(document: PipelineDocument, checked: Checked, sampleOf: (operator: string) => Sample | null): GhostPlan {
  const resolved = withDefaultValues(document)
  const feeding = new Map(
    document.streams.flatMap((stream) =>
      stream.to.map((to) => [`${to.operator}.${to.port}`, `${stream.from.operator}.${stream.from.port}`]),
    ),
  )
  return graphOf(resolved).order.map((operator): GhostStep => {
    const manifest = manifestFor(operator.type)
    const { inputs, outputs } = checked.propagation
    const inputPorts = manifest?.inputs ?? []
    const fedBy = inputPorts.flatMap(({ name }) => feeding.get(`${operator.id}.${name}`) ?? [])
    const ports = (checked.ports.get(operator.id) ?? []).map((port) => port.name)
    const bad = checked.problems.find(
      ({ severity, place }) => severity === 'error' && place.operator === operator.id && place.configPath !== undefined,
    )
    return {
      id: operator.id,
      name: nameOf(operator),
      type: operator.type,
      config: operator.config,
      inputs: inputPorts.flatMap(({ name }) => {
        const edge = inputs.get(`${operator.id}.${name}`)
        const from = feeding.get(`${operator.id}.${name}`)
        return edge === undefined || from === undefined
          ? []
          : [{ port: name, from, schema: edge.schema, eventTime: edge.eventTime, changes: edge.changes }]
      }),
      fedBy,
      unfed: inputPorts.some(({ name, optional }) => optional !== true && !feeding.has(`${operator.id}.${name}`)),
      outputs: Object.fromEntries(
        ports.flatMap((port) => {
          const edge = outputs.get(`${operator.id}.${port}`)
          return edge === undefined ? [] : [[port, edge.schema]]
        }),
      ),
      keys: Object.fromEntries(
        ports.flatMap((port) => {
          const edge = outputs.get(`${operator.id}.${port}`)
          return edge === undefined ? [] : [[port, edge.changes.kind === 'append' ? null : edge.changes.key]]
        }),
      ),
      ports,
      stopped: bad === undefined ? null : bad.message,
      sample: sampleOf(operator.id),
    }
  })
}
