/** Declared columns of files: their schema for configs, and what typing makes of them. */
import { LOGICAL_TYPE_PATTERN, parseLogicalType, type LogicalType, type Schema } from '@belay/columns'
import { nearestName } from '@belay/expressions'
import type { ConfigProblem, EdgeType, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'

export interface DeclaredColumn {
  readonly name: string
  readonly type: LogicalType
  readonly nullable: boolean
}

export const ColumnsSchema = Type.Array(
  Type.Object({
    name: Type.String({ minLength: 1 }),
    type: Type.Unsafe<LogicalType>({ type: 'string', pattern: LOGICAL_TYPE_PATTERN }),
    nullable: Type.Boolean(),
  }),
)

/** A column name in a config that the schema does not have. */
export function unknownColumn(name: string, schema: Schema, configPath: string): ConfigProblem {
  const near = nearestName(
    name,
    schema.map((field) => field.name),
  )
  const rest = schema.length === 0 ? 'There are no columns.' : `There are: ${schema.map((field) => field.name).join(', ')}.`
  return {
    code: 'COLUMN_UNKNOWN',
    severity: 'error',
    message:
      name === '' ? `Choose a column. ${rest}` : `There is no column ${name}. ${near === undefined ? rest : `Did you mean ${near}?`}`,
    configPath,
    ...(near === undefined ? {} : { fixes: [{ kind: 'set-config', label: `Use ${near}`, configPath, value: near }] }),
  }
}

/** What is wrong with declared columns. */
export function declaredProblems(columns: readonly DeclaredColumn[], path: string): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const seen = new Set<string>()
  columns.forEach((column, i) => {
    if (seen.has(column.name))
      problems.push({
        code: 'COLUMN_TWICE',
        severity: 'error',
        message: `Two columns are called ${column.name}. Rename one.`,
        configPath: `${path}/${i}/name`,
      })
    seen.add(column.name)
    if (parseLogicalType(column.type) === undefined)
      problems.push({
        code: 'TYPE_UNKNOWN',
        severity: 'error',
        message: `${column.type} is not a type: a decimal has 1 to 18 digits, and not more of them after the point.`,
        configPath: `${path}/${i}/type`,
      })
  })
  return problems
}

/** The last part of a file name; of a folder with its slash. */
export function fileSummary(file: string): string {
  return /[^:/]*\/?$/.exec(file)?.[0] ?? ''
}

/** What a file source gives, and what is wrong with what was declared. */
export function sourceTyping(config: DeclaredSource & { readonly file: string }): TypingResult {
  const missing: readonly ConfigProblem[] =
    config.file === '' ? [{ code: 'FILE_MISSING', severity: 'error', message: 'Choose the file to read.', configPath: '/file' }] : []
  const unknown: ConfigProblem = {
    code: 'SOURCE_SCHEMA_UNKNOWN',
    severity: 'error',
    message: 'The columns of the file are not known yet. Read them from the file.',
    configPath: '/columns',
    fixes: [{ kind: 'read-columns', label: 'Read columns' }],
  }
  const { outputs, problems } = declaredTyping(config, unknown)
  return { outputs, problems: [...missing, ...problems] }
}

interface DeclaredSource {
  readonly columns: readonly DeclaredColumn[]
  readonly eventTime: string | null
}

/** What a source with declared columns gives, and what is wrong with them; `unknown` = the problem if there are none. */
export function declaredTyping(
  config: DeclaredSource,
  unknown: ConfigProblem = {
    code: 'SOURCE_SCHEMA_UNKNOWN',
    severity: 'error',
    message: 'Say which columns the rows have: add at least one.',
    configPath: '/columns',
  },
): TypingResult {
  if (config.columns.length === 0) return { outputs: {}, problems: [unknown] }
  const problems: ConfigProblem[] = [...declaredProblems(config.columns, '/columns')]
  const schema: Schema = config.columns.map(({ name, type, nullable }) => ({ name, type, nullable }))
  const { eventTime } = config
  if (eventTime !== null) {
    const field = schema.find((candidate) => candidate.name === eventTime)
    if (field === undefined) problems.push(unknownColumn(eventTime, schema, '/eventTime'))
    else if (field.type !== 'timestamp')
      problems.push({
        code: 'EVENT_TIME_TYPE',
        severity: 'error',
        message: `${eventTime} is ${field.type}; the event time has to be a timestamp.`,
        configPath: '/eventTime',
      })
  }
  const known = eventTime !== null && schema.some((field) => field.name === eventTime && field.type === 'timestamp') ? eventTime : null
  const edge: EdgeType = { schema, eventTime: known, changes: { kind: 'append', key: null } }
  return { outputs: { out: edge }, problems }
}
