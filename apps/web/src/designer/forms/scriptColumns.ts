/** Which columns a Script gives: what the server is asked with, and what came of it. */
import type { Schema, Value } from '@belay/columns'
import type { PipelineDocument, TestRow } from '@belay/pipeline'
import { ApiError, post } from '../../api/client.ts'
import { same } from '../document/difference.ts'
import type { Ghost } from '../ghost/compute.ts'
import type { DeclaredColumn } from './ColumnFields.tsx'

const MOST_ROWS = 200

interface ScriptColumns {
  readonly columns: readonly DeclaredColumn[]
  readonly rows: number
  readonly errors: readonly { readonly message: string; readonly count: number }[]
}

/** Example rows at the input; the rows of a test of the pipeline; or none, and what stands in the way. */
export type ScriptRows =
  | { readonly kind: 'examples'; readonly rows: readonly TestRow[] }
  | { readonly kind: 'test' }
  | { readonly kind: 'none'; readonly ghost: Ghost | undefined }

export function rowsForScript(ghost: Ghost | undefined, document: PipelineDocument): ScriptRows {
  const rows = ghost?.kind === 'rows' ? writtenRows(ghost.schema, ghost.rows) : []
  if (rows.length > 0) return { kind: 'examples', rows }
  const given = document.tests?.some(({ steps }) => steps.some((step) => Object.values(step.rows ?? {}).some((some) => some.length > 0)))
  return given === true ? { kind: 'test' } : { kind: 'none', ghost }
}

/** As one writes them in a test. Rows with a NULL that their column forbids are none: a source does not pass them on. */
export function writtenRows(schema: Schema, rows: readonly (readonly Value[])[]): readonly TestRow[] {
  return rows
    .filter((row) => schema.every(({ nullable }, i) => nullable || (row[i] ?? null) !== null))
    .slice(0, MOST_ROWS)
    .map((row) =>
      Object.fromEntries(
        schema.flatMap(({ name, type }, i) => {
          const value = row[i] ?? null
          return value === null ? [] : [[name, written(value, type)]]
        }),
      ),
    )
}

function written(value: Value, type: string): unknown {
  return type === 'json' && typeof value === 'string' ? (JSON.parse(value) as unknown) : value
}

export type FoundColumns =
  | { readonly kind: 'refused'; readonly message: string }
  | {
      readonly kind: 'found'
      readonly columns: readonly DeclaredColumn[]
      readonly rows: number
      /** Rows that the script failed on, by what it said. */
      readonly failed: ScriptColumns['errors']
    }

export async function findColumns(document: PipelineDocument, operator: string, given: ScriptRows): Promise<FoundColumns> {
  try {
    const { columns, rows, errors } = await post<ScriptColumns>('/script-columns', {
      document,
      operator,
      ...(given.kind === 'examples' ? { rows: given.rows } : {}),
    })
    return { kind: 'found', columns, rows, failed: errors }
  } catch (error) {
    return { kind: 'refused', message: error instanceof ApiError ? error.message : String(error) }
  }
}

/** Nothing declared means the columns of the input. */
export function isDeclared(columns: Schema, declared: Schema, input: Schema): boolean {
  const plain = (schema: Schema) => schema.map(({ name, type, nullable }) => ({ name, type, nullable }))
  return same(plain(columns), plain(declared.length === 0 ? input : declared))
}
