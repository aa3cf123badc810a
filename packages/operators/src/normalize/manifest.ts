import type { EdgeType, OperatorManifest, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { keyProblems } from '../typing/keys.ts'

export type NormalizeConfig = { keys: string[] }

export const normalize: OperatorManifest<NormalizeConfig> = {
  type: 'normalize',
  typeVersion: 1,
  title: 'Normalize',
  category: 'changelog',
  summary: 'Keeps the last row of each key and gives whole changes',
  keywords: ['upsert', 'cdc', 'latest', 'table', 'materialise', 'changelog'],
  icon: 'M2.5 3.5h11M2.5 8h11M2.5 12.5h5M10.5 12.5l1.5 1.5l2.5-3',
  help: 'Turns rows that only name their key when they change or go (a compacted topic, a stream of updates) into changes with the whole old row. It keeps the last row of each key for that, for ever: a key goes when its row is deleted.',
  inputs: [{ name: 'in', title: 'Updates', accepts: ['append', 'changes', 'upsert'] }],
  outputs: [{ name: 'out', title: 'Changes' }],
  configSchema: Type.Object({ keys: Type.Array(Type.String(), { minItems: 1 }) }),
  form: [{ path: '/keys', label: 'Key', control: { kind: 'columns', input: 'in' } }],
  guarantee: { role: 'transform', sentence: 'The rows it keeps are in every checkpoint; after a crash it goes on from there.' },
  flink: { support: 'yes' },
  container: 'compute',
  stateful: true,
  partitioning: { kind: 'key', columns: ({ keys }) => keys },
  carries: (_input, _port, column) => column,
  defaultConfig: { keys: [''] },
  summarise: ({ keys }) => `by ${keys.join(', ')}`,
  typing({ config, inputs }): TypingResult {
    const input = inputs['in']
    if (input === undefined) return { outputs: {}, problems: [] }
    const problems = [...keyProblems(config.keys, input.schema, '/keys')]
    if (problems.length === 0 && input.changes.kind === 'upsert' && JSON.stringify(config.keys) !== JSON.stringify(input.changes.key))
      problems.push({
        code: 'UPSERT_KEY',
        severity: 'error',
        message: `The rows are told apart by ${input.changes.key.join(', ')}. Use the same key.`,
        configPath: '/keys',
        fixes: [{ kind: 'set-config', label: 'Use that key', configPath: '/keys', value: input.changes.key }],
      })
    if (problems.length > 0) return { outputs: {}, problems }
    const out: EdgeType = { ...input, eventTime: null, changes: { kind: 'changes', key: config.keys } }
    return { outputs: { out }, problems }
  },
}
