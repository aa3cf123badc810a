import type { OperatorManifest, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { addedColumnProblems } from '../typing/ordering.ts'

export type ToChangelogConfig = { column: string }

export const toChangelog: OperatorManifest<ToChangelogConfig> = {
  type: 'to-changelog',
  typeVersion: 1,
  title: 'To changelog',
  category: 'changelog',
  summary: 'Makes changes into rows with a column that says what happened',
  keywords: ['op', 'kind', 'insert', 'update', 'delete', 'append', 'audit'],
  icon: 'M2.5 4h11M2.5 8h11M2.5 12h7M12 10.5v4M10 12.5h4',
  help: 'Gives every change as a new row with a first column that says what it is: `+I` a row came, `-U` and `+U` the old and the new row of an update, `-D` a row went. The rows only come from then on, so any sink takes them.',
  inputs: [{ name: 'in', title: 'Changes', accepts: ['append', 'changes', 'upsert'] }],
  outputs: [{ name: 'out', title: 'Rows' }],
  configSchema: Type.Object({ column: Type.String({ minLength: 1 }) }),
  form: [{ path: '/column', label: 'Name of the column', control: { kind: 'text' } }],
  guarantee: { role: 'transform', sentence: 'Keeps no state; replayed rows give the same result.' },
  flink: { support: 'differs', note: 'The order and number of updates differ; the table they lead to does not.' },
  container: 'compute',
  stateful: false,
  partitioning: { kind: 'any' },
  carries: (_input, _port, column) => column,
  converts: true,
  defaultConfig: { column: 'op' },
  summarise: ({ column }) => column,
  typing({ config, inputs }): TypingResult {
    const input = inputs['in']
    if (input === undefined) return { outputs: {}, problems: [] }
    const problems = addedColumnProblems(config.column, input.schema, '/column')
    if (problems.length > 0) return { outputs: {}, problems }
    const schema = [{ name: config.column, type: 'string' as const, nullable: false }, ...input.schema]
    return { outputs: { out: { schema, eventTime: input.eventTime, changes: { kind: 'append', key: null } } }, problems }
  },
}
