import type { ConfigProblem, EdgeType, OperatorManifest, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { conditionProblems } from '../typing/configProblems.ts'
import { addedColumnProblems } from '../typing/ordering.ts'

export type AssertConfig = {
  /** Each condition has to hold for every row. */
  rules: { name: string; condition: string }[]
  /** What a row that breaks a rule does. */
  onBroken: 'fail' | 'count'
}

/** The column of broken rows that names the rule. */
const RULE_COLUMN = 'rule'

const OUT = { name: 'out', title: 'Rows that keep the rules' }
const BROKEN = { name: 'broken', title: 'Broken rows' }

export const nameOfRule = ({ rules }: AssertConfig, at: number): string => rules[at]?.name || rules[at]?.condition || ''

export const assertRules: OperatorManifest<AssertConfig> = {
  type: 'assert',
  typeVersion: 1,
  title: 'Assert',
  category: 'transform',
  summary: 'Checks rules that every row has to keep',
  keywords: ['rule', 'check', 'validate', 'data quality', 'constraint', 'test', 'expect', 'quarantine', 'contract'],
  icon: 'M8 1.8l5 1.9v3.8c0 3.2-2 5.4-5 6.7c-3-1.3-5-3.5-5-6.7V3.7zM5.6 8l1.7 1.7L10.6 6.3',
  help: [
    'Each rule has a **name** and a **condition** that has to hold for every row. Rows that keep all rules go on by **out**. As with CHECK in SQL, a condition that is NULL does not break its rule: write `x IS NOT NULL AND x > 0` where NULL is not allowed.',
    '**Count** lets broken rows leave by **broken**, with the first rule they break in a column `rule`, and counts them by rule. **Fail** ends the operator with the row and the rule: the run tries again and then fails, so that nothing that breaks a rule gets any further.',
    'A row for which a condition cannot be worked out goes to **errors**.',
  ].join('\n\n'),
  inputs: [{ name: 'in', title: 'Rows', accepts: ['append', 'changes'] }],
  outputs: [OUT, BROKEN],
  outputsOf: ({ onBroken }) => (onBroken === 'fail' ? [OUT] : [OUT, BROKEN]),
  configSchema: Type.Object({
    rules: Type.Array(Type.Object({ name: Type.String(), condition: Type.String() }), { minItems: 1, maxItems: 100 }),
    onBroken: Type.Unsafe<AssertConfig['onBroken']>({ type: 'string', enum: ['fail', 'count'] }),
  }),
  form: [
    { path: '/rules', label: 'Rules', control: { kind: 'conditions', input: 'in' } },
    {
      path: '/onBroken',
      label: 'A broken row',
      control: {
        kind: 'choice',
        options: [
          { value: 'count', label: 'is counted and set aside' },
          { value: 'fail', label: 'fails the run' },
        ],
      },
    },
  ],
  guarantee: { role: 'transform', sentence: 'Keeps no state; replayed rows give the same result.' },
  flink: { support: 'differs', note: 'Write two INSERTs with the conditions in WHERE; Flink does not check constraints of streams.' },
  flinkOptions: { '/onBroken=fail': { support: 'no', reason: 'Flink SQL cannot fail a job for a row.' } },
  container: 'compute',
  stateful: false,
  partitioning: { kind: 'any' },
  carries: (_input, _port, column) => column,
  defaultConfig: { rules: [{ name: 'rule', condition: 'TRUE' }], onBroken: 'count' },
  summarise: (config) => config.rules.map((_, at) => nameOfRule(config, at)).join(', '),
  typing({ config, inputs }): TypingResult {
    const input = inputs['in']
    if (input === undefined) return { outputs: {}, problems: [] }
    const problems: ConfigProblem[] = config.rules.flatMap(({ condition }, at) =>
      conditionProblems(condition, input.schema, `/rules/${at}/condition`),
    )
    if (config.onBroken === 'fail') return { outputs: { out: input }, problems }
    problems.push(...addedColumnProblems(RULE_COLUMN, input.schema, '/onBroken'))
    const broken: EdgeType = { ...input, schema: [...input.schema, { name: RULE_COLUMN, type: 'string', nullable: false }] }
    return { outputs: { out: input, broken }, problems }
  },
}
