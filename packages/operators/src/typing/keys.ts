/** What is wrong with columns that rows are grouped or told apart by. */
import { isArray, type Schema } from '@belay/columns'
import type { ConfigProblem } from '@belay/pipeline'
import { unknownColumn } from './columns.ts'

export function keyProblems(keys: readonly string[], schema: Schema, path: string): readonly ConfigProblem[] {
  return keys.flatMap((name, i): readonly ConfigProblem[] => {
    const field = schema.find((candidate) => candidate.name === name)
    if (field === undefined) return [unknownColumn(name, schema, `${path}/${i}`)]
    if (keys.indexOf(name) !== i) {
      const message = `${name} is a key twice. Remove one.`
      return [{ code: 'COLUMN_TWICE', severity: 'error', message, configPath: `${path}/${i}` }]
    }
    if (field.type !== 'json' && !isArray(field.type)) return []
    const message = `${name} is ${field.type} and cannot be a key. Take a value out of it in a select before.`
    return [{ code: 'JSON_AS_KEY', severity: 'error', message, configPath: `${path}/${i}` }]
  })
}
