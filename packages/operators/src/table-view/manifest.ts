import type { OperatorManifest } from '@belay/pipeline'
import { Type } from 'typebox'
import { keyProblems } from '../typing/keys.ts'

export type TableViewConfig = { rows: number; key: string[] }

export const tableView: OperatorManifest<TableViewConfig> = {
  type: 'table-view',
  typeVersion: 1,
  title: 'Table view',
  category: 'sinks',
  summary: 'Shows rows in the monitor',
  keywords: ['display', 'preview', 'board', 'show'],
  icon: 'M2 3h12v10h-12zM2 6.5h12M6.5 6.5v6.5',
  help: 'Shows the last rows. With key columns it shows the latest row of each key. Rows that are taken back leave the table. After a rollback it is drawn again from its state.',
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append', 'changes', 'upsert'] }],
  outputs: [],
  configSchema: Type.Object({ rows: Type.Integer({ minimum: 1, maximum: 1000 }), key: Type.Array(Type.String()) }),
  form: [
    { path: '/rows', label: 'Rows to show', control: { kind: 'number', min: 1, max: 1000 } },
    { path: '/key', label: 'Latest row for each', control: { kind: 'columns', input: 'in' } },
  ],
  guarantee: { role: 'sink', delivery: 'display', verbs: [], sentence: 'For looking only: rows may be shown and taken back.' },
  flink: { support: 'no', reason: 'It shows rows in this monitor. Use a print sink there.' },
  container: 'compute',
  stateful: true,
  partitioning: { kind: 'none', reason: 'it shows all rows in one table.' },
  defaultConfig: { rows: 100, key: [] },
  summarise: ({ rows, key }) => (key.length === 0 ? `last ${String(rows)} rows` : `latest by ${key.join(', ')}`),
  typing({ config, inputs }) {
    const schema = inputs['in']?.schema
    if (schema === undefined) return { outputs: {}, problems: [] }
    return { outputs: {}, problems: keyProblems(config.key, schema, '/key') }
  },
}
