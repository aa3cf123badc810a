import type { ConfigProblem, EdgeType, OperatorManifest, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { unknownColumn } from '../typing/columns.ts'

export type FileSinkMode = 'append' | 'changelog' | 'final'

type FileSinkFormat = 'json-lines' | 'csv' | 'parquet'

export type FileSinkConfig = {
  folder: string
  name: string
  /** The whole path of a single file; folder, name and layout do not count then. */
  file?: string
  format: FileSinkFormat
  layout: 'parts' | 'single'
  /** Absent = append. */
  mode?: FileSinkMode
  /** Mode `final` of upsert streams: the stream's key. */
  key?: string[]
  /** Staged bytes that wait for a commit beyond which the sink presses back. */
  stageBytes?: number
}

/** The column that mode `changelog` adds: +I, -U, +U or -D. */
export const OP_COLUMN = 'op'

export function modeOf(config: FileSinkConfig): FileSinkMode {
  return config.mode ?? 'append'
}

export function extensionOf(config: FileSinkConfig): string {
  return config.format === 'json-lines' ? 'jsonl' : config.format
}

/** The folder or file as written in the config. */
export function targetName(config: FileSinkConfig): string {
  return config.file ?? config.folder
}

export const fileSink: OperatorManifest<FileSinkConfig> = {
  type: 'file-sink',
  typeVersion: 1,
  title: 'File',
  category: 'sinks',
  summary: 'Writes rows to files, exactly once',
  keywords: ['write', 'archive', 'json', 'csv', 'parquet', 'export', 'save', 'sink', 'changelog'],
  icon: 'M8.6 1.8H3v12.4h10V6.2zM8 6v5.4M5.8 9.3 8 11.5l2.2-2.2',
  help: [
    'Rows are staged beside the target and become visible when a checkpoint is committed. **Parts** writes one file a commit; in order of their names they are the whole output. **Single** appends each commit to one file.',
    '**Append** takes new rows only. **Changelog** takes rows that are taken back as well and writes what happened into a first column `op` (`+I`, `-U`, `+U`, `-D`). **Final** keeps the table and writes it once, sorted, when a finite pipeline ends.',
    '**Parquet** files are whole only when they are finished, so they go with **Parts** and with rows that are written as they come.',
    'Files of an earlier run with the same name are moved to `.belay/superseded`. A full disk stops nothing: the sink waits and goes on when there is room.',
  ].join('\n\n'),
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append', 'changes', 'upsert'] }],
  outputs: [],
  configSchema: Type.Object({
    folder: Type.String(),
    name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]*$', maxLength: 100 }),
    file: Type.Optional(Type.String()),
    format: Type.Unsafe<FileSinkFormat>({ type: 'string', enum: ['json-lines', 'csv', 'parquet'] }),
    layout: Type.Unsafe<'parts' | 'single'>({ type: 'string', enum: ['parts', 'single'] }),
    mode: Type.Optional(Type.Unsafe<FileSinkMode>({ type: 'string', enum: ['append', 'changelog', 'final'] })),
    key: Type.Optional(Type.Array(Type.String())),
    stageBytes: Type.Optional(Type.Integer({ minimum: 1 })),
  }),
  form: [
    { path: '/folder', label: 'Folder', placeholder: 'home:output', control: { kind: 'file', access: 'write', extensions: [] } },
    { path: '/name', label: 'Name', control: { kind: 'text' } },
    {
      path: '/file',
      label: 'Or one file',
      help: 'Its whole path; folder and name do not count then',
      advanced: true,
      control: { kind: 'file', access: 'write', extensions: [] },
    },
    {
      path: '/format',
      label: 'Format',
      control: {
        kind: 'choice',
        options: [
          { value: 'json-lines', label: 'JSON lines' },
          { value: 'csv', label: 'CSV' },
          { value: 'parquet', label: 'Parquet' },
        ],
      },
    },
    {
      path: '/layout',
      label: 'Layout',
      control: {
        kind: 'choice',
        options: [
          { value: 'parts', label: 'one file a commit' },
          { value: 'single', label: 'one file' },
        ],
      },
    },
    {
      path: '/mode',
      label: 'Rows',
      control: {
        kind: 'choice',
        options: [
          { value: 'append', label: 'new rows only' },
          { value: 'changelog', label: 'every change, with a column op' },
          { value: 'final', label: 'the table at the end' },
        ],
      },
    },
  ],
  guarantee: {
    role: 'sink',
    delivery: 'exactly-once',
    verbs: ['rewind', 'fork', 'keep'],
    sentence: 'Exactly once: only committed rows become visible, and a commit that is repeated changes nothing.',
  },
  flink: { support: 'differs', note: "Flink's file sink names its files otherwise and publishes them at its own checkpoints." },
  flinkOptions: {
    '/layout=single': { support: 'no', reason: "Flink's file sink writes one file a checkpoint or more." },
    '/mode=changelog': { support: 'differs', note: 'The order and number of updates differ; the table they lead to does not.' },
    '/mode=final': { support: 'no', reason: 'A streaming file sink there cannot wait for the end.' },
  },
  container: 'compute',
  stateful: true,
  partitioning: { kind: 'none', reason: 'its files are one sequence of commits.' },
  defaultConfig: { folder: 'home:output', name: 'rows', format: 'json-lines', layout: 'parts', mode: 'append' },
  summarise: (config) => config.file ?? `${config.folder}/${config.name}.${extensionOf(config)}`,
  target: (config) => config.file ?? `${config.folder}/${config.name}.${extensionOf(config)}`,
  typing({ config, inputs }): TypingResult {
    const problems: ConfigProblem[] = []
    if (targetName(config) === '')
      problems.push({
        code: 'FOLDER_MISSING',
        severity: 'error',
        message: 'Choose the folder to write to.',
        configPath: config.file === undefined ? '/folder' : '/file',
        ...(config.file === undefined
          ? { fixes: [{ kind: 'set-config', label: 'Use home:output', configPath: '/folder', value: 'home:output' }] }
          : {}),
      })
    if (config.format === 'parquet') problems.push(...parquetProblems(config))
    const input = inputs['in']
    if (input !== undefined) problems.push(...modeProblems(config, input))
    return { outputs: {}, problems }
  },
}

