import type { OperatorManifest, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { conditionProblems } from '../typing/configProblems.ts'

export type FilterConfig = { condition: string }

export const filter: OperatorManifest<FilterConfig> = {
  type: 'filter',
  typeVersion: 1,
  title: 'Filter',
  category: 'transform',
  summary: 'Splits rows by a condition',
  keywords: ['where', 'split', 'condition', 'route'],
  icon: 'M2 3h12l-4.5 5.5v4.5l-3-1.5v-3z',
  help: 'Rows for which the condition is true leave by **true**. Rows for which it is false or NULL leave by **false**.',
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append', 'changes'] }],
  outputs: [
    { name: 'true', title: 'True' },
    { name: 'false', title: 'False or NULL' },
  ],
  configSchema: Type.Object({ condition: Type.String({ minLength: 1 }) }),
  form: [
    {
      path: '/condition',
      label: 'Condition',
      live: true,
      placeholder: 'delay >= 15',
      control: { kind: 'expression', input: 'in', result: 'bool' },
    },
  ],
  guarantee: { role: 'transform', sentence: 'Keeps no state; replayed rows give the same result.' },
  flink: { support: 'yes' },
  container: 'compute',
  stateful: false,
  partitioning: { kind: 'any' },
  carries: (_input, _port, column) => column,
  defaultConfig: { condition: 'TRUE' },
  summarise: (config) => config.condition,
  typing({ config, inputs }): TypingResult {
    const input = inputs['in']
    if (input === undefined) return { outputs: {}, problems: [] }
    return { outputs: { true: input, false: input }, problems: conditionProblems(config.condition, input.schema, '/condition') }
  },
}
