/**
 * What is known about a kind of operator without running it: ports, config, typing, guarantee,
 * words. Manifests are browser-safe: palette, forms, validation and docs are made from them.
 */
import type { TSchema } from 'typebox'
import type { EdgeType, StreamKind } from './edgeType.ts'
import type { ConfigProblem } from './problem.ts'

/** A closed list. changelog: operators that keep a table up to date and give its changes. */
export type OperatorCategory = 'sources' | 'transform' | 'join' | 'window' | 'changelog' | 'sinks'

/**
 * Whether Apache Flink SQL can say the same (engine-spec H35). Equal means an equal final table,
 * never the same sequence of updates.
 */
export type FlinkSupport =
  | { readonly support: 'yes' }
  | { readonly support: 'no'; readonly reason: string }
  | { readonly support: 'differs'; readonly note: string }

export interface InputPort {
  readonly name: string
  readonly title: string
  /** An optional port may stay unconnected. */
  readonly optional?: boolean
  /** Stream kinds it takes. */
  readonly accepts: readonly StreamKind['kind'][]
}

export interface OutputPort {
  readonly name: string
  readonly title: string
}

/** What the operator promises when machines fail; the designer shows the weakest link of every path. */
export type Guarantee =
  | { readonly role: 'source'; readonly replay: 'seek' | 'ingest-log' | 'none'; readonly sentence: string }
  | { readonly role: 'transform'; readonly sentence: string }
  | {
      readonly role: 'sink'
      readonly delivery: 'exactly-once' | 'at-least-once' | 'display'
      readonly verbs: readonly ('rewind' | 'fork' | 'keep')[]
      readonly sentence: string
    }

/** How the form draws one config value. `path` is a JSON pointer into config. */
export interface ConfigField {
  readonly path: string
  readonly label: string
  readonly help?: string
  readonly advanced?: boolean
  /** A running operator takes another value at a window's end; only for settings that change no type. */
  readonly live?: true
  readonly unit?: string
  readonly placeholder?: string
  readonly control:
    | { readonly kind: 'text' }
    | { readonly kind: 'number'; readonly min?: number; readonly max?: number }
    | { readonly kind: 'switch' }
    /** Program text, at `/code`: taken as it is, so `${…}` belongs to its language and is no parameter. */
    | { readonly kind: 'code'; readonly language: 'javascript' }
    | { readonly kind: 'choice'; readonly options: readonly { readonly value: string; readonly label: string }[] }
    | { readonly kind: 'duration' }
    /** A reference to a secret, `{"secret": "name"}`; null = none, where `optional`. */
    | { readonly kind: 'secret'; readonly optional?: boolean }
    /** `[{name, value}]`: headers of HTTP requests; a value is a text or a reference to a secret. */
    | { readonly kind: 'headers' }
    /** `several`: a folder or a pattern may be named too. */
    | { readonly kind: 'file'; readonly access: 'read' | 'write'; readonly extensions: readonly string[]; readonly several?: boolean }
    /** An SQL expression over the columns of input port `input`. */
    | { readonly kind: 'expression'; readonly input: string; readonly result: 'bool' | 'any' }
    /** One column of an input. */
    | { readonly kind: 'column'; readonly input: string; readonly types?: readonly string[] }
    | { readonly kind: 'columns'; readonly input: string }
    /** A source's declared columns: `[{name, type, nullable}]`. */
    | { readonly kind: 'schema' }
    /** `[{name, expression}]` */
    | { readonly kind: 'assignments'; readonly input: string }
    /** `[{name, condition}]`; each condition is a bool expression. */
    | { readonly kind: 'conditions'; readonly input: string }
    /** `[{name, function, column, filter?}]`; `filter` is a bool expression. */
    | { readonly kind: 'aggregates'; readonly input: string }
    /** `[{column, direction}]` */
    | { readonly kind: 'ordering'; readonly input: string }
    /** One of the columns declared at `declared` in the same config; null = none, where `optional`. */
    | { readonly kind: 'declared-column'; readonly declared: string; readonly types?: readonly string[]; readonly optional?: boolean }
    /** `[{column, name}]`: columns declared at `declared` that are added under a name. */
    | { readonly kind: 'additions'; readonly declared: string }
}

