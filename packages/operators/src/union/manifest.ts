import type { EdgeType, OperatorManifest, TypingResult } from '@belay/pipeline'
import { Type } from 'typebox'
import { sameColumns } from '../typing/configProblems.ts'

const PORTS = ['in1', 'in2', 'in3', 'in4'] as const

export const union: OperatorManifest = {
  type: 'union',
  typeVersion: 1,
  title: 'Union',
  category: 'transform',
  summary: 'Brings streams with the same columns together',
  keywords: ['merge', 'union all', 'combine', 'fan-in'],
  icon: 'M2 3h3l4 5h5M2 13h3l4-5',
  help: 'Passes on the rows of every input. All inputs need the same columns in the same order.',
  inputs: PORTS.map((name, index) => ({ name, title: `Rows ${String(index + 1)}`, optional: true, accepts: ['append', 'changes'] })),
  outputs: [{ name: 'out', title: 'Rows' }],
  configSchema: Type.Object({}),
  form: [],
  guarantee: { role: 'transform', sentence: 'Keeps no state; replayed rows give the same result.' },
  flink: { support: 'yes' },
  container: 'compute',
  stateful: false,
  partitioning: { kind: 'any' },
  carries: (_input, _port, column) => column,
  defaultConfig: {},
  summarise: () => '',
  typing({ inputs }): TypingResult {
    const known = PORTS.flatMap((port) => (inputs[port] === undefined ? [] : [{ port, edge: inputs[port] }]))
    const first = known[0]
    if (first === undefined) return { outputs: {}, problems: [] }
    const other = known.find(({ edge }) => !sameColumns(first.edge.schema, edge.schema))
    if (other !== undefined) {
      const message = `The columns of ${other.port} differ from those of ${first.port}. Put a Select before it that gives the same names and types in the same order.`
      return { outputs: {}, problems: [{ code: 'UNION_COLUMNS_DIFFER', severity: 'error', message, port: other.port }] }
    }
    const out: EdgeType = {
      schema: first.edge.schema.map((field, index) => ({
        ...field,
        nullable: known.some(({ edge }) => edge.schema[index]?.nullable === true),
      })),
      eventTime: known.every(({ edge }) => edge.eventTime === first.edge.eventTime) ? first.edge.eventTime : null,
      // A key unique in each input need not be unique in all of them.
      changes: { kind: known.some(({ edge }) => edge.changes.kind === 'changes') ? 'changes' : 'append', key: null },
    }
    return { outputs: { out }, problems: [] }
  },
}
