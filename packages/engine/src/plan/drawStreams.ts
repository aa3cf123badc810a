/**
 * The document's streams as streams between instances (engine-spec H25): one for each publishing
 * instance and each way its rows are shared out.
 */
import { fieldIndex, type Schema } from '@belay/columns'
import { ERRORS_EDGE, ERRORS_PORT, type EdgeType, type OperatorPartitions, type StreamKind } from '@belay/pipeline'
import { EngineError } from '../operator/engineError.ts'
import type { LaidOut, PlanQuestion } from './layout.ts'
import type { PlannedRouting } from './physicalPlan.ts'

/** A stream before it is known where its ends run. */
export interface DrawnStream {
  readonly id: string
  readonly edge: string | null
  readonly from: string
  readonly port: string
  readonly schema: Schema
  readonly eventTime: string | null
  readonly changes: StreamKind
  readonly routing: PlannedRouting | null
  readonly readers: readonly DrawnReader[]
}

interface DrawnReader {
  readonly instance: string
  readonly port: number
  readonly slice: number | null
}

/** One stream a publishing instance and way of sharing out; readers of all rows join the first one. */
export function drawStreams(question: PlanQuestion, operators: readonly LaidOut[]): readonly DrawnStream[] {
  const { document } = question
  const byId = new Map(operators.map((operator) => [operator.node.id, operator]))
  const drawn: DrawnStream[] = []
  for (const stream of document.streams) {
    const from = byId.get(stream.from.operator)
    if (from === undefined || stream.to.length === 0) continue
    const schema = schemaOf(question, stream.from.operator, stream.from.port)
    const targets = stream.to.map((to) => {
      const target = byId.get(to.operator)
      if (target === undefined) throw new EngineError('UNKNOWN_PORT', `Stream ${stream.id} leads to ${to.operator}, which is not there.`)
      return { target, port: portNumber(target, to.port), exchange: target.parts.inputs[to.port] }
    })
    const routings: (PlannedRouting | null)[] = []
    const routed = targets.map(({ target, exchange }) => {
      const routing = routingOf(exchange, schema, target.parts.partitions)
      if (routing !== null && !routings.some((other) => sameRouting(other, routing))) routings.push(routing)
      return routing
    })
    if (routings.length === 0) routings.push(null)
    const errors = stream.from.port === ERRORS_PORT
    const publishers = errors ? from.entries.concat(from.exits.filter((id) => !from.entries.includes(id))) : from.exits
    routings.forEach((routing, way) => {
      publishers.forEach((publisher, k) => {
        const readers = targets.flatMap(({ target, port, exchange }, at): DrawnReader[] => {
          const own = routed[at]
          if (own !== null) return sameRouting(own, routing) ? target.entries.map((instance, slice) => ({ instance, port, slice })) : []
          if (way > 0) return []
          const takers = exchange.kind === 'one-to-one' ? target.entries.slice(k, k + 1) : target.entries
          return takers.map((instance) => ({ instance, port, slice: null }))
        })
        drawn.push({
          id: `${stream.id}${way === 0 ? '' : `~${way}`}${publishers.length === 1 ? '' : `#${k}`}`,
          edge: stream.id,
          from: publisher,
          port: stream.from.port,
          schema,
          ...carriedBy(question.outputs.get(`${stream.from.operator}.${stream.from.port}`)),
          routing,
          readers,
        })
      })
    })
  }
  for (const operator of operators) drawn.push(...toUnifier(question, operator))
  return drawn
}

function toUnifier(question: PlanQuestion, { node, manifest, parts, entries, exits }: LaidOut): DrawnStream[] {
  if (parts.unifier === null) return []
  const port = manifest.outputs[0].name
  return entries.map((from, k) => ({
    id: `${node.id}~merge#${k}`,
    edge: null,
    from,
    port,
    schema: schemaOf(question, node.id, port),
    ...carriedBy(question.outputs.get(`${node.id}.${port}`)),
    routing: null,
    readers: [{ instance: exits[0], port: 0, slice: null }],
  }))
}

/** What is known of the rows besides their columns; an edge without a type (errors) only appends. */
function carriedBy(edge: EdgeType | undefined): Pick<DrawnStream, 'eventTime' | 'changes'> {
  return { eventTime: edge?.eventTime ?? null, changes: edge?.changes ?? ERRORS_EDGE.changes }
}

function routingOf(exchange: OperatorPartitions['inputs'][string], schema: Schema, partitions: number): PlannedRouting | null {
  switch (exchange.kind) {
    case 'whole':
    case 'one-to-one':
      return null
    case 'spread':
      return { kind: 'spread', partitions }
    case 'key':
      return { kind: 'key', columns: exchange.columns.map((name) => fieldIndex(schema, name)), partitions }
  }
}

function sameRouting(a: PlannedRouting | null, b: PlannedRouting | null): boolean {
  if (a === null || b === null || a.partitions !== b.partitions) return a === b
  if (a.kind === 'spread' || b.kind === 'spread') return a.kind === b.kind
  return a.columns.length === b.columns.length && a.columns.every((column, i) => column === b.columns[i])
}

function portNumber({ node, manifest }: LaidOut, port: string): number {
  const number = manifest.inputs.findIndex((candidate) => candidate.name === port)
  if (number < 0) throw new EngineError('UNKNOWN_PORT', `Operator ${node.id} has no input ${port}. Remove the stream to it.`)
  return number
}

export function schemaOf(question: PlanQuestion, operator: string, port: string): Schema {
  if (port === ERRORS_PORT) return ERRORS_EDGE.schema
  return question.outputs.get(`${operator}.${port}`)?.schema ?? []
}
