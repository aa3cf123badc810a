import type { Schema } from '@belay/columns'
import { Regex, RowFailure } from '@belay/expressions'
import type { ConfigProblem, EdgeType, OperatorManifest, StreamKind, TypingInput, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { ColumnsSchema, declaredProblems, unknownColumn, type DeclaredColumn } from '../typing/columns.ts'
import { addedColumnProblems } from '../typing/ordering.ts'

export type ParseConfig = {
  /** The column that holds the text. */
  column: string
  format: 'json' | 'csv' | 'regex'
  /** What is in the text: by name for JSON and named groups, by place for CSV. */
  columns: DeclaredColumn[]
  /** For `regex`. */
  pattern: string
  /** For `csv`. */
  delimiter: string
  /** Which columns of the input go on: all but the text, all, or none. */
  keep: 'others' | 'all' | 'none'
}

export function keptColumns(config: ParseConfig, input: Schema): Schema {
  switch (config.keep) {
    case 'all':
      return input
    case 'others':
      return input.filter(({ name }) => name !== config.column)
    case 'none':
      return []
  }
}

export const parse: OperatorManifest<ParseConfig> = {
  type: 'parse',
  typeVersion: 1,
  title: 'Parse',
  category: 'transform',
  summary: 'Reads JSON, CSV or any pattern out of a text column into columns',
  keywords: ['json', 'csv', 'regex', 'regular expression', 'log', 'extract', 'grok', 'deserialize', 'decode', 'named groups'],
  icon: 'M2 3h7M2 6.5h5M2 10h7M10 13.5l4-4M14 13.5h-4M14 13.5v-4',
  help: [
    'Takes a text column apart. **JSON** reads an object and takes the declared columns by their name; a column that is not there is NULL. **CSV** reads one line and takes the columns by their place; fields may be quoted. **Pattern** finds a regular expression in the text and takes its named groups: `(?<status>[0-9]{3})` gives the column **status**. Patterns run in time linear to the text; backreferences and look-around do not exist.',
    'A text that cannot be read, that does not match, or that holds a value which is not of the declared type goes to **errors** with the reason. A text that is NULL gives NULL in every column.',
    'The text itself is left out, unless all columns are kept.',
  ].join('\n\n'),
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append', 'changes'] }],
  outputs: [{ name: 'out', title: 'Rows' }],
  configSchema: Type.Object({
    column: Type.String(),
    format: Type.Unsafe<ParseConfig['format']>({ type: 'string', enum: ['json', 'csv', 'regex'] }),
    columns: ColumnsSchema,
    pattern: Type.String(),
    delimiter: Type.String({ pattern: '^[\\x09\\x20\\x21\\x23-\\x7e]$' }),
    keep: Type.Unsafe<ParseConfig['keep']>({ type: 'string', enum: ['others', 'all', 'none'] }),
  }),
  form: [
    { path: '/column', label: 'Text', control: { kind: 'column', input: 'in', types: ['string', 'json'] } },
    {
      path: '/format',
      label: 'Format',
      control: {
        kind: 'choice',
        options: [
          { value: 'json', label: 'JSON object' },
          { value: 'csv', label: 'CSV line' },
          { value: 'regex', label: 'pattern' },
        ],
      },
    },
    {
      path: '/pattern',
      label: 'Pattern',
      help: 'With named groups',
      placeholder: '(?<ip>\\S+) (?<status>\\d{3})',
      control: { kind: 'text' },
    },
    { path: '/columns', label: 'Columns', control: { kind: 'schema' } },
    {
      path: '/keep',
      label: 'Keeps',
      control: {
        kind: 'choice',
        options: [
          { value: 'others', label: 'the other columns' },
          { value: 'all', label: 'the other columns and the text' },
          { value: 'none', label: 'only what was read' },
        ],
      },
    },
    { path: '/delimiter', label: 'Delimiter', help: 'Of CSV', advanced: true, control: { kind: 'text' } },
  ],
  guarantee: { role: 'transform', sentence: 'Keeps no state; replayed rows give the same result.' },
  flink: {
    support: 'differs',
    note: 'JSON_VALUE and REGEXP_EXTRACT there give NULL for what cannot be read; here the row goes to errors.',
  },
  flinkOptions: { '/format=csv': { support: 'no', reason: 'Flink reads CSV in sources only.' } },
  container: 'compute',
  stateful: false,
  partitioning: { kind: 'any' },
  carries: ({ config, inputs }, port, column) =>
    keptColumns(config, inputs[port]?.schema ?? []).some(({ name }) => name === column) ? column : null,
  defaultConfig: { column: '', format: 'json', columns: [], pattern: '', delimiter: ',', keep: 'others' },
  summarise: ({ column, format, pattern }) => (format === 'regex' ? pattern : `${format === 'json' ? 'JSON' : 'CSV'} in ${column}`),
  typing(typing): TypingResult {
    const { config, inputs } = typing
    const input = inputs['in']
    const problems: ConfigProblem[] = [...declaredProblems(config.columns, '/columns'), ...patternProblems(config)]
    if (config.columns.length === 0) problems.push(columnsMissing(config))
    if (input === undefined) return { outputs: {}, problems }
    const field = input.schema.find(({ name }) => name === config.column)
    if (field === undefined) problems.push(unknownColumn(config.column, input.schema, '/column'))
    else if (field.type !== 'string' && !(field.type === 'json' && config.format === 'json'))
      problems.push({
        code: 'COLUMN_TYPE',
        severity: 'error',
        message: `${field.name} is ${field.type}, and ${config.format} is read from text. Choose a text column.`,
        configPath: '/column',
      })
    const kept = keptColumns(config, input.schema)
    config.columns.forEach(({ name }, i) => problems.push(...addedColumnProblems(name, kept, `/columns/${i}/name`)))
    return { outputs: problems.length === 0 ? { out: outputEdge(typing, input) } : {}, problems }
  },
}

function outputEdge({ config }: TypingInput<ParseConfig>, input: EdgeType): EdgeType {
  const kept = keptColumns(config, input.schema)
  const stays = (name: string): boolean => kept.some((field) => field.name === name)
  const { key } = input.changes
  const keptKey = key?.every(stays) === true ? key : null
  const changes: StreamKind = input.changes.kind === 'upsert' ? input.changes : { kind: input.changes.kind, key: keptKey }
  return {
    schema: [...kept, ...config.columns.map(({ name, type, nullable }) => ({ name, type, nullable }))],
    eventTime: input.eventTime !== null && stays(input.eventTime) ? input.eventTime : null,
    changes,
  }
}

/** The pattern's named groups; a text = what is wrong with it. */
function groupsOf(pattern: string): ReadonlyMap<string, number> | string {
  try {
    return new Regex(pattern).names
  } catch (error) {
    if (error instanceof RowFailure) return error.message
    throw error
  }
}

function patternProblems({ format, pattern, columns }: ParseConfig): readonly ConfigProblem[] {
  if (format !== 'regex') return []
  const groups = groupsOf(pattern)
  if (typeof groups === 'string') return [{ code: 'BAD_REGEX', severity: 'error', message: groups, configPath: '/pattern' }]
  const has = groups.size === 0 ? 'It has no named groups' : `It has: ${[...groups.keys()].join(', ')}`
  return columns.flatMap(({ name }, i): readonly ConfigProblem[] =>
    groups.has(name)
      ? []
      : [
          {
            code: 'PATTERN_GROUP_MISSING',
            severity: 'error',
            message: `The pattern has no group ${name}. ${has}. Put (?<${name}>…) around what the column is to hold.`,
            configPath: `/columns/${i}/name`,
          },
        ],
  )
}

function columnsMissing({ format, pattern }: ParseConfig): ConfigProblem {
  const groups = format === 'regex' ? groupsOf(pattern) : new Map<string, number>()
  const columns = typeof groups === 'string' ? [] : [...groups.keys()].map((name) => ({ name, type: 'string' as const, nullable: true }))
  return {
    code: 'PARSE_COLUMNS_MISSING',
    severity: 'error',
    message: 'It is not said which columns are in the text. Declare them.',
    configPath: '/columns',
    fixes:
      columns.length === 0 ? [] : [{ kind: 'set-config', label: 'Take the groups of the pattern', configPath: '/columns', value: columns }],
  }
}
