import type { ConfigProblem, OperatorManifest, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { durationText } from '../typing/durations.ts'
import { addedColumnProblems } from '../typing/ordering.ts'

export type WindowTimeConfig = {
  /** Of the column that is added. */
  name: string
  /** Rounded down to a multiple of so much; 0 = as it is. */
  roundMs: number
}

export const windowTime: OperatorManifest<WindowTimeConfig> = {
  type: 'window-time',
  typeVersion: 1,
  title: 'Window time',
  category: 'transform',
  summary: 'Adds when a row was processed, as the time of its streaming window',
  keywords: ['processing time', 'proctime', 'now', 'clock', 'arrival', 'stamp', 'timestamp', 'ingestion'],
  icon: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11zM8 5v3l2 1.5',
  help: [
    'Adds a column with the time of the streaming window that the row came in: it begins with the wall clock when the operator first starts and goes on by the length of a window with each window. Rounded down, e.g. to 10 s, rows of the same ten seconds have the same value, and an aggregate can count them.',
    'It has nothing to do with the event time of the rows, so another run, or rows that come again after a failure, give other values; each row still has exactly one. While a run is behind or held up, window time does not follow the wall clock.',
  ].join('\n\n'),
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append'] }],
  outputs: [{ name: 'out', title: 'Rows' }],
  configSchema: Type.Object({ name: Type.String({ minLength: 1 }), roundMs: Type.Integer({ minimum: 0 }) }),
  form: [
    { path: '/name', label: 'Name of the column', control: { kind: 'text' } },
    { path: '/roundMs', label: 'Round down to', help: '0 = as it is', control: { kind: 'duration' } },
  ],
  guarantee: {
    role: 'transform',
    sentence: 'The clock is in every checkpoint and goes on from there; replayed rows may get another time than before.',
  },
  flink: { support: 'differs', note: 'PROCTIME() there is the wall clock of the machine, read for each row.' },
  container: 'compute',
  stateful: true,
  partitioning: { kind: 'any' },
  carries: (_input, _port, column) => column,
  defaultConfig: { name: 'window_time', roundMs: 0 },
  summarise: ({ name, roundMs }) => (roundMs === 0 ? name : `${name}, each ${durationText(roundMs)}`),
  typing({ config, inputs }): TypingResult {
    const input = inputs['in']
    if (input === undefined) return { outputs: {}, problems: [] }
    const problems: readonly ConfigProblem[] = addedColumnProblems(config.name, input.schema, '/name')
    if (problems.length > 0) return { outputs: {}, problems }
    const schema = [...input.schema, { name: config.name, type: 'timestamp', nullable: false } as const]
    return { outputs: { out: { ...input, schema } }, problems }
  },
}
