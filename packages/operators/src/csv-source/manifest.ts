import type { OperatorManifest } from '@belay/pipeline'
import { Type } from 'typebox'
import { fileSummary, sourceTyping } from '../typing/columns.ts'
import { TEXT_FILE_GUARANTEE, TEXT_FILE_SETTINGS, textFileForm, type TextFileConfig } from '../typing/textFiles.ts'

export type CsvSourceConfig = TextFileConfig & {
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
    ...TEXT_FILE_SETTINGS,
    header: Type.Boolean(),
    delimiter: Type.String({ pattern: '^[\\x09\\x20\\x21\\x23-\\x7e]$' }),
  }),
  form: textFileForm(
    ['csv', 'tsv', 'txt'],
    [
      { path: '/header', label: 'First line names the columns', control: { kind: 'switch' } },
      { path: '/delimiter', label: 'Delimiter', advanced: true, control: { kind: 'text' } },
    ],
  ),
  guarantee: TEXT_FILE_GUARANTEE,
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
