/**
 * From a pipeline and one of its tests to a document that can be run: sources give the test's rows, sinks
 * write the table they would end with into a folder of the test, operators whose ports are expected get such a
 * sink of their own. Pure.
 */
import type { Schema } from '@belay/columns'
import { parseTimestamp } from '@belay/expressions'
import { givenRow, type GivenRowsConfig } from '@belay/operators/manifests'
import {
  ERRORS_PORT,
  manifestOf,
  outputPorts,
  propagate,
  resolveParameters,
  type EdgeType,
  type ManifestCatalogue,
  type OperatorNode,
  type PipelineDocument,
  type PipelineTest,
  type PortReference,
  type TestRow,
} from '@belay/pipeline'

/** The root whose folder belongs to one run of a test. */
export const TEST_ROOT = 'belay-test'
export const GATE = 'go'
/** Short, so that a step that waits for the one before waits little. */
const WINDOW_MS = 50
const CHECKPOINT_INTERVAL_MS = 200

export interface Capture {
  /** As the test names it, or the sink's id. */
  readonly port: string
  readonly schema: Schema
  /** In the folder of the test. */
  readonly file: string
  /** null = the test says nothing about it. */
  readonly expected: readonly TestRow[] | null
}

export interface TestPlan {
  readonly document: PipelineDocument
  readonly captures: readonly Capture[]
  /** Operators that give the rows. */
  readonly sources: readonly string[]
  /** By step: the operators that die after it. */
  readonly kills: readonly (readonly string[])[]
}

export type TestPlanResult = { readonly ok: true; readonly plan: TestPlan } | { readonly ok: false; readonly message: string }

/** What keeps a test from being run: told, not thrown. */
class TestFault extends Error {
  override readonly name = 'TestFault'
}

export function planTest(document: PipelineDocument, test: PipelineTest, manifests: ManifestCatalogue): TestPlanResult {
  const resolved = resolveParameters(document, test.parameters ?? {})
  if (!resolved.ok) return { ok: false, message: resolved.problems.map(({ message }) => message).join(' ') }
  try {
    return { ok: true, plan: new Planner(resolved.document, test, manifests).plan() }
  } catch (error) {
    if (error instanceof TestFault) return { ok: false, message: error.message }
    throw error
  }
}

/** A port that the test names. */
interface Named extends PortReference {
  readonly side: 'input' | 'output'
}

interface Edge {
  readonly from: PortReference
  readonly to: PortReference
}

const keyOf = ({ operator, port }: PortReference): string => `${operator}.${port}`

class Planner {
  readonly #document: PipelineDocument
  readonly #test: PipelineTest
  readonly #manifests: ManifestCatalogue
  readonly #types: ReturnType<typeof propagate>
  readonly #operators = new Map<string, OperatorNode>()
  #edges: Edge[]

  constructor(document: PipelineDocument, test: PipelineTest, manifests: ManifestCatalogue) {
    this.#document = document
    this.#test = test
    this.#manifests = manifests
    this.#types = propagate(document, manifests)
    for (const operator of document.operators) this.#operators.set(operator.id, operator)
    this.#edges = document.streams.flatMap(({ from, to }) => to.map((end) => ({ from, to: end })))
  }