/** How rows may be shared out over several instances of an operator (engine-spec H25). */
export type Partitioning<Config = Record<string, unknown>> =
  /** Always one instance; `reason` is a sentence that says why. */
  | { readonly kind: 'none'; readonly reason: string }
  /** Any row may go to any instance. */
  | { readonly kind: 'any' }
  /** Rows that agree in these columns of the input go to one instance; several inputs name theirs in the same order. None = no key. */
  | { readonly kind: 'key'; columns(config: Config, port: string): readonly string[]; readonly unifier?: Unifier<Config> }

/**
 * Makes one result of the partitions' results where there is no key. It is an ordinary operator with one
 * input; the operator has one output, and the unifier one of the same name.
 */
export interface Unifier<Config> {
  readonly type: string
  config(config: Config): Readonly<Record<string, unknown>>
}

export interface TypingInput<Config> {
  readonly config: Config
  /** Edge types of connected inputs whose type is known, by port name. */
  readonly inputs: Readonly<Record<string, EdgeType | undefined>>
}

export interface TypingResult {
  /** By output port; a missing port means its type is not known yet. */
  readonly outputs: Readonly<Record<string, EdgeType>>
  readonly problems: readonly ConfigProblem[]
}

export interface OperatorManifest<Config = Record<string, unknown>> {
  readonly type: string
  readonly typeVersion: number
  readonly title: string
  readonly category: OperatorCategory
  /** One line for the palette. */
  readonly summary: string
  /** Other words people search by. */
  readonly keywords: readonly string[]
  /** Path data of a 16 px icon with 1.5 px strokes (ui.md §9). */
  readonly icon: string
  /** Markdown for the inspector's help. */
  readonly help: string
  readonly inputs: readonly InputPort[]
  readonly outputs: readonly OutputPort[]
  /** The outputs that there are with this config, named by it; some of `outputs`, which lists all there can be. Absent = all of them. */
  outputsOf?(config: Config): readonly OutputPort[]
  readonly configSchema: TSchema
  readonly form: readonly ConfigField[]
  readonly guarantee: Guarantee
  readonly flink: FlinkSupport
  /** Options whose answer differs from the operator's own, by config path or `path=value`. */
  readonly flinkOptions?: Readonly<Record<string, FlinkSupport>>
  /** io: the operator needs the event loop (promises); compute: it never waits (engine-spec H20). */
  readonly container: 'compute' | 'io'
  /** It connects to other machines; the runs of all others may be cut off from every network. */
  readonly network?: true
  /** Heads a container of its own by default: state, I/O or user code (engine-spec H3). */
  readonly stateful: boolean
  readonly partitioning: Partitioning<Config>
  /** The name under which a column of input `port` leaves unchanged, on every output that has rows of it; null = it does not. */
  carries?(input: TypingInput<Config>, port: string, column: string): string | null
  /** Belay puts it into pipelines by itself; nobody is offered it. */
  readonly internal?: true
  /** With its default config it turns one kind of stream into another: offered as the way out where a kind is refused. */
  readonly converts?: true
  readonly defaultConfig: Config
  /** The setting that matters, for the node's second line, e.g. `delay >= 15`. */
  summarise(config: Config): string
  /** What a sink writes to, with parameters resolved; two sinks of one target are refused. null = nothing of its own. */
  target?(config: Config): string | null
  /** Pure: output types and everything wrong with the config, given what the inputs carry. */
  typing(input: TypingInput<Config>): TypingResult
}

/** By type. */
export type ManifestCatalogue = Readonly<Record<string, OperatorManifest>>

/** Types come from documents, so names of object members must not be found. */
export function manifestOf(manifests: ManifestCatalogue, type: string): OperatorManifest | undefined {
  return Object.hasOwn(manifests, type) ? manifests[type] : undefined
}
