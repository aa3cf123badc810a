import type { EdgeType, OperatorManifest } from '@belay/pipeline'
import { Type } from 'typebox'

export type GeneratorConfig = { rows: number; rowsPerSecond: number; seed: number; keys: number }

const OUT: EdgeType = {
  schema: [
    { name: 'id', type: 'int64', nullable: false },
    { name: 'key', type: 'string', nullable: false },
    { name: 'value', type: 'float64', nullable: false },
    { name: 'time', type: 'timestamp', nullable: false },
  ],
  eventTime: 'time',
  changes: { kind: 'append', key: ['id'] },
}

export const generator: OperatorManifest<GeneratorConfig> = {
  type: 'generator',
  typeVersion: 1,
  title: 'Generator',
  category: 'sources',
  summary: 'Makes up rows, the same ones for the same seed',
  keywords: ['random', 'test data', 'synthetic', 'datagen'],
  icon: 'M2 8h3l2-5l3 10l2-5h2',
  help: 'Makes rows with **id**, **key**, **value** and **time**. The same seed gives the same rows. 0 rows means without end; 0 rows per second means as fast as it goes.',
  inputs: [],
  outputs: [{ name: 'out', title: 'Rows' }],
  configSchema: Type.Object({
    rows: Type.Integer({ minimum: 0 }),
    rowsPerSecond: Type.Number({ minimum: 0 }),
    seed: Type.Integer({ minimum: 0 }),
    keys: Type.Integer({ minimum: 1 }),
  }),
  form: [
    { path: '/rows', label: 'Rows', help: '0 = without end', control: { kind: 'number', min: 0 } },
    {
      path: '/rowsPerSecond',
      label: 'Speed',
      live: true,
      unit: 'rows/s',
      help: '0 = as fast as it goes',
      control: { kind: 'number', min: 0 },
    },
    { path: '/keys', label: 'Different keys', control: { kind: 'number', min: 1 } },
    { path: '/seed', label: 'Seed', advanced: true, control: { kind: 'number', min: 0 } },
  ],
  guarantee: { role: 'source', replay: 'seek', sentence: 'Makes the same rows again from any id.' },
  flink: { support: 'differs', note: 'Flink has a generator of its own (datagen), which makes other rows.' },
  container: 'compute',
  stateful: true,
  partitioning: { kind: 'none', reason: 'its rows are numbered in one sequence.' },
  defaultConfig: { rows: 0, rowsPerSecond: 1000, seed: 1, keys: 100 },
  summarise: ({ rows }) => (rows === 0 ? 'without end' : `${String(rows)} rows`),
  typing: () => ({ outputs: { out: OUT }, problems: [] }),
}