  plan(): TestPlan {
    const given = this.#given()
    const replaced = new Map<string, string[]>()
    for (const [key, port] of given) {
      const source = this.#replace(key, port)
      replaced.set(port.operator, [...(replaced.get(port.operator) ?? []), source])
    }
    const sources = [...replaced.values()].flat()
    const alive = this.#alive(new Set(sources))
    const expected = this.#expected(alive)
    const kills = this.#test.steps.map(({ kill }) => (kill === undefined ? [] : this.#killed(kill, alive, replaced)))
    for (const id of this.#operators.keys()) if (!alive.has(id)) this.#operators.delete(id)
    this.#edges = this.#edges.filter(({ from, to }) => alive.has(from.operator) && alive.has(to.operator))
    const captures = this.#capture(expected)
    return { document: this.#rewritten(), captures, sources, kills }
  }

  /** Ports that are given rows, by name as the test has it. */
  #given(): Map<string, Named> {
    const given = new Map<string, Named>()
    for (const [i, { rows }] of this.#test.steps.entries())
      for (const name of Object.keys(rows ?? {})) given.set(name, this.#named(name, 'given', `Step ${i + 1}`))
    if (given.size === 0) throw new TestFault('No step gives rows. Write rows for a source under `rows` of the first step.')
    return given
  }

  /** `operator` or `operator.port`. A source gives; what has inputs takes; of what is expected it is the other way round. */
  #named(name: string, role: 'given' | 'expected', where: string): Named {
    const dot = name.indexOf('.')
    const id = dot < 0 ? name : name.slice(0, dot)
    const operator = this.#operators.get(id)
    const manifest = operator === undefined ? undefined : manifestOf(this.#manifests, operator.type)
    if (operator === undefined || manifest === undefined)
      throw new TestFault(
        `${where} names ${id}, and the pipeline has no such operator. There are: ${[...this.#operators.keys()].join(', ')}.`,
      )
    const inputs = manifest.inputs.map((port) => port.name)
    const outputs = outputPorts(operator, manifest).map((port) => port.name)
    if (dot >= 0) {
      const port = name.slice(dot + 1)
      if (outputs.includes(port) || (role === 'expected' && port === ERRORS_PORT)) return { operator: id, port, side: 'output' }
      if (inputs.includes(port)) return { operator: id, port, side: 'input' }
      throw new TestFault(`${where} names ${name}, and ${id} has no such port. It has: ${[...inputs, ...outputs].join(', ')}.`)
    }
    const side = role === 'given' ? (inputs.length === 0 ? 'output' : 'input') : outputs.length === 0 ? 'input' : 'output'
    const used = (port: string): boolean =>
      side === 'input'
        ? this.#types.inputs.has(`${id}.${port}`)
        : this.#edges.some(({ from }) => from.operator === id && from.port === port)
    const ports = side === 'input' ? inputs : outputs
    const meant = ports.length === 1 ? ports : ports.filter(used)
    if (meant.length !== 1)
      throw new TestFault(`${where} has to say which port of ${id} it means: ${ports.map((port) => `${id}.${port}`).join(', ')}.`)
    return { operator: id, port: meant[0], side }
  }

  #edgeOf({ operator, port, side }: Named): EdgeType {
    const edge = (side === 'input' ? this.#types.inputs : this.#types.outputs).get(`${operator}.${port}`)
    if (edge === undefined)
      throw new TestFault(
        `The columns of ${operator}.${port} are not known. Put right what is wrong before it; see the pipeline's problems.`,
      )
    return edge
  }

  /** Puts given rows in the place of a port; the id of the operator that gives them. */
  #replace(name: string, port: Named): string {
    const edge = this.#edgeOf(port)
    const operator = this.#operators.get(port.operator)
    const alone = port.side === 'output' && operator !== undefined && this.#isSource(operator) && operator.type !== 'given-rows'
    const id = alone && this.#givenOf(port.operator) === 1 ? port.operator : this.#freeId(`${port.operator}-${port.port}`)
    const steps = this.#test.steps.map((step, i) => ({
      rows: (step.rows?.[name] ?? []).map((row, k) => this.#checked(row, edge.schema, `${name}, row ${k + 1} of step ${i + 1}`)),
      watermark: edge.eventTime === null ? null : watermarkOf(step.watermark, i),
    }))
    const behind = operator?.config['outOfOrderMs']
    const config: GivenRowsConfig = {
      columns: edge.schema.map((column) => ({ ...column })),
      eventTime: edge.eventTime,
      outOfOrderMs: typeof behind === 'number' && port.side === 'output' ? behind : 0,
      changes: edge.changes.kind,
      key: edge.changes.key === null ? null : [...edge.changes.key],
      steps,
      gate: `${TEST_ROOT}:${GATE}`,
    }
    const from: PortReference = { operator: id, port: 'out' }
    if (port.side === 'output') {
      this.#edges = this.#edges.map((edge) => (keyOf(edge.from) === keyOf(port) ? { ...edge, from } : edge))
      if (id !== port.operator) this.#operators.delete(port.operator)
    } else
      this.#edges = [
        ...this.#edges.filter(({ to }) => keyOf(to) !== keyOf(port)),
        { from, to: { operator: port.operator, port: port.port } },
      ]
    this.#operators.set(id, { id, type: 'given-rows', typeVersion: 1, name: name, config: config as unknown as OperatorNode['config'] })
    return id
  }

  #givenOf(operator: string): number {
    const names = new Set(this.#test.steps.flatMap(({ rows }) => Object.keys(rows ?? {})))
    return [...names].filter((name) => name === operator || name.startsWith(`${operator}.`)).length
  }

  #checked(row: TestRow, schema: Schema, where: string): Record<string, unknown> {
    const given = givenRow(row, schema)
    if (!given.ok) throw new TestFault(`${where}: ${given.message}.`)
    return escaped(row) as Record<string, unknown>
  }

  #isSource(operator: OperatorNode): boolean {
    return manifestOf(this.#manifests, operator.type)?.inputs.length === 0
  }

  #freeId(wanted: string): string {
    const base = wanted.slice(0, 58)
    let id = base
    for (let i = 2; this.#operators.has(id); i += 1) id = `${base}-${i}`
    return id
  }

  /** Operators all of whose rows the test gives. */
  #alive(sources: ReadonlySet<string>): Set<string> {
    const alive = new Set(sources)
    for (let grew = true; grew;) {
      grew = false
      for (const [id, operator] of this.#operators) {
        if (alive.has(id) || this.#isSource(operator)) continue
        const feeders = this.#edges.filter(({ to }) => to.operator === id)
        if (feeders.length === 0 || !feeders.every(({ from }) => alive.has(from.operator))) continue
        alive.add(id)
        grew = true
      }
    }
    return alive
  }

  /** The source that is why an operator cannot be computed. */
  #unfed(id: string, alive: ReadonlySet<string>, seen = new Set<string>()): string {
    if (seen.has(id)) return id
    seen.add(id)
    const dead = this.#edges.find(({ from, to }) => to.operator === id && !alive.has(from.operator))
    return dead === undefined ? id : this.#unfed(dead.from.operator, alive, seen)
  }

  #expected(alive: ReadonlySet<string>): Map<string, Named> {
    const ports = new Map<string, Named>()
    for (const name of Object.keys(this.#test.expected)) {
      const port = this.#named(name, 'expected', 'What is expected')
      if (!alive.has(port.operator))
        throw new TestFault(
          `${name} also takes rows of ${this.#unfed(port.operator, alive)}, and the test gives none for it. Write them in a step, if only an empty list.`,
        )
      ports.set(name, port)
    }
    return ports
  }

  #killed(kill: string, alive: ReadonlySet<string>, replaced: ReadonlyMap<string, readonly string[]>): readonly string[] {
    const given = replaced.get(kill)
    if (alive.has(kill)) return [kill]
    if (given !== undefined) return given
    throw new TestFault(
      this.#document.operators.some(({ id }) => id === kill)
        ? `${kill} is to be killed, and nothing reaches it in this test. Kill an operator on the way of the rows.`
        : `${kill} is to be killed, and the pipeline has no such operator.`,
    )
  }

  /** Sinks write into the test's folder; so does what is expected of other ports. */
  #capture(expected: ReadonlyMap<string, Named>): Capture[] {
    const captures: Capture[] = []
    const add = (port: string, edge: EdgeType, rows: readonly TestRow[] | null): OperatorNode['config'] => {
      const file = `${captures.length}.jsonl`
      captures.push({ port, schema: edge.schema, file, expected: rows })
      const key = edge.changes.kind === 'upsert' ? { key: [...edge.changes.key] } : {}
      return { folder: '', name: 'rows', file: `${TEST_ROOT}:${file}`, format: 'json-lines', layout: 'single', mode: 'final', ...key }
    }
    const rowsOf = (operator: string, port: string): { readonly name: string; readonly rows: readonly TestRow[] | null } => {
      const name = [...expected].find(([, named]) => named.operator === operator && named.port === port && named.side === 'input')?.[0]
      return name === undefined ? { name: operator, rows: null } : { name, rows: this.#test.expected[name] }
    }
    const sinks = new Set<string>()
    for (const [id, operator] of this.#operators) {
      const manifest = manifestOf(this.#manifests, operator.type)
      if (manifest === undefined || manifest.outputs.length > 0) continue
      const incoming = this.#edges.find(({ to }) => to.operator === id)
      if (incoming === undefined) continue
      const { name, rows } = rowsOf(id, incoming.to.port)
      const edge = this.#edgeOf({ ...incoming.to, side: 'input' })
      sinks.add(id)
      this.#operators.set(id, { id, type: 'file-sink', typeVersion: 1, name: operator.name, config: add(name, edge, rows) })
      this.#edges = this.#edges.map((one) => (one.to.operator === id ? { ...one, to: { operator: id, port: 'in' } } : one))
    }
    for (const [name, port] of expected) {
      if (sinks.has(port.operator)) continue
      const from = port.side === 'output' ? port : this.#edges.find(({ to }) => keyOf(to) === keyOf(port))?.from
      if (from === undefined) continue
      const id = this.#freeId(`${port.operator}-${port.port}-seen`)
      const config = add(name, this.#edgeOf(port), this.#test.expected[name])
      this.#operators.set(id, { id, type: 'file-sink', typeVersion: 1, name, config })
      this.#edges.push({ from: { operator: from.operator, port: from.port }, to: { operator: id, port: 'in' } })
    }
    return captures
  }

  #rewritten(): PipelineDocument {
    const streams = new Map<string, { from: PortReference; to: PortReference[] }>()
    for (const { from, to } of this.#edges) {
      const stream = streams.get(keyOf(from)) ?? { from, to: [] }
      stream.to.push(to)
      streams.set(keyOf(from), stream)
    }
    const { format, id, name, settings } = this.#document
    return {
      format,
      id,
      name,
      parameters: {},
      settings: { ...settings, windowMs: WINDOW_MS, checkpointIntervalMs: CHECKPOINT_INTERVAL_MS },
      operators: [...this.#operators.values()],
      streams: [...streams.values()].map((stream, i) => ({ id: `s${i + 1}`, ...stream })),
      layout: {},
    }
  }
}

/** ms since the epoch; null = not said. */
function watermarkOf(given: string | number | undefined, step: number): number | null {
  if (given === undefined) return null
  const time = typeof given === 'number' ? given : parseTimestamp(given)
  if (time === undefined)
    throw new TestFault(`The watermark of step ${step + 1}, ${JSON.stringify(given)}, is no time. Write it as 2001-01-01T12:00:00Z.`)
  return time
}

/** Configs know parameters; rows do not. */
function escaped(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('${', () => '$${')
  if (Array.isArray(value)) return value.map(escaped)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, escaped(entry)]))
}
