/**
 * What is wrong (or worth knowing) about a document: each with a stable code, a place, a meaning
 * and, where there is one, a fix that can be applied.
 */
import type { Parameter, PortReference, Settings } from './document.ts'

/** Where: at least one of operator, stream or parameter; column range only inside a text config value. */
export interface ProblemPlace {
  readonly operator?: string
  readonly port?: string
  readonly stream?: string
  readonly parameter?: string
  /** JSON pointer into the operator's config, e.g. `/condition` or `/columns/2/expression`. */
  readonly configPath?: string
  /** Half-open character range within the text at `configPath`. */
  readonly range?: { readonly from: number; readonly to: number }
}

/** A change to the document that removes the problem; `label` is the verb on the button. */
export type ProblemFix =
  | { readonly kind: 'set-config'; readonly label: string; readonly operator: string; readonly configPath: string; readonly value: unknown }
  | { readonly kind: 'remove-config'; readonly label: string; readonly operator: string; readonly setting: string }
  | { readonly kind: 'set-partitions'; readonly label: string; readonly operator: string; readonly partitions: number }
  /** All of these operators get the mode. */
  | {
      readonly kind: 'set-on-failure'
      readonly label: string
      readonly operators: readonly string[]
      readonly onFailure: 'replay' | 'skip'
    }
  | {
      readonly kind: 'remove-stream'
      readonly label: string
      readonly stream: string
      /** Only this connection (the last one, if it is there twice); absent = the whole stream. */
      readonly to?: PortReference
    }
  /** Every connection from one operator to another. */
  | { readonly kind: 'disconnect'; readonly label: string; readonly from: string; readonly to: string }
  /** The second stream of that id gets an id of its own. */
  | { readonly kind: 'renumber-stream'; readonly label: string; readonly stream: string }
  /** All streams from one output become one stream with several targets. */
  | { readonly kind: 'merge-streams'; readonly label: string; readonly from: PortReference }
  /** `repeated`: only the later operators of that id; the first one and its streams stay. */
  | { readonly kind: 'remove-operator'; readonly label: string; readonly operator: string; readonly repeated?: true }
  | { readonly kind: 'connect'; readonly label: string; readonly from: PortReference; readonly to: PortReference }
  /** A new operator between a stream and one of its targets. */
  | {
      readonly kind: 'insert-operator'
      readonly label: string
      readonly to: PortReference
      readonly operator: InsertedOperator
    }
  | { readonly kind: 'set-setting'; readonly label: string; readonly setting: keyof Settings; readonly value: number }
  | { readonly kind: 'set-parameter'; readonly label: string; readonly parameter: string; readonly value: Parameter }
  | { readonly kind: 'remove-parameter'; readonly label: string; readonly parameter: string }
  /** Needs the server, which reads the file; nothing is changed by `applyFix`. */
  | { readonly kind: 'read-columns'; readonly label: string; readonly operator: string }

export interface InsertedOperator {
  readonly type: string
  readonly typeVersion: number
  readonly config: Readonly<Record<string, unknown>>
  readonly input: string
  readonly output: string
}

export interface Problem {
  readonly code: string
  readonly severity: 'error' | 'warning' | 'info'
  readonly message: string
  readonly place: ProblemPlace
  readonly fixes: readonly ProblemFix[]
}

/** A fix as an operator's typing function states it: within its own config, or before one of its inputs. */
export type ConfigFix =
  | { readonly kind: 'set-config'; readonly label: string; readonly configPath: string; readonly value: unknown }
  | { readonly kind: 'insert-operator'; readonly label: string; readonly port: string; readonly operator: InsertedOperator }
  | { readonly kind: 'read-columns'; readonly label: string }

/** A problem as an operator's typing function states it: the place is within its own config. */
export interface ConfigProblem {
  readonly code: string
  readonly severity: 'error' | 'warning' | 'info'
  readonly message: string
  readonly configPath?: string
  readonly port?: string
  readonly range?: { readonly from: number; readonly to: number }
  readonly fixes?: readonly ConfigFix[]
}
