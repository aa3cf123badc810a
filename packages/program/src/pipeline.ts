/** `pipeline('name').source(…).filter(…)…`: where a program begins. */
import type { LogicalType } from '@belay/columns'
import type { Parameter, PipelineDocument, PipelineTest } from '@belay/pipeline'
import { declared, type Columns, type ColumnsOf, type ColumnsSpec } from './columns.ts'
import { Drawing, type OperatorOptions, type PipelineOptions } from './drawing.ts'
import { ProgramError } from './programError.ts'
import { Stream } from './stream.ts'

type FileSourceType = 'csv-source' | 'json-lines-source' | 'parquet-source'

export interface FileSourceConfig<S extends ColumnsSpec> extends OperatorOptions {
  readonly file: string
  readonly columns: S
  /** The column that windows go by. */
  readonly eventTime?: Extract<keyof S, string>
  readonly outOfOrderMs?: number
  readonly rowsPerSecond?: number
  /** Wait for lines to be added. CSV and JSON lines. */
  readonly follow?: boolean
  /** CSV: the first line names the columns. */
  readonly header?: boolean
  /** CSV. */
  readonly delimiter?: string
}

type GeneratorColumns = { readonly id: 'int64'; readonly key: 'string'; readonly value: 'float64'; readonly time: 'timestamp' }

interface ParameterTypes {
  readonly string: string
  readonly number: number
  readonly boolean: boolean
}

export class Pipeline<const P extends Readonly<Record<string, Parameter>> = Readonly<Record<never, Parameter>>> {
  readonly #drawing: Drawing
  readonly #parameters: P

  constructor(id: string, options: PipelineOptions & { readonly parameters?: P }) {
    this.#drawing = new Drawing(id, options)
    this.#parameters = options.parameters ?? ({} as P)
  }

  /** Stands for the value that a parameter has when a run starts. */
  parameter<const N extends Extract<keyof P, string>>(name: N): ParameterTypes[P[N]['type']] {
    if (!Object.hasOwn(this.#parameters, name))
      throw new ProgramError(`There is no parameter ${name}. Add it to the pipeline's parameters.`)
    // Configs name parameters by text, whatever their type.
    return `\${${name}}` as unknown as ParameterTypes[P[N]['type']]
  }

  /** Files: `columns` as `{ name: 'string', age: 'int64?' }`. */
  source<const S extends ColumnsSpec>(id: string, type: FileSourceType, config: FileSourceConfig<S>): Stream<ColumnsOf<S>>
  /** Made-up rows, the same ones for the same seed. */
  source(
    id: string,
    type: 'generator',
    config?: OperatorOptions & { readonly rows?: number; readonly rowsPerSecond?: number; readonly seed?: number; readonly keys?: number },
  ): Stream<GeneratorColumns>
  /** Any other source; `output` names the port where there are several, `columns` say what it has, for TypeScript. */
  source<const T extends string, const S extends ColumnsSpec = Readonly<Record<string, LogicalType>>>(
    id: string,
    type: T extends FileSourceType | 'generator' ? never : T,
    config?: Readonly<Record<string, unknown>>,
    options?: OperatorOptions & { readonly output?: string; readonly columns?: S },
  ): Stream<ColumnsOf<S>, Readonly<Record<string, Columns>>>
  source(
    id: string,
    type: string,
    config: object = {},
    options: OperatorOptions & { readonly output?: string; readonly columns?: ColumnsSpec } = {},
  ): unknown {
    const known = type === 'csv-source' || type === 'json-lines-source' || type === 'parquet-source' || type === 'generator'
    const [own, rest] = known ? split(config) : [config as Readonly<Record<string, unknown>>, {}]
    const { output, columns: _columns, ...more } = options
    const { columns } = own
    const whole = known && columns !== undefined ? { ...own, columns: declared(columns as ColumnsSpec) } : own
    this.#drawing.add(id, type, whole, { ...rest, ...more })
    return new Stream(this.#drawing, { operator: id, port: this.#drawing.portOf(id, 'outputs', output) })
  }

  /** A test of the pipeline, for `belay test` and the page. */
  test(test: PipelineTest): this {
    this.#drawing.test(test)
    return this
  }

  /** What is stored, exported and run. Throws ProgramError. */
  toDocument(): PipelineDocument {
    return this.#drawing.document()
  }
}

const OPTIONS: readonly (keyof OperatorOptions)[] = [
  'name',
  'partitions',
  'partitionsParameter',
  'onRowError',
  'isolate',
  'fuse',
  'typeVersion',
]

/** Config, and what is said beside it in one object. */
function split(config: object): [Record<string, unknown>, OperatorOptions] {
  const isOption = ([key]: [string, unknown]): boolean => OPTIONS.includes(key as keyof OperatorOptions)
  const entries = Object.entries(config as Readonly<Record<string, unknown>>).filter(([, value]) => value !== undefined)
  return [Object.fromEntries(entries.filter((entry) => !isOption(entry))), Object.fromEntries(entries.filter(isOption))]
}

/** `id`: given once, `[a-z][a-z0-9-]*`. */
export function pipeline<const P extends Readonly<Record<string, Parameter>> = Readonly<Record<never, Parameter>>>(
  id: string,
  options: Omit<PipelineOptions, 'parameters'> & { readonly parameters?: P } = {},
): Pipeline<P> {
  return new Pipeline(id, options)
}
