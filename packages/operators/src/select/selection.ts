/** What a Select puts out, column by column: one reading of its config for typing and runtime. */
import type { LogicalType, Schema } from '@belay/columns'
import { checkExpression, type TypedExpression } from '@belay/expressions'
import type { ConfigProblem } from '@belay/pipeline'
import { unknownColumn } from '../typing/columns.ts'
import { expressionProblem } from '../typing/configProblems.ts'
import type { SelectConfig } from './manifest.ts'

export interface SelectedColumn {
  readonly name: string
  readonly type: LogicalType
  readonly nullable: boolean
  /** The input column that is passed on unchanged; null = computed. */
  readonly source: string | null
  /** Set exactly when `source` is null. */
  readonly expression: TypedExpression | null
}

export function planSelection(
  config: SelectConfig,
  schema: Schema,
): { readonly columns: readonly SelectedColumn[]; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = []
  const columns: SelectedColumn[] =
    config.mode === 'all' ? schema.map(({ name, type, nullable }) => ({ name, type, nullable, source: name, expression: null })) : []
  const names = new Set<string>()
  config.columns.forEach(({ name, expression }, i) => {
    if (name === '')
      problems.push({
        code: 'COLUMN_NAME_MISSING',
        severity: 'error',
        message: 'Give the column a name.',
        configPath: `/columns/${i}/name`,
      })
    else if (names.has(name))
      problems.push({
        code: 'COLUMN_TWICE',
        severity: 'error',
        message: `Two columns are called ${name}. Rename one.`,
        configPath: `/columns/${i}/name`,
      })
    names.add(name)
    const checked = checkExpression(expression, schema)
    if (!checked.ok) {
      for (const problem of checked.problems) problems.push(expressionProblem(problem, expression, `/columns/${i}/expression`))
      return
    }
    const { tree, type, nullable } = checked.expression
    const source = tree.kind === 'column' ? tree.name : null
    const column: SelectedColumn = { name, type, nullable, source, expression: source === null ? checked.expression : null }
    const existing = columns.findIndex((candidate) => candidate.name === name)
    if (existing < 0) columns.push(column)
    else columns[existing] = column
  })
  config.drop.forEach((name, i) => {
    if (!schema.some((field) => field.name === name)) problems.push(unknownColumn(name, schema, `/drop/${i}`))
  })
  // Only input columns are dropped; a listed column of the same name is wanted.
  const kept = columns.filter(({ name }) => names.has(name) || !config.drop.includes(name))
  if (kept.length === 0 && problems.length === 0)
    problems.push({ code: 'COLUMNS_NONE', severity: 'error', message: 'No column is left. Add one, or keep all.', configPath: '/columns' })
  return { columns: kept, problems }
}