/** A Parquet file cannot be appended to, and the final table is kept as lines. */
function parquetProblems(config: FileSinkConfig): readonly ConfigProblem[] {
  const lines = { kind: 'set-config' as const, label: 'Write JSON lines', configPath: '/format', value: 'json-lines' }
  const problems: ConfigProblem[] = []
  if (config.file !== undefined || config.layout === 'single')
    problems.push({
      code: 'PARQUET_NOT_APPENDED',
      severity: 'error',
      message:
        'A Parquet file cannot be added to, so there has to be a file for each commit. Write parts into a folder, or another format.',
      configPath: config.file === undefined ? '/layout' : '/file',
      fixes:
        config.file === undefined
          ? [{ kind: 'set-config', label: 'One file a commit', configPath: '/layout', value: 'parts' }, lines]
          : [lines],
    })
  if (modeOf(config) === 'final')
    problems.push({
      code: 'PARQUET_NOT_FINAL',
      severity: 'error',
      message: 'The table at the end can be written as JSON lines or CSV. Choose one of them, or write every change.',
      configPath: '/mode',
      fixes: [lines],
    })
  return problems
}

function modeProblems(config: FileSinkConfig, input: EdgeType): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const { kind, key } = input.changes
  const mode = modeOf(config)
  const upsert = kind === 'upsert'
  if (kind !== 'append' && mode === 'append')
    problems.push({
      code: 'SINK_APPENDS_ONLY',
      severity: 'error',
      message: `Rows can only be added here, and they come with rows that are taken back (${kind}). Write the changes, or the table at the end of a finite run, or aggregate by window first.`,
      port: 'in',
      configPath: '/mode',
      fixes: [
        ...(upsert ? [] : [{ kind: 'set-config' as const, label: 'Write every change', configPath: '/mode', value: 'changelog' }]),
        { kind: 'set-config', label: 'Write the table at the end', configPath: '/mode', value: 'final' },
      ],
    })
  if (upsert && mode === 'changelog')
    problems.push({
      code: 'CHANGES_NOT_ACCEPTED',
      severity: 'error',
      message:
        'A changelog needs the rows as they were, and this stream only tells their keys. Put a Normalize before, or write the table at the end.',
      port: 'in',
      configPath: '/mode',
      fixes: [{ kind: 'set-config', label: 'Write the table at the end', configPath: '/mode', value: 'final' }],
    })
  if (upsert && mode === 'final' && JSON.stringify(config.key ?? []) !== JSON.stringify(key))
    problems.push({
      code: 'UPSERT_KEY',
      severity: 'error',
      message: `The rows are told apart by ${key?.join(', ') ?? ''}. The table needs the same key.`,
      port: 'in',
      configPath: '/key',
      fixes: [{ kind: 'set-config', label: 'Use that key', configPath: '/key', value: key }],
    })
  ;(config.key ?? []).forEach((name, i) => {
    if (!input.schema.some((field) => field.name === name)) problems.push(unknownColumn(name, input.schema, `/key/${i}`))
  })
  if (mode === 'changelog' && input.schema.some((field) => field.name === OP_COLUMN))
    problems.push({
      code: 'COLUMN_TWICE',
      severity: 'error',
      message: `There is a column ${OP_COLUMN} already, and the changelog adds one. Rename it in a select before.`,
      configPath: '/mode',
    })
  return problems
}
