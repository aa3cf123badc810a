import type { Field, Schema } from '@belay/columns'
import type { ConfigProblem, OperatorManifest, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { ColumnsSchema, unknownColumn, type DeclaredColumn } from '../typing/columns.ts'

export type LookupJoinConfig = {
  file: string
  format: 'csv' | 'json-lines'
  fileColumns: DeclaredColumn[]
  on: { input: string; file: string }[]
  add: { column: string; name: string }[]
  onMiss: 'keep' | 'drop'
}

/** The input's columns, then those that are added; added ones may be NULL when rows without a match stay. */
function joinedSchema(config: LookupJoinConfig, input: Schema): Schema {
  return [
    ...input,
    ...config.add.flatMap(({ column, name }): Field[] => {
      const found = config.fileColumns.find((candidate) => candidate.name === column)
      return found === undefined ? [] : [{ name, type: found.type, nullable: found.nullable || config.onMiss === 'keep' }]
    }),
  ]
}

export const lookupJoin: OperatorManifest<LookupJoinConfig> = {
  type: 'lookup-join',
  typeVersion: 1,
  title: 'Lookup join',
  category: 'join',
  summary: 'Adds columns from a file by key',
  keywords: ['enrich', 'join', 'dimension', 'reference', 'vlookup'],
  icon: 'M10.2 8A4.2 4.2 0 1 1 1.8 8a4.2 4.2 0 0 1 8.4 0zM14.2 8A4.2 4.2 0 1 1 5.8 8a4.2 4.2 0 0 1 8.4 0z',
  help: 'Reads a small file once when it starts and adds its columns to every row whose key is found there. Rows without a match keep NULLs, or are dropped; both are counted as **misses**. The first of several lines with one key counts. A NULL key never matches.',
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append'] }],
  outputs: [{ name: 'out', title: 'Joined rows' }],
  configSchema: Type.Object({
    file: Type.String(),
    format: Type.Unsafe<'csv' | 'json-lines'>({ type: 'string', enum: ['csv', 'json-lines'] }),
    fileColumns: ColumnsSchema,
    on: Type.Array(Type.Object({ input: Type.String(), file: Type.String() }), { minItems: 1 }),
    add: Type.Array(Type.Object({ column: Type.String(), name: Type.String({ minLength: 1 }) })),
    onMiss: Type.Unsafe<'keep' | 'drop'>({ type: 'string', enum: ['keep', 'drop'] }),
  }),
  form: [
    { path: '/file', label: 'File', control: { kind: 'file', access: 'read', extensions: ['csv', 'jsonl', 'ndjson'] } },
    {
      path: '/format',
      label: 'Format',
      control: {
        kind: 'choice',
        options: [
          { value: 'csv', label: 'CSV' },
          { value: 'json-lines', label: 'JSON lines' },
        ],
      },
    },
    { path: '/on/0/input', label: 'Key of the rows', control: { kind: 'column', input: 'in' } },
    { path: '/on/0/file', label: 'Key in the file', control: { kind: 'declared-column', declared: '/fileColumns' } },
    { path: '/add', label: 'Columns to add', control: { kind: 'additions', declared: '/fileColumns' } },
    {
      path: '/onMiss',
      label: 'Rows without a match',
      control: {
        kind: 'choice',
        options: [
          { value: 'keep', label: 'keep, with NULLs' },
          { value: 'drop', label: 'drop' },
        ],
      },
    },
    { path: '/fileColumns', label: 'Columns of the file', control: { kind: 'schema' } },
  ],
  guarantee: {
    role: 'transform',
    sentence: 'Keeps no state: the file is read again after a crash. If it changed meanwhile, replayed rows get the new values.',
  },
  flink: { support: 'differs', note: 'A join with a bounded table of the file; of several lines with one key Flink gives them all.' },
  container: 'compute',
  stateful: false,
  partitioning: { kind: 'any' },
  carries: (_input, _port, column) => column,
  defaultConfig: { file: '', format: 'csv', fileColumns: [], on: [{ input: '', file: '' }], add: [], onMiss: 'keep' },
  summarise: ({ on, file }) => `${on.map((pair) => `${pair.input} = ${pair.file}`).join(', ')} in ${file.split(/[:/]/).at(-1) ?? ''}`,
  typing({ config, inputs }): TypingResult {
    const problems: ConfigProblem[] = []
    if (config.file === '')
      problems.push({ code: 'FILE_MISSING', severity: 'error', message: 'Choose the file to look up in.', configPath: '/file' })
    if (config.fileColumns.length === 0) {
      problems.push({
        code: 'SOURCE_SCHEMA_UNKNOWN',
        severity: 'error',
        message: 'The columns of the file are not known yet. Read them from the file.',
        configPath: '/fileColumns',
        fixes: [{ kind: 'read-columns', label: 'Read columns' }],
      })
    }
    const input = inputs['in']
    if (input === undefined) return { outputs: {}, problems }
    config.on.forEach((pair, i) => {
      const left = input.schema.find((field) => field.name === pair.input)
      const right = config.fileColumns.find((column) => column.name === pair.file)
      if (left === undefined) problems.push(unknownColumn(pair.input, input.schema, `/on/${i}/input`))
      if (right === undefined && config.fileColumns.length > 0) problems.push(unknownColumn(pair.file, config.fileColumns, `/on/${i}/file`))
      if (left !== undefined && right !== undefined && left.type !== right.type) {
        problems.push({
          code: 'KEY_TYPES',
          severity: 'error',
          message: `${pair.input} is ${left.type} and ${pair.file} is ${right.type}: they never match. Cast one in a select before, or declare the file's column as ${left.type}.`,
          configPath: `/on/${i}`,
        })
      }
    })
    config.add.forEach((entry, i) => {
      if (!config.fileColumns.some((column) => column.name === entry.column))
        problems.push(unknownColumn(entry.column, config.fileColumns, `/add/${i}/column`))
      if (input.schema.some((field) => field.name === entry.name))
        problems.push({
          code: 'COLUMN_TWICE',
          severity: 'error',
          message: `There is a column ${entry.name} already. Give the added one another name.`,
          configPath: `/add/${i}/name`,
        })
    })
    if (problems.length > 0) return { outputs: {}, problems }
    return {
      outputs: { out: { schema: joinedSchema(config, input.schema), eventTime: input.eventTime, changes: input.changes } },
      problems,
    }
  },
}
