import type { OperatorManifest } from '@belay/pipeline'
import { Type } from 'typebox'

export type ConsoleConfig = {
  /** Most rows printed of one window. */
  rows: number
  /** Most rows printed in all; 0 = without end. */
  most: number
}

export const consoleSink: OperatorManifest<ConsoleConfig> = {
  type: 'console',
  typeVersion: 1,
  title: 'Console',
  category: 'sinks',
  summary: 'Prints rows to the log of the run',
  keywords: ['print', 'log', 'debug', 'stdout', 'output', 'show'],
  icon: 'M2 3h12v10H2zM4.5 6l2 2l-2 2M8 10.5h3',
  help: [
    'Prints the first rows of each window to the log of the run, `log/out.log` in its folder: the operator, the window, what happened to the row (`+I` it came, `-U` and `+U` it was updated, `-D` it went), and the row as JSON.',
    'How many is capped, by window and in all, so that a fast stream does not fill the disk; how many more there were is said. Lines of more than 2,000 characters are cut.',
    'It is for looking only. Rows are printed before they are committed, and after a failure those of the same windows may be printed again.',
  ].join('\n\n'),
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append', 'changes', 'upsert'] }],
  outputs: [],
  configSchema: Type.Object({
    rows: Type.Integer({ minimum: 1, maximum: 1000 }),
    most: Type.Integer({ minimum: 0 }),
  }),
  form: [
    { path: '/rows', label: 'Rows of a window', control: { kind: 'number', min: 1, max: 1000 } },
    { path: '/most', label: 'Rows in all', help: '0 = without end', advanced: true, control: { kind: 'number', min: 0 } },
  ],
  guarantee: { role: 'sink', delivery: 'display', verbs: [], sentence: 'For looking only: rows may be printed and taken back.' },
  flink: { support: 'differs', note: 'The print connector there prints every row.' },
  container: 'compute',
  stateful: true,
  partitioning: { kind: 'none', reason: 'its cap is for all rows together.' },
  defaultConfig: { rows: 10, most: 10_000 },
  summarise: ({ rows }) => `first ${rows} of a window`,
  typing: () => ({ outputs: {}, problems: [] }),
}
