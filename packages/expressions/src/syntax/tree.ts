/** The untyped syntax tree. Ranges are half-open UTF-16 offsets; `depth` is the height of the subtree. */
import type { LogicalType } from '@belay/columns'
import type { Datum } from '../scalar/datum.ts'

export interface Place {
  readonly from: number
  readonly to: number
  readonly depth: number
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '||' | '=' | '<>' | '<' | '<=' | '>' | '>=' | 'AND' | 'OR'

export type Syntax = Place &
  (
    | { readonly kind: 'literal'; readonly type: LogicalType | null; readonly value: Datum }
    /** INTERVAL of months or years: has meaning only added to a time. */
    | { readonly kind: 'months'; readonly months: number }
    | { readonly kind: 'column'; readonly name: string }
    | { readonly kind: 'unary'; readonly operator: '+' | '-' | 'NOT'; readonly operand: Syntax }
    | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Syntax; readonly right: Syntax }
    | { readonly kind: 'is'; readonly test: 'null' | 'true' | 'false'; readonly negated: boolean; readonly operand: Syntax }
    | { readonly kind: 'distinct'; readonly negated: boolean; readonly left: Syntax; readonly right: Syntax }
    | { readonly kind: 'between'; readonly negated: boolean; readonly operand: Syntax; readonly low: Syntax; readonly high: Syntax }
    | { readonly kind: 'in'; readonly negated: boolean; readonly operand: Syntax; readonly items: readonly Syntax[] }
    | {
        readonly kind: 'like'
        readonly negated: boolean
        readonly operand: Syntax
        readonly pattern: Syntax
        readonly escape: string | null
      }
    | {
        readonly kind: 'case'
        readonly subject: Syntax | null
        readonly branches: readonly { readonly when: Syntax; readonly result: Syntax }[]
        readonly otherwise: Syntax | null
      }
    | { readonly kind: 'cast'; readonly operand: Syntax; readonly target: LogicalType; readonly tries: boolean }
    | { readonly kind: 'array'; readonly items: readonly Syntax[] }
    /** `name` as written; `[from, nameTo)` is the name's own range. */
    | { readonly kind: 'call'; readonly name: string; readonly nameTo: number; readonly args: readonly Syntax[] }
  )
