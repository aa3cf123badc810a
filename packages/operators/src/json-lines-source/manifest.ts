import type { OperatorManifest } from '@belay/pipeline'
import { Type } from 'typebox'
import { fileSummary, sourceTyping } from '../typing/columns.ts'
import { TEXT_FILE_GUARANTEE, TEXT_FILE_SETTINGS, textFileForm, type TextFileConfig } from '../typing/textFiles.ts'

export type JsonLinesSourceConfig = TextFileConfig

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
    ...TEXT_FILE_SETTINGS,
  }),
  form: textFileForm(['jsonl', 'ndjson', 'json']),
  guarantee: TEXT_FILE_GUARANTEE,
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
