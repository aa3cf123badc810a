import type { OperatorManifest, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'

export type RateLimitConfig = { rowsPerSecond: number }

export const rateLimit: OperatorManifest<RateLimitConfig> = {
  type: 'rate-limit',
  typeVersion: 1,
  title: 'Rate limit',
  category: 'transform',
  summary: 'Lets at most so many rows a second pass, and drops none',
  keywords: ['throttle', 'slow down', 'pace', 'speed', 'back pressure', 'bandwidth', 'rows per second'],
  icon: 'M2.5 12a5.5 5.5 0 1 1 11 0M8 12l3-4',
  help: [
    'Passes every row on, unchanged and in order, but not more than so many a second. What comes faster has to wait: the streams before it fill, and the sources read no faster than rows get through. Nothing is dropped. After a pause the rows of one second may come at once.',
    'Checkpoints go through it with the rows, so with a low limit they take longer. The limit is for the whole stream.',
  ].join('\n\n'),
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append', 'changes', 'upsert'] }],
  outputs: [{ name: 'out', title: 'Rows' }],
  configSchema: Type.Object({ rowsPerSecond: Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000_000 }) }),
  form: [{ path: '/rowsPerSecond', label: 'Rows per second', live: true, unit: 'rows/s', control: { kind: 'number', min: 0 } }],
  guarantee: { role: 'transform', sentence: 'Keeps no state; rows that come again after a failure count anew.' },
  flink: { support: 'no', reason: 'Flink SQL has no limit for a stream in the middle.' },
  container: 'compute',
  stateful: false,
  partitioning: { kind: 'none', reason: 'the limit is for all rows together.' },
  carries: (_input, _port, column) => column,
  defaultConfig: { rowsPerSecond: 1000 },
  summarise: ({ rowsPerSecond }) => `${rowsPerSecond} rows/s`,
  typing({ inputs }): TypingResult {
    const input = inputs['in']
    return { outputs: input === undefined ? {} : { out: input }, problems: [] }
  },
}
