import type { OperatorManifest } from '@belay/pipeline'
import { Type } from 'typebox'
import { ColumnsSchema, fileSummary, sourceTyping, type DeclaredColumn } from '../typing/columns.ts'

export type JsonLinesSourceConfig = {
  file: string
  columns: DeclaredColumn[]
  eventTime: string | null
  outOfOrderMs: number
  rowsPerSecond: number
  follow: boolean
}

export const jsonLinesSource: OperatorManifest<JsonLinesSourceConfig> = {
  type: 'json-lines-source',
  typeVersion: 1,
  title: 'JSON lines file',
  category: 'sources',
  summary: 'Reads one JSON object a line, and follows a growing file',
  keywords: ['jsonl', 'ndjson', 'log', 'tail', 'follow', 'file', 'read', 'source'],
  icon: 'M5.5 2.5C3 2.5 5 8 2.5 8C5 8 3 13.5 5.5 13.5M10.5 2.5C13 2.5 11 8 13.5 8C11 8 13 13.5 10.5 13.5',
  help: 'Reads a file with one JSON object a line. Its place is exact: after a crash it goes on with the very next line. With **Follow** it waits for lines to be added. It also reads all files of a folder (`home:logs/`) or of a pattern (`home:logs/*.jsonl`), one after another in the order of their names; with **Follow** new files are read as they come, and a log that is rotated goes on under its new name if the pattern matches that too. A line that cannot be read goes to **errors** with its number.',
  inputs: [],
  outputs: [{ name: 'out', title: 'Rows' }],
  configSchema: Type.Object({
    file: Type.String(),
    columns: ColumnsSchema,
    eventTime: Type.Union([Type.String(), Type.Null()]),
    outOfOrderMs: Type.Number({ minimum: 0 }),
    rowsPerSecond: Type.Number({ minimum: 0 }),
    follow: Type.Boolean(),
  }),
  form: [
    {
      path: '/file',
      label: 'File or files',
      help: 'A folder ends with a slash; * stands for any part of a name, ** for any folders',
      control: { kind: 'file', access: 'read', extensions: ['jsonl', 'ndjson', 'json'], several: true },
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
    { path: '/outOfOrderMs', label: 'Rows may be late by', unit: 'ms', advanced: true, control: { kind: 'duration' } },
  ],
  guarantee: {
    role: 'source',
    replay: 'seek',
    sentence: 'Goes back to any line of each file, so nothing is lost and nothing comes twice.',
  },
  flink: { support: 'differs', note: 'Flink fails at a bad line or leaves it out; it has no output for bad lines.' },
  flinkOptions: {
    '/follow': { support: 'differs', note: 'Flink watches a folder for new files, not for lines added to one.' },
    '/rowsPerSecond': { support: 'no', reason: "Flink's file source cannot be slowed down." },
  },
  container: 'compute',
  stateful: true,
  partitioning: { kind: 'none', reason: 'files are read from one place.' },
  defaultConfig: { file: '', columns: [], eventTime: null, outOfOrderMs: 0, rowsPerSecond: 0, follow: false },
  summarise: ({ file }) => fileSummary(file),
  typing: ({ config }) => sourceTyping(config),
}
