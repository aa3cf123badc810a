import type { OperatorManifest } from '@belay/pipeline'
import { Type } from 'typebox'
import { ColumnsSchema, fileSummary, sourceTyping, type DeclaredColumn } from '../typing/columns.ts'

export type CsvSourceConfig = {
  file: string
  columns: DeclaredColumn[]
  eventTime: string | null
  outOfOrderMs: number
  rowsPerSecond: number
  follow: boolean
  header: boolean
  delimiter: string
}

export const csvSource: OperatorManifest<CsvSourceConfig> = {
  type: 'csv-source',
  typeVersion: 1,
  title: 'CSV file',
  category: 'sources',
  summary: 'Reads rows from a CSV file, and follows a growing one',
  keywords: ['comma', 'separated', 'text', 'tail', 'follow', 'file', 'read', 'source'],
  icon: 'M2 3h12v10H2zM2 6.3h12M2 9.6h12M7 3v10',
  help: 'Reads a CSV file; fields may be quoted and hold line breaks. Empty fields are NULL where the column may be NULL. Its place is exact: after a crash it goes on with the very next row. With **Follow** it waits for lines to be added. It also reads all files of a folder (`home:logs/`) or of a pattern (`home:logs/*.csv`), one after another in the order of their names; with **Follow** new files are read as they come, and a log that is rotated goes on under its new name if the pattern matches that too. A line that cannot be read goes to **errors** with its number.',
  inputs: [],
  outputs: [{ name: 'out', title: 'Rows' }],
  configSchema: Type.Object({
    file: Type.String(),
    columns: ColumnsSchema,
    eventTime: Type.Union([Type.String(), Type.Null()]),
    outOfOrderMs: Type.Number({ minimum: 0 }),
    rowsPerSecond: Type.Number({ minimum: 0 }),
    follow: Type.Boolean(),
    header: Type.Boolean(),
    delimiter: Type.String({ pattern: '^[\\x09\\x20\\x21\\x23-\\x7e]$' }),
  }),
  form: [
    {
      path: '/file',
      label: 'File or files',
      help: 'A folder ends with a slash; * stands for any part of a name, ** for any folders',
      control: { kind: 'file', access: 'read', extensions: ['csv', 'tsv', 'txt'], several: true },
    },
    { path: '/follow', label: 'Follow', help: 'Wait for lines to be added, and for new files', control: { kind: 'switch' } },
    { path: '/rowsPerSecond', label: 'Rows per second', help: '0 = as fast as it goes', control: { kind: 'number', min: 0 } },
    {
      path: '/eventTime',
      label: 'Event time',
      help: 'The column that windows go by',
      control: { kind: 'declared-column', declared: '/columns', types: ['timestamp'], optional: true },
    },
    { path: '/columns', label: 'Columns', control: { kind: 'schema' } },
    { path: '/header', label: 'First line names the columns', control: { kind: 'switch' } },
    { path: '/delimiter', label: 'Delimiter', advanced: true, control: { kind: 'text' } },
    { path: '/outOfOrderMs', label: 'Rows may be late by', unit: 'ms', advanced: true, control: { kind: 'duration' } },
  ],
  guarantee: {
    role: 'source',
    replay: 'seek',
    sentence: 'Goes back to any line of each file, so nothing is lost and nothing comes twice.',
  },
  flink: { support: 'differs', note: 'Flink fails at a bad line or makes its fields NULL; it has no output for bad lines.' },
  flinkOptions: {
    '/follow': { support: 'differs', note: 'Flink watches a folder for new files, not for lines added to one.' },
    '/rowsPerSecond': { support: 'no', reason: "Flink's file source cannot be slowed down." },
  },
  container: 'compute',
  stateful: true,
  partitioning: { kind: 'none', reason: 'files are read from one place.' },
  defaultConfig: { file: '', columns: [], eventTime: null, outOfOrderMs: 0, rowsPerSecond: 0, follow: false, header: true, delimiter: ',' },
  summarise: ({ file }) => fileSummary(file),
  typing: ({ config }) => sourceTyping(config),
}
