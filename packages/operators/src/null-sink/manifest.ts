import type { OperatorManifest } from '@belay/pipeline'
import { Type } from 'typebox'

export const nullSink: OperatorManifest = {
  type: 'null-sink',
  typeVersion: 1,
  title: 'Discard',
  category: 'sinks',
  summary: 'Takes rows and drops them',
  keywords: ['null', 'discard', 'benchmark', 'blackhole'],
  icon: 'M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12M3.8 3.8l8.4 8.4',
  help: 'Drops every row. Use it to measure what comes before it.',
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append', 'changes', 'upsert'] }],
  outputs: [],
  configSchema: Type.Object({}),
  form: [],
  guarantee: { role: 'sink', delivery: 'display', verbs: [], sentence: 'Nothing leaves the engine.' },
  flink: { support: 'yes' },
  container: 'compute',
  stateful: false,
  partitioning: { kind: 'any' },
  defaultConfig: {},
  summarise: () => '',
  typing: () => ({ outputs: {}, problems: [] }),
}
