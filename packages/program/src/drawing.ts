/** What a program has drawn so far, and the document that comes of it: the same as one drawn in the designer. */
import { manifests } from '@belay/operators/manifests'
import {
  DOCUMENT_FORMAT,
  graphOf,
  manifestOf,
  parseDocument,
  type OperatorNode,
  type Parameter,
  type PipelineDocument,
  type PipelineTest,
  type PortReference,
  type Settings,
} from '@belay/pipeline'
import { ProgramError } from './programError.ts'

const STEP = { x: 280, y: 160 }
const SETTINGS: Settings = { windowMs: 500, checkpointIntervalMs: 1000, memoryBytes: 268_435_456 }

/** What every operator may say beside its config. */
export interface OperatorOptions {
  /** For people; its id by default. */
  readonly name?: string
  readonly partitions?: number
  /** A number parameter that says how many partitions there are. */
  readonly partitionsParameter?: string
  readonly onRowError?: 'fail' | 'skip'
  readonly isolate?: boolean
  readonly fuse?: boolean
  /** Of operators that this installation does not know. */
  readonly typeVersion?: number
}

export interface PipelineOptions {
  /** For people; the id by default. */
  readonly name?: string
  readonly description?: string
  readonly parameters?: Readonly<Record<string, Parameter>>
  readonly settings?: Partial<Settings>
}

export class Drawing {
  readonly #id: string
  readonly #options: PipelineOptions
  readonly #operators: OperatorNode[] = []
  readonly #streams: { readonly from: PortReference; readonly to: PortReference[] }[] = []
  readonly #tests: PipelineTest[] = []

  constructor(id: string, options: PipelineOptions) {
    this.#id = id
    this.#options = options
  }

  /** Throws ProgramError if the id is taken. */
  add(id: string, type: string, config: Readonly<Record<string, unknown>>, options: OperatorOptions = {}): void {
    if (this.#operators.some((operator) => operator.id === id))
      throw new ProgramError(`Two operators are called ${id}. Give one another id: state belongs to it.`)
    const manifest = manifestOf(manifests, type)
    const { name = id, typeVersion = manifest?.typeVersion ?? 1, ...rest } = options
    this.#operators.push({ id, type, typeVersion, name, config: structuredClone({ ...manifest?.defaultConfig, ...config }), ...rest })
  }

  connect(from: PortReference, to: PortReference): void {
    const stream = this.#streams.find((other) => other.from.operator === from.operator && other.from.port === from.port)
    if (stream === undefined) this.#streams.push({ from, to: [to] })
    else stream.to.push(to)
  }

  /** The name of an operator's only port, or of the one that is asked for. */
  portOf(operator: string, side: 'inputs' | 'outputs', port: string | undefined): string {
    if (port !== undefined) return port
    const type = this.#operators.find(({ id }) => id === operator)?.type ?? ''
    const ports = manifestOf(manifests, type)?.[side].map(({ name }) => name) ?? [side === 'inputs' ? 'in' : 'out']
    if (ports.length === 1 || ports.includes(side === 'inputs' ? 'in' : 'out'))
      return ports.length === 1 ? ports[0] : side === 'inputs' ? 'in' : 'out'
    throw new ProgramError(`${operator} has several ${side}: ${ports.join(', ')}. Say which one.`)
  }

  test(test: PipelineTest): void {
    this.#tests.push(test)
  }

  /** Throws ProgramError with everything that keeps it from being a document. */
  document(): PipelineDocument {
    const { name = this.#id, description, parameters = {}, settings = {} } = this.#options
    const document: PipelineDocument = {
      format: DOCUMENT_FORMAT,
      id: this.#id,
      name,
      ...(description === undefined ? {} : { description }),
      parameters: { ...parameters },
      settings: { ...SETTINGS, ...settings },
      operators: this.#operators,
      streams: this.#streams.map((stream, i) => ({ id: `s${i + 1}`, ...stream })),
      layout: {},
      ...(this.#tests.length === 0 ? {} : { tests: this.#tests }),
    }
    const parsed = parseDocument(structuredClone({ ...document, layout: places(document) }))
    if (!parsed.ok) throw new ProgramError(parsed.problems.map(({ message }) => message).join(' '))
    return parsed.document
  }
}

/** Columns by the longest way from a source, rows in the order of the program. */
function places(document: PipelineDocument): PipelineDocument['layout'] {
  const { order, upstream } = graphOf(document)
  const depth = new Map<string, number>()
  const used = new Map<number, number>()
  const layout: PipelineDocument['layout'] = {}
  for (const { id } of order) {
    const column = Math.max(-1, ...(upstream.get(id) ?? []).map((above) => depth.get(above) ?? 0)) + 1
    const row = used.get(column) ?? 0
    depth.set(id, column)
    used.set(column, row + 1)
    layout[id] = { x: column * STEP.x, y: row * STEP.y }
  }
  return layout
}
