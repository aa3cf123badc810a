/** What a program has drawn so far, and the document that comes of it: the same as one drawn in the designer. */
import { manifests } from '@belay/operators/manifests'
import {
  DOCUMENT_FORMAT,
  manifestOf,
  meantPort,
  parseDocument,
  USUAL_SETTINGS,
  withPlaces,
  type OperatorNode,
  type Parameter,
  type PipelineDocument,
  type PipelineTest,
  type PortReference,
  type Settings,
} from '@belay/pipeline'
import { ProgramError } from './programError.ts'

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
    const manifest = manifestOf(manifests, type)
    const meant = meantPort(manifest, side)
    if (meant !== undefined) return meant
    const ports = manifest?.[side].map(({ name }) => name) ?? []
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
      settings: { ...USUAL_SETTINGS, ...settings },
      operators: this.#operators,
      streams: this.#streams.map((stream, i) => ({ id: `s${i + 1}`, ...stream })),
      layout: {},
      ...(this.#tests.length === 0 ? {} : { tests: this.#tests }),
    }
    const parsed = parseDocument(structuredClone(withPlaces(document)))
    if (!parsed.ok) throw new ProgramError(parsed.problems.map(({ message }) => message).join(' '))
    return parsed.document
  }
}
