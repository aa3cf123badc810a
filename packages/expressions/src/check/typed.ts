/** The typed tree: what kernels, interpreter and printers read. Sugar (BETWEEN, simple CASE, IF, NULLIF) is gone. */
import type { LogicalType } from '@belay/columns'
import type { FunctionEntry } from '../functions/entry.ts'
import type { Datum } from '../scalar/datum.ts'

interface Typing {
  readonly type: LogicalType
  readonly nullable: boolean
}

export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>='
export type Arithmetic = '+' | '-' | '*' | '/' | '%'
export interface Branch {
  readonly when: Typed
  readonly result: Typed
}

export type Typed = Typing &
  (
    | { readonly kind: 'literal'; readonly value: Datum; /** NULL that takes any type. */ readonly open: boolean }
    | { readonly kind: 'column'; readonly name: string }
    /**
     * Both operands are float64 as the result, or all three are stored as whole numbers (int64, decimal,
     * times and spans) of scales of their own.
     */
    | { readonly kind: 'arithmetic'; readonly operator: Arithmetic; readonly left: Typed; readonly right: Typed }
    | { readonly kind: 'negate'; readonly operand: Typed }
    /** Operands of one type, or int64 and decimals of any scale. */
    | { readonly kind: 'compare'; readonly operator: Comparison; readonly left: Typed; readonly right: Typed }
    /** IS DISTINCT FROM, operands as in `compare`. */
    | { readonly kind: 'distinct'; readonly left: Typed; readonly right: Typed }
    | { readonly kind: 'and' | 'or'; readonly left: Typed; readonly right: Typed }
    | { readonly kind: 'not'; readonly operand: Typed }
    | { readonly kind: 'is'; readonly test: 'null' | 'true' | 'false'; readonly negated: boolean; readonly operand: Typed }
    /** `values` are of the operand's type and not NULL. */
    | { readonly kind: 'in'; readonly operand: Typed; readonly values: readonly Datum[]; readonly hasNull: boolean }
    | { readonly kind: 'like'; readonly operand: Typed; readonly pattern: Typed; readonly escape: string | null }
    | { readonly kind: 'case'; readonly branches: readonly Branch[]; readonly otherwise: Typed }
    | { readonly kind: 'coalesce'; readonly args: readonly Typed[] }
    | { readonly kind: 'cast'; readonly operand: Typed; readonly tries: boolean }
    | { readonly kind: 'call'; readonly entry: FunctionEntry; readonly args: readonly Typed[] }
  )

/** A checked expression; get one from `checkExpression`. */
export interface TypedExpression {
  readonly type: LogicalType
  readonly nullable: boolean
  /** Columns that the expression reads, in order of first use. */
  readonly columns: readonly string[]
  readonly tree: Typed
}

/** Direct operands, left to right. */
export function operandsOf(node: Typed): readonly Typed[] {
  switch (node.kind) {
    case 'literal':
    case 'column':
      return []
    case 'negate':
    case 'not':
    case 'is':
    case 'in':
    case 'cast':
      return [node.operand]
    case 'arithmetic':
    case 'compare':
    case 'distinct':
    case 'and':
    case 'or':
      return [node.left, node.right]
    case 'like':
      return [node.operand, node.pattern]
    case 'case':
      return [...node.branches.flatMap((branch) => [branch.when, branch.result]), node.otherwise]
    case 'coalesce':
    case 'call':
      return node.args
  }
}

/** The same node over other operands. */
export function withOperands(node: Typed, change: (operand: Typed) => Typed): Typed {
  switch (node.kind) {
    case 'literal':
    case 'column':
      return node
    case 'negate':
    case 'not':
    case 'is':
    case 'in':
    case 'cast':
      return { ...node, operand: change(node.operand) }
    case 'arithmetic':
    case 'compare':
    case 'distinct':
    case 'and':
    case 'or':
      return { ...node, left: change(node.left), right: change(node.right) }
    case 'like':
      return { ...node, operand: change(node.operand), pattern: change(node.pattern) }
    case 'case':
      return {
        ...node,
        branches: node.branches.map(({ when, result }) => ({ when: change(when), result: change(result) })),
        otherwise: change(node.otherwise),
      }
    case 'coalesce':
    case 'call':
      return { ...node, args: node.args.map(change) }
  }
}

export function literal(type: LogicalType, value: Datum): Typed {
  return { kind: 'literal', type, nullable: value === null, value, open: false }
}

/** NULL, before it is known of which type. */
export const OPEN_NULL: Typed = { kind: 'literal', type: 'string', nullable: true, value: null, open: true }

export function isOpen(node: Typed): boolean {
  return node.kind === 'literal' && node.open
}
