import type { ConfigProblem, OperatorManifest, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { conditionProblems } from '../typing/configProblems.ts'

export type SplitConfig = {
  /** In order; a row leaves by the first one whose condition is true. The name is for people. */
  ways: { name: string; condition: string }[]
}

const MOST_WAYS = 8
export const WAY_PORTS: readonly string[] = Array.from({ length: MOST_WAYS }, (_, way) => `out${way + 1}`)
const REST = { name: 'rest', title: 'Rest' }

export const split: OperatorManifest<SplitConfig> = {
  type: 'split',
  typeVersion: 1,
  title: 'Split',
  category: 'transform',
  summary: 'Sends each row one of several ways, by the first condition that holds',
  keywords: ['switch', 'case', 'route', 'router', 'branch', 'condition', 'classify', 'demultiplex'],
  icon: 'M2 8h4M6 8l3-5h5M6 8h8M6 8l3 5h5',
  help: [
    'Each way has a **name** and a **condition**. The conditions are tried in order, and a row leaves by the first one that is true: the first way by **out1**, the second by **out2**, and so on. A row for which none is true leaves by **rest**, so every row leaves exactly once.',
    'A condition that is NULL does not hold. A condition is worked out only for rows that no earlier one has taken; where it fails, the row goes to **errors**.',
    `There are at most ${MOST_WAYS} ways. Put another split behind **rest** for more.`,
  ].join('\n\n'),
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append', 'changes'] }],
  outputs: [...WAY_PORTS.map((name, way) => ({ name, title: `Way ${way + 1}` })), REST],
  outputsOf: ({ ways }) => [...ways.map(({ name }, way) => ({ name: WAY_PORTS[way], title: name === '' ? `Way ${way + 1}` : name })), REST],
  configSchema: Type.Object({
    ways: Type.Array(Type.Object({ name: Type.String(), condition: Type.String() }), { minItems: 1, maxItems: MOST_WAYS }),
  }),
  form: [{ path: '/ways', label: 'Ways', help: 'The first that holds counts', control: { kind: 'conditions', input: 'in' } }],
  guarantee: { role: 'transform', sentence: 'Keeps no state; replayed rows give the same result.' },
  flink: { support: 'yes' },
  container: 'compute',
  stateful: false,
  partitioning: { kind: 'any' },
  carries: (_input, _port, column) => column,
  defaultConfig: { ways: [{ name: 'first', condition: 'TRUE' }] },
  summarise: ({ ways }) => ways.map(({ name, condition }) => (name === '' ? condition : name)).join(', '),
  typing({ config, inputs }): TypingResult {
    const input = inputs['in']
    if (input === undefined) return { outputs: {}, problems: [] }
    const problems = config.ways.flatMap(({ condition }, way): readonly ConfigProblem[] =>
      conditionProblems(condition, input.schema, `/ways/${way}/condition`),
    )
    const ports = [...WAY_PORTS.slice(0, config.ways.length), REST.name]
    return { outputs: Object.fromEntries(ports.map((port) => [port, input])), problems }
  },
}
