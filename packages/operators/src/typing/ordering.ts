/** What is wrong with the order of a ranking. */
import { isArray, type Schema } from '@belay/columns'
import type { ConfigProblem } from '@belay/pipeline'
import { Type } from 'typebox'
import { unknownColumn } from './columns.ts'

export const OrderBySchema = Type.Array(
  Type.Object({ column: Type.String(), direction: Type.Unsafe<'asc' | 'desc'>({ type: 'string', enum: ['asc', 'desc'] }) }),
  { minItems: 1 },
)

export function orderProblems(orderBy: readonly { readonly column: string }[], schema: Schema, path: string): readonly ConfigProblem[] {
  return orderBy.flatMap(({ column }, i): readonly ConfigProblem[] => {
    const field = schema.find((candidate) => candidate.name === column)
    if (field === undefined) return [unknownColumn(column, schema, `${path}/${i}/column`)]
    if (field.type !== 'json' && !isArray(field.type)) return []
    const message = `${field.name} is ${field.type} and has no order. Take a value out of it in a select before.`
    return [{ code: 'JSON_ORDER', severity: 'error', message, configPath: `${path}/${i}/column` }]
  })
}

/** A column an operator adds under a name that the input has already. */
export function addedColumnProblems(name: string, schema: Schema, path: string): readonly ConfigProblem[] {
  if (!schema.some((field) => field.name === name)) return []
  const message = `There is a column ${name} already. Give the new one another name.`
  return [{ code: 'COLUMN_TWICE', severity: 'error', message, configPath: path }]
}
