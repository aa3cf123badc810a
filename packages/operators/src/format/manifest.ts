import type { ConfigProblem, EdgeType, OperatorManifest, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { unknownColumn } from '../typing/columns.ts'
import { addedColumnProblems } from '../typing/ordering.ts'

export type FormatConfig = {
  format: 'json' | 'csv'
  /** What goes into the text; empty = all columns. */
  columns: string[]
  /** Name of the text. */
  as: string
  /** The columns of the input go on beside the text. */
  keep: boolean
  /** For `csv`. */
  delimiter: string
}

export const format: OperatorManifest<FormatConfig> = {
  type: 'format',
  typeVersion: 1,
  title: 'Format',
  category: 'transform',
  summary: 'Writes the columns of a row into one text, as JSON or CSV',
  keywords: ['json', 'csv', 'serialize', 'encode', 'text', 'stringify', 'to json', 'message', 'payload'],
  icon: 'M2 3h4M2 6.5h3M2 10h4M8.5 6.5h3M10 5l1.5 1.5L10 8M13.5 3v10',
  help: [
    'Makes one text of a row: a **JSON** object with the columns by their names, or a **CSV** line with the columns in their order.',
    'Timestamps are written as `2001-01-31T13:45:00.000Z`, decimals as the shortest number, columns of type json as they are. NULL is `null` in JSON and an empty field in CSV; fields are quoted where they have to be.',
  ].join('\n\n'),
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append', 'changes'] }],
  outputs: [{ name: 'out', title: 'Rows' }],
  configSchema: Type.Object({
    format: Type.Unsafe<FormatConfig['format']>({ type: 'string', enum: ['json', 'csv'] }),
    columns: Type.Array(Type.String()),
    as: Type.String({ minLength: 1 }),
    keep: Type.Boolean(),
    delimiter: Type.String({ pattern: '^[\\x09\\x20\\x21\\x23-\\x7e]$' }),
  }),
  form: [
    {
      path: '/format',
      label: 'Format',
      control: {
        kind: 'choice',
        options: [
          { value: 'json', label: 'JSON object' },
          { value: 'csv', label: 'CSV line' },
        ],
      },
    },
    { path: '/columns', label: 'Columns', help: 'Empty = all', control: { kind: 'columns', input: 'in' } },
    { path: '/as', label: 'Name of the text', control: { kind: 'text' } },
    { path: '/keep', label: 'Keeps the columns beside it', control: { kind: 'switch' } },
    { path: '/delimiter', label: 'Delimiter', help: 'Of CSV', advanced: true, control: { kind: 'text' } },
  ],
  guarantee: { role: 'transform', sentence: 'Keeps no state; replayed rows give the same result.' },
  flink: { support: 'differs', note: 'JSON_OBJECT there writes timestamps and decimals in another form.' },
  flinkOptions: { '/format=csv': { support: 'no', reason: 'Flink writes CSV in sinks only.' } },
  container: 'compute',
  stateful: false,
  partitioning: { kind: 'any' },
  carries: ({ config }, _port, column) => (config.keep ? column : null),
  defaultConfig: { format: 'json', columns: [], as: 'text', keep: false, delimiter: ',' },
  summarise: ({ format: name, as }) => `${name === 'json' ? 'JSON' : 'CSV'} as ${as}`,
  typing({ config, inputs }): TypingResult {
    const input = inputs['in']
    if (input === undefined) return { outputs: {}, problems: [] }
    const problems: ConfigProblem[] = config.columns.flatMap((name, i): readonly ConfigProblem[] =>
      input.schema.some((field) => field.name === name) ? [] : [unknownColumn(name, input.schema, `/columns/${i}`)],
    )
    if (config.keep) problems.push(...addedColumnProblems(config.as, input.schema, '/as'))
    if (problems.length > 0) return { outputs: {}, problems }
    const text = { name: config.as, type: 'string' as const, nullable: false }
    const kind = input.changes.kind === 'append' ? 'append' : 'changes'
    const out: EdgeType = config.keep
      ? { ...input, schema: [...input.schema, text] }
      : { schema: [text], eventTime: null, changes: { kind, key: null } }
    return { outputs: { out }, problems }
  },
}
