import type { OperatorManifest } from '@belay/pipeline'
import { Type } from 'typebox'
import { ColumnsSchema, fileSummary, sourceTyping, type DeclaredColumn } from '../typing/columns.ts'

export type ParquetSourceConfig = {
  file: string
  columns: DeclaredColumn[]
  eventTime: string | null
  outOfOrderMs: number
  rowsPerSecond: number
}

export const parquetSource: OperatorManifest<ParquetSourceConfig> = {
  type: 'parquet-source',
  typeVersion: 1,
  title: 'Parquet file',
  category: 'sources',
  summary: 'Reads rows from a Parquet file',
  keywords: ['file', 'read', 'columnar', 'source', 'import'],
  icon: 'M8 1.8 14.2 5 8 8.2 1.8 5zM1.8 8 8 11.2 14.2 8M1.8 11 8 14.2 14.2 11',
  help: 'Reads a Parquet file row group by row group. Its place is exact: after a crash it goes on with the very next row. Of a folder (`home:days/`) or a pattern (`home:days/*.parquet`) it reads the files that are there at the start, in the order of their names. **Rows per second** slows it down for watching; 0 reads as fast as it goes.',
  inputs: [],
  outputs: [{ name: 'out', title: 'Rows' }],
  configSchema: Type.Object({
    file: Type.String(),
    columns: ColumnsSchema,
    eventTime: Type.Union([Type.String(), Type.Null()]),
    outOfOrderMs: Type.Number({ minimum: 0 }),
    rowsPerSecond: Type.Number({ minimum: 0 }),
  }),
  form: [
    {
      path: '/file',
      label: 'File or files',
      help: 'A folder ends with a slash; * stands for any part of a name, ** for any folders',
      control: { kind: 'file', access: 'read', extensions: ['parquet'], several: true },
    },
    { path: '/rowsPerSecond', label: 'Rows per second', help: '0 = as fast as it goes', control: { kind: 'number', min: 0 } },
    {
      path: '/eventTime',
      label: 'Event time',
      help: 'The column that windows go by',
      control: { kind: 'declared-column', declared: '/columns', types: ['timestamp'], optional: true },
    },
    { path: '/columns', label: 'Columns', control: { kind: 'schema' } },
    { path: '/outOfOrderMs', label: 'Rows may be late by', unit: 'ms', advanced: true, control: { kind: 'duration' } },
  ],
  guarantee: { role: 'source', replay: 'seek', sentence: 'Goes back to any row of each file, so nothing is lost and nothing comes twice.' },
  flink: { support: 'yes' },
  flinkOptions: {
    '/rowsPerSecond': { support: 'no', reason: "Flink's file source cannot be slowed down." },
  },
  container: 'io',
  stateful: true,
  partitioning: { kind: 'none', reason: 'files are read from one place.' },
  defaultConfig: { file: '', columns: [], eventTime: null, outOfOrderMs: 0, rowsPerSecond: 0 },
  summarise: ({ file }) => fileSummary(file),
  typing: ({ config }) => sourceTyping(config),
}
