/** What one operator's statement is made from, and what it becomes. */
import type { Schema } from '@belay/columns'
import { flinkType } from '@belay/expressions'
import type { EdgeType, OperatorNode } from '@belay/pipeline'
import { quoted } from './words.ts'

/** One operator as its statement is written. */
export interface SqlStep {
  readonly operator: OperatorNode
  readonly config: Readonly<Record<string, unknown>>
  /** Name of the view or table that feeds an input; null when nothing does. */
  readonly from: (port: string) => string | null
  readonly input: (port: string) => EdgeType | undefined
  readonly output: (port: string) => EdgeType | undefined
  /** Name of the view of an output. */
  readonly view: (port: string) => string
  /** Outputs that somebody reads. */
  readonly read: ReadonlySet<string>
}

export type Statement =
  | { readonly kind: 'sql'; readonly text: string; readonly notes: readonly string[] }
  | { readonly kind: 'insert'; readonly table: string; readonly select: string; readonly notes: readonly string[] }
  | { readonly kind: 'none'; readonly reason: string }

/** Column definitions of a table, one a line. */
export function columnLines(schema: Schema): readonly string[] {
  return schema.map((field) => `  ${quoted(field.name)} ${flinkType(field.type)}${field.nullable ? '' : ' NOT NULL'}`)
}
